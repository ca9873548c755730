"""The log of recommendations: to whom, by which model, and what they had to be made without."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from stylo.storage import pruning, schema
from stylo.storage.database import Database
from stylo.storage.schema import microseconds, moment

_COLUMNS = schema.predictions.c


@dataclass(frozen=True)
class Prediction:
    """One answer.

    articles : their numbers, the best first.
    cached : whether it had been reckoned for an earlier request.
    milliseconds : from the question to the answer.
    degraded : why less than the whole pipeline answered; None where all of it did.
    """

    at: datetime
    request_id: str
    key_id: str | None
    customer_id: str | None
    route: str
    model_version: str | None
    variant: str | None
    articles: tuple[int, ...]
    cached: bool
    degraded: str | None
    milliseconds: float | None = None


def log(database: Database, rows: Sequence[Prediction]) -> None:
    """Adds them all, or none."""
    if rows:
        written = [vars(row) | {"articles": json.dumps(row.articles)} for row in rows]
        with database.begin() as connection:
            connection.execute(schema.predictions.insert(), written)


_SHOWN = (
    sa.select(
        _COLUMNS.customer_id, _COLUMNS.variant, _COLUMNS.at, _COLUMNS.articles,
        _COLUMNS.model_version, _COLUMNS.milliseconds, _COLUMNS.cached, _COLUMNS.degraded,
    )
    .where(_COLUMNS.route == "recommendations", _COLUMNS.at >= sa.bindparam("since", type_=sa.BigInteger))
    .order_by(_COLUMNS.at, _COLUMNS.id)
)  # fmt: skip


def shown(database: Database, since: datetime) -> Sequence[tuple[Any, ...]]:
    """Recommendations from a moment on: customer id, variant, `at` in microseconds since 1970, articles as JSON, model
    version, milliseconds, whether cached, what it lacked."""
    return database.read(_SHOWN, {"since": microseconds(since)})


_LAST = sa.select(sa.func.max(_COLUMNS.at))


def last(database: Database) -> datetime | None:
    """When the last answer was given; None if none was."""
    (found,) = database.read(_LAST, {})[0]
    return None if found is None else moment(found)


_BY_REQUEST = (
    sa.select(schema.predictions)
    .where(_COLUMNS.request_id == sa.bindparam("wanted"))
    .order_by(_COLUMNS.id.desc())
    .limit(1)
)


def find(database: Database, request_id: str) -> Prediction | None:
    """The answer to a request; None if it was not logged."""
    rows = database.read(_BY_REQUEST, {"wanted": request_id})
    if not rows:
        return None
    _, at, request, key, customer, route, version, variant, articles, cached, degraded, took = rows[0]
    answer = (tuple(json.loads(articles)), bool(cached), degraded, took)
    return Prediction(moment(at), request, key, customer, route, version, variant, *answer)


def prune(database: Database, before: datetime) -> int:
    """Deletes older rows. Returns how many there were."""
    return pruning.delete_before(database, schema.predictions, before)
