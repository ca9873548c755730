"""Which version of the model is live, and which were: a history to which lines are only added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from stylo.storage import schema
from stylo.storage.database import Database, Queue
from stylo.storage.schema import moment

_COLUMNS = schema.deployments.c
_NEWEST_FIRST = (
    sa.select(schema.deployments).order_by(_COLUMNS.id.desc()).limit(sa.bindparam("limit", type_=sa.Integer))
)


class Action(StrEnum):
    PUBLISH = "publish"
    ACTIVATE = "activate"
    ROLLBACK = "rollback"


@dataclass(frozen=True)
class Deployment:
    """From `at` on, `version` is live instead of `previous` (None: it is the first).

    who : the id of a key, or `command line`.
    """

    id: int
    at: datetime
    version: str
    previous: str | None
    action: Action
    who: str
    reason: str


def record(
    database: Database, version: str, action: Action, *, who: str, reason: str, now: datetime
) -> Deployment:
    """Makes a version the live one; its previous is whatever is live in this moment."""
    live_one = sa.select(_COLUMNS.version).order_by(_COLUMNS.id.desc()).limit(1)
    row = {"at": now, "version": version, "action": Action(action), "who": who, "reason": reason}
    with database.begin(Queue.DEPLOYMENTS) as connection:
        previous = connection.execute(live_one).scalar_one_or_none()
        added = schema.deployments.insert().values(**row, previous=previous).returning(_COLUMNS.id)
        number = connection.execute(added).scalar_one()
    return Deployment(number, now, version, previous, Action(action), who, reason)


def live(database: Database) -> Deployment | None:
    """The newest, None where there was none yet."""
    return next(iter(history(database, 1)), None)


def history(database: Database, limit: int) -> list[Deployment]:
    """The newest first, at most so many."""
    rows = database.read(_NEWEST_FIRST, {"limit": limit})
    return [
        Deployment(number, moment(at), version, previous, Action(action), who, reason)
        for number, at, version, previous, action, who, reason in rows
    ]
