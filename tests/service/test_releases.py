"""Releases: published once, opened whole or degraded, refused where a byte has changed."""

from __future__ import annotations

import errno
import json
import os
import re
import resource
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from helpers import run_here
from in_process import asking, worker_of
from offline import another_result, answered, fewer_candidates, ids
from serving import until
from starlette.testclient import TestClient

from stylo.deployment.control_plane import ControlPlane
from stylo.deployment.online_model import OnlineModel, RequestContext
from stylo.deployment.popularity_fallback import PopularityFallback
from stylo.deployment.releases import Releases
from stylo.errors import BadOption, DamagedArtefact, MissingArtefact, StorageUnavailable, StyloError
from stylo.recommender import SavedModel
from stylo.service.live_model import LiveModel
from stylo.service.settings import ServiceSettings
from stylo.storage import deployments
from stylo.storage.database import Database
from stylo.storage.deployments import Deployment
from stylo.tables.folder import DataFolder

DAY_AFTER = date(2020, 9, 23)


@pytest.fixture
def settings(shop: Path, demo_shop: Path) -> ServiceSettings:  # of one's own: these tests break things
    return ServiceSettings(data=shop, images=demo_shop / "images")


@pytest.fixture
def releases(settings: ServiceSettings) -> Releases:
    return Releases.of(settings.state_folder, settings.images)


@pytest.fixture
def version(releases: Releases, shop: Path) -> str:
    """One that was published."""
    return releases.publish(DataFolder(shop))


def without_a_ranker(saved: SavedModel) -> SavedModel:
    return replace(saved, model=replace(saved.model, ranker=None))


def overwritten(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def test_what_is_published_twice_is_one_version(releases: Releases, shop: Path) -> None:
    first = releases.publish(DataFolder(shop))
    before = {path: path.stat().st_mtime_ns for path in (shop / "service").rglob("*")}
    assert releases.publish(DataFolder(shop)) == first
    assert releases.versions() == [first]
    assert first.startswith("2020-09-23-")
    assert {path: path.stat().st_mtime_ns for path in (shop / "service").rglob("*")} == before


def test_the_same_artefacts_in_another_folder_are_the_same_version(
    releases: Releases, shop: Path, version: str, tmp_path: Path
) -> None:
    shutil.copytree(shop, tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "elsewhere" / "service")
    assert releases.publish(DataFolder(tmp_path / "elsewhere")) == version


@pytest.mark.parametrize("change", [fewer_candidates, without_a_ranker])
def test_another_result_of_final_py_is_another_version_beside_the_first(
    releases: Releases, shop: Path, version: str, change: Callable[[SavedModel], SavedModel]
) -> None:
    visit = RequestContext(0, DAY_AFTER)
    before = releases.open(version).model.recommend([visit])
    another_result(shop, change)
    second = releases.publish(DataFolder(shop))
    assert releases.versions() == sorted([version, second])
    assert second != version
    expected = SavedModel.open(DataFolder(shop)).recommend([0], 12)["article"].to_list()
    assert [each.article for each in releases.open(second).model.recommend([visit])[0]] == expected
    releases.check(version)
    assert releases.open(version, checked=True).model.recommend([visit]) == before


def test_what_lies_in_the_data_folder_may_change_after_it_was_published(
    releases: Releases, shop: Path, version: str
) -> None:
    for path in shop.glob("*.*"):
        if path.is_file():
            overwritten(path, b"nothing")
    opened = releases.open(version, checked=True)
    assert not opened.problems
    assert len(opened.model.recommend([RequestContext(0, DAY_AFTER)])[0]) == 12


def test_to_write_into_a_file_of_the_data_folder_does_not_reach_a_release(
    releases: Releases, shop: Path
) -> None:
    files = [shop / name for name in ("model.bin", "articles.parquet")]
    for file in files:
        overwritten(file, file.read_bytes())  # no longer the demo shop's own
    version = releases.publish(DataFolder(shop))
    before = releases.open(version).model.recommend([RequestContext(0, DAY_AFTER)])
    for file in files:
        with file.open("r+b") as opened:  # as `cp` does, or an editor
            opened.write(bytes(1000))
    assert releases.open(version, checked=True).model.recommend([RequestContext(0, DAY_AFTER)]) == before


@pytest.mark.skipif(os.name != "posix", reason="read-only files cannot be deleted on Windows")
def test_the_files_of_a_release_are_read_only(
    releases: Releases, version: str, settings: ServiceSettings
) -> None:
    published = settings.state_folder.path / "models" / version / "model.bin"
    assert stat.S_IMODE(published.stat().st_mode) == 0o444
    assert published.stat().st_nlink == 1


def test_a_byte_that_has_changed_is_found_in_any_file(
    releases: Releases, version: str, settings: ServiceSettings
) -> None:
    folder = settings.state_folder.path / "models" / version
    names = json.loads((folder / "release.json").read_text())["files"]
    assert {"model.bin", "service.bin", "articles.parquet", "visual_features.npy"} <= names.keys()
    for name in names:
        good = (folder / name).read_bytes()
        middle = len(good) // 2
        overwritten(folder / name, good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :])
        with pytest.raises(DamagedArtefact, match=re.escape(f"{name} of version {version}")):
            releases.open(version, checked=True)
        overwritten(folder / name, good)
    releases.check(version)


