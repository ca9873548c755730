"""Transactions that must not overlap wait for each other, in all threads and processes."""

from __future__ import annotations

from enum import IntEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

_STYLO = int.from_bytes(b"styl")  # other programs may use locks of the same database
_LOCK = sa.select(sa.func.pg_advisory_xact_lock(_STYLO, sa.bindparam("queue", type_=sa.Integer)))


class Queue(IntEnum):
    MIGRATIONS = 1
    EVENTS = 2
    DEPLOYMENTS = 3
    EXPERIMENTS = 4
    ALARMS = 5


def wait_in(queue: Queue, connection: Connection) -> None:
    """Until the end of this transaction no other one of the same queue goes on.

    In SQLite any transaction that writes has the database to itself anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"queue": int(queue)})
