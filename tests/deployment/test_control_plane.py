"""The control plane: one way to make a version live, for all who may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from stylo.deployment.control_plane import ControlPlane
from stylo.deployment.releases import Releases
from stylo.deployment.state_folder import StateFolder
from stylo.errors import BadOption, DamagedArtefact, NoPreviousVersion
from stylo.storage import deployments
from stylo.storage.database import Database
from stylo.storage.deployments import Action


class Shelf:
    """Releases that open, or do not."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, bool]] = []
        self.here = ["damaged", "one", "three", "two"]

    def versions(self) -> list[str]:
        return self.here

    def open(self, version: str, *, checked: bool = False) -> None:
        self.opened.append((version, checked))
        if version == "damaged":
            raise DamagedArtefact("a byte is not what it was")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = StateFolder.of(tmp_path).open_database(migrate=True)
    yield opened
    opened.close()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def control(database: Database, shelf: Shelf) -> ControlPlane:
    return ControlPlane(database, cast(Releases, shelf))


def test_a_version_is_checked_byte_by_byte_and_recorded_with_who_and_why(
    control: ControlPlane, shelf: Shelf
) -> None:
    deployed = control.promote("one", who="me", reason="better")
    assert shelf.opened == [("one", True)]
    assert control.live() == deployed
    assert (deployed.version, deployed.previous, deployed.action) == ("one", None, Action.ACTIVATE)
    assert (deployed.who, deployed.reason) == ("me", "better")
    assert control.promote("two", who="me").reason == "no reason given"


def test_a_damaged_version_does_not_go_live(control: ControlPlane) -> None:
    control.promote("one", who="me")
    with pytest.raises(DamagedArtefact):
        control.promote("damaged", who="me")
    live = control.live()
    assert live is not None and live.version == "one"


def test_a_rollback_goes_to_the_version_before_and_never_to_one_that_was_rolled_back(
    control: ControlPlane,
) -> None:
    with pytest.raises(NoPreviousVersion):
        control.rollback(who="me")
    control.promote("one", who="me")
    with pytest.raises(BadOption):
        control.rollback(who="me")
    control.promote("two", who="me")
    assert control.rollback(who="me", reason="worse").version == "one"
    with pytest.raises(NoPreviousVersion):
        control.rollback(who="me")
    control.promote("two", who="me")  # somebody wants it all the same
    control.promote("three", who="me")
    assert [control.rollback(who="me").version for _ in range(2)] == ["two", "one"]
    live = control.live()
    assert live is not None
    assert (live.version, live.previous, live.action) == ("one", "two", Action.ROLLBACK)


@pytest.mark.parametrize("action", [Action.PUBLISH, Action.ACTIVATE])
def test_to_make_the_live_version_live_once_more_changes_nothing_about_what_was_before(
    control: ControlPlane, action: Action
) -> None:
    control.promote("one", who="me")
    control.promote("two", who="me")
    for _ in range(3):
        assert control.promote("two", who="me", action=action).previous == "one"
    assert control.rollback(who="me").version == "one"


def test_a_version_that_is_gone_is_passed_over(control: ControlPlane, shelf: Shelf) -> None:
    for version in ("one", "two", "three"):
        control.promote(version, who="me")
    shelf.here = ["one", "three"]
    assert control.rollback(who="me").version == "one"


def test_two_rollbacks_at_once_are_one_after_the_other(database: Database, shelf: Shelf) -> None:
    second = ControlPlane(database, cast(Releases, shelf))

    def somebody_else_is_faster(version: str) -> None:
        if version == "two":  # opened by the first: meanwhile the second has gone back
            assert second.rollback(who="the other").version == "two"

    first = ControlPlane(database, cast(Releases, shelf), somebody_else_is_faster)
    for version in ("one", "two", "three"):
        second.promote(version, who="me")
    assert first.rollback(who="me").version == "one"
    assert [(each.version, each.who) for each in deployments.history(database, 2)] == [
        ("one", "me"),
        ("two", "the other"),
    ]


def test_a_server_opens_versions_and_asks_the_database_in_its_own_way(
    database: Database, shelf: Shelf
) -> None:
    opened, asked = list[str](), list[object]()

    def ask(work: Callable[[], Any]) -> Any:
        asked.append(work)
        return work()

    control = ControlPlane(database, cast(Releases, shelf), opened.append, ask)
    control.promote("one", who="me")
    control.promote("two", who="me")
    control.rollback(who="me")
    assert opened == ["one", "two", "one"]
    assert shelf.opened == []
    assert len(asked) == 4  # three records, and the history
