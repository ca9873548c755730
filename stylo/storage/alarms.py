"""Alarms: what was wrong from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from stylo.storage import schema
from stylo.storage.database import Database, Queue
from stylo.storage.schema import moment

_COLUMNS = schema.alarms.c
_GOING_ON = sa.select(schema.alarms).where(_COLUMNS.over_at.is_(None)).order_by(_COLUMNS.id)
_NEWEST = sa.select(schema.alarms).order_by(_COLUMNS.id.desc()).limit(sa.bindparam("limit", type_=sa.Integer))


@dataclass(frozen=True)
class Alarm:
    """over_at : None while it goes on."""

    id: int
    at: datetime
    rule: str
    severity: str
    message: str
    over_at: datetime | None


def raise_alarm(database: Database, rule: str, severity: str, message: str, now: datetime) -> bool:
    """Records that a rule is broken; returns whether that is new. An alarm that goes on is one row, with its last
    message."""
    with database.begin(Queue.ALARMS) as connection:
        same = connection.execute(
            schema.alarms.update()
            .where(_COLUMNS.rule == rule, _COLUMNS.over_at.is_(None))
            .values(message=message, severity=severity)
        )
        if same.rowcount:
            return False
        row = {"at": now, "rule": rule, "severity": severity, "message": message}
        connection.execute(schema.alarms.insert(), row)
    return True


def end_alarm(database: Database, rule: str, now: datetime) -> bool:
    """Records that a rule holds again; returns whether it was broken."""
    with database.begin(Queue.ALARMS) as connection:
        ended = connection.execute(
            schema.alarms.update()
            .where(_COLUMNS.rule == rule, _COLUMNS.over_at.is_(None))
            .values(over_at=now)
        )
    return ended.rowcount > 0


def going_on(database: Database) -> list[Alarm]:
    """The oldest first."""
    return [_alarm(row) for row in database.read(_GOING_ON, {})]


def newest(database: Database, limit: int) -> list[Alarm]:
    """The newest first, whether they go on or are over."""
    return [_alarm(row) for row in database.read(_NEWEST, {"limit": limit})]


def _alarm(row: tuple[Any, ...]) -> Alarm:
    number, at, rule, severity, message, over_at = row
    return Alarm(number, moment(at), rule, severity, message, None if over_at is None else moment(over_at))
