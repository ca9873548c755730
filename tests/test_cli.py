"""`stylo <command>` does what the scripts and `python -m` forms do."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import REPOSITORY, run_here, run_script
from typer.testing import CliRunner

from stylo.cli import app

SCRIPTS = {
    "convert": ["data_optim.py"],
    "split": ["split_data.py"],
    "encode": ["visual_features.py"],
    "twins": ["visual_reccs.py"],
    "baseline": ["individual_baseline.py"],
    "train": ["final.py"],
    "serve": ["serve.py"],
    "batch": ["-m", "stylo.service.batch"],
    "models": ["-m", "stylo.operations", "models"],
    "experiments": ["-m", "stylo.operations", "experiments"],
    "demo": ["-m", "stylo.demo"],
}
STYLO = ("-c", "from stylo.cli import main; main()")


def stylo(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return run_here(*STYLO, *words)


def names(text: str) -> list[str]:
    """Of a help page: the commands and options that it lists."""
    return re.findall(r"^│ \*? *(-*[a-z][a-z-]+) ", text, re.MULTILINE)


def test_the_list_names_every_command_and_is_in_the_documentation() -> None:
    listed = [name for name in names(CliRunner().invoke(app, ["--help"]).output) if not name.startswith("-")]
    assert set(SCRIPTS) < set(listed)
    told = (REPOSITORY / "docs" / "scripts.md").read_text()
    assert [name for name in listed if f"`stylo {name}`" not in told] == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_command_takes_what_its_script_takes(name: str) -> None:
    ours, theirs = stylo(name, "--help"), run_here(*SCRIPTS[name], "--help")
    assert ours.returncode == theirs.returncode == 0
    assert f"Usage: stylo {name}" in ours.stdout
    # Behind the usage all is the same: what it does, its options, its commands.
    assert (
        ours.stdout.partition("Usage")[2].split("\n", 1)[1]
        == theirs.stdout.partition("Usage")[2].split("\n", 1)[1]
    )


def test_it_does_the_work_and_ends_as_the_script_ends(tiny_shop: Path, tmp_path: Path) -> None:
    done = run_script(*STYLO, "convert", "--raw", tiny_shop, "--data", tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "articles.parquet").exists()
    missing = run_script(*STYLO, "split", "--data", tmp_path / "nowhere")
    assert missing.returncode == 2
    assert "data_optim.py" in missing.stderr


def test_options_of_a_whole_command_line_may_stand_behind_the_command(tmp_path: Path) -> None:
    before = stylo("models", "--data", tmp_path / "nowhere", "list")
    behind = stylo("models", "list", "--data", tmp_path / "nowhere")
    assert before.returncode == behind.returncode == 2
    assert before.stderr == behind.stderr
    assert f"There is no data folder {tmp_path / 'nowhere'}." in before.stderr
    assert not (tmp_path / "nowhere").exists()


def test_a_mistyped_command_or_option_is_refused() -> None:
    assert stylo("convrt").returncode == 2
    mistyped = stylo("convert", "--dta", "x")
    assert mistyped.returncode == 2
    assert "--data" in mistyped.stderr


def test_the_version_is_told() -> None:
    from stylo import __version__

    assert CliRunner().invoke(app, ["--version"]).output == f"StyloAI {__version__}\n"


def test_the_list_is_shown_without_importing_what_the_commands_need() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from stylo.cli import app; "
        "CliRunner().invoke(app, ['--help']); "
        "print(sorted({'tensorflow', 'lightgbm', 'sklearn', 'mlflow', 'fastapi', 'streamlit'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
