"""Events lose their day, which was that of UTC: it follows from the moment and the shop's time zone."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.drop_index("events_by_customer_id_day", "events")
    op.drop_column("events", "day")
    op.create_index("events_by_customer_id_at", "events", ["customer_id", "at"])
