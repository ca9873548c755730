"""A shop works in a folder of any name, beside folders that a careless reader would take for it."""

from __future__ import annotations

import json
from pathlib import Path

import nasty_names
import pytest
from helpers import SLOW, run_here
from serving import linked
from streamlit.testing.v1 import AppTest

from stylo.artefacts import read_table
from stylo.tables.folder import DataFolder

TABLES = ("predictions.parquet", "article_reccs.parquet")


@pytest.fixture(params=["shop*[1] ?x=1#50%20~é", nasty_names.NOT_UTF_8], ids=["pattern", "not UTF-8"])
def odd(request: pytest.FixtureRequest, demo_shop: Path, tmp_path: Path) -> Path:
    """A copy of the demo shop; each of its neighbours holds one as well, whose rows would be too many."""
    for other in nasty_names.beside(tmp_path, request.param):
        linked(demo_shop, other)
    return linked(demo_shop, tmp_path / request.param)


@pytest.mark.slow
def test_a_shop_gives_in_a_folder_of_any_name_what_it_gives_elsewhere(demo_shop: Path, odd: Path) -> None:
    lists = odd / "lists.parquet"
    for command in (
        ("data_optim.py",),
        ("split_data.py",),
        ("final.py", "--weeks", "2", "--submission", odd / "again.csv"),
        ("serve.py", "models", "publish"),
        ("-m", "stylo.service.batch", "--customers", "all", "--out", lists),
        ("-m", "stylo.service.batch", "--customers", lists, "--out", odd / "lists.csv", "--at-a-time", "40"),
        ("-m", "stylo.operations", "drift"),
    ):
        done = run_here(*command, env={"STYLO_DATA": str(odd)})
        assert done.returncode == 0, done.stderr
    first, again = (json.loads((shop / "reports" / "final.json").read_text()) for shop in (demo_shop, odd))
    assert again["models"] == first["models"]
    for name in TABLES:
        assert read_table(odd / name).equals(read_table(demo_shop / name))
    assert (odd / "again.csv").read_bytes() == (demo_shop / "submission.csv").read_bytes()
    everyone = DataFolder(demo_shop).scan("customers.parquet").collect().height
    assert read_table(lists).height == everyone
    assert len((odd / "lists.csv").read_text().splitlines()) == everyone + 1
    assert (odd / "service" / "service.sqlite").is_file()


@pytest.mark.usefixtures("libraries_at_rest")
@pytest.mark.parametrize("page", ["discover.page", "data.page", "operations.page"])
def test_a_page_shows_a_shop_in_a_folder_of_any_name(
    page: str, odd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLO_DATA", str(odd))
    monkeypatch.setenv("STYLO_IMAGES", str(odd / "images"))
    app = AppTest.from_function(_alone, args=(page,), default_timeout=SLOW).run()
    assert not app.exception


def _alone(name: str) -> None:
    import importlib

    from stylo.dashboard.site import site

    importlib.import_module(f"stylo.dashboard.{name}").page(site().shop())
