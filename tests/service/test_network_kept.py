"""The network that is kept of a shop's vectors: published with them, and opened in the background."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Event

import pytest
from helpers import jpeg
from in_process import asking, worker_of
from serving import until
from starlette.testclient import TestClient

from stylo.assortment import Assortment
from stylo.deployment.releases import Releases
from stylo.errors import DamagedArtefact, MissingWeights
from stylo.service.settings import ServiceSettings
from stylo.tables.folder import DataFolder

#: However slow the machine is.
PATIENT = {"patience": 600.0, "picture_seconds": 600.0}
FILES = {"visual_network.bin", "visual_network.json", "visual_network.xml"}


@pytest.fixture
def settings(shop: Path, demo_shop: Path, kept_network: Path) -> ServiceSettings:
    for path in kept_network.iterdir():
        os.link(path, shop / path.name)
    return ServiceSettings(data=shop, images=demo_shop / "images")


@pytest.fixture
def releases(settings: ServiceSettings) -> Releases:
    return Releases.of(settings.state_folder, settings.images)


def files(settings: ServiceSettings, version: str) -> set[str]:
    folder = settings.state_folder.release(version)
    return {path.name for path in folder.iterdir() if path.name.startswith("visual_network")}


def overwritten(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def opened(client: TestClient) -> bool:
    return "encoder" in vars(worker_of(client).release.assortment)


def test_it_is_opened_in_the_background_and_finds_articles_by_a_photo(
    settings: ServiceSettings, demo_shop: Path, article_ids: list[str]
) -> None:
    with asking(settings.model_copy(update=PATIENT)) as client:
        until(lambda: opened(client))
        photo = (demo_shop / "images" / article_ids[0][:3] / f"{article_ids[0]}.jpg").read_bytes()
        headers = {"content-type": "image/jpeg"}
        answer = client.post("/v1/visual-search", content=photo, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["articles"][0]["article_id"] == article_ids[0]


def test_nothing_waits_for_it(settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_go_on = Event(), Event()

    def slow(_: Assortment) -> None:
        begun.set()
        may_go_on.wait()

    monkeypatch.setattr(Assortment, "warm_up_encoder", slow)
    with asking(settings) as client:
        try:
            assert begun.wait(60)
            assert client.get("/health/ready").status_code == 200
            assert client.get("/v1/articles?limit=1").status_code == 200
        finally:
            may_go_on.set()


def test_a_failure_is_logged_once_and_all_else_is_served(
    settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def out_of_reach(_: Assortment) -> None:
        raise MissingWeights("The weights are out of reach.")

    def said() -> int:
        return [record.message for record in caplog.records].count("network not opened")

    monkeypatch.setattr(Assortment, "warm_up_encoder", out_of_reach)
    with asking(settings.model_copy(update={"follow_seconds": 0.02})) as client:
        until(said)
        assert client.get("/v1/articles?limit=1").status_code == 200
        assert client.get("/health/ready").json()["problems"] == {}
        assert said() == 1


def test_without_one_the_network_is_not_built_before_a_photo_comes(settings: ServiceSettings) -> None:
    for name in FILES:
        (settings.data / name).unlink()
    with asking(settings) as client:
        assortment = worker_of(client).release.assortment
        assert assortment.lookalikes is not None
        assortment.warm_up_encoder()
        assert not opened(client)


def test_it_is_published_with_the_vectors_and_makes_another_version_of_them(
    settings: ServiceSettings, releases: Releases
) -> None:
    folder = DataFolder(settings.data)
    version = releases.publish(folder)
    assert files(settings, version) == FILES
    releases.check(version)
    assert releases.publish(folder) == version
    for name in FILES:
        folder.path(name).unlink()
    without = releases.publish(folder)
    assert without != version
    assert files(settings, without) == set()


def test_one_that_is_damaged_or_of_other_vectors_is_not_published(
    settings: ServiceSettings, releases: Releases
) -> None:
    path = settings.data / "visual_network.json"
    text = path.read_text()
    for spoilt in (text.replace('"weights_sha256": "', '"weights_sha256": "0'), text[:100]):
        overwritten(path, spoilt.encode())
        assert files(settings, releases.publish(DataFolder(settings.data))) == set()


@pytest.mark.parametrize("name", sorted(FILES))
def test_one_that_changed_after_it_was_published_is_a_problem_of_its_own(
    settings: ServiceSettings, releases: Releases, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = releases.publish(DataFolder(settings.data))
    overwritten(settings.state_folder.release(version) / name, b"nothing")
    release = releases.open(version)
    assert set(release.problems) == {"network"}
    assert isinstance(release.problems["network"], DamagedArtefact)
    assert release.assortment.lookalikes is not None
    monkeypatch.setattr("stylo.visual.encoder.encoder_of", lambda facts, progress: facts)
    assert release.assortment.encoder["weights"] == "random"  # type: ignore[index]
    assert releases.publish(DataFolder(settings.data)) == version  # made again, since it was no good
    assert not releases.open(version).problems


@pytest.mark.slow
def test_a_version_whose_network_changed_is_served_without_it(
    settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Assortment, "warm_up_encoder", lambda _: None)
    with asking(settings.model_copy(update={"follow_seconds": 0.02, **PATIENT})) as client:
        version = worker_of(client).release.version
        overwritten(settings.state_folder.release(version) / "visual_network.bin", b"nothing")
        unusable = {"network": "unusable; see the log"}
        until(lambda: client.get("/health/ready").json()["problems"] == unusable)
        answer = client.post(
            "/v1/visual-search", content=jpeg(), headers={"content-type": "image/jpeg"}, params={"k": 3}
        )
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["articles"]) == 3
