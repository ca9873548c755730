"""The customers of a batch: from ids in a file, or all of them, to what the model needs to know of each.

ids, checked ─▶ numbers, each once ─▶ with the events up to the last when the batch was begun ─▶ request contexts
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import sqlalchemy as sa

from stylo.artefacts import open_table
from stylo.deployment.online_model import RequestContext
from stylo.deployment.release import Release
from stylo.deployment.release_arrays import CustomerIndex
from stylo.errors import BadHeader, BadIdentifier, BadRows, DamagedArtefact
from stylo.service.context import ContextBuilder, ShopClock
from stylo.service.event_meaning import BASKET, EventMeaning
from stylo.storage import events, schema
from stylo.storage.database import Database
from stylo.storage.events import StoredEvent
from stylo.storage.schema import microseconds
from stylo.tables.ids import SHOP_CUSTOMER, customer_key
from stylo.time_zone import TimeZone

COLUMN = "customer_id"
_CURE = f"One customer id per line, 64 hexadecimal characters; a first line {COLUMN} may stand above."
_CURE_OWN = f"One customer id per line, as the shop has them; a first line {COLUMN} may stand above."
_LONGEST_LINE, _AT_A_TIME = 1_000, 10_000
_NAMED = 5
_EVENTS = schema.events.c
_LAST = sa.select(sa.func.max(_EVENTS.id))
_ACTIVE = (
    sa.select(_EVENTS.customer_id)
    .where(_EVENTS.customer_id > sa.bindparam("after"))
    .where(
        (_EVENTS.at >= sa.bindparam("since"))
        | (schema.LASTING & (_EVENTS.kind != sa.literal_column("'add_to_basket'")))
        | (
            schema.LASTING
            & (_EVENTS.kind == sa.literal_column("'add_to_basket'"))
            & (_EVENTS.at >= sa.bindparam("basket"))
        )
    )
    .where(_EVENTS.id <= sa.bindparam("last"))
    .distinct()
    .order_by(_EVENTS.customer_id)
    .limit(sa.bindparam("page", type_=sa.Integer))
)


def read_ids(path: Path, *, own: bool = False) -> Iterator[str]:
    """The customer ids of a text file, one a line, or of a Parquet file's column `customer_id`, as they come.

    own : whether the shop has customer ids of its own, which then stand there, or ours.

    Raises BadRows for what is no id, BadHeader for a table without ids, DamagedArtefact for a Parquet file that cannot
    be read.
    """
    parquet = path.suffix == ".parquet"
    wrong: list[str] = []
    for number, text in _rows(path) if parquet else _lines(path):
        with suppress(BadIdentifier):
            customer_key(text, own=own)
            yield text
            continue
        wrong.append(f"{'Row' if parquet else 'Line'} {number:,}: {text[:80]!r}")
        if len(wrong) == _NAMED:
            break
    if wrong:
        raise BadRows(
            f"{path} contains something that is not a customer id.",
            where="\n".join(wrong) + ("\nThere may be more." if len(wrong) == _NAMED else ""),
            cure=_CURE_OWN if own else _CURE,
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
        with open_table(path) as table:
            columns = table.schema_arrow
            kind = columns.field(COLUMN).type if COLUMN in columns.names else None
            if kind is None or not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
                raise BadHeader(f"{path} has no column {COLUMN} of text.", cure=_CURE)
            number = 0
            for some in table.iter_batches(_AT_A_TIME, columns=[COLUMN]):
                for text in some.column(0).to_pylist():
                    number += 1
                    yield number, text or ""
    except pa.ArrowException as error:
        raise DamagedArtefact(
            f"{path} is not a readable Parquet file.", where=str(error).splitlines()[0], cure=_CURE
        ) from error


@dataclass(frozen=True)
class BatchStart:
    """When a batch was started, by the shop's clock; a batch that goes on after an interrupt keeps it.

    at : the clock's moment, or noon of the shop's own day.
    last_event : id of the last event that counts; 0 where none does.
    """

    at: datetime
    last_event: int

    @classmethod
    def now(
        cls, today: str | date | None, as_of: date, database: Database | None, clock: datetime, zone: TimeZone
    ) -> BatchStart:
        """`today` : as in the service's settings."""
        last = database.read(_LAST, {})[0][0] if database else None
        return cls(ShopClock(today, zone, lambda: clock).now(as_of), last or 0)


@dataclass(frozen=True)
class BatchSelection:
    """The customers of one batch.

    numbers : int64 (n,), of `BatchCustomers`, each once.
    rows : how many ids there were.   unknown : how many different ones nobody has.   named : some of these.
    """

    numbers: np.ndarray
    rows: int
    unknown: int = 0
    named: tuple[str, ...] = ()

    @property
    def repeated(self) -> int:
        return self.rows - len(self.numbers) - self.unknown


