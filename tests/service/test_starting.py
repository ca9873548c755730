"""What a start of the service makes live, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from in_process import asking
from offline import another_result, fewer_candidates
from serving import token
from starlette.testclient import TestClient

from stylo.deployment.control_plane import ControlPlane
from stylo.deployment.releases import Releases
from stylo.progress import Silent
from stylo.ranking.forest import Forest
from stylo.service.app import application
from stylo.service.server import prepare
from stylo.service.settings import ServiceSettings
from stylo.storage import deployments
from stylo.storage.database import Database
from stylo.tables.folder import DataFolder


class Notes(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def settings(shop: Path, demo_shop: Path) -> ServiceSettings:
    return ServiceSettings(data=shop, images=demo_shop / "images")


@pytest.fixture
def database(settings: ServiceSettings) -> Iterator[Database]:
    opened = Database.open(settings.state_folder.database_url)
    prepare(settings, opened)
    yield opened
    opened.close()


def live(database: Database) -> str:
    found = deployments.live(database)
    assert found is not None
    return found.version


def test_a_model_that_was_not_seen_before_is_taken_up(
    settings: ServiceSettings, database: Database, shop: Path
) -> None:
    first = live(database)
    another_result(shop, fewer_candidates)
    prepare(settings, database)
    assert live(database) != first


def test_a_version_that_a_person_holds_is_not_replaced_at_a_start(
    settings: ServiceSettings, database: Database, shop: Path
) -> None:
    first = live(database)
    control = ControlPlane(database, Releases.of(settings.state_folder))
    control.hold(who="anna", reason="christmas")
    another_result(shop, fewer_candidates)
    notes = Notes()
    prepare(settings, database, notes)
    assert live(database) == first
    (said,) = notes.said
    assert f"{first} stays live" in said and "anna decided so (hold)" in said
    assert "models unhold" in said and "models activate" in said


def test_a_challenger_whose_gates_are_closed_is_not(
    settings: ServiceSettings, database: Database, shop: Path
) -> None:
    first = live(database)
    another_result(shop, fewer_candidates)
    challenger = Releases.of(settings.state_folder, settings.images).publish(DataFolder(shop))
    prepare(settings, database)
    assert live(database) == first != challenger


def test_nor_is_one_that_was_gone_back_from_until_somebody_says_so(
    settings: ServiceSettings, database: Database, shop: Path
) -> None:
    first = live(database)
    another_result(shop, fewer_candidates)
    control, folder = ControlPlane(database, Releases.of(settings.state_folder)), DataFolder(shop)
    second = control.publish(folder, who="test", reason="new")
    control.rollback(who="test", reason="worse")
    prepare(settings, database)
    assert live(database) == first
    assert control.publish(folder, who="test", reason="new") == second == live(database)
    steps = len(deployments.history(database, 10))
    control.publish(folder, who="test", reason="new")  # it is live already
    assert len(deployments.history(database, 10)) == steps


def test_a_worker_whose_database_file_is_missing_makes_no_empty_one(
    settings: ServiceSettings, customers: list[str]
) -> None:
    with asking(settings):
        pass
    made = token(settings.state_folder.database_url)
    file = settings.state_folder.path / "service.sqlite"
    kept = file.rename(file.with_name("kept.sqlite"))
    worker = settings.state_folder.open_database()
    app = application(settings, worker, Releases.of(settings.state_folder, settings.images))
    with TestClient(app, headers={"authorization": f"Bearer {made}"}) as client:
        ready = client.get("/health/ready").json()
        assert (ready["ready"], ready["storage"]) == (True, False)
        path = f"/v1/customers/{customers[0]}/recommendations"
        assert client.get(path).status_code == 503  # nobody can say whose key this is
        assert not file.exists()
        kept.rename(file)
        assert client.get(path).status_code == 200
        assert client.get("/health/ready").json()["storage"] is True


def test_the_first_customer_waits_for_no_trees(
    settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with asking(settings) as client:
        monkeypatch.setattr(Forest, "read", lambda texts: pytest.fail("read while a customer waits"))
        numbers = pl.read_parquet(settings.data / "customers.parquet", columns=["customer_id"])
        for customer in numbers["customer_id"][:20]:
            assert client.get(f"/v1/customers/{customer}/recommendations").status_code == 200