def test_a_file_that_is_gone_is_found(releases: Releases, version: str, settings: ServiceSettings) -> None:
    (settings.state_folder.path / "models" / version / "visual_index.npy").unlink()
    with pytest.raises(DamagedArtefact, match=r"visual_index\.npy"):
        releases.check(version)


@pytest.mark.parametrize("name", ["", ".", "..", "../../..", "/etc", "2020-09-23-00000000", "a\x00b"])
def test_a_version_that_was_never_published_is_none(releases: Releases, version: str, name: str) -> None:
    with pytest.raises(BadOption, match="There is no version") as refused:
        releases.open(name)
    assert version in refused.value.cure


@pytest.mark.parametrize("damage", [lambda data: data[:-100], lambda data: b"", lambda data: data[::-1]])
def test_a_release_whose_model_is_damaged_shows_what_sells(
    releases: Releases, version: str, settings: ServiceSettings, damage: Callable[[bytes], bytes]
) -> None:
    path = settings.state_folder.path / "models" / version / "model.bin"
    overwritten(path, damage(path.read_bytes()))
    opened = releases.open(version)
    assert isinstance(opened.model, PopularityFallback)
    assert isinstance(opened.problems["model"], DamagedArtefact)
    assert opened.as_of == DAY_AFTER
    shown = opened.model.recommend([RequestContext(0, DAY_AFTER, k=5)])[0]
    assert [each.article for each in shown] == opened.assortment.articles["article"][:5].to_list()


def test_a_service_whose_model_is_damaged_answers_and_says_so(
    releases: Releases, version: str, settings: ServiceSettings, customers: list[str]
) -> None:
    with asking(settings):
        pass  # it is live now
    for folder in (
        settings.state_folder.path / "models" / version,
        settings.data,
    ):  # from which it could be made again
        overwritten(folder / "model.bin", (folder / "model.bin").read_bytes()[:-100])
    with asking(settings) as client:
        answer = answered(client, customers[0], colour="Black").json()
        assert answer["degraded"] == ["model"]
        assert len(ids(answer["recommendations"])) == 8  # all that are black
        ready = client.get("/health/ready").json()
        assert ready["ready"] is True
        assert ready["problems"] == {"model": "unusable; see the log"}


