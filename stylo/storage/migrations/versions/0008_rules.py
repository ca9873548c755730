"""Versions of the merchandising rules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "rule_versions",
        Column("id", number, primary_key=True),
        Column("at", sa.BigInteger(), nullable=False),
        Column("version", sa.Text, nullable=False),
        Column("previous", sa.Text),
        Column("action", sa.Text, nullable=False),
        Column("who", sa.Text, nullable=False),
        Column("reason", sa.Text, nullable=False),
        Column("text", sa.Text, nullable=False),
    )
