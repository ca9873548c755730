"""Events: what customers bought, returned, viewed, put into a basket and dismissed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from stylo.errors import OtherBody
from stylo.storage import idempotency, schema
from stylo.storage.database import Database, Queue
from stylo.storage.idempotency import NamedRequest, RequestKind
from stylo.storage.returns import PURCHASE, RETURN, Sale, taken_back
from stylo.storage.schema import microseconds, moment

KINDS = schema.EVENT_KINDS
#: So many of a customer's events are looked at, the last that happened: whoever sends more costs no more.
MOST = 1000
#: Of articles put into a basket before the model was made; only the last few have a vote.
MOST_OF_BASKET = 20
_INT32 = range(2**31)
_INT16 = range(2**15)
_YEARS = range(2, 9999)  # those that have a beginning and an end in every time zone
_COLUMNS = schema.events.c
_ROW = tuple(_COLUMNS[name] for name in ("id", "kind", "article", "at", "price", "channel"))
_WHO = _COLUMNS.customer_id == sa.bindparam("customer")
_SINCE: sa.BindParameter[Any] = sa.bindparam("since")


def _last(*where: sa.ColumnElement[bool] | sa.TextClause, most: int = MOST) -> sa.Select[Any]:
    """Of a customer, those that happened last, as an index has them."""
    found = sa.select(*_ROW).where(_WHO, *where).order_by(_COLUMNS.at.desc(), _COLUMNS.id.desc()).limit(most)
    return sa.select(found.subquery())


# Lasting ones are asked for besides: thousands of views since do not push them out, nor baskets the others.
_OF = sa.union_all(
    _last(_COLUMNS.at >= _SINCE),
    _last(schema.LASTING, sa.text("kind <> 'add_to_basket'")),
    _last(schema.LASTING, sa.text("kind = 'add_to_basket'"), most=MOST_OF_BASKET),
)
_BOUGHT_BEFORE = _last(schema.BOUGHT, _COLUMNS.at < _SINCE)
_LAST = sa.select(sa.func.max(_COLUMNS.id))


@dataclass(frozen=True)
class CustomerEvent:
    """What a customer did.

    customer_id : 64 hex characters.   kind : one of KINDS.   article : its number.
    at : with a time zone.   price : in the units of transactions.parquet.

    Raises ValueError for what no database would keep as it is.
    """

    customer_id: str
    kind: str
    article: int
    at: datetime
    price: float | None = None
    channel: int | None = None

    def __post_init__(self) -> None:
        if (
            not self.customer_id.isalnum()
            or self.kind not in KINDS
            or self.article not in _INT32
            or self.at.tzinfo is None
            or self.at.year not in _YEARS
            or not (self.price is None or math.isfinite(self.price))
            or not (self.channel is None or self.channel in _INT16)
        ):
            raise ValueError(f"{self} cannot be kept")


@dataclass(frozen=True)
class Submission:
    """Events that were sent together, at least one; all are stored or none.

    key_id : of the key that sent them.
    idempotency_key : chosen by the sender, who sends it again with the same events when no answer came.
    digest : of the body; says whether a second one is the same.
    """

    key_id: str
    events: tuple[CustomerEvent, ...]
    received_at: datetime
    idempotency_key: str | None
    digest: str

    def __post_init__(self) -> None:
        if not self.events:
            raise ValueError("a submission without events")


@dataclass(frozen=True)
class Receipt:
    """The ids of stored events are all from `first` to `last`.

    repeated : they had been stored before.
    """

    first: int
    last: int
    count: int
    repeated: bool


class StoredEvent(NamedTuple):
    """What a customer did, as it is kept; on which day that was depends on the shop's time zone."""

    id: int
    kind: str
    article: int
    at: datetime
    price: float | None
    channel: int | None


def store(database: Database, submissions: Sequence[Submission]) -> list[Receipt | OtherBody]:
    """Stores what arrived together in one transaction; one answer for each, in their order.

    A submission whose idempotency key the same API key sent before, in this call or any process, is not stored
    again: it gets the receipt of the first, or OtherBody where the body was another. Ids count up in the order of
    commits, so whoever has seen an event has seen all with lower ids.

    Raises StorageUnavailable, and nothing is stored; or OutcomeUnknown: ask `idempotency.settled`, or send again with
    the same idempotency key.
    """
    if not submissions:
        return []
    names = [_name(submission, place) for place, submission in enumerate(submissions)]
    with database.begin(Queue.EVENTS) as connection:
        kept = _kept(connection, submissions)
        fresh: dict[_Name, Submission] = {}
        for name, submission in zip(names, submissions, strict=True):
            if name not in kept:
                fresh.setdefault(name, submission)
        kept |= _keep(connection, fresh)
    return [
        _answer(submission, kept[name], repeated=fresh.pop(name, None) is None)
        for name, submission in zip(names, submissions, strict=True)
    ]


