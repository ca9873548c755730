"""The visits of a batch: from ids in a file, or from everybody, to what the engine is asked.

ids, checked ─▶ numbers, each once ─▶ with the events up to the last when the batch was begun ─▶ visits
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from stylo.errors import BadHeader, BadRows, DamagedArtefact
from stylo.service.customer_index import CustomerIndex
from stylo.service.engine import Visit
from stylo.service.release import Release
from stylo.service.visits import moment_of, shop_day, visit_of
from stylo.storage import events, schema
from stylo.storage.database import Database
from stylo.storage.events import StoredEvent

COLUMN = "customer_id"
_ID = re.compile(r"[0-9a-f]{64}")
_CURE = f"One customer id a line, 64 hexadecimal characters; a first line {COLUMN} may stand above."
_LONGEST_LINE, _AT_A_TIME = 1_000, 10_000
_NAMED = 5
_EVENTS = schema.events.c
_LAST = sa.select(sa.func.max(_EVENTS.id))
_ACTIVE = (
    sa.select(_EVENTS.customer_id)
    .where(_EVENTS.customer_id > sa.bindparam("after"))
    .where((_EVENTS.day >= sa.bindparam("since")) & (_EVENTS.id <= sa.bindparam("last")))
    .distinct()
    .order_by(_EVENTS.customer_id)
    .limit(sa.bindparam("page", type_=sa.Integer))
)


def ids_in(path: Path) -> Iterator[str]:
    """The customer ids of a text file, one a line, or of a Parquet file's column `customer_id`, as they come.

    Raises BadRows for what is no id, BadHeader for a table without ids, DamagedArtefact for a Parquet file that cannot
    be read.
    """
    parquet = path.suffix == ".parquet"
    wrong: list[str] = []
    for number, text in _rows(path) if parquet else _lines(path):
        if _ID.fullmatch(text):
            yield text
            continue
        wrong.append(f"{'Row' if parquet else 'Line'} {number:,}: {text[:80]!r}")
        if len(wrong) == _NAMED:
            break
    if wrong:
        raise BadRows(
            f"{path} holds what is no customer id.",
            where="\n".join(wrong) + ("\nThere may be more." if len(wrong) == _NAMED else ""),
            cure=_CURE,
        )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that are not empty, numbered from 1, without the header."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        # No line of a file that is no text fills the memory.
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), ""), 1):
            text = line.strip().strip('"')
            if text and not (number == 1 and text == COLUMN):
                yield number, text


def _rows(path: Path) -> Iterator[tuple[int, str]]:
    try:
        table = pq.ParquetFile(path)
        kind = table.schema_arrow.field(COLUMN).type if COLUMN in table.schema_arrow.names else None
        if kind is None or not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            raise BadHeader(f"{path} has no column {COLUMN} of text.", cure=_CURE)
        number = 0
        for some in table.iter_batches(_AT_A_TIME, columns=[COLUMN]):
            for text in some.column(0).to_pylist():
                number += 1
                yield number, text or ""
    except pa.ArrowException as error:
        raise DamagedArtefact(
            f"{path} is no readable Parquet file.", where=str(error).splitlines()[0], cure=_CURE
        ) from error


@dataclass(frozen=True)
class Moment:
    """When a batch was begun, as the shop sees it; one that goes on after an interrupt keeps it.

    at : the clock's moment, or noon of the shop's own day.
    last_event : id of the last event that counts; 0 where none does.
    """

    at: datetime
    last_event: int

    @classmethod
    def now(cls, today: str | date | None, as_of: date, database: Database | None, clock: datetime) -> Moment:
        """`today` : as in the service's settings."""
        last = database.read(_LAST, {})[0][0] if database else None
        return cls(moment_of(shop_day(today, as_of, clock), clock), last or 0)


