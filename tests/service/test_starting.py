"""What a start of the service makes live, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stylo.artefacts import open_arrays
from stylo.recommender import SavedModel
from stylo.service.app import releases_of
from stylo.service.serving import activate, prepare, publish
from stylo.service.settings import Settings
from stylo.storage import deployments
from stylo.storage.database import Database
from stylo.tables.folder import DataFolder


@pytest.fixture
def settings(shop: Path, demo_shop: Path) -> Settings:
    return Settings(data=shop, images=demo_shop / "images")


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = Database.open(settings.database_url)
    prepare(settings, opened)
    yield opened
    opened.close()


def new_result(shop: Path) -> None:
    """Another model in the data folder, as after another run of final.py."""
    folder = DataFolder(shop)
    model, beside = folder.path("model.bin"), folder.path("model.json")
    saved, (_, _, manifest) = SavedModel.open(folder), open_arrays(model, "")
    model.unlink()  # other folders have the same file
    beside.unlink()
    replace(saved, model=replace(saved.model, candidates=20)).write(model, beside, manifest)


def live(database: Database) -> str:
    found = deployments.live(database)
    assert found is not None
    return found.version


def test_a_model_that_was_not_seen_before_is_taken_up(
    settings: Settings, database: Database, shop: Path
) -> None:
    first = live(database)
    new_result(shop)
    prepare(settings, database)
    assert live(database) != first


def test_a_challenger_whose_gates_are_closed_is_not(
    settings: Settings, database: Database, shop: Path
) -> None:
    first = live(database)
    new_result(shop)
    challenger = releases_of(settings).publish(DataFolder(shop))
    prepare(settings, database)
    assert live(database) == first != challenger


def test_nor_is_one_that_was_gone_back_from_until_somebody_says_so(
    settings: Settings, database: Database, shop: Path
) -> None:
    first = live(database)
    new_result(shop)
    second = publish(settings, database)
    activate(settings, database, None, "worse")
    prepare(settings, database)
    assert live(database) == first
    assert publish(settings, database) == second == live(database)
    steps = len(deployments.history(database, 10))
    publish(settings, database)  # it is live already
    assert len(deployments.history(database, 10)) == steps
