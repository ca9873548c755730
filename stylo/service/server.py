"""Starting the server: what must be there before the first request."""

from __future__ import annotations

import json
import os
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

from stylo.deployment.control_plane import ControlPlane
from stylo.deployment.releases import Releases
from stylo.deployment.state_folder import PREFIX
from stylo.errors import MissingLibrary
from stylo.progress import SILENT, Progress
from stylo.service.options import cannot_listen
from stylo.service.settings import ServiceSettings
from stylo.service.watching_process import become_watching_process, configuration, run
from stylo.storage import keys
from stylo.storage.database import Database
from stylo.user_paths import quoted

_INSTALL = "Install the service extra: pip install '.[serve]' -c constraints.txt"


def serve(settings: ServiceSettings, progress: Progress = SILENT) -> None:
    """Serves until it is stopped.

    Raises BadOption for a port that is taken, MissingArtefact where there is no model, StorageUnavailable and others.
    """
    _check_libraries()
    _check_port(settings.host, settings.port)
    database = settings.state_folder.open_database()
    prepare(settings, database, progress)
    if not keys.listed(database):
        progress.note(
            "NOTICE: there are no keys yet, and no request is answered without one. Create one: "
            f"python serve.py keys create --data {quoted(settings.data)} --name me --scope read --scope events"
        )
    database.close()
    share(settings)
    progress.note(f"The service: http://{settings.host}:{settings.port}/openapi.json   (Ctrl-C stops it)")
    options = settings.host, settings.port, settings.workers, settings.stop_seconds
    if settings.workers > 1 and sys.executable:
        become_watching_process(*options)
    if not run(configuration(*options)):
        raise SystemExit(1)


def prepare(settings: ServiceSettings, database: Database, progress: Progress = SILENT) -> None:
    """Brings the tables up to date, and makes what the data folder holds the live version unless it was before.

    Raises as `ControlPlane.publish_new`, and ForeignStorage, StorageUnavailable.
    """
    database.migrate()
    state = settings.state_folder
    ControlPlane(database, Releases.of(state)).publish_new(state.data_folder, progress)


def _check_libraries() -> None:
    """What only serving needs; the application itself is imported by each process."""
    for name in ("uvicorn", "httptools", "fastapi", "cachetools", "prometheus_client"):
        if find_spec(name) is None:
            raise MissingLibrary(f"The library {name} is not installed.", cure=_INSTALL)


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as error:
            raise cannot_listen(host, port, error) from error


def share(settings: ServiceSettings) -> None:
    """What every process needs to know, in the environment that they inherit."""
    for name, value in settings:
        if isinstance(value, Path):
            os.environ[PREFIX + name.upper()] = str(value.absolute())
    others = {name for name, value in settings if not isinstance(value, Path)}
    for name, value in settings.model_dump(mode="json", exclude_none=True, include=others).items():
        os.environ[PREFIX + name.upper()] = value if isinstance(value, str) else json.dumps(value)
    # Threads that allocate side by side would each keep memory of their own.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
