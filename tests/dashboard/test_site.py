"""One shop for everyone, as it was when it was opened, until somebody asks for the newer one."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from threading import Thread

import pytest
from helpers import REPOSITORY, write_tiny_shop

from stylo.dashboard import site as module
from stylo.dashboard.site import Site
from stylo.errors import MissingArtefact
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.split import split


@pytest.fixture
def folder(tiny_shop: Path) -> DataFolder:
    folder = DataFolder(tiny_shop)
    convert(tiny_shop, folder)
    return folder


@pytest.fixture
def site(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(module, "_LOOKED_AGAIN", 0.0)
    return Site(folder, folder.root / "images")


def test_everyone_gets_the_same_shop_also_when_they_come_at_once(site: Site) -> None:
    found: list[object] = []
    visitors = [Thread(target=lambda: found.append(site.shop())) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


def test_a_replaced_file_is_noticed_and_shown_only_when_asked_for(site: Site, folder: DataFolder) -> None:
    before = site.shop()
    assert not site.changed()
    split(folder, date(2020, 9, 13), days=14)
    assert site.changed()
    assert site.shop() is before
    assert before.as_of is None
    site.reload()
    assert not site.changed()
    assert site.shop().as_of == date(2020, 9, 13)
    assert site.shop().version != before.version


def test_the_file_that_opening_makes_is_no_change(site: Site) -> None:
    site.shop()
    assert not site.changed()


def test_if_the_newer_one_cannot_be_opened_the_old_one_stays(site: Site, folder: DataFolder) -> None:
    before = site.shop()
    folder.path("articles.parquet").unlink()
    with pytest.raises(MissingArtefact):
        site.reload()
    assert site.shop() is before
    assert site.changed()


def test_a_shop_that_is_not_there_yet_is_found_once_it_is(tmp_path: Path) -> None:
    here = Site(DataFolder(tmp_path), tmp_path / "images")
    with pytest.raises(MissingArtefact, match=r"data_optim\.py"):
        here.shop()
    assert here.opened() is None
    write_tiny_shop(tmp_path)
    convert(tmp_path, DataFolder(tmp_path))
    assert here.shop().articles.height


def test_pandas_is_loaded_before_anybody_comes(tmp_path: Path) -> None:
    """Two visitors at once would else find it half loaded."""
    said = """
import asyncio, sys
from stylo.dashboard.site import lifespan
async def served():
    async with lifespan(None):
        return hasattr(sys.modules.get("pandas"), "Series")
print(asyncio.run(served()))
"""
    environment = {**os.environ, "STYLO_DATA": str(tmp_path), "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, env=environment)
    assert done.stdout == "True\n", done.stderr
