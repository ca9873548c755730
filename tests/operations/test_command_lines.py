"""The command lines of operations and of the service: help needs no shop, and variables name one."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import run_here

OPERATIONS = ("-m", "stylo.operations")
COMMANDS = [
    (),
    *(
        (name,)
        for name in (
            "status",
            "watch",
            "health",
            "retrain",
            "rehearse",
            "drift",
            "monitor",
            "lineage",
            "models",
        )
    ),
    *(("models", name) for name in ("list", "show", "compare", "promote", "rollback", "sync")),
    *(("experiments", name) for name in ("define", "start", "stop", "list", "show")),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_needs_no_data_folder_and_makes_none(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run_here(*OPERATIONS, *command, "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage:" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        (*OPERATIONS, "models", "list"),
        ("serve.py", "keys", "list"),
        ("-m", "stylo.service.batch", "--customers", "all", "--out", "lists.parquet"),
    ],
    ids=" ".join,
)
def test_the_services_own_variable_names_the_data_folder_and_comes_first(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    done = run_here(*command, env={"STYLO_SERVICE_DATA": str(ours), "STYLO_DATA": str(theirs)})
    assert done.returncode == 2
    assert str(ours) in done.stderr
    assert str(theirs) not in done.stderr


def test_a_look_by_hand_at_a_database_that_does_not_answer_is_told_and_is_an_alarm(tmp_path: Path) -> None:
    (tmp_path / "service" / "service.sqlite").mkdir(parents=True)
    done = run_here(*OPERATIONS, "--data", tmp_path, "monitor")
    assert done.returncode == 2
    assert "ALARM (page): database: " in done.stderr
    assert (
        'stylo_alarm{rule="database",severity="page"} 1.0'
        in (tmp_path / "service" / "alarms.prom").read_text()
    )
