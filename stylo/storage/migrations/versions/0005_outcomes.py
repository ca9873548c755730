"""Submissions of events become outcomes of requests, which those of administration have as well."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column

revision = "0005"
down_revision = "0004"

_COPY = """INSERT INTO outcomes (kind, key_id, idempotency_key, digest, answer, at)
    SELECT 'events', key_id, idempotency_key, digest,
        '{"first": ' || "first" || ', "last": ' || "last" || '}', created_at
    FROM submissions ORDER BY id"""


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "outcomes",
        Column("id", number, primary_key=True),
        Column("kind", sa.Text, nullable=False),
        Column("key_id", sa.Text, sa.ForeignKey("keys.id", name="outcomes_key_id_of_keys"), nullable=False),
        Column("idempotency_key", sa.Text, nullable=False),
        Column("digest", sa.Text, nullable=False),
        Column("answer", sa.Text, nullable=False),
        Column("at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint(
            "idempotency_key", "key_id", "kind", name="outcomes_idempotency_key_key_id_kind_once"
        ),
    )
    op.get_bind().exec_driver_sql(_COPY)
    op.drop_table("submissions")