@dataclass(frozen=True)
class Chosen:
    """Whom a batch is for.

    numbers : int64 (n,), of `People`, each once.
    rows : how many ids there were.   unknown : how many different ones nobody has.   named : some of these.
    """

    numbers: np.ndarray
    rows: int
    unknown: int = 0
    named: tuple[str, ...] = ()

    @property
    def repeated(self) -> int:
        return self.rows - len(self.numbers) - self.unknown


class People:
    """The customers of a model, and those who came since, under one numbering; and what they are shown.

    Some 50 bytes a customer, and as many for each who has an event since.
    """

    def __init__(
        self, release: Release, database: Database | None, moment: Moment, view_hours: float
    ) -> None:
        self._release, self._database, self._moment = release, database, moment
        self._view_time = timedelta(hours=view_hours)
        self._known, self._active = release.customers, _active(database, release.as_of, moment.last_event)
        self._first_new = int(self._known.number.max(initial=0)) + 1
        self._place = np.zeros(self._first_new, dtype=np.int64)
        self._place[self._known.number] = np.arange(len(self._known))

    def everyone(self) -> Chosen:
        """All of the model in its order, then those who came since in the order of their ids."""
        new = [n for n in range(len(self._active)) if self._known.find(_id(self._active, n)) is None]
        known = np.sort(self._known.number).astype(np.int64)
        numbers = np.append(known, np.array(new, dtype=np.int64) + self._first_new)
        return Chosen(numbers, len(numbers))

    def choose(self, ids: Iterator[str]) -> Chosen:
        """Those of some ids, in their order. Who has no purchase in the model and no event since is unknown."""
        there = np.zeros(self._first_new + len(self._active), dtype=bool)
        numbers, strangers, named, rows = array("q"), array("q"), list[str](), 0
        for customer_id in ids:
            rows += 1
            number = self._number(customer_id)
            if number is None:
                strangers.append(hash(customer_id))
                if len(named) < _NAMED and customer_id not in named:
                    named.append(customer_id)
            elif not there[number]:
                there[number] = True
                numbers.append(number)
        unknown = len(np.unique(np.array(strangers)))
        return Chosen(np.array(numbers, dtype=np.int64), rows, unknown, tuple(named))

    def id(self, number: int) -> str:
        if number >= self._first_new:
            return _id(self._active, number - self._first_new)
        return _id(self._known, int(self._place[number]))

    def visit(self, number: int, k: int, *, without_purchased: bool) -> Visit:
        """What the service asks the engine for this customer at the batch's moment. Raises StorageUnavailable."""
        found = self._events(self.id(number))
        known = number if number < self._first_new else None
        visit = visit_of(known, found, self._release.as_of, self._moment.at, self._view_time)
        return replace(visit, k=k, without_purchased=without_purchased)

    def _number(self, customer_id: str) -> int | None:
        number = self._known.find(customer_id)
        if number is None and (new := self._active.find(customer_id)) is not None:
            return self._first_new + new
        return number

    def _events(self, customer_id: str) -> list[StoredEvent]:
        if self._database is None or self._active.find(customer_id) is None:
            return []
        found = events.of(self._database, customer_id, self._release.as_of)
        return [each for each in found if each.id <= self._moment.last_event]


def _active(database: Database | None, since: date, last: int) -> CustomerIndex:
    """Who has an event of that day or later, up to the last that counts; numbered in the order of ids."""
    ids: list[str] = []
    some: list[str] = [""]
    while database is not None and some:
        asked = {"after": some[-1], "since": since.toordinal(), "last": last, "page": _AT_A_TIME}
        some = [row[0] for row in database.read(_ACTIVE, asked)]
        ids += some
    number = pl.int_range(len(ids), dtype=pl.UInt32, eager=True)
    return CustomerIndex.of(
        pl.DataFrame({"customer": number, COLUMN: pl.Series(sorted(ids), dtype=pl.String)})
    )


def _id(index: CustomerIndex, place: int) -> str:
    return index.digest[place].tobytes().hex()