class BatchCustomers:
    """The customers of a model, and those who came since, under one numbering; and the context of each.

    Some 50 bytes a customer, and as many for each who has an event since.
    """

    def __init__(
        self,
        release: Release,
        database: Database | None,
        start: BatchStart,
        meaning: EventMeaning,
        zone: TimeZone,
    ) -> None:
        self._release, self._database, self._start = release, database, start
        self._own = _own_ids(release)
        self._contexts = ContextBuilder(meaning, zone)
        self._since = self._contexts.since(release)
        self._known, self._active = (
            release.customers,
            _active(database, self._since, start.at - meaning.votes[BASKET].lasts, start.last_event),
        )
        self._first_new = int(self._known.number.max(initial=0)) + 1
        self._place = np.zeros(self._first_new, dtype=np.int64)
        self._place[self._known.number] = np.arange(len(self._known))
        found = [self._known.find(_id(self._active, n)) for n in range(len(self._active))]
        # By number, as `BatchSelection` has them: of whom nothing is known since the model was made.
        self._quiet = np.zeros(self._first_new + len(self._active), dtype=bool)
        self._quiet[self._known.number] = True
        self._quiet[[number for number in found if number is not None]] = False
        self._new = np.array([n for n, number in enumerate(found) if number is None], dtype=np.int64)

    @property
    def as_of(self) -> date:
        """The day for which customers without events get their lists."""
        return self._contexts.context(self._release, None, (), self._start.at).as_of

    def quiet(self, numbers: np.ndarray) -> np.ndarray:
        """bool (n,): of whom nothing is known but what the model knows."""
        return self._quiet[numbers]

    def all(self) -> BatchSelection:
        """All of the model in its order, then those who came since in the order of their ids."""
        known = np.sort(self._known.number).astype(np.int64)
        numbers = np.append(known, self._new + self._first_new)
        return BatchSelection(numbers, len(numbers))

    def choose(self, ids: Iterator[str]) -> BatchSelection:
        """The customers with these ids, in their order; unknown without a purchase in the model and an event since."""
        there = np.zeros(self._first_new + len(self._active), dtype=bool)
        numbers, strangers, named, rows = array("q"), array("q"), list[str](), 0
        for customer_id in ids:
            rows += 1
            number = self._number(customer_key(customer_id, own=self._own is not None))
            if number is None:
                strangers.append(hash(customer_id))
                if len(named) < _NAMED and customer_id not in named:
                    named.append(customer_id)
            elif not there[number]:
                there[number] = True
                numbers.append(number)
        unknown = len(np.unique(np.array(strangers)))
        return BatchSelection(np.array(numbers, dtype=np.int64), rows, unknown, tuple(named))

    def shown(self, number: int) -> str:
        """A customer's id for the output: the shop's own, where it has such and the model knows the customer."""
        if self._own is not None and number < self._first_new:
            return str(self._own[number])
        return self.id(number)

    def id(self, number: int) -> str:
        if number >= self._first_new:
            return _id(self._active, number - self._first_new)
        return _id(self._known, int(self._place[number]))

    def context(self, number: int, k: int, *, exclude_purchased: bool) -> RequestContext:
        """As for a request to the service at the moment when the batch was begun. Raises StorageUnavailable."""
        found = self._events(self.id(number))
        known = number if number < self._first_new else None
        return self._contexts.context(
            self._release, known, found, self._start.at, k=k, exclude_purchased=exclude_purchased
        )

    def _number(self, customer_id: str) -> int | None:
        number = self._known.find(customer_id)
        if number is None and (new := self._active.find(customer_id)) is not None:
            return self._first_new + new
        return number

    def _events(self, customer_id: str) -> list[StoredEvent]:
        if self._database is None or self._active.find(customer_id) is None:
            return []
        found = events.of(self._database, customer_id, self._since)
        return [each for each in found if each.id <= self._start.last_event]


def _own_ids(release: Release) -> pl.Series | None:
    """The shop's own id of each customer, by number; None where it has none."""
    if not release.own_customer_ids:
        return None
    customers = (
        release.assortment.folder.scan("customers.parquet").select("customer", SHOP_CUSTOMER).collect()
    )
    return customers.sort("customer")[SHOP_CUSTOMER]


def _active(database: Database | None, since: datetime, basket: datetime, last: int) -> CustomerIndex:
    """The customers with an event that counts, in the order of ids.

    since : from when on all kinds do.   basket : from when on what was put into a basket does.   last : id of the last.
    """
    ids: list[str] = []
    some: list[str] = [""]
    while database is not None and some:
        asked = {
            "after": some[-1],
            "since": microseconds(since),
            "basket": microseconds(basket),
            "last": last,
            "page": _AT_A_TIME,
        }
        some = [row[0] for row in database.read(_ACTIVE, asked)]
        ids += some
    number = pl.int_range(len(ids), dtype=pl.UInt32, eager=True)
    return CustomerIndex.of(
        pl.DataFrame({"customer": number, COLUMN: pl.Series(sorted(ids), dtype=pl.String)})
    )


def _id(index: CustomerIndex, place: int) -> str:
    return index.digest[place].tobytes().hex()
