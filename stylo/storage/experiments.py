"""Experiments: their definitions as JSON, and whether they run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from stylo.errors import UnknownExperiment
from stylo.storage import idempotency, schema
from stylo.storage.database import Database, Queue
from stylo.storage.idempotency import NamedRequest
from stylo.storage.schema import moment
from stylo.storage.texts import check_text

_COLUMNS = schema.experiments.c
_ALL = sa.select(schema.experiments).order_by(_COLUMNS.defined_at, _COLUMNS.name)
_RUNNING = _ALL.where(_COLUMNS.state == "running")
_ONE = sa.select(schema.experiments).where(_COLUMNS.name == sa.bindparam("wanted"))


class State(StrEnum):
    DEFINED = "defined"
    RUNNING = "running"
    STOPPED = "stopped"


@dataclass(frozen=True)
class StoredExperiment:
    """definition : JSON.   who, reason : of the last step."""

    name: str
    definition: str
    state: State
    defined_at: datetime
    started_at: datetime | None
    stopped_at: datetime | None
    who: str
    reason: str


def define(
    database: Database,
    name: str,
    definition: str,
    *,
    who: str,
    reason: str,
    now: datetime,
    request: NamedRequest | None = None,
) -> StoredExperiment:
    """Keeps a definition; one of the same name takes the place of the old, which keeps its state.

    Raises BadOption for a reason that cannot be kept; DoneBefore or OtherBody where `request` was done before.
    """
    row = {"definition": definition, "defined_at": now, "who": who, "reason": reason}
    return _step(database, name, row, now, request, new={"state": State.DEFINED})


def start(
    database: Database,
    name: str,
    *,
    who: str,
    reason: str,
    now: datetime,
    request: NamedRequest | None = None,
) -> StoredExperiment:
    """From now on it runs. Raises as `define`, and UnknownExperiment."""
    row = {"state": State.RUNNING, "started_at": now, "stopped_at": None, "who": who, "reason": reason}
    return _step(database, name, row, now, request)


def stop(
    database: Database,
    name: str,
    *,
    who: str,
    reason: str,
    now: datetime,
    request: NamedRequest | None = None,
) -> StoredExperiment:
    """From now on nobody is exposed to it. Raises as `define`, and UnknownExperiment."""
    row = {"state": State.STOPPED, "stopped_at": now, "who": who, "reason": reason}
    return _step(database, name, row, now, request)


def one(database: Database, name: str) -> StoredExperiment:
    """Raises UnknownExperiment."""
    rows = database.read(_ONE, {"wanted": name})
    if not rows:
        raise _unknown(name)
    return _kept(rows[0])


def listed(database: Database) -> list[StoredExperiment]:
    """All, the oldest first."""
    return [_kept(row) for row in database.read(_ALL, {})]


def running(database: Database) -> list[StoredExperiment]:
    """Those that run, the oldest first."""
    return [_kept(row) for row in database.read(_RUNNING, {})]


def _step(
    database: Database,
    name: str,
    row: dict[str, Any],
    now: datetime,
    request: NamedRequest | None,
    new: dict[str, Any] | None = None,
) -> StoredExperiment:
    """Changes an experiment; `new` is what one that is not there yet has besides, None if it must be there."""
    check_text(row["reason"], "The reason")
    with database.begin(Queue.EXPERIMENTS) as connection:
        idempotency.check_new(connection, request)
        changed = connection.execute(schema.experiments.update().where(_COLUMNS.name == name).values(**row))
        if not changed.rowcount:
            if new is None:
                raise _unknown(name)
            connection.execute(schema.experiments.insert(), row | new | {"name": name})
        # Read here: after the commit a database that goes away would hide that it was done.
        columns = connection.execute(_ONE, {"wanted": name}).one()._asdict()
        kept = StoredExperiment(**columns | {"state": State(columns["state"])})
        idempotency.keep(connection, request, vars(kept), now)
    return kept


def _unknown(name: str) -> UnknownExperiment:
    return UnknownExperiment(
        f"There is no experiment {name[:80]!r}.",
        cure="List them: python -m stylo.operations experiments list",
    )


def _kept(row: tuple[Any, ...]) -> StoredExperiment:
    name, definition, state, *moments, who, reason = row
    defined, started, stopped = (None if at is None else moment(at) for at in moments)
    assert defined is not None
    return StoredExperiment(name, definition, State(state), defined, started, stopped, who, reason)
