"""The shop's days: against the standard library's clocks, for every zone, and where clocks change."""

from __future__ import annotations

import ast
import zoneinfo
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from helpers import REPOSITORY
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from stylo import time_zone
from stylo.errors import BadOption
from stylo.time_zone import TimeZone

ZONES = st.sampled_from(sorted(zoneinfo.available_timezones() - {"Factory", "localtime"})).map(TimeZone)
# From 2012 on no zone has put its clocks back over midnight into a day that had ended.
MOMENTS = st.datetimes(datetime(2012, 1, 1), datetime(2037, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))
STOCKHOLM = TimeZone("Europe/Stockholm")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@bounded(max_examples=50, deadline=None)
@given(ZONES, MOMENTS)
def test_the_day_of_a_moment_is_the_date_on_a_clock_in_the_shop(zone: TimeZone, at: datetime) -> None:
    assert zone.day(at) == at.astimezone(zoneinfo.ZoneInfo(zone.name)).date()


@bounded(max_examples=50, deadline=None)
@given(ZONES, MOMENTS)
def test_a_day_lasts_from_its_start_to_the_next_one(zone: TimeZone, at: datetime) -> None:
    day = zone.day(at)
    assert zone.start(day) <= at < zone.start(day + timedelta(days=1))
    assert zone.day(zone.start(day)) == day
    assert zone.day(zone.start(day) - timedelta(microseconds=1)) < day
    assert zone.day(zone.noon(day)) == day


@bounded(max_examples=50, deadline=None)
@given(ZONES, st.lists(MOMENTS | st.none(), max_size=20))
def test_many_moments_have_the_days_of_each(zone: TimeZone, moments: list[datetime | None]) -> None:
    expected = [None if at is None else zone.day(at) for at in moments]
    plain = pl.Series(
        "at", [None if at is None else at.replace(tzinfo=None) for at in moments], pl.Datetime("us")
    )
    assert zone.days(plain).to_list() == expected
    assert zone.days(plain.dt.replace_time_zone("UTC")).to_list() == expected


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("Europe/Stockholm", utc(2020, 9, 22, 22, 30), date(2020, 9, 23)),  # 00:30, UTC+2
        ("Europe/Stockholm", utc(2020, 10, 25, 22, 59), date(2020, 10, 25)),  # a day of 25 hours
        ("America/New_York", utc(2020, 9, 23, 3, 59), date(2020, 9, 22)),
        ("Asia/Kathmandu", utc(2020, 9, 22, 18, 15), date(2020, 9, 23)),  # UTC+5:45
        ("Pacific/Kiritimati", utc(2020, 9, 22, 10), date(2020, 9, 23)),  # UTC+14
        ("Pacific/Pago_Pago", utc(2020, 9, 23, 10, 59), date(2020, 9, 22)),  # UTC-11
        ("Africa/Cairo", utc(2024, 4, 25, 22), date(2024, 4, 26)),  # a day that begins at 01:00
        ("Pacific/Apia", utc(2011, 12, 30, 10), date(2011, 12, 31)),  # there was no 30th
    ],
)
def test_days_around_midnight(zone: str, at: datetime, day: date) -> None:
    assert TimeZone.named(zone).day(at) == day


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2021, 3, 28), 23), (date(2021, 10, 31), 25), (date(2021, 5, 1), 24)]
)
def test_a_day_has_23_or_25_hours_where_clocks_change(day: date, hours: int) -> None:
    assert STOCKHOLM.start(day + timedelta(days=1)) - STOCKHOLM.start(day) == timedelta(hours=hours)


def test_a_day_that_clocks_put_back_over_midnight_goes_on() -> None:
    """In St. John's, at 00:01 on 7 November 2010, it was 23:01 on the 6th once more."""
    zone = TimeZone("America/St_Johns")
    begins = utc(2010, 11, 7, 2, 30)
    assert zone.start(date(2010, 11, 7)) == begins
    assert zone.day(begins - timedelta(microseconds=1)) == date(2010, 11, 6)
    assert {zone.day(begins + timedelta(minutes=n)) for n in range(120)} == {date(2010, 11, 7)}


