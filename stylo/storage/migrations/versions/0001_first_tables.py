"""Keys, events, submissions, predictions, deployments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column

revision = "0001"
down_revision = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.BigInteger()  # microseconds since 1970
    op.create_table(
        "keys",
        Column("id", sa.Text, primary_key=True),
        Column("name", sa.Text, nullable=False),
        Column("digest", sa.Text, nullable=False),
        Column("scopes", sa.Text, nullable=False),
        Column("rate", sa.Double),
        Column("created_at", moment, nullable=False),
        Column("expires_at", moment),
        Column("revoked_at", moment),
    )
    op.create_table(
        "events",
        Column("id", number, primary_key=True),
        Column("customer_id", sa.Text, nullable=False),
        Column("kind", sa.Text, nullable=False),
        Column("article", sa.Integer, nullable=False),
        Column("at", moment, nullable=False),
        Column("day", sa.Integer, nullable=False),
        Column("price", sa.Double),
        Column("channel", sa.SmallInteger),
        Column("key_id", sa.Text, sa.ForeignKey("keys.id", name="events_key_id_of_keys"), nullable=False),
        Column("received_at", moment, nullable=False),
        sa.CheckConstraint("kind IN ('purchase', 'view', 'click')", "events_kind"),
        sqlite_autoincrement=True,
    )
    op.create_index("events_by_customer_id_day", "events", ["customer_id", "day"])
    op.create_table(
        "submissions",
        Column("id", number, primary_key=True),
        Column(
            "key_id", sa.Text, sa.ForeignKey("keys.id", name="submissions_key_id_of_keys"), nullable=False
        ),
        Column("idempotency_key", sa.Text, nullable=False),
        Column("digest", sa.Text, nullable=False),
        Column("first", number, nullable=False),
        Column("last", number, nullable=False),
        Column("created_at", moment, nullable=False),
        sa.UniqueConstraint("idempotency_key", "key_id", name="submissions_idempotency_key_key_id_once"),
    )
    op.create_table(
        "predictions",
        Column("id", number, primary_key=True),
        Column("at", moment, nullable=False),
        Column("request_id", sa.Text, nullable=False),
        Column("key_id", sa.Text),
        Column("customer_id", sa.Text),
        Column("route", sa.Text, nullable=False),
        Column("model_version", sa.Text),
        Column("variant", sa.Text),
        Column("articles", sa.Text, nullable=False),
        Column("cached", sa.Boolean, nullable=False),
        Column("degraded", sa.Text),
    )
    op.create_index("predictions_by_at", "predictions", ["at"])
    op.create_table(
        "deployments",
        Column("id", number, primary_key=True),
        Column("at", moment, nullable=False),
        Column("version", sa.Text, nullable=False),
        Column("previous", sa.Text),
        Column("action", sa.Text, nullable=False),
        Column("who", sa.Text, nullable=False),
        Column("reason", sa.Text, nullable=False),
    )
