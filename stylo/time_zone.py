"""The shop's time zone: the one place where a moment becomes a day.

Europe/Stockholm      22 September            │ 23 September
                                              ├─ day begins: 22 September, 22:00 UTC
UTC                   22 September                           │ 23 September
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from stylo.errors import BadOption

if TYPE_CHECKING:
    import polars as pl

_MIDNIGHT, _NOON, _DAY = time(), time(12), timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LOCALTIME, _TIMEZONE = Path("/etc/localtime"), Path("/etc/timezone")


@dataclass(frozen=True)
class TimeZone:
    """A time zone of the IANA database, by name; `named` and `of_machine` make one that exists.

    A day begins when a clock in the shop first shows its date, and lasts until the next one begins: 23 or 25 hours
    where the clocks change. Moments are datetimes with a time zone, whichever.
    """

    name: str = "UTC"

    @classmethod
    def named(cls, name: str) -> TimeZone:
        """Raises BadOption for a name that the database does not have, with the nearest that it has."""
        if _zone(name) is None:
            raise BadOption(f"There is no time zone {name[:80]!r}.", cure=_suggestions(name))
        return cls(name)

    @classmethod
    def of_machine(cls) -> TimeZone:
        """As `$TZ` or the system's files say; UTC where they say nothing that is known."""
        return cls(next((name for name in _names_of_machine() if _zone(name)), "UTC"))

    def day(self, at: datetime) -> date:
        """The shop's day at a moment."""
        day = self.local(at).date()
        # Where clocks went back over midnight, the new day had begun before and goes on.
        return day + _DAY if self.start(day + _DAY) <= at else day

    def start(self, day: date) -> datetime:
        """The moment at which a day begins, in UTC."""
        return datetime.combine(day, _MIDNIGHT, self._info).astimezone(UTC)

    def noon(self, day: date) -> datetime:
        """Noon of a day, in UTC."""
        return datetime.combine(day, _NOON, self._info).astimezone(UTC)

    def local(self, at: datetime) -> datetime:
        """A moment as a clock in the shop shows it."""
        if at.tzinfo is None:
            raise ValueError(f"{at} has no time zone")
        return at.astimezone(self._info)

    def moment(self, shown: datetime) -> datetime:
        """What a clock in the shop shows (without a zone) → the moment, in UTC: the first if it is shown twice."""
        return shown.replace(tzinfo=self._info).astimezone(UTC)

    def days(self, moments: pl.Series) -> pl.Series:
        """The shop's days of many moments in UTC (Datetime, with or without the zone); null stays null."""
        import numpy as np  # whoever asks for one day need not load these
        import polars as pl

        at = moments.cast(pl.Datetime("us")).dt.epoch("us")
        known = at.drop_nulls()
        if known.is_empty():
            return pl.Series(moments.name, [None] * len(at), dtype=pl.Date)
        ends = (_EPOCH + int(end) * _MICROSECOND for end in known.sort()[[0, -1]])
        first, last = (self.day(end) for end in ends)
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        starts = np.array([(self.start(day) - _EPOCH) // _MICROSECOND for day in days])
        place = np.searchsorted(starts, at.fill_null(int(starts[0])).to_numpy(), side="right") - 1
        found = pl.Series(moments.name, days, dtype=pl.Date).gather(place)
        return pl.select(pl.when(at.is_not_null()).then(found)).to_series().alias(moments.name)

    def show(self, at: datetime) -> str:
        """A moment for a person: as a clock in the shop shows it, to the minute, with the zone."""
        return f"{self.local(at):%Y-%m-%d %H:%M} {self}"

    def __str__(self) -> str:
        return "UTC" if self.name in ("Etc/UTC", "Etc/UCT", "Zulu", "Etc/Zulu") else self.name

    @property
    def _info(self) -> ZoneInfo:
        found = _zone(self.name)
        assert found is not None
        return found


@cache
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a name like "Europe" is a folder
        return None


def _names_of_machine() -> Iterator[str]:
    if (name := os.environ.get("TZ")) is not None:
        yield _below_zoneinfo(name.removeprefix(":"))
        return
    yield _below_zoneinfo(os.path.realpath(_LOCALTIME))
    try:
        yield _TIMEZONE.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return


def _below_zoneinfo(path: str) -> str:
    return path.rpartition("zoneinfo/")[2]


def _suggestions(name: str) -> str:
    known = sorted(available_timezones())
    wanted = name.strip().replace(" ", "_").casefold()
    by_key: dict[str, str] = {}
    for each in known:
        by_key[each.casefold()] = each
        by_key.setdefault(each.rpartition("/")[2].casefold(), each)
    near = difflib.get_close_matches(wanted, by_key, n=3, cutoff=0.8)
    near += difflib.get_close_matches(wanted.rpartition("/")[2], by_key, n=3, cutoff=0.8)
    meant = list(dict.fromkeys(by_key[key] for key in near))[:3]
    guess = f"Is {' or '.join(meant)} meant? " if meant else ""
    return f"{guess}Give a name of the IANA database, such as Europe/Stockholm or UTC."
