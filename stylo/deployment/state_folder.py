"""The state folder: where the service and operations of a shop keep what they know.

STATE/models/VERSION/      releases of the model
STATE/models/live          which of them answered last, for who starts while the database is away
STATE/service.sqlite       the database, unless another one is named
STATE/lineage/             what each version was made from
STATE/retraining/RUN/      notes of each retraining run
STATE/mlflow.sqlite        the registry of models, unless another one is named
STATE/rehearsal.json       in a demo shop: what simulated shoppers did
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sqlalchemy.engine import URL

from stylo.errors import BadOption, MissingArtefact
from stylo.storage.address import address, service_file
from stylo.storage.database import Database
from stylo.user_paths import user_path

if TYPE_CHECKING:
    from stylo.tables.folder import DataFolder

#: Of the environment variables that hold the service's settings.
PREFIX = "STYLO_SERVICE_"
STATE, DATABASE = f"{PREFIX}STATE", f"{PREFIX}DATABASE"
_DEFAULT, _REGISTRY = "service", "mlflow.sqlite"
#: The file that says what a release consists of.
CARD = "release.json"
_MODELS, _LIVE = "models", "live"
_VERSION = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9a-f]{8}")


@dataclass(frozen=True)
class StateFolder:
    """The state of one data folder.

    data : the data folder.   path : the state folder.   database_url : of the service's database.
    """

    data: Path
    path: Path
    database_url: str | URL

    @classmethod
    def of(cls, data: Path, state: Path | None = None, database: str | None = None) -> Self:
        """Defaults: DATA/service, and service.sqlite in it."""
        path = state or data / _DEFAULT
        return cls(data, path, database or service_file(path))

    @classmethod
    def from_environment(cls, data: Path) -> Self:
        """As the service and operations find it when no option is given."""
        state = os.environ.get(STATE)
        return cls.of(data, user_path(state) if state else None, os.environ.get(DATABASE) or None)

    @property
    def data_folder(self) -> DataFolder:
        from stylo.tables.folder import DataFolder  # loads what reads tables

        return DataFolder(self.data)

    def require_data(self) -> None:
        """Raises MissingArtefact where there is no data folder, so that a mistyped one is not created."""
        if self.path == self.data / _DEFAULT and not self.data.is_dir():
            raise MissingArtefact(
                f"There is no data folder {self.data}.", cure="Name another: --data DIR, or $STYLO_DATA."
            )

    def open_database(self, *, pool: int = 4, migrate: bool = False) -> Database:
        """Raises BadOption for a URL that names no database, CannotWrite, MissingLibrary.

        pool : connections at most.
        migrate : bring the tables up to date; raises StorageUnavailable, ForeignStorage.
        """
        database = Database.open(self.database_url, pool=pool)
        if migrate:
            database.migrate()
        return database

    def missing_database(self) -> Path | None:
        """The SQLite file that does not exist yet; None where there is one, or a server."""
        url = address(self.database_url)
        if url.drivername != "sqlite" or Path(str(url.database)).is_file():
            return None
        return Path(str(url.database))

    def versions(self) -> list[str]:
        """The releases that are complete, the newest name last."""
        names = (path.parent.name for path in (self.path / _MODELS).glob(f"*/{CARD}"))
        return sorted(name for name in names if _VERSION.fullmatch(name))

    def other_folders(self) -> list[str]:
        """Folders beside the releases that are none: somebody's copies. Those that are being written are left out."""
        found = (path.name for path in (self.path / _MODELS).glob("*") if path.is_dir())
        return sorted(name for name in found if not name.startswith(".") and not _VERSION.fullmatch(name))

    @property
    def noted_live(self) -> Path:
        return self.path / _MODELS / _LIVE

    def release(self, version: str) -> Path:
        """The folder of a release."""
        return self.path / _MODELS / version

    def release_card(self, version: str) -> Path:
        """The file that says what a release consists of; it is written last."""
        return self.release(version) / CARD

    @property
    def lineage(self) -> Path:
        return self.path / "lineage"

    @property
    def retraining(self) -> Path:
        return self.path / "retraining"

    @property
    def registry_url(self) -> str:
        """Of MLflow's store in a file. Raises BadOption for a state folder that MLflow cannot name."""
        file = (self.path / _REGISTRY).resolve()
        try:
            # With its driver, or MLflow makes the folders of the URL as it is written: beside %5B1%5D for [1].
            return URL.create("sqlite+pysqlite", database=str(file)).render_as_string()
        except UnicodeEncodeError as error:
            raise BadOption(
                f"MLflow cannot keep its registry in {self.path}: the name is not UTF-8.",
                cure="Name another state folder, --state DIR, or a registry, --registry URL.",
            ) from error

    @property
    def registry_artefacts_url(self) -> str:
        """Where MLflow keeps reports when its store is a file."""
        return (self.path / "mlflow").resolve().as_uri()
