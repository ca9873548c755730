"""Starting the service: what must be there before the first request, and the server."""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
from contextlib import suppress
from datetime import UTC, datetime
from importlib.util import find_spec

from stylo.errors import BadOption, MissingArtefact, MissingLibrary, StyloError
from stylo.progress import SILENT, Progress
from stylo.service.release import Releases
from stylo.service.settings import PREFIX, Settings
from stylo.storage import deployments, keys
from stylo.storage.database import Database
from stylo.storage.deployments import Action
from stylo.tables.folder import DataFolder
from stylo.visual.thumbnails import Thumbnails

_INSTALL = "Install what the service needs: pip install '.[serve]' -c constraints.txt"
_COMMAND_LINE = "command line"
# As stylo.service.metrics has it; not imported, for Prometheus' library looks at the folder at once.
_SHARED_METRICS = "PROMETHEUS_MULTIPROC_DIR"


def serve(settings: Settings, progress: Progress = SILENT) -> None:
    """Serves until it is stopped.

    Raises BadOption for a port that is taken, MissingArtefact where there is no model, StorageUnavailable and others.
    """
    _check_libraries()
    _check_port(settings.host, settings.port)
    database = Database.open(settings.database_url)
    prepare(settings, database, progress)
    if not keys.listed(database):
        progress.note(
            "NOTICE: there is no key yet, and without one nothing is answered. Make one: "
            f"python serve.py keys create --data {settings.data} --name me --scope read --scope events"
        )
    database.close()
    _share(settings)
    import uvicorn

    from stylo.service.processes import Processes
    from stylo.service.protocol import GuardedProtocol

    progress.note(f"The service: http://{settings.host}:{settings.port}/openapi.json   (Ctrl-C stops it)")
    config = uvicorn.Config(
        "stylo.service.app:create",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        http=GuardedProtocol,
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=settings.stop_seconds,
        # A worker that is silent for so long is replaced; one that starts on a busy machine is silent for a while.
        timeout_worker_healthcheck=60,
    )
    # When all is finished, uvicorn sends itself the signal that stopped it.
    with suppress(KeyboardInterrupt):
        if settings.workers > 1:
            Processes(config).run()
        else:
            uvicorn.Server(config).run()


def prepare(settings: Settings, database: Database, progress: Progress = SILENT) -> None:
    """Brings the tables up to date, and makes what the data folder holds the live model unless it was before.

    A model that was live once and was gone back from is not taken up again, nor one that was published and not made
    live: a challenger whose gates are closed. What the data folder holds is passed over if it is no good and another
    version is live.

    Raises MissingArtefact, StaleArtefact, DamagedArtefact, also for a live version that cannot be opened,
    ForeignStorage, StorageUnavailable.
    """
    database.migrate()
    releases = Releases(settings.state_folder, Thumbnails.of(DataFolder(settings.data)))
    live = deployments.live(database)
    before = releases.versions()
    served = live is not None and live.version in before
    try:
        version = releases.publish(DataFolder(settings.data))
    except StyloError as error:
        if not served:
            raise
        assert live is not None
        releases.open(live.version)
        progress.note(f"NOTICE: {error.problem} Version {live.version} goes on serving.")
        return
    known = {*before, *(each.version for each in deployments.history(database, 1000))}
    if version in known and served and live is not None:
        releases.open(live.version)
        return
    _record(database, version, Action.PUBLISH, "found in the data folder at the start")


def publish(settings: Settings, database: Database) -> str:
    """Makes what the data folder holds the live model, whatever was before. Raises as `prepare`."""
    releases = Releases(settings.state_folder, Thumbnails.of(DataFolder(settings.data)))
    version = releases.publish(DataFolder(settings.data))
    live = deployments.live(database)
    if live is None or live.version != version:
        releases.open(version, checked=True)
        _record(database, version, Action.PUBLISH, "published by command")
    return version


def activate(settings: Settings, database: Database, version: str | None, reason: str) -> str:
    """Makes a version live, or the one that was before; every process takes it up within a second or two.

    Raises BadOption for a version that is not there, DamagedArtefact for one that is not what it was.
    """
    action = Action.ACTIVATE if version else Action.ROLLBACK
    live = deployments.live(database)
    version = version or (live.previous if live else None)
    if version is None:
        raise BadOption(
            "No version was live before this one.",
            cure="See python serve.py models list for those there are.",
        )
    releases = Releases(settings.state_folder, Thumbnails.of(DataFolder(settings.data)))
    releases.open(version, checked=True)
    _record(database, version, action, reason or "no reason given")
    return version


def _record(database: Database, version: str, action: Action, reason: str) -> None:
    deployments.record(database, version, action, who=_COMMAND_LINE, reason=reason, now=datetime.now(UTC))


def require_state(settings: Settings) -> None:
    """Raises MissingArtefact where there is no data folder: a mistyped one is not to be made."""
    if settings.state is None and not settings.data.is_dir():
        raise MissingArtefact(
            f"There is no data folder {settings.data}.", cure="Name another: --data DIR, or $STYLO_DATA."
        )


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
            taken = error.errno == errno.EADDRINUSE
            raise BadOption(
                f"Port {port} of {host} is taken."
                if taken
                else f"Cannot listen at {host}, port {port}: {error.strerror}.",
                cure="Choose another: --port, --host.",
            ) from error


def _share(settings: Settings) -> None:
    """What every process needs to know, in the environment that they inherit."""
    for name, value in settings.model_dump(mode="json", exclude_none=True).items():
        os.environ[PREFIX + name.upper()] = value if isinstance(value, str) else json.dumps(value)
    os.environ[PREFIX + "DATA"] = str(settings.data.resolve())
    # Threads that allocate side by side would each keep memory of their own.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    if settings.workers > 1:
        folder = settings.state_folder / "metrics"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        os.environ[_SHARED_METRICS] = str(folder)
