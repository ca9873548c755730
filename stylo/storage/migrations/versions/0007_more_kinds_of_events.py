"""Events may be returns, dismissals and articles put into a basket; those that last are found by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column

revision = "0007"
down_revision = "0006"

_KINDS = "kind IN ('purchase', 'return', 'view', 'click', 'add_to_basket', 'dismiss')"
# By name: the columns of an old table may stand in another order.
_COPY = """
INSERT INTO events_copied (id, customer_id, kind, article, at, price, channel, key_id, received_at)
SELECT id, customer_id, kind, article, at, price, channel, key_id, received_at FROM events
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _copied()
    else:
        op.drop_constraint("events_kind", "events", type_="check")
        op.create_check_constraint("events_kind", "events", _KINDS)
    _index(
        "events_that_last",
        ["customer_id", "at", "id", "kind"],
        "kind IN ('return', 'add_to_basket', 'dismiss')",
    )
    _index("purchases_of_customers", ["customer_id", "at", "id"], "kind = 'purchase'")


def _index(name: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, "events", columns, sqlite_where=where, postgresql_where=where)


def _copied() -> None:
    """SQLite cannot change a check: the rows go into a new table, which goes on counting where the old one was."""
    number, moment = sa.Integer(), sa.BigInteger()
    op.create_table(
        "events_copied",
        Column("id", number, primary_key=True),
        Column("customer_id", sa.Text, nullable=False),
        Column("kind", sa.Text, nullable=False),
        Column("article", sa.Integer, nullable=False),
        Column("at", moment, nullable=False),
        Column("price", sa.Double),
        Column("channel", sa.SmallInteger),
        Column("key_id", sa.Text, sa.ForeignKey("keys.id", name="events_key_id_of_keys"), nullable=False),
        Column("received_at", moment, nullable=False),
        sa.CheckConstraint(_KINDS, "events_kind"),
        sqlite_autoincrement=True,
    )
    op.execute(_COPY)
    op.execute(
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'events_copied', 0 "
        "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'events_copied')"
    )
    op.execute(
        "UPDATE sqlite_sequence SET seq = coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0) "
        "WHERE name = 'events_copied'"
    )
    op.drop_table("events")
    op.rename_table("events_copied", "events")
    op.create_index("events_by_customer_id_at_id", "events", ["customer_id", "at", "id"])
