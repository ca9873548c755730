"""Exposures: the first time that a customer was shown a variant of an experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from stylo.storage import schema
from stylo.storage.database import Database
from stylo.storage.schema import moment

_COLUMNS = schema.exposures.c
_OF = (
    sa.select(_COLUMNS.customer_id, _COLUMNS.variant, _COLUMNS.at, _COLUMNS.model_version)
    .where(_COLUMNS.experiment == sa.bindparam("wanted"), _COLUMNS.salt == sa.bindparam("salt"))
    .order_by(_COLUMNS.at, _COLUMNS.customer_id)
)


@dataclass(frozen=True)
class Exposure:
    """salt : of the experiment at that time; another one has dealt out the variants anew."""

    experiment: str
    customer_id: str
    variant: str
    salt: str
    at: datetime
    model_version: str


def log(database: Database, exposures: Sequence[Exposure]) -> None:
    """Adds those that are the first of their customer, variant and salt."""
    if not exposures:
        return
    first: dict[tuple[str, str, str, str], Exposure] = {}
    for each in exposures:
        first.setdefault((each.experiment, each.customer_id, each.variant, each.salt), each)
    with database.begin() as connection:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        added = insert(schema.exposures).on_conflict_do_nothing()
        connection.execute(added, [vars(each) for each in first.values()])


def of(database: Database, experiment: str, salt: str) -> list[Exposure]:
    """Of an experiment under a salt, in the order of time."""
    rows = database.read(_OF, {"wanted": experiment, "salt": salt})
    return [
        Exposure(experiment, customer, variant, salt, moment(at), version)
        for customer, variant, at, version in rows
    ]
