"""Where the service and `stylo.operations` keep what they know, and what their database says. Nothing is written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from stylo.deployment.state_folder import StateFolder
from stylo.errors import MissingArtefact
from stylo.storage import alarms, deployments, experiments
from stylo.storage.alarms import Alarm
from stylo.storage.database import Database
from stylo.storage.deployments import Deployment
from stylo.storage.experiments import StoredExperiment
from stylo.tables.folder import DataFolder
from stylo.user_paths import quoted

#: Whether whoever opens the page may write.
OPERATES = "STYLO_DASHBOARD_OPERATES"
_MOST = 500


class Place(StateFolder):
    """The state folder, and the commands that fill it."""

    def command(self, what: str) -> str:
        return f"python -m stylo.operations --data {quoted(self.data)} {what}"

    def versions(self) -> list[str]:
        """Of the model, those that are there whole, the newest first."""
        return super().versions()[::-1]


def place_of(folder: DataFolder) -> Place:
    return Place.from_environment(folder.root)


def may_operate() -> bool:
    """Whether the dashboard, which knows no log-in, was started for people who may start and stop experiments."""
    return os.environ.get(OPERATES) == "1"


@contextmanager
def opened(place: Place) -> Iterator[Database]:
    """The database, which is not made here. Raises MissingArtefact, BadOption, StorageUnavailable."""
    if place.missing_database() is not None:
        start = f"python serve.py --data {quoted(place.data)}"
        raise MissingArtefact("The service has not run here yet: it has no database.", cure=f"Run {start}")
    database = place.open_database(pool=1)
    try:
        yield database
    finally:
        database.close()


@dataclass(frozen=True)
class Ledger:
    """What the database knows.

    deployments, over : the newest first.   going_on, experiments : the oldest first.
    """

    deployments: list[Deployment]
    going_on: list[Alarm]
    over: list[Alarm]
    experiments: list[StoredExperiment]


def read_ledger(place: Place) -> Ledger:
    """Raises as `opened`."""
    with opened(place) as database:
        return Ledger(
            deployments.history(database, _MOST),
            alarms.going_on(database),
            [each for each in alarms.newest(database, _MOST) if each.over_at is not None],
            experiments.listed(database),
        )


def clock(at: datetime | None) -> datetime | None:
    """Of UTC, as tables show it."""
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None)
