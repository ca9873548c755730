"""The tables. A change here needs a migration of its own in `migrations/versions`; a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(sa.TypeDecorator[datetime]):
    """A datetime with a time zone as microseconds since 1970 in UTC: exact, and sorts, on every database.

    Raises ValueError for a datetime without a time zone.
    """

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        return None if value is None else moment(value)


def microseconds(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return (at - EPOCH) // _MICROSECOND


def moment(since_epoch: int) -> datetime:
    """Microseconds since 1970 → the datetime in UTC."""
    return EPOCH + timedelta(microseconds=since_epoch)


METADATA = sa.MetaData(
    naming_convention={
        "uq": "%(table_name)s_%(column_0_N_name)s_once",
        "ix": "%(table_name)s_by_%(column_0_N_name)s",
        "fk": "%(table_name)s_%(column_0_name)s_of_%(referred_table_name)s",
        "ck": "%(table_name)s_%(constraint_name)s",
    }
)
# Only INTEGER counts up by itself in SQLite, where it has 64 bits as well.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

keys = sa.Table(
    "keys",
    METADATA,
    Column("id", sa.Text, primary_key=True),
    Column("name", sa.Text, nullable=False),
    Column("digest", sa.Text, nullable=False),  # SHA-256 of the secret, hex
    Column("scopes", sa.Text, nullable=False),  # sorted, between commas
    Column("rate", sa.Double),  # requests a second; null: the service's default
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
)

#: What a customer can do with an article.
EVENT_KINDS = ("purchase", "return", "view", "click", "add_to_basket", "dismiss")
# The same text in the index and in what asks for it, or SQLite would not use it.
LASTING = sa.text("kind IN ('return', 'add_to_basket', 'dismiss')")
BOUGHT = sa.text("kind = 'purchase'")

events = sa.Table(
    "events",
    METADATA,
    Column("id", _NUMBER, primary_key=True),  # in the order in which they were committed
    Column("customer_id", sa.Text, nullable=False),
    Column("kind", sa.Text, nullable=False),
    Column("article", sa.Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("price", sa.Double),  # in the units of transactions.parquet
    Column("channel", sa.SmallInteger),
    Column("key_id", sa.ForeignKey(keys.c.id), nullable=False),
    Column("received_at", Moment, nullable=False),
    sa.CheckConstraint(f"kind IN ({', '.join(map(repr, EVENT_KINDS))})", "kind"),
    sa.Index(None, "customer_id", "at", "id"),  # the last of a customer without sorting
    # What counts though it happened before the model was made; and the purchases that it may be about.
    sa.Index(
        "events_that_last", "customer_id", "at", "id", "kind", sqlite_where=LASTING, postgresql_where=LASTING
    ),
    sa.Index(
        "purchases_of_customers", "customer_id", "at", "id", sqlite_where=BOUGHT, postgresql_where=BOUGHT
    ),
    sqlite_autoincrement=True,  # an id is never given twice
)

# What was done by requests that may be sent again.
outcomes = sa.Table(
    "outcomes",
    METADATA,
    Column("id", _NUMBER, primary_key=True),
    Column("kind", sa.Text, nullable=False),
    Column("key_id", sa.ForeignKey(keys.c.id), nullable=False),
    Column("idempotency_key", sa.Text, nullable=False),
    Column("digest", sa.Text, nullable=False),  # of what was asked for
    Column("answer", sa.Text, nullable=False),  # JSON
    Column("at", Moment, nullable=False),
    sa.UniqueConstraint("idempotency_key", "key_id", "kind"),
)

predictions = sa.Table(
    "predictions",
    METADATA,
    Column("id", _NUMBER, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("request_id", sa.Text, nullable=False),
    Column("key_id", sa.Text),
    Column("customer_id", sa.Text),
    Column("route", sa.Text, nullable=False),
    Column("model_version", sa.Text),
    Column("variant", sa.Text),
    Column("articles", sa.Text, nullable=False),  # JSON: their numbers, best first
    Column("cached", sa.Boolean, nullable=False),
    Column("degraded", sa.Text),  # why less than the whole pipeline answered
    Column("milliseconds", sa.Double),  # from the question to the answer
    sa.Index(None, "request_id"),
)

experiments = sa.Table(
    "experiments",
    METADATA,
    Column("name", sa.Text, primary_key=True),
    Column("definition", sa.Text, nullable=False),  # JSON
    Column("state", sa.Text, nullable=False),
    Column("defined_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("stopped_at", Moment),
    Column("who", sa.Text, nullable=False),
    Column("reason", sa.Text, nullable=False),  # of the last step
    sa.CheckConstraint("state IN ('defined', 'running', 'stopped')", "state"),
)

# The first time that a customer was shown a variant.
exposures = sa.Table(
    "exposures",
    METADATA,
    Column("experiment", sa.Text, primary_key=True),
    Column("customer_id", sa.Text, primary_key=True),
    Column("variant", sa.Text, primary_key=True),
    Column("salt", sa.Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("model_version", sa.Text, nullable=False),
)

alarms = sa.Table(
    "alarms",
    METADATA,
    Column("id", _NUMBER, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("rule", sa.Text, nullable=False),
    Column("severity", sa.Text, nullable=False),
    Column("message", sa.Text, nullable=False),
    Column("over_at", Moment),  # null: it goes on
)


def _history_of_versions() -> list[Column[Any]]:
    """What was made the live version when, by whom and why."""
    return [
        Column("id", _NUMBER, primary_key=True),
        Column("at", Moment, nullable=False),
        Column("version", sa.Text, nullable=False),
        Column("previous", sa.Text),
        Column("action", sa.Text, nullable=False),
        Column("who", sa.Text, nullable=False),
        Column("reason", sa.Text, nullable=False),
    ]


deployments = sa.Table(
    "deployments",
    METADATA,
    *_history_of_versions(),
)

# Files of merchandising rules, in the order in which they were live.
rule_versions = sa.Table(
    "rule_versions",
    METADATA,
    *_history_of_versions(),
    Column("text", sa.Text, nullable=False),  # TOML
)

# Named collections of articles. What is deleted stays for a while, so that it can be taken back.
boards = sa.Table(
    "boards",
    METADATA,
    Column("id", sa.Text, primary_key=True),
    Column("name", sa.Text, nullable=False),
    Column("notes", sa.Text, nullable=False),
    Column("version", sa.Integer, nullable=False),  # counts the changes of name and notes
    Column("changed_at", Moment, nullable=False),  # name and notes
    Column("changed_by", sa.Text, nullable=False),
    Column("deleted_at", Moment),
)

board_articles = sa.Table(
    "board_articles",
    METADATA,
    Column("id", _NUMBER, primary_key=True),  # in the order in which they were added
    Column("board", sa.ForeignKey(boards.c.id), nullable=False),
    Column("article", sa.Integer, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("added_by", sa.Text, nullable=False),
    sa.UniqueConstraint("board", "article"),
)

article_tags = sa.Table(
    "article_tags",
    METADATA,
    Column("tag", sa.Text, primary_key=True),
    Column("article", sa.Integer, primary_key=True),
    Column("added_at", Moment, nullable=False),
    Column("added_by", sa.Text, nullable=False),
)
