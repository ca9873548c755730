"""Which merchandising rules are live, and which were: a history to which lines are only added.

set        a file of rules goes live
rollback   the file that was live before goes live again
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from stylo.errors import Overtaken
from stylo.storage import idempotency, schema
from stylo.storage.database import Database, Queue
from stylo.storage.idempotency import NamedRequest
from stylo.storage.schema import moment
from stylo.storage.texts import check_text

_COLUMNS = schema.rule_versions.c
_NEWEST_FIRST = (
    sa.select(schema.rule_versions)
    .order_by(_COLUMNS.id.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_LAST = sa.select(sa.func.max(_COLUMNS.id))


class RulesAction(StrEnum):
    SET = "set"
    ROLLBACK = "rollback"


@dataclass(frozen=True)
class RulesStep:
    """From `at` on, the rules of `text` are live instead of `previous` (None: there were none).

    version : of the text, the same for the same text.
    who : the id of a key, `command line`, or a person's name.
    """

    id: int
    at: datetime
    version: str
    previous: str | None
    action: RulesAction
    who: str
    reason: str
    text: str


def version_of(text: str) -> str:
    """Eight hexadecimal characters that stand for a file of rules."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def record(
    database: Database,
    text: str,
    action: RulesAction,
    *,
    who: str,
    reason: str,
    now: datetime,
    seen: int | None = None,
    request: NamedRequest | None = None,
) -> RulesStep:
    """Makes rules the live ones.

    seen : the id of the last step on which this was decided, 0 for none; if another has come since, Overtaken is raised
        and nothing is recorded. None does not look.

    Raises BadOption for a text that cannot be kept; DoneBefore or OtherBody where `request` was recorded before.
    """
    check_text(reason, "The reason")
    check_text(text, "The file")
    live_one = sa.select(_COLUMNS.id, _COLUMNS.version).order_by(_COLUMNS.id.desc()).limit(1)
    row = {
        "at": now,
        "version": version_of(text),
        "action": action,
        "who": who,
        "reason": reason,
        "text": text,
    }
    version = version_of(text)
    with database.begin(Queue.RULES) as connection:
        idempotency.check_new(connection, request)
        newest, previous = connection.execute(live_one).one_or_none() or (0, None)
        if seen is not None and newest != seen:
            raise Overtaken("Somebody else set other rules in this moment.", cure="Look, and decide again.")
        added = schema.rule_versions.insert().values(**row, previous=previous).returning(_COLUMNS.id)
        number = connection.execute(added).scalar_one()
        step = RulesStep(number, now, version, previous, action, who, reason, text)
        idempotency.keep(connection, request, without_text(step), now)
    return step


def without_text(step: RulesStep) -> dict[str, object]:
    return {name: value for name, value in vars(step).items() if name != "text"}


def before_live(newest_first: Sequence[RulesStep]) -> RulesStep | None:
    """The step before the live one to which a rollback goes: after A, B, C and a rollback to B it is A."""
    path = list[RulesStep]()
    for each in reversed(newest_first):
        back = [n for n, one in enumerate(path) if one.version == each.version]
        if each.action is RulesAction.ROLLBACK and back:
            del path[back[-1] :]
        if not path or path[-1].version != each.version:
            path.append(each)
    return path[-2] if len(path) > 1 else None


def live(database: Database) -> RulesStep | None:
    """The newest; None where no rules were ever set. Raises NotMigrated, StorageUnavailable."""
    return next(iter(history(database, 1)), None)


def last_step(database: Database) -> int:
    """The id of the newest step, 0 where there is none: cheap to ask for again and again."""
    return int(database.read(_LAST, {})[0][0] or 0)


def history(database: Database, limit: int) -> list[RulesStep]:
    """The newest first, at most so many."""
    rows = database.read(_NEWEST_FIRST, {"limit": limit})
    return [
        RulesStep(number, moment(at), version, previous, RulesAction(action), who, reason, text)
        for number, at, version, previous, action, who, reason, text in rows
    ]