def of(database: Database, customer_id: str, since: datetime) -> list[StoredEvent]:
    """A customer's events since then, and earlier ones that may still count, in the order of their ids.

    Of those since then the MOST that happened last; of returns and dismissals the last MOST of all time, and of
    articles put into a basket the last MOST_OF_BASKET. Where there is one of them, also purchases before, which it may
    be about. O(MOST) by indexes, and the customer's baskets.
    """
    asked = {"customer": customer_id, "since": microseconds(since)}
    rows = set(map(tuple, database.read(_OF, asked)))
    if any(row[1] in _ABOUT_PURCHASES for row in rows):
        rows |= set(map(tuple, database.read(_BOUGHT_BEFORE, asked)))
    return [
        StoredEvent(number, kind, article, moment(at), price, channel)
        for number, kind, article, at, price, channel in sorted(rows)
    ]


_ABOUT_PURCHASES = ("return", "dismiss", "add_to_basket")
_SALES = (
    sa.select(
        *(_COLUMNS[name] for name in ("id", "kind", "customer_id", "article", "at", "price", "channel"))
    )
    .where(sa.text("kind IN ('purchase', 'return')"), _COLUMNS.at >= _SINCE)
    .order_by(_COLUMNS.id)
)


def _net(database: Database, since: datetime) -> list[tuple[str, int, int, float | None, int | None]]:
    """Everybody's purchases since then that were not returned: customer id, article, `at`, price, channel."""
    rows = database.read(_SALES, {"since": microseconds(since)})
    back: set[int] = set()
    if any(row[1] == RETURN for row in rows):
        back = set(taken_back(Sale(row[2:4], row[1], row[4], row[0]) for row in rows).values())
    return [row[2:] for row in rows if row[1] == PURCHASE and row[0] not in back]


def purchases(database: Database, since: datetime) -> Sequence[tuple[str, int, int, float | None]]:
    """Everybody's since then that were not returned: customer id, article, `at` in microseconds since 1970, price."""
    return [row[:4] for row in _net(database, since)]


def sold(
    database: Database, since: datetime, until: datetime
) -> list[tuple[str, int, datetime, float | None, int | None]]:
    """Everybody's purchases from then until before then that were not returned, then or later.

    Customer id, article, moment, price, channel.
    """
    last = microseconds(until)
    return [
        (customer, article, moment(at), price, channel)
        for customer, article, at, price, channel in _net(database, since)
        if at < last
    ]


_LAST_PURCHASE = sa.select(sa.func.max(_COLUMNS.at)).where(_COLUMNS.kind == "purchase")


def last_purchase(database: Database) -> datetime | None:
    """When the last one was made; None if none was."""
    (found,) = database.read(_LAST_PURCHASE, {})[0]
    return None if found is None else moment(found)


_Name = tuple[str, str] | int  # by which a submission is known: its keys, or its place in the call


class _Kept(NamedTuple):
    digest: str
    first: int
    last: int


def _name(submission: Submission, place: int) -> _Name:
    return place if submission.idempotency_key is None else (submission.key_id, submission.idempotency_key)


def _kept(connection: Connection, submissions: Sequence[Submission]) -> dict[_Name, _Kept]:
    """Those stored by earlier transactions under the idempotency keys of these."""
    wanted = {each.idempotency_key for each in submissions if each.idempotency_key is not None}
    return {
        name: _Kept(outcome.digest, **outcome.answer)
        for name, outcome in idempotency.found(connection, RequestKind.EVENTS, wanted).items()
    }


def _keep(connection: Connection, fresh: Mapping[_Name, Submission]) -> dict[_Name, _Kept]:
    """Writes submissions that are new."""
    rows = [row for submission in fresh.values() for row in _rows(submission)]
    if not rows:
        return {}
    connection.execute(schema.events.insert(), rows)
    # Nobody else can have added any, so the ids of these are the highest and have no gap.
    first = connection.execute(_LAST).scalar_one() - len(rows) + 1
    kept: dict[_Name, _Kept] = {}
    named = []
    for name, submission in fresh.items():
        kept[name] = _Kept(submission.digest, first, first + len(submission.events) - 1)
        if submission.idempotency_key is not None:
            request = NamedRequest(
                RequestKind.EVENTS, submission.key_id, submission.idempotency_key, submission.digest
            )
            named.append((request, {"first": kept[name].first, "last": kept[name].last}))
        first += len(submission.events)
    idempotency.keep_many(connection, named, next(iter(fresh.values())).received_at)
    return kept


def _rows(submission: Submission) -> list[dict[str, Any]]:
    sent = {"key_id": submission.key_id, "received_at": submission.received_at}
    return [vars(event) | sent for event in submission.events]


def _answer(submission: Submission, kept: _Kept, *, repeated: bool) -> Receipt | OtherBody:
    if submission.digest == kept.digest:
        return Receipt(kept.first, kept.last, kept.last - kept.first + 1, repeated)
    return idempotency.other_body(str(submission.idempotency_key))