def test_a_release_whose_other_parts_are_damaged_does_not_open(
    releases: Releases, version: str, settings: ServiceSettings
) -> None:
    folder = settings.state_folder.path / "models" / version
    for name in ("service.bin", "service.json", "service.parquet"):
        good = (folder / name).read_bytes()
        for bad in (b"", good[: len(good) // 2]):
            overwritten(folder / name, bad)
            with pytest.raises(DamagedArtefact):
                releases.open(version)
        overwritten(folder / name, good)
    assert isinstance(releases.open(version).model, OnlineModel)


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("model.bin", "final.py"),
        ("article_reccs.parquet", "final.py"),
        ("articles.parquet", "data_optim.py"),
        ("customers.parquet", "data_optim.py"),
    ],
)
def test_what_is_missing_is_told_with_the_script_that_makes_it(
    releases: Releases, shop: Path, name: str, script: str
) -> None:
    (shop / name).unlink()
    with pytest.raises(MissingArtefact, match=re.escape(name)) as missing:
        releases.publish(DataFolder(shop))
    assert f"python {script}" in missing.value.cure
    assert releases.versions() == []


def test_a_shop_without_looks_is_published_without_them(releases: Releases, shop: Path) -> None:
    for path in shop.glob("visual_*"):
        path.unlink()
    opened = releases.open(releases.publish(DataFolder(shop)))
    assert opened.assortment.lookalikes is None
    assert isinstance(opened.model, OnlineModel)


