"""Which version of the model is live, and which were: a history to which lines are only added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from stylo.storage import idempotency, schema
from stylo.storage.database import Database, Queue
from stylo.storage.idempotency import NamedRequest
from stylo.storage.schema import moment
from stylo.storage.texts import check_text

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

    The previous version is always another one: that of a version made live once more is the one before it.

    who : the id of a key, or `command line`.
    """

    id: int
    at: datetime
    version: str
    previous: str | None
    action: Action
    who: str
    reason: str


class Overtaken(Exception):
    """Another deployment came first."""


def record(
    database: Database,
    version: str,
    action: Action,
    *,
    who: str,
    reason: str,
    now: datetime,
    after: Deployment | None = None,
    request: NamedRequest | None = None,
) -> Deployment:
    """Makes a version the live one; its previous is whatever is live in this moment.

    `after` must still be the newest deployment, if it is given: else Overtaken is raised and nothing is recorded.
    Raises BadOption for a reason that cannot be kept; DoneBefore or OtherBody where `request` was recorded before.
    """
    check_text(reason, "The reason")
    live_one = (
        sa.select(_COLUMNS.id, _COLUMNS.version, _COLUMNS.previous).order_by(_COLUMNS.id.desc()).limit(1)
    )
    row = {"at": now, "version": version, "action": Action(action), "who": who, "reason": reason}
    with database.begin(Queue.DEPLOYMENTS) as connection:
        idempotency.check_new(connection, request)
        newest, live_version, before = connection.execute(live_one).one_or_none() or (None, None, None)
        if after is not None and newest != after.id:
            raise Overtaken
        previous = before if live_version == version else live_version
        added = schema.deployments.insert().values(**row, previous=previous).returning(_COLUMNS.id)
        number = connection.execute(added).scalar_one()
        deployed = Deployment(number, now, version, previous, Action(action), who, reason)
        idempotency.keep(connection, request, vars(deployed), now)
    return deployed


def versions_to_go_back_to(newest_first: Sequence[Deployment]) -> list[str]:
    """The versions that were live before the live one and were not rolled back from, the last of them first.

    After A, B, C and a rollback to B it is A: nobody is sent back to what was fled from.
    """
    live_after_live: list[str] = []
    for each in reversed(newest_first):
        if each.action is Action.ROLLBACK and each.version in live_after_live:
            while live_after_live[-1] != each.version:
                live_after_live.pop()
        elif live_after_live[-1:] != [each.version]:
            live_after_live.append(each.version)
    return live_after_live[-2::-1]


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
