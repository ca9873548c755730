"""Experiments: their definitions as JSON, and whether they run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from stylo.errors import UnknownExperiment
from stylo.storage import schema
from stylo.storage.database import Database, Queue
from stylo.storage.schema import moment

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
    database: Database, name: str, definition: str, *, who: str, reason: str, now: datetime
) -> StoredExperiment:
    """Keeps a definition; one of the same name takes the place of the old, which keeps its state."""
    row = {"definition": definition, "who": who, "reason": reason}
    new = {"name": name, "state": State.DEFINED, "defined_at": now}
    with database.begin(Queue.EXPERIMENTS) as connection:
        changed = connection.execute(
            schema.experiments.update().where(_COLUMNS.name == name).values(**row, defined_at=now)
        )
        if not changed.rowcount:
            connection.execute(schema.experiments.insert(), row | new)
    return one(database, name)


def start(database: Database, name: str, *, who: str, reason: str, now: datetime) -> StoredExperiment:
    """From now on it runs. Raises UnknownExperiment."""
    values = {"state": State.RUNNING, "started_at": now, "stopped_at": None, "who": who, "reason": reason}
    return _step(database, name, values)


def stop(database: Database, name: str, *, who: str, reason: str, now: datetime) -> StoredExperiment:
    """From now on nobody is exposed to it. Raises UnknownExperiment."""
    values = {"state": State.STOPPED, "stopped_at": now, "who": who, "reason": reason}
    return _step(database, name, values)


def one(database: Database, name: str) -> StoredExperiment:
    """Raises UnknownExperiment."""
    rows = database.read(_ONE, {"wanted": name})
    if not rows:
        raise UnknownExperiment(
            f"There is no experiment {name[:80]!r}.",
            cure="List them: python -m stylo.operations experiments list",
        )
    return _kept(rows[0])


def listed(database: Database) -> list[StoredExperiment]:
    """All, the oldest first."""
    return [_kept(row) for row in database.read(_ALL, {})]


def running(database: Database) -> list[StoredExperiment]:
    """Those that run, the oldest first."""
    return [_kept(row) for row in database.read(_RUNNING, {})]


def _step(database: Database, name: str, values: dict[str, object]) -> StoredExperiment:
    with database.begin(Queue.EXPERIMENTS) as connection:
        connection.execute(schema.experiments.update().where(_COLUMNS.name == name).values(**values))
    return one(database, name)


def _kept(row: tuple[Any, ...]) -> StoredExperiment:
    name, definition, state, *moments, who, reason = row
    defined, started, stopped = (None if at is None else moment(at) for at in moments)
    assert defined is not None
    return StoredExperiment(name, definition, State(state), defined, started, stopped, who, reason)