def test_a_release_that_could_not_be_made_leaves_nothing(
    releases: Releases, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stylo.deployment.releases.write_arrays", full)
    with pytest.raises((OSError, StyloError)):
        releases.publish(DataFolder(shop))
    assert [path for path in (shop / "service").rglob("*") if path.is_file()] == []
    assert releases.versions() == []


def test_versions_go_to_and_fro_by_one_call_each(
    shop: Path, settings: ServiceSettings, customers: list[str]
) -> None:
    with asking(settings) as client:
        first = client.get("/version").json()["model_version"]
        before = answered(client, customers[0]).json()
        another_result(shop, without_a_ranker)
        published = client.post("/v1/admin/models/publish", json={"reason": "tuned"}).json()
        assert published["previous"] == first
        after = answered(client, customers[0]).json()
        assert after["model_version"] == published["version"] != first
        assert after["recommendations"] != before["recommendations"]
        assert client.post("/v1/admin/models/rollback", json={}).json()["version"] == first
        assert answered(client, customers[0]).json() == before
        chosen = {"version": published["version"], "reason": "again"}
        assert client.post("/v1/admin/models/activate", json=chosen).status_code == 201
        assert answered(client, customers[0]).json() == after
        told = client.get("/v1/admin/models").json()
        assert told["answering"] == told["live"] == published["version"]
        assert [each["action"] for each in told["history"]] == ["activate", "rollback", "publish", "publish"]
        assert [each["reason"] for each in told["history"]][:3] == ["again", "no reason given", "tuned"]


def test_a_photo_that_comes_with_a_new_version_is_shown_without_a_restart(
    shop: Path, demo_shop: Path, tmp_path: Path
) -> None:
    images = tmp_path / "images"
    shutil.copytree(demo_shop / "images", images)
    photo = sorted(images.glob("0??/*.jpg"))[0]
    (shop / "thumbnails" / photo.parent.name / photo.name).unlink()
    photo.rename(tmp_path / photo.name)
    with asking(ServiceSettings(data=shop, images=images)) as client:

        def shown() -> tuple[bool, int]:
            article = client.get(f"/v1/articles/{photo.stem}").json()
            return article["photo"], client.get(f"/v1/articles/{photo.stem}/thumbnail").status_code

        assert shown() == (False, 404)
        (tmp_path / photo.name).rename(photo)
        another_result(shop, without_a_ranker)
        assert client.post("/v1/admin/models/publish", json={}).status_code == 201
        assert shown() == (True, 200)


def test_the_live_version_is_followed_again_once_what_went_wrong_is_over(
    shop: Path, settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real, failures = LiveModel._catch_up, list[int]()

    async def no_file_descriptors(live: LiveModel) -> None:
        failures.append(1)
        raise OSError(errno.EMFILE, "Too many open files")

    def problems(client: TestClient) -> dict[str, str]:
        found: dict[str, str] = client.get("/health/ready").json()["problems"]
        return found

    with asking(settings.model_copy(update={"follow_seconds": 0.02})) as client:
        assert problems(client) == {}
        monkeypatch.setattr(LiveModel, "_catch_up", no_file_descriptors)
        until(lambda: len(failures) > 3)
        assert problems(client) == {"new versions": "not taken up; see the log"}
        assert [record.message for record in caplog.records].count("background failure") == 1
        assert (
            'stylo_background_failures_total{work="follow the live version"}' in client.get("/metrics").text
        )
        monkeypatch.setattr(LiveModel, "_catch_up", real)
        another_result(shop, without_a_ranker)
        releases = Releases.of(settings.state_folder, settings.images)
        database = settings.state_folder.open_database()  # as another process would
        second = ControlPlane(database, releases).publish(DataFolder(shop), who="test", reason="new")
        database.close()
        until(lambda: client.get("/version").json()["model_version"] == second)
        assert problems(client) == {}


def in_place(path: Path, data: bytes) -> None:
    """As somebody does who finds a file read-only and means well."""
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.write(data)
        file.truncate()


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def ready(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/health/ready").json()
    return found


UNUSABLE = "unusable; see the log"


@pytest.mark.parametrize("change", [flipped, lambda data: data[:-5000], lambda data: b""])
def test_a_model_that_is_changed_while_it_answers_is_found_and_not_served(
    settings: ServiceSettings, customers: list[str], change: Callable[[bytes], bytes], releases: Releases
) -> None:
    with asking(settings.model_copy(update={"follow_seconds": 0.02, "cache_bytes": 0})) as client:
        before = answered(client, customers[0]).json()
        assert before["degraded"] == []
        path = settings.state_folder.path / "models" / before["model_version"] / "model.bin"
        good = path.read_bytes()
        replaced(path, change(good)) if len(change(good)) < len(good) else in_place(path, change(good))
        until(lambda: ready(client)["problems"] == {"model": UNUSABLE})
        assert ready(client)["ready"] is True
        assert answered(client, customers[0]).json()["degraded"] == ["model"]
        # Nor does another process serve it, though it looks only at what the card says.
        assert isinstance(releases.open(before["model_version"]).model, PopularityFallback)
        in_place(path, good)
        until(lambda: ready(client)["problems"] == {})
        assert answered(client, customers[0]).json() == before


def replaced(path: Path, data: bytes) -> None:
    """By another file of the same name: to cut off one that is mapped would end this process."""
    other = path.with_suffix(".other")
    other.write_bytes(data)
    other.replace(path)


def test_looks_that_are_changed_are_not_served_and_all_else_is(
    settings: ServiceSettings, customers: list[str]
) -> None:
    with asking(settings.model_copy(update={"follow_seconds": 0.02})) as client:
        version = ready(client)["model_version"]
        path = settings.state_folder.path / "models" / version / "visual_features.npy"
        in_place(path, flipped(path.read_bytes()))
        until(lambda: ready(client)["problems"] == {"looks": UNUSABLE})
        assert answered(client, customers[0]).json()["degraded"] == []
        photo = {"content": b"\xff\xd8", "headers": {"content-type": "image/jpeg"}}
        assert client.post("/v1/visual-search", **photo).status_code == 503  # type: ignore[arg-type]


def test_a_version_of_which_nothing_can_be_trusted_is_not_served_until_it_is_whole(
    settings: ServiceSettings, customers: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with asking(settings.model_copy(update={"follow_seconds": 0.02})) as client:
        version = ready(client)["model_version"]
        before = answered(client, customers[0]).json()
        path = settings.state_folder.path / "models" / version / "service.bin"
        good = path.read_bytes()
        in_place(path, flipped(good))
        until(lambda: ready(client)["ready"] is False)
        assert client.get(f"/v1/customers/{customers[0]}/recommendations").status_code == 503
        assert [record.message for record in caplog.records].count("model refused") == 1
        done = client.post("/v1/admin/models/activate", json={"version": version})
        assert done.status_code == 409
        assert "service.bin" in done.json()["detail"]
        # It is made again from the data folder, where it still lies.
        assert client.post("/v1/admin/models/publish", json={}).json()["version"] == version
        assert answered(client, customers[0]).json() == before
        assert ready(client)["problems"] == {}
        assert path.read_bytes() == good


def test_a_file_that_was_only_touched_is_no_other(
    settings: ServiceSettings, releases: Releases, version: str, customers: list[str]
) -> None:
    with asking(settings.model_copy(update={"follow_seconds": 0.02})) as client:
        for path in (settings.state_folder.path / "models" / version).iterdir():
            os.utime(path)
        until(lambda: not worker_of(client).releases.touched(version))
        assert ready(client)["problems"] == {}
        assert answered(client, customers[0]).json()["degraded"] == []
    assert releases.open(version).problems == {}


CARDS: list[bytes] = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"{}",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"version": 1, "files": {}}',
    b'{"version": "2020-01-01-00000000", "files": {}}',
    b'{"version": "%s", "files": ["model.bin"]}',
    b'{"version": "%s", "files": {"model.bin": null}}',
    b'{"version": "%s", "files": {"../../articles.csv": "00"}}',
    b'{"version": "%s", "files": {"\\u0000": "00"}}',
    b'{"version": "%s", "files": {"\\ud800": "00"}}',
    b'{"version": "%s", "files": {"": "00"}}',
]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: repr(card[:40]))
def test_a_version_whose_card_is_damaged_is_refused_and_made_again(
    releases: Releases, version: str, settings: ServiceSettings, shop: Path, card: bytes
) -> None:
    path = settings.state_folder.path / "models" / version / "release.json"
    good = path.read_bytes()
    in_place(path, card.replace(b"%s", version.encode()))
    for look in (releases.open, releases.check):
        with pytest.raises(DamagedArtefact):
            look(version)
    assert releases.publish(DataFolder(shop)) == version
    assert json.loads(path.read_bytes())["files"].keys() == json.loads(good)["files"].keys()
    releases.check(version)


def test_a_live_version_whose_card_is_damaged_answers_and_says_so(
    settings: ServiceSettings, customers: list[str]
) -> None:
    with asking(settings.model_copy(update={"follow_seconds": 0.02})) as client:
        version = ready(client)["model_version"]
        in_place(settings.state_folder.path / "models" / version / "release.json", b"{")
        until(lambda: ready(client)["problems"] == {"new versions": "not taken up; see the log"})
        assert answered(client, customers[0]).json()["degraded"] == []
        refused = client.post("/v1/admin/models/activate", json={"version": version})
        assert refused.status_code == 409
        assert "release.json" in refused.json()["detail"]
        assert client.post("/v1/admin/models/publish", json={}).status_code == 201
        until(lambda: ready(client)["problems"] == {})


def test_folders_that_are_no_versions_are_ignored_and_named(
    releases: Releases, version: str, settings: ServiceSettings, shop: Path
) -> None:
    models = settings.state_folder.path / "models"
    for name in (
        f"{version}.bak",
        "latest",
        version.upper().replace("2020", "v2020"),
        "a b\n",
        os.fsdecode(b"\xff"),
    ):
        shutil.copytree(models / version, models / name)
    shutil.copytree(
        models / version, models / "2020-09-23-00000000"
    )  # the name of one, and the bytes of another
    assert releases.versions() == ["2020-09-23-00000000", version]
    with pytest.raises(DamagedArtefact, match="is that of version"):
        releases.open("2020-09-23-00000000")
    with asking(settings) as client:
        assert client.get("/v1/admin/models").json()["versions"] == ["2020-09-23-00000000", version]
        assert client.post("/v1/admin/models/activate", json={"version": "latest"}).status_code == 404
    done = run_here("serve.py", "models", "list", "--data", shop)
    assert done.returncode == 0
    assert f"No version, and ignored: {version}.bak" in done.stdout


def test_without_file_descriptors_the_live_version_stays_and_is_followed_again_with_them(
    shop: Path, settings: ServiceSettings, customers: list[str]
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with asking(settings.model_copy(update={"follow_seconds": 0.02})) as client:
        first = ready(client)["model_version"]
        another_result(shop, without_a_ranker)
        database = settings.state_folder.open_database()
        try:
            os.utime(settings.state_folder.path / "models" / first / "model.bin")
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))  # nothing more can be opened
            until(lambda: worker_of(client).live.follows is False)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert answered(client, customers[0]).json()["degraded"] == []
        until(lambda: ready(client)["problems"] == {})
        releases = Releases.of(settings.state_folder, settings.images)
        second = ControlPlane(database, releases).publish(DataFolder(shop), who="test", reason="new")
        database.close()
        until(lambda: client.get("/version").json()["model_version"] == second != first)


