"""Days that lie years away from all others, or in the future: a slip or a placeholder more often than a sale.

    1970-01-01                                   2018-09-20 ├──────── sales ────────┤ 2020-09-22        2199-12-31
         ·                                                                                                 ·
         └───────── more than a year without a sale ────────┘

Such rows are kept in the transactions, since they may be right, and named. Whatever goes through time leaves out the
gap, and the split leaves out those that are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stylo.artefacts import Part, scan_table
from stylo.tables.csv_file import CsvFile

#: Sales with more days between them than this are of two times, which have nothing to do with each other.
LONGEST_GAP = 366
#: Polars counts the days of a date from here.
EPOCH = date(1970, 1, 1)
# Of all rows: odd days with a larger share are a past of their own, and no slip.
_FEW = 0.01
# It is tomorrow already in another time zone.
_SLACK = timedelta(days=1)
_DAYS_A_YEAR = 365.25


@dataclass(frozen=True)
class OddDays:
    """Rows with odd dates, from `first` to `last`.

    gap : days from the bulk of the sales to them, below zero if they lie before it; 0 if they are odd only in that
        they lie in the future.
    few : whether they are so few that the split leaves them out.
    file, line : a CSV, and where in it the first of them stands.
    """

    first: str
    last: str
    rows: int
    gap: int
    few: bool
    file: str
    line: int

    @property
    def warning(self) -> str:
        """One or two sentences."""
        when = f"of {self.first}" if self.first == self.last else f"from {self.first} to {self.last}"
        many = f"{self.rows:,} row{'s' if self.rows > 1 else ''}"
        where = f"{self.file}, line {self.line:,}" if self.line else self.file
        if not self.gap:
            return f"WARNING: {many} {when} {'are' if self.rows > 1 else 'is'} dated in the future ({where})."
        years = abs(self.gap) / _DAYS_A_YEAR
        side = "before" if self.gap < 0 else "after"
        lies, date_is = ("lie", "dates") if self.rows > 1 else ("lies", "date")
        outcome = " The split leaves out days this far away." if self.few else ""
        return (
            f"WARNING: {many} {when} {lies} {years:,.0f} years {side} the others ({where}). "
            f"Check the {date_is}.{outcome}"
        )


def firsts_of_spans(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each of ascending day numbers the first after the last gap of more than LONGEST_GAP days before it."""
    begins = np.diff(days, prepend=days[:1] - LONGEST_GAP - 1) > LONGEST_GAP
    return days[np.maximum.accumulate(np.where(begins, np.arange(len(days)), 0))]


def first_of_last_span(days: pl.Series) -> date:
    """Of ascending dates the first after the last gap of more than LONGEST_GAP days; the first of all without one."""
    number = firsts_of_spans(days.to_physical().cast(pl.Int64).to_numpy())[-1]
    return EPOCH + timedelta(days=int(number))


def odd_days(
    parts: Mapping[Path, Part], csv: CsvFile, today: date | None, known: Iterable[OddDays] = ()
) -> list[OddDays]:
    """Which days of a table are odd: all spans but the one with the most rows, and what lies after today.

    Parameters
    ----------
    parts : of the table, and where they lie.
    csv : where its rows come from. It is read once more, but only where something is odd.
    today : the shop's; without it nothing is said of the future.
    known : what was found before, in other files.
    """
    if not parts:
        return []
    main, *others = _spans(parts.values())
    few = few_and_far(parts.values())
    found = []
    for span in sorted(others, key=lambda span: span[0].first):
        first, last = span[0].first, span[-1].last
        before = last < main[0].first
        gap = (last - main[0].first).days if before else (first - main[-1].last).days
        found.append(_odd(first, last, _rows(span), gap, span[0] in few, csv, known))
    limit = today + _SLACK if today else date.max
    if main[-1].last > limit:
        files = [path for path, part in parts.items() if part.last > limit and part in main]
        days = scan_table(*files).select("t_dat").collect()["t_dat"]
        days = days.filter(days > limit)
        found.append(_odd(days.sort()[0], main[-1].last, len(days), 0, False, csv, known))
    return found


def few_and_far(parts: Iterable[Part]) -> list[Part]:
    """The parts of odd days that hold at most a hundredth of all rows: slips, of which nothing can be learned."""
    main, *others = _spans(parts)
    most = _FEW * (_rows(main) + sum(map(_rows, others)))
    return [part for span in others if _rows(span) <= most for part in span]


def to_parameters(found: Sequence[OddDays]) -> dict[str, Any]:
    """For the manifest of the table."""
    return {"odd_days": [asdict(each) for each in found]} if found else {}


def without_odd_days(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """All else of the manifest's parameters."""
    return {name: value for name, value in parameters.items() if name != "odd_days"}


def from_parameters(parameters: Mapping[str, Any]) -> list[OddDays]:
    """What `to_parameters` has put there."""
    return [OddDays(**each) for each in parameters.get("odd_days", [])]


def _spans(parts: Iterable[Part]) -> list[list[Part]]:
    """Parts without a long gap between them, in order; the span with the most rows comes first, of equals the last."""
    spans: list[list[Part]] = []
    for part in sorted(parts, key=lambda part: part.first):
        if spans and (part.first - spans[-1][-1].last).days <= LONGEST_GAP:
            spans[-1].append(part)
        else:
            spans.append([part])
    return sorted(spans, key=lambda span: (_rows(span), span[0].first), reverse=True)


def _rows(span: Iterable[Part]) -> int:
    return sum(part.rows for part in span)


def _odd(
    first: date, last: date, rows: int, gap: int, few: bool, csv: CsvFile, known: Iterable[OddDays]
) -> OddDays:
    facts = first.isoformat(), last.isoformat(), rows, gap, few
    for each in known:
        if each.first == facts[0]:
            return OddDays(*facts, each.file, each.line)
    return OddDays(*facts, csv.path.name, _line_of(csv, first))


def _line_of(csv: CsvFile, day: date) -> int:
    """The first line with a day; 0 if there is none."""
    text, line = day.isoformat(), 2
    for source in csv.blocks():
        if text.encode() in source:
            block = csv.parse(source)
            if not block.can_find:
                block = csv.parse_slowly(source)
            if len(rows := (block.texts["t_dat"] == text).arg_true()):
                return line + block.find([rows[0]])[0].line
        line += source.count(b"\n")
    return 0
