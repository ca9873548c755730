"""What operations work on: a data folder with the state of its service, and the registry of models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from stylo.deployment.control_plane import ControlPlane
from stylo.deployment.state_folder import StateFolder
from stylo.errors import Busy, CannotWrite
from stylo.service.settings import ServiceSettings
from stylo.storage.database import Database
from stylo.system.locks import Taken, locked
from stylo.time_zone import TimeZone

if TYPE_CHECKING:
    from stylo.deployment.releases import Releases
    from stylo.parallel.workers import Workers
    from stylo.progress import Progress
    from stylo.tables.folder import DataFolder


@dataclass(frozen=True)
class Workspace:
    """A data folder with the state of its service.

    registry_url : of an MLflow server or store; None is a file in the state folder.
    ray : address of the cluster that retraining works on; None is this process.
    """

    settings: ServiceSettings
    registry_url: str | None = None
    ray: str | None = None

    @cached_property
    def database(self) -> Database:
        """Brought up to date. Raises MissingArtefact where there is no such data folder, StorageUnavailable."""
        return self._state_folder.open_database(migrate=True)

    @property
    def _state_folder(self) -> StateFolder:
        """Raises MissingArtefact where there is no data folder: a mistyped one is not created."""
        self.settings.state_folder.require_data()
        return self.settings.state_folder

    @cached_property
    def releases(self) -> Releases:
        from stylo.deployment.releases import Releases  # loads what opens a model

        return Releases.of(self._state_folder, self.settings.images)

    @property
    def control(self) -> ControlPlane:
        return ControlPlane(self.database, self.releases)

    @property
    def zone(self) -> TimeZone:
        return self.settings.zone

    @property
    def folder(self) -> DataFolder:
        return self.settings.state_folder.data_folder.for_cluster(self.ray)

    @contextmanager
    def workers(self, progress: Progress) -> Iterator[Workers]:
        """Who does the long work of a retraining, for the block. Raises what `workers_at` raises."""
        from stylo.parallel.connecting import workers_at

        with workers_at(self.ray, progress) as workers:
            yield workers

    @property
    def state(self) -> Path:
        return self._state_folder.path

    @property
    def tracking_url(self) -> str:
        """Of MLflow. Raises BadOption for a state folder that it cannot name."""
        return self.registry_url or self._state_folder.registry_url

    @property
    def artefacts_url(self) -> str:
        """Where MLflow keeps reports when the store is a file."""
        return self._state_folder.registry_artefacts_url

    @property
    def registered_before(self) -> bool:
        """Whether anything was ever registered from here."""
        return any(self.lineage.glob("*.json"))

    @property
    def runs(self) -> Path:
        """Where retraining runs note what they did."""
        return self._state_folder.retraining

    @property
    def lineage(self) -> Path:
        """Where it is noted what each version was made from."""
        return self._state_folder.lineage


@contextmanager
def alone(what: str, state: Path) -> Iterator[None]:
    """Runs the block while no other process is in a block of this name. Raises Busy at once if one is."""
    with ExitStack() as held:
        try:
            state.mkdir(parents=True, exist_ok=True)
            held.enter_context(locked(state / f".{what}.lock"))
        except Taken as taken:
            cure = "Wait for it, or see what it does: python -m stylo.operations status"
            if taken.by_hand:
                cure += f" If it was killed, delete {taken.by_hand}."
            owner = f" ({taken.owner})" if taken.owner else ""
            raise Busy(f"Another {what} is in progress in {state}{owner}.", cure=cure) from taken
        except OSError as error:
            raise CannotWrite(
                f"{state} cannot be written: {error.strerror}.", cure="Name another: --state."
            ) from error
        yield
