"""Old rows of tables that grow with every request."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from stylo.storage.database import Database

_SLICE = 10_000  # rows that are deleted while events wait


def delete_before(database: Database, table: sa.Table, moment: datetime) -> int:
    """Deletes rows whose `at` is earlier, some at a time so that nothing else waits for long. Returns how many."""
    some = sa.select(table.c.id).where(table.c.at < moment).order_by(table.c.at).limit(_SLICE)
    delete = table.delete().where(table.c.id.in_(some))
    deleted, last = 0, _SLICE
    while last == _SLICE:
        with database.begin() as connection:
            last = connection.execute(delete).rowcount
        deleted += last
    return deleted