def test_a_worker_whose_live_version_is_damaged_starts_and_waits_for_a_good_one(
    settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    path, real = settings.state_folder.path / "models" / version / "service.bin", LiveModel.start
    good = path.read_bytes()

    async def start(live: LiveModel) -> None:
        in_place(path, flipped(good))
        await real(live)

    monkeypatch.setattr(LiveModel, "start", start)
    with asking(settings.model_copy(update={"follow_seconds": 0.02})) as client:
        assert client.get("/health/ready").status_code == 503
        assert client.get("/health/live").status_code == 200
        in_place(path, good)
        until(lambda: client.get("/health/ready").status_code == 200)


def test_a_worker_that_starts_while_the_database_is_away_answers_and_catches_up(
    shop: Path, settings: ServiceSettings, customers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = settings.model_copy(update={"follow_seconds": 0.02})
    with asking(fast) as client:
        first = client.get("/version").json()["model_version"]
    another_result(shop, without_a_ranker)
    real = deployments.live

    def away(database: Database) -> Deployment | None:
        raise StorageUnavailable("The database does not answer.")

    with starting_without(fast, monkeypatch, away) as client:
        assert answered(client, customers[0]).json()["model_version"] == first
        monkeypatch.setattr(deployments, "live", real)
        database = settings.state_folder.open_database()
        releases = Releases.of(settings.state_folder, settings.images)
        second = ControlPlane(database, releases).publish(DataFolder(shop), who="test", reason="new")
        database.close()
        until(lambda: client.get("/version").json()["model_version"] == second)
    (settings.state_folder.path / "models" / "live").write_text("../../elsewhere")
    with starting_without(fast, monkeypatch, away) as client:  # nobody knows which: none, until somebody does
        assert client.get("/health/ready").status_code == 503
        monkeypatch.setattr(deployments, "live", real)
        until(lambda: client.get("/health/ready").status_code == 200)
        assert client.get("/version").json()["model_version"] == second


@contextmanager
def starting_without(
    settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch, away: Callable[[Database], Deployment | None]
) -> Iterator[TestClient]:
    """As `asking`, with the database away from when the worker starts."""
    real = LiveModel.start

    async def start(live: LiveModel) -> None:
        monkeypatch.setattr(deployments, "live", away)
        await real(live)

    monkeypatch.setattr(LiveModel, "start", start)
    with asking(settings) as client:
        monkeypatch.setattr(LiveModel, "start", real)
        yield client


def test_a_version_that_was_gone_back_from_is_not_taken_up_at_the_next_start(
    shop: Path, settings: ServiceSettings
) -> None:
    with asking(settings) as client:
        first = client.get("/version").json()["model_version"]
        another_result(shop, without_a_ranker)
        client.post("/v1/admin/models/publish", json={})
        client.post("/v1/admin/models/rollback", json={})
    with asking(settings) as client:
        assert client.get("/version").json()["model_version"] == first


def test_a_start_with_artefacts_that_are_no_good_goes_on_with_what_was_live(
    shop: Path, settings: ServiceSettings, customers: list[str]
) -> None:
    with asking(settings) as client:
        before = answered(client, customers[0]).json()
    (shop / "model.bin").unlink()
    with asking(settings) as client:
        assert answered(client, customers[0]).json() == before
