"""The control plane: one way to make a version live, for all who may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from stylo.deployment.control_plane import ControlPlane
from stylo.deployment.releases import Releases
from stylo.deployment.state_folder import StateFolder
from stylo.errors import BadOption, DamagedArtefact, GoneBackFrom, Held, NoPreviousVersion, Overtaken
from stylo.storage import deployments
from stylo.storage.database import Database
from stylo.storage.deployments import RETRAINING, Action


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


@pytest.mark.parametrize("step", ["promote", "rollback"])
def test_of_two_people_who_decide_at_once_the_second_is_told_and_changes_nothing(
    database: Database, shelf: Shelf, step: str
) -> None:
    other = ControlPlane(database, cast(Releases, shelf))
    for version in ("one", "two", "three"):
        other.promote(version, who="me")

    def somebody_else_is_faster(version: str) -> None:
        other.rollback(who="anna", reason="fewer clicks")

    slow = ControlPlane(database, cast(Releases, shelf), somebody_else_is_faster)
    with pytest.raises(Overtaken, match=r"version two was made live \(rollback\) by anna: fewer clicks"):
        slow.promote("one", who="me") if step == "promote" else slow.rollback(who="me")
    assert [each.who for each in deployments.history(database, 2)] == ["anna", "me"]
    assert live(other) == "two"


def live(control: ControlPlane) -> str:
    found = control.live()
    assert found is not None
    return found.version


@pytest.mark.parametrize("decide", ["promote", "publish", "rollback", "hold"])
def test_what_a_person_decided_no_automatism_replaces_until_a_person_lifts_it(
    control: ControlPlane, decide: str
) -> None:
    for version in ("one", "two"):
        control.promote(version, who=RETRAINING)  # nobody decided anything yet
    if decide == "rollback":
        control.rollback(who="anna", reason="fewer clicks")
    elif decide == "hold":
        control.hold(who="anna", reason="fewer clicks")
    else:
        action = Action.PUBLISH if decide == "publish" else Action.ACTIVATE
        control.promote("one", who="anna", reason="fewer clicks", action=action)
    before = live(control)
    with pytest.raises(Held, match=r"anna decided so .*fewer clicks") as refused:
        control.promote("three", who=RETRAINING)
    assert "models unhold" in refused.value.cure
    assert live(control) == before
    control.unhold(who="anna", reason="the sale is over")
    assert live(control) == before
    assert control.promote("three", who=RETRAINING).previous == before
    assert control.promote("two", who="anna").version == "two"  # a person may always
    with pytest.raises(Held):
        control.promote("three", who=RETRAINING)


def test_a_hold_says_since_when_the_version_is_live_and_who_holds_it(control: ControlPlane) -> None:
    with pytest.raises(BadOption, match="No version is live"):
        control.hold(who="anna")
    assert control.decision() is None
    made_live = control.promote("one", who=RETRAINING)
    held = control.hold(who="anna", reason="christmas")
    decision = control.decision()
    assert decision is not None
    assert (decision.live, decision.held) == (made_live, held)
    control.unhold(who="bob")
    decision = control.decision()
    assert decision is not None
    assert (decision.live, decision.held) == (made_live, None)


@pytest.mark.parametrize("back", ["rollback", "promote"])
def test_what_a_person_went_back_from_no_automatism_makes_live_again(
    control: ControlPlane, back: str
) -> None:
    for version in ("one", "two"):
        control.promote(version, who=RETRAINING)
    if back == "rollback":
        control.rollback(who="anna", reason="fewer clicks")
    else:
        control.promote("one", who="anna", reason="fewer clicks")
    control.unhold(who="anna")
    with pytest.raises(GoneBackFrom, match="fewer clicks"):
        control.promote("two", who=RETRAINING)
    assert control.promote("three", who=RETRAINING).previous == "one"
    assert control.rollback(who="anna").version == "one"  # nor does a rollback lead to it
    control.promote("two", who="anna", reason="it was the weather")
    control.unhold(who="anna")
    assert control.promote("one", who=RETRAINING).previous == "two"
    assert control.promote("two", who=RETRAINING).previous == "one"  # forgiven


def test_a_history_from_before_people_were_told_from_automatisms_is_read(
    control: ControlPlane, database: Database
) -> None:
    for who, reason in (
        ("command line", "found in the data folder at the start"),
        ("registry", "the alias champion was moved"),
        ("retraining", "All gates are open"),
    ):
        deployments.record(database, "one", Action.PUBLISH, who=who, reason=reason, now=datetime.now(UTC))
        decision = control.decision()
        assert decision is not None and decision.held is None


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
    assert len(asked) == 6  # three times the history, and a record