def test_what_a_clock_shows_twice_is_the_first_and_what_it_never_shows_comes_after_the_change() -> None:
    assert STOCKHOLM.moment(datetime(2021, 10, 31, 2, 30)) == utc(2021, 10, 31, 0, 30)
    assert STOCKHOLM.moment(datetime(2021, 3, 28, 2, 30)) == utc(2021, 3, 28, 1, 30)


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("europe/stockholm", "Europe/Stockholm"),
        ("Europe/Stokholm", "Europe/Stockholm"),
        ("Stockholm", "Europe/Stockholm"),
        ("New York", "America/New_York"),
        ("Europe", "IANA"),
        ("../etc/passwd", "IANA"),
        ("", "IANA"),
        ("x\0y", "IANA"),
        ("x" * 5000, "IANA"),
    ],
)
def test_a_name_that_does_not_exist_is_refused_with_what_may_be_meant(wrong: str, meant: str) -> None:
    with pytest.raises(BadOption, match="There is no time zone") as refused:
        TimeZone.named(wrong)
    assert meant in refused.value.cure


@given(st.text(max_size=30))
def test_any_text_is_a_zone_or_is_refused(name: str) -> None:
    with suppress(BadOption):
        assert TimeZone.named(name).day(utc(2020, 9, 23)) in (date(2020, 9, 22), date(2020, 9, 23))


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        ("Asia/Tokyo", "Asia/Tokyo"),
        (":Asia/Tokyo", "Asia/Tokyo"),
        ("/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"),
        ("", "UTC"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "UTC"),  # not a name, so the days are those of UTC
    ],
)
def test_the_machines_zone_is_that_of_its_variable(
    variable: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", variable)
    assert TimeZone.of_machine().name == name


def test_the_machines_zone_is_that_of_its_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TZ", raising=False)
    (tmp_path / "timezone").write_text("Asia/Kolkata\n")
    monkeypatch.setattr(time_zone, "_TIMEZONE", tmp_path / "timezone")
    monkeypatch.setattr(time_zone, "_LOCALTIME", tmp_path / "localtime")
    assert TimeZone.of_machine().name == "Asia/Kolkata"
    (tmp_path / "localtime").symlink_to("/usr/share/zoneinfo/Europe/Paris")
    assert TimeZone.of_machine().name == "Europe/Paris"
    (tmp_path / "localtime").unlink()
    (tmp_path / "timezone").unlink()
    assert TimeZone.of_machine().name == "UTC"


def test_a_moment_is_shown_with_its_zone() -> None:
    assert STOCKHOLM.show(utc(2020, 9, 22, 22, 30)) == "2020-09-23 00:30 Europe/Stockholm"
    assert TimeZone("Etc/UTC").show(utc(2020, 9, 22, 22, 30)) == "2020-09-22 22:30 UTC"


_MAKES_A_DAY = {"date": 0, "utcnow": 0, "astimezone": 0, "fromtimestamp": 1}
_OF_THE_MACHINE = {("datetime", "now"), ("date", "today"), ("datetime", "today")}


def makes_a_day(node: ast.AST) -> bool:
    """`at.date()`, `pl.col("at").dt.date()`, `datetime.now()`, `at.astimezone()`, `datetime.fromtimestamp(x)`, …"""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.keywords:
        return False
    name, of = node.func.attr, node.func.value
    if isinstance(of, ast.Name) and (of.id, name) in _OF_THE_MACHINE and not node.args:
        return True
    return _MAKES_A_DAY.get(name) == len(node.args)


def test_only_the_time_zone_makes_days_of_moments() -> None:
    """Elsewhere it would be the day of UTC, or of the machine. Options of the scripts are days already."""
    found = {
        f"{path.relative_to(REPOSITORY)}:{node.lineno}"  # type: ignore[attr-defined]
        for path in (REPOSITORY / "stylo").rglob("*.py")
        if path.parent.name != "commands"
        for node in ast.walk(ast.parse(path.read_text()))
        if makes_a_day(node)
    }
    assert {place.rpartition(":")[0] for place in found} == {"stylo/time_zone.py"}, found
