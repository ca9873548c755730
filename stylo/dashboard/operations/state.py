"""Where the service and `stylo.operations` keep what they know, and what their database says. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from stylo.deployment.state_folder import StateFolder
from stylo.errors import MissingArtefact
from stylo.records.rehearsal import REHEARSAL_FILE, RehearsalNotes
from stylo.storage import alarms, deployments, experiments
from stylo.storage.alarms import Alarm
from stylo.storage.database import Database
from stylo.storage.deployments import Deployment
from stylo.storage.experiments import StoredExperiment
from stylo.tables.folder import DataFolder
from stylo.user_paths import quoted

_MOST = 500


class Place(StateFolder):
    """The state folder, and the commands that fill it."""

    def command(self, what: str) -> str:
        return f"python -m stylo.operations --data {quoted(self.data)} {what}"

    @property
    def serve(self) -> str:
        """The command that makes what the data folder holds the live version."""
        return f"python serve.py --data {quoted(self.data)}"

    def versions(self) -> list[str]:
        """Of the model, those that are there whole, the newest first."""
        return super().versions()[::-1]


def place_of(folder: DataFolder) -> Place:
    return Place.from_environment(folder.root)


def read_rehearsal(place: Place) -> RehearsalNotes | None:
    """Of the simulated shoppers, where all that the state folder knows comes from them. Raises DamagedArtefact."""
    try:
        return RehearsalNotes.load(place.path / REHEARSAL_FILE, place.command("rehearse"))
    except MissingArtefact:
        return None


@contextmanager
def opened(place: Place) -> Iterator[Database]:
    """The database, which is not made here. Raises MissingArtefact, BadOption, StorageUnavailable."""
    if place.missing_database() is not None:
        raise MissingArtefact(
            "The service has not run here yet: it has no database.", cure=f"Run {place.serve}"
        )
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
