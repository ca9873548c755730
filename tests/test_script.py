"""The edge: what a script's function returns or raises becomes output, a report and an exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import REPOSITORY

PROGRAM = """
import atexit, signal
from pathlib import Path
from stylo.errors import MissingFile
from stylo.script import DataOption, Report, Terminal, run

def main(data: DataOption = Path("data"), how: str = "well") -> Report:
    terminal = Terminal()
    terminal.note("a [bold] remark")
    with terminal.task("Steps", 3) as advance:
        for _ in range(3):
            advance(1)
    if how == "badly":
        raise MissingFile("x is not there.", where="In y.", cure="Put it there.")
    if how == "wrongly":
        raise ZeroDivisionError("a defect of ours")
    if how == "interrupted":
        raise KeyboardInterrupt
    if how == "late":
        atexit.register(signal.raise_signal, signal.SIGINT)
    return Report("example", data, ["what", "count"], [["[red]things", "3"]], {"things": 3}, ["A [line]."])

run(main)
"""


def run_example(folder: Path, how: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, "--data", str(folder), "--how", how]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_success_prints_the_table_and_writes_the_report(tmp_path: Path) -> None:
    done = run_example(tmp_path, "well")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "reports" / "example.json").read_text())
    assert report["things"] == 3
    assert set(report) == {"seconds", "peak_memory_bytes", "finished_at", "things"}
    assert "[red]things" in done.stdout
    assert "A [line]." in done.stdout
    assert str(tmp_path / "reports" / "example.json") in done.stdout
    assert "a [bold] remark" in done.stderr
    assert "Steps: 3 of 3" in done.stderr


def test_ctrl_c_after_all_is_done_changes_nothing(tmp_path: Path) -> None:
    done = run_example(tmp_path, "late")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "reports" / "example.json").is_file()


@pytest.mark.parametrize(
    ("how", "status", "words"),
    [
        ("badly", 2, "x is not there.\nIn y.\nPut it there.\n"),
        ("interrupted", 2, "Interrupted."),
        ("wrongly", 1, "ZeroDivisionError: a defect of ours"),
    ],
)
def test_failure_has_its_status_and_message_and_writes_nothing(
    tmp_path: Path, how: str, status: int, words: str
) -> None:
    done = run_example(tmp_path, how)
    assert done.returncode == status
    assert words in done.stderr
    assert ("Traceback" in done.stderr) == (status == 1)
    assert not (tmp_path / "reports").exists()


def test_results_are_shown_also_where_their_report_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("in the way")
    done = run_example(tmp_path, "well")
    assert done.returncode == 2
    assert "[red]things" in done.stdout
    assert str(tmp_path / "reports") not in done.stdout
    assert "The report was not saved: " in done.stderr
    assert "The results are as shown" in done.stderr


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (["serve.py", "models", "list"], "serve"),
        (["-m", "stylo.service.batch", "--customers", "all"], "serve"),
        (["-m", "stylo.operations", "status"], "operations"),
    ],
)
def test_commands_whose_extra_is_not_installed_say_how_to_install_it(
    words: list[str], extra: str, tmp_path: Path
) -> None:
    absent = "import sys\nsys.modules['pydantic_settings'] = None\n"
    (tmp_path / "sitecustomize.py").write_text(absent)
    done = subprocess.run(
        [sys.executable, *words],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "The library pydantic_settings is not installed.",
        f"Install what these commands need: pip install '.[{extra}]' -c constraints.txt",
    ]
