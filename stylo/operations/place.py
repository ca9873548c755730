"""Where a shop's operations keep what they know: the state folder, the database, the releases."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from stylo.service.app import releases_of
from stylo.service.release import Releases
from stylo.service.serving import require_state
from stylo.service.settings import Settings
from stylo.storage.database import Database
from stylo.tables.folder import DataFolder

_REGISTRY = "mlflow.sqlite"


@dataclass(frozen=True)
class Place:
    """A data folder with the state of its service.

    registry_url : of an MLflow server or store; None is a file in the state folder.
    """

    settings: Settings
    registry_url: str | None = None

    @cached_property
    def database(self) -> Database:
        """Brought up to date. Raises MissingArtefact where there is no such data folder, StorageUnavailable."""
        require_state(self.settings)
        opened = Database.open(self.settings.database_url)
        opened.migrate()
        return opened

    @cached_property
    def releases(self) -> Releases:
        return releases_of(self.settings)

    @property
    def folder(self) -> DataFolder:
        return DataFolder(self.settings.data)

    @property
    def state(self) -> Path:
        return self.settings.state_folder

    @property
    def tracking_url(self) -> str:
        """Of MLflow."""
        return self.registry_url or f"sqlite:///{(self.state / _REGISTRY).resolve()}"

    @property
    def artefacts_url(self) -> str:
        """Where MLflow keeps reports when the store is a file."""
        return (self.state / "mlflow").resolve().as_uri()

    @property
    def runs(self) -> Path:
        """Where retraining runs note what they did."""
        return self.state / "retraining"

    @property
    def lineage(self) -> Path:
        """Where it is noted what each version was made from."""
        return self.state / "lineage"
