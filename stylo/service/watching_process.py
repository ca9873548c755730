"""The process that watches over several workers: a program of its own, which loads little.

    serve.py ── what must be there is made ── becomes ──▶ watching process ─┬─▶ worker
    (130 MiB)                                             (the same number) └─▶ worker

Whatever publishes a model has loaded what recommends by it; the process that only watches would hold it until the end.
"""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, NoReturn

from stylo.service.shared_metrics import metrics_folder

if TYPE_CHECKING:
    from uvicorn import Config

# As stylo.service.metrics has it; not imported, for Prometheus' library looks at the folder at once.
_SHARED_METRICS = "PROMETHEUS_MULTIPROC_DIR"
# Python looks for modules where this process does, from wherever it was started.
_PROGRAM = (
    "import sys; sys.path[:] = {path!r}; from stylo.service.watching_process import main; main({arguments!r})"
)


def become_watching_process(host: str, port: int, workers: int, stop_seconds: int) -> NoReturn:
    """Replaces this process, which keeps its number; what it had loaded is freed. Settings are in the environment."""
    program = _PROGRAM.format(path=sys.path, arguments=(host, port, workers, stop_seconds))
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-c", program])  # nosec B606


def main(arguments: tuple[str, int, int, int]) -> NoReturn:
    """Host, port, workers, and seconds to stop. Ends with status 1 if not everything ended in time."""
    # An interruption before the workers are there.
    with suppress(KeyboardInterrupt):
        raise SystemExit(0 if run(configuration(*arguments)) else 1)
    raise SystemExit(0)


def configuration(host: str, port: int, workers: int, stop_seconds: int) -> Config:
    """Of uvicorn."""
    import uvicorn

    from stylo.service.uvicorn_extensions import GuardedProtocol

    return uvicorn.Config(
        "stylo.service.app:create",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        http=GuardedProtocol,
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=stop_seconds,
    )


def run(config: Config) -> bool:
    """Serves until it is stopped; False if not everything ended in time."""
    with metrics_folder() if config.workers > 1 else nullcontext() as folder:
        if folder is not None:
            os.environ[_SHARED_METRICS] = str(folder)
        # Not before: Prometheus' library looks at the folder of metrics when it is imported.
        from stylo.service.worker_processes import BoundedServer, WorkerProcesses

        if config.workers > 1:
            return WorkerProcesses(config).run()
        # When all is finished, uvicorn sends itself the signal that stopped it.
        with suppress(KeyboardInterrupt):
            BoundedServer(config).run()
        return True
