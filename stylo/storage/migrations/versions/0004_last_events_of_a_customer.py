"""The last events of a customer come in their order from the index, however many there are."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("events_by_customer_id_at_id", "events", ["customer_id", "at", "id"])
    op.drop_index("events_by_customer_id_at", "events")
