"""Experiments, exposures, alarms; how long a prediction took."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.BigInteger()  # microseconds since 1970
    op.add_column("predictions", Column("milliseconds", sa.Double))
    op.create_index("predictions_by_request_id", "predictions", ["request_id"])
    op.create_table(
        "experiments",
        Column("name", sa.Text, primary_key=True),
        Column("definition", sa.Text, nullable=False),
        Column("state", sa.Text, nullable=False),
        Column("defined_at", moment, nullable=False),
        Column("started_at", moment),
        Column("stopped_at", moment),
        Column("who", sa.Text, nullable=False),
        Column("reason", sa.Text, nullable=False),
        sa.CheckConstraint("state IN ('defined', 'running', 'stopped')", "experiments_state"),
    )
    op.create_table(
        "exposures",
        Column("experiment", sa.Text, primary_key=True),
        Column("customer_id", sa.Text, primary_key=True),
        Column("variant", sa.Text, primary_key=True),
        Column("salt", sa.Text, primary_key=True),
        Column("at", moment, nullable=False),
        Column("model_version", sa.Text, nullable=False),
    )
    op.create_table(
        "alarms",
        Column("id", number, primary_key=True),
        Column("at", moment, nullable=False),
        Column("rule", sa.Text, nullable=False),
        Column("severity", sa.Text, nullable=False),
        Column("message", sa.Text, nullable=False),
        Column("over_at", moment),
    )
