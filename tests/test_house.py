"""The house is in order: scripts are short, what they offer is documented, nothing of the data is kept."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest
from helpers import REPOSITORY, run_script

from stylo import errors
from stylo.recommender import ARTICLE_WEIGHTS
from stylo.tables.folder import MADE_BY
from stylo.tables.schemas import PARQUET_COLUMNS

SCRIPTS = [*dict.fromkeys(MADE_BY.values()), "individual_baseline.py"]
DOCS = {
    path.name: path.read_text() for path in [REPOSITORY / "README.md", *(REPOSITORY / "docs").glob("*.md")]
}


def options(*command: str) -> set[str]:
    """The options that a command's --help names."""
    done = run_script(*command, "--help")
    assert done.returncode == 0, done.stderr
    return set(re.findall(r"(--[a-z][a-z-]+)", done.stdout)) - {"--help"}


@pytest.mark.parametrize("script", [*SCRIPTS, "app.py"])
def test_a_script_is_short_and_opens_with_the_commands_that_run_it(script: str) -> None:
    text = (REPOSITORY / script).read_text()
    assert len(text.splitlines()) < 100
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring is not None
    assert f"python {script}" in docstring or f"streamlit run {script}" in docstring


@pytest.mark.parametrize(
    "command",
    [[script] for script in SCRIPTS] + [["-m", "stylo.demo"], ["-m", "stylo.demo.fidelity"], ["app.py"]],
    ids=str,
)
def test_every_option_is_documented(command: list[str]) -> None:
    found = options(*command)
    assert found
    rows = [line for line in DOCS["scripts.md"].splitlines() if line.startswith("| `--")]
    documented = {option for row in rows for option in re.findall(r"`(--[a-z-]+)", row.split("|")[1])}
    assert found <= documented


def test_every_script_artefact_column_and_strategy_is_documented() -> None:
    for script in SCRIPTS:
        assert f"python {script}" in DOCS["README.md"]
    for name in MADE_BY:
        assert f"`{name}`" in DOCS["README.md"]
    for name, columns in PARQUET_COLUMNS.items():
        assert name in DOCS["data.md"]
        for column in columns if name != "articles.parquet" else columns[:2]:
            assert f"`{column}`" in DOCS["data.md"]
    for strategy in ARTICLE_WEIGHTS:
        assert f"`{strategy}`" in DOCS["data.md"]


def test_every_file_that_the_documents_link_to_is_there() -> None:
    for name, text in DOCS.items():
        folder = REPOSITORY if name == "README.md" else REPOSITORY / "docs"
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert (folder / target).exists(), f"{name} links to {target}"


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.M))
    named = set(re.findall(r"^make ([a-z]+)|`make ([a-z]+)", "\n".join(DOCS.values()), re.M))
    assert {one or other for one, other in named} <= targets
    assert {"install", "demo", "test", "check", "bench"} <= targets


def test_every_cause_that_a_user_can_put_right_is_one_kind_of_error() -> None:
    causes = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and kind is not errors.StyloError
    ]
    assert all(issubclass(kind, errors.StyloError) and kind.__doc__ for kind in causes)


def test_no_data_photo_or_artefact_is_under_version_control() -> None:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    kept = {Path(name).suffix for name in listed.stdout.split("\n")}
    assert not kept & {".csv", ".parquet", ".npy", ".zip", ".jpg", ".h5", ".keras"}
