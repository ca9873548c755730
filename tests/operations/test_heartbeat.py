"""The heartbeat of `watch`, by its command: whether it still looks, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from helpers import run_here

from stylo.operations import heartbeat
from stylo.records.watching import WatchNotes

YEARS = timedelta(days=900)


def notes(state: Path, **fields: Any) -> None:
    """As a look leaves them that has just ended, but for some fields."""
    looked = heartbeat.looked(heartbeat.notes_before(state, 15))
    looked.model_copy(update=fields).save(state / "watch.json")


def health(data: Path, *options: str) -> tuple[int, str]:
    done = run_here("-m", "stylo.operations", "--data", data, "health", *options)
    return done.returncode, done.stdout


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "service").mkdir()
    return tmp_path


def test_it_needs_no_database_and_says_when_the_last_look_was(data: Path) -> None:
    notes(data / "service", doing="new days: week.csv")
    status, said = health(data)
    assert (status, said) == (0, "The last look of watch was 0 minutes ago. Now: new days: week.csv.\n")
    assert [path.name for path in (data / "service").iterdir()] == ["watch.json"]


def test_before_the_first_look_and_with_damaged_notes_it_fails(data: Path) -> None:
    status, said = health(data)
    assert status == 1
    assert "has not looked yet" in said
    (data / "service" / "watch.json").write_text("{")
    assert health(data)[0] == 1


@pytest.mark.parametrize(
    ("minutes", "options", "status"),
    [(34, (), 0), (36, (), 1), (36, ("--within", "40"), 0), (34, ("--within", "30"), 1)],
)
def test_two_intervals_and_five_minutes_are_too_long(
    data: Path, minutes: float, options: tuple[str, ...], status: int
) -> None:
    """On another machine, or after a start of this one, the clock alone can tell."""
    notes(data / "service", boot="another", looked=datetime.now(UTC) - timedelta(minutes=minutes))
    assert health(data, *options)[0] == status


@pytest.mark.skipif(not heartbeat._boot(), reason="this system has no name for its last start")
@pytest.mark.parametrize("jump", [-YEARS, YEARS])
def test_a_clock_that_jumps_neither_makes_it_late_nor_hides_that_it_is(data: Path, jump: timedelta) -> None:
    now = datetime.now(UTC)
    notes(data / "service", looked=now + jump)
    assert health(data)[0] == 0
    fresh = WatchNotes.load(data / "service" / "watch.json", "")
    notes(data / "service", looked=now + jump, uptime=fresh.uptime - 7_200)
    assert health(data)[0] == 1


def test_a_look_in_the_future_of_another_machine_says_nothing(data: Path) -> None:
    notes(data / "service", boot="another", looked=datetime.now(UTC) + YEARS)
    assert health(data)[0] == 1
