"""Which version of the model is live, and which were: a history to which lines are only added.

    publish, activate, rollback     a version goes live
    hold, unhold                    a person keeps the live version from automatisms, and lets them decide again

What a person makes live is held from that moment on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import takewhile

import sqlalchemy as sa

from stylo.errors import Overtaken
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
    HOLD = "hold"
    UNHOLD = "unhold"


#: Who is no person: what one of these makes live, the next may replace.
RETRAINING, START = "retraining", "start of the service"
#: A person who moved the alias in MLflow.
MLFLOW = "MLflow"
_AUTOMATISMS = (RETRAINING, START, "registry")
# The start was once noted like a command.
_FOUND_AT_START = "found in the data folder at the start"


@dataclass(frozen=True)
class Deployment:
    """From `at` on, `version` is live instead of `previous` (None: it is the first).

    The previous version is always another one: that of a version made live once more is the one before it.

    who : the id of a key, `command line`, `MLflow`, or an automatism.
    """

    id: int
    at: datetime
    version: str
    previous: str | None
    action: Action
    who: str
    reason: str

    @property
    def by_person(self) -> bool:
        return not is_automatism(self.who) and self.reason != _FOUND_AT_START


@dataclass(frozen=True)
class Decision:
    """What stands.

    live : made its version live.
    held : by it a person keeps the version from every automatism; None where none does.
    fled_from : versions that somebody went back from → how; a person alone makes them live again.
    """

    live: Deployment
    held: Deployment | None
    fled_from: Mapping[str, Deployment]


def is_automatism(who: str) -> bool:
    return who in _AUTOMATISMS


def record(
    database: Database,
    version: str,
    action: Action,
    *,
    who: str,
    reason: str,
    now: datetime,
    seen: Sequence[Deployment] | None = None,
    request: NamedRequest | None = None,
) -> Deployment:
    """Makes a version the live one; its previous is whatever is live in this moment.

    seen : the history, newest first, on which this was decided. If another step has come since, Overtaken is raised
        and nothing is recorded.

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
        if seen is not None and newest != (seen[0].id if seen else None):
            raise Overtaken("Another version was made live in this moment.", cure="Look, and decide again.")
        previous = before if live_version == version else live_version
        added = schema.deployments.insert().values(**row, previous=previous).returning(_COLUMNS.id)
        number = connection.execute(added).scalar_one()
        deployed = Deployment(number, now, version, previous, Action(action), who, reason)
        idempotency.keep(connection, request, vars(deployed), now)
    return deployed


def versions_to_go_back_to(newest_first: Sequence[Deployment]) -> list[str]:
    """The versions that were live before the live one and that nobody went back from, the last of them first.

    After A, B, C and a rollback to B it is A: nobody is sent back to what was fled from.
    """
    path, fled_from = _live_after_live(newest_first)
    return [version for version in path[-2::-1] if version not in fled_from]


def decide(newest_first: Sequence[Deployment]) -> Decision | None:
    """What stands after a history; None where nothing is live."""
    if not newest_first:
        return None
    newest = newest_first[0]
    *_, made_live = takewhile(lambda each: each.version == newest.version, newest_first)
    held = newest if newest.by_person and newest.action is not Action.UNHOLD else None
    return Decision(made_live, held, _live_after_live(newest_first)[1])


def _live_after_live(newest_first: Sequence[Deployment]) -> tuple[list[str], dict[str, Deployment]]:
    """Versions that led to the live one, which is the last; and those that somebody went back from.

    A rollback goes back, and so does a person who activates or publishes one of those that led here.
    """
    path, fled_from = list[str](), dict[str, Deployment]()
    for each in reversed(newest_first):
        if path[-1:] == [each.version]:
            pass
        elif each.version in path and (each.action is Action.ROLLBACK or each.by_person):
            fled_from[path[-1]] = each
            while path[-1] != each.version:
                path.pop()
        else:
            path.append(each.version)
        fled_from.pop(each.version, None)
    return path, fled_from


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
