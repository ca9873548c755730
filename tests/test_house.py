"""The house is in order: scripts are short, what they offer is documented, nothing of the data is kept."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest
from helpers import REPOSITORY, run_here

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
    done = run_here(*command, "--help")
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
    [[script] for script in SCRIPTS]
    + [["-m", "stylo.demo"], ["-m", "stylo_demo"], ["-m", "stylo_demo.fidelity"], ["app.py"]],
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


def test_one_module_alone_changes_the_address_of_a_page_and_no_widget_is_bound_to_it() -> None:
    """Streamlit refuses to change what a widget is bound to, and the page dies of it."""
    for path in (REPOSITORY / "stylo" / "dashboard").glob("*.py"):
        tree = ast.parse(path.read_text())
        bound = [node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "bind"]
        assert not bound, path.name
        touched = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and node.attr in ("query_params", "experimental_set_query_params")
            and ast.unparse(node.value) != "request"
        ]
        assert path.name == "links.py" or not touched, path.name


def test_every_cause_that_a_user_can_put_right_is_one_kind_of_error() -> None:
    causes = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and kind is not errors.StyloError
    ]
    assert all(issubclass(kind, errors.StyloError) and kind.__doc__ for kind in causes)


def test_only_one_module_hands_the_path_of_a_table_to_a_library() -> None:
    by_path = re.compile(
        r"(pl|pq)\.(scan|read|write)_\w+|pq\.Parquet\w+|\w*\.?(sink|write)_(parquet|csv|ipc|ndjson)"
    )
    in_memory = {
        ("stylo/importing/export_file.py", "read_csv"),
        ("stylo/importing/numbers.py", "read_csv"),
        ("stylo/importing/numbers.py", "write_csv"),
        ("stylo/importing/earlier.py", "read_csv"),
        ("stylo/importing/shop.py", "write_csv"),  # or into a file that is open
        ("stylo/tables/csv_file.py", "read_csv"),
        ("stylo/rules/columns.py", "read_csv"),
        ("stylo/tables/validation.py", "ParquetWriter"),
        ("stylo/evaluation/scoring.py", "write_parquet"),
        ("stylo/evaluation/scoring.py", "scan_parquet"),
        ("stylo/evaluation/scoring.py", "write_csv"),
        ("stylo/service/batch/parts.py", "write_csv"),
        ("stylo_demo/tables.py", "write_csv"),
        ("stylo/dashboard/lists/export.py", "write_csv"),
    }
    sources = [
        *REPOSITORY.glob("*.py"),
        *(REPOSITORY / "stylo").rglob("*.py"),
        *(REPOSITORY / "stylo_demo").rglob("*.py"),
    ]
    found = set()
    for path in sources:
        if path.name == "table_files.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                of = node.func.value.id + "." if isinstance(node.func.value, ast.Name) else ""
                if by_path.fullmatch(of + node.func.attr):
                    found.add((path.relative_to(REPOSITORY).as_posix(), node.func.attr))
    assert found == in_memory


#: Where articles go by their numbers in ten digits, whatever the shop calls them: tables, vectors, photos, and what the
#: browser is told of selections, pictures and the map.
BY_NUMBER = (
    "stylo/tables/",
    "stylo/importing/",
    "stylo/vectors/",
    "stylo/visual/",
    "stylo/operations/rehearsal.py",
    *(
        f"stylo/dashboard/{name}.py"
        for name in ("cards", "pictures", "lists/selection", "lists/take_along", "map/page", "map/routes")
    ),
)


def test_whoever_shows_or_takes_an_article_id_asks_the_shop_what_it_is() -> None:
    """A shop may have SKUs: `ArticleIds` knows them, the arithmetic of ten digits does not."""
    arithmetic = {"article_id", "article_ids", "article_number", "article_numbers", "ARTICLE_ID"}
    wrong = [
        f"{name} imports {', '.join(sorted(names))}"
        for path in (REPOSITORY / "stylo").rglob("*.py")
        if not (name := path.relative_to(REPOSITORY).as_posix()).startswith(BY_NUMBER)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "stylo.tables.ids"
        if (names := arithmetic & {each.name for each in node.names})
    ]
    assert not wrong


def test_every_option_that_names_a_file_or_folder_is_read_in_the_same_way() -> None:
    seen = 0
    for path in [*REPOSITORY.glob("*.py"), *REPOSITORY.glob("stylo*/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Annotated":
                said = ast.unparse(node.slice)
                if re.search(r"\bPath\b.*(Option|Argument|option|argument)\(", said):
                    assert re.search(r"\bpath_(option|argument)\(", said), f"{path.name}: {said}"
                    seen += 1
    assert seen > 5


def test_no_data_photo_or_artefact_is_under_version_control() -> None:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    kept = {Path(name).suffix for name in listed.stdout.split("\n")}
    assert not kept & {".csv", ".parquet", ".npy", ".zip", ".jpg", ".h5", ".keras"}


def test_every_room_is_in_the_readme_and_in_the_architecture() -> None:
    rooms = [
        path
        for path in (REPOSITORY / "stylo").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    ]
    names = {f"stylo/{room.name}" for room in rooms} - {"stylo/__init__.py", "stylo/demo.py"}
    assert len(names) > 20
    for document in ("README.md", "architecture.md"):
        assert [name for name in sorted(names) if name not in DOCS[document]] == [], document


def test_places_that_the_architecture_names_exist() -> None:
    named = set(re.findall(r"\b((?:stylo|stylo_demo|tests|docs)/[\w/]+(?:\.\w+)?)", DOCS["architecture.md"]))
    assert [name for name in sorted(named) if not (REPOSITORY / name).exists()] == []


def test_no_class_name_stands_twice() -> None:
    seen: dict[str, list[str]] = {}
    for package in ("stylo", "stylo_demo"):
        for path in (REPOSITORY / package).rglob("*.py"):
            for node in ast.parse(path.read_text("utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    seen.setdefault(node.name, []).append(str(path.relative_to(REPOSITORY)))
    assert {name: places for name, places in seen.items() if len(places) > 1} == {}
