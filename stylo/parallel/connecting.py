"""From the address of a Ray cluster to workers."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from stylo.errors import BadOption, NoCluster, OtherVersions
from stylo.parallel.ray_workers import RayWorkers, first_line, ray_library
from stylo.parallel.workers import LOCAL, Workers
from stylo.progress import SILENT, Progress
from stylo.system.threads import processors

AUTO, LOCALLY = "auto", "local"
# Seconds to reach an address.
_CONNECT = 10.0
# Of a cluster that is started for one command. What does not fit goes to the disk.
_STORE = 512 * 2**20
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "1"
)
_START = "Start a cluster (ray start --head) and name it, or use --ray local: docs/cluster.md."
_SAME = "Install the same versions of Python and Ray on all machines: docs/cluster.md."


@contextmanager
def workers_at(address: str | None, progress: Progress = SILENT) -> Iterator[Workers]:
    """The workers: this process if no address is given, else a Ray cluster, disconnected when the block ends.

    Parameters
    ----------
    address : `auto` (the cluster that this machine is part of), `local` (one that is started here, for the block),
        `ray://HOST:PORT` (a cluster elsewhere), or `HOST:PORT` of a cluster that this machine is part of.

    Raises BadOption, MissingLibrary, NoCluster, OtherVersions.
    """
    if not address:
        yield LOCAL
        return
    _check_address(address)
    ray = _connected(address)
    try:
        workers = RayWorkers(ray, progress)
        progress.note(f"Ray cluster: {workers.described}.")
        try:
            yield workers
        finally:
            workers.stop()
    finally:
        with suppress(Exception):
            ray.shutdown()


def _check_address(address: str) -> None:
    """Raises BadOption, or NoCluster where nothing answers: Ray itself would wait for minutes, or end the process."""
    if address in (AUTO, LOCALLY):
        return
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        known, host, port = parts.scheme in ("", "ray"), parts.hostname, parts.port
    except ValueError:
        known, host, port = False, None, None
    if not known or not host or not port:
        raise BadOption(
            f"--ray {address} is not an address.", cure="Use auto, local, ray://HOST:PORT or HOST:PORT."
        )
    try:
        socket.create_connection((host, port), _CONNECT).close()
    except OSError as error:
        raise NoCluster(
            f"--ray {address}: nothing answers there.", where=error.strerror or str(error), cure=_START
        ) from error
    if not _speaks_grpc(host, port):
        raise NoCluster(f"--ray {address}: what answers there is no Ray cluster.", cure=_START)


def _speaks_grpc(host: str, port: int) -> bool:
    """Whether what answers at a port may be Ray; True where that cannot be told."""
    if os.environ.get("RAY_USE_TLS") == "1":
        return True
    try:
        import grpc
    except ModuleNotFoundError:
        return True
    channel = grpc.insecure_channel(f"{host}:{port}" if ":" not in host else f"[{host}]:{port}")
    try:
        grpc.channel_ready_future(channel).result(_CONNECT)
    except grpc.FutureTimeoutError:
        return False
    finally:
        channel.close()
    return True


def _connected(address: str) -> Any:
    more: dict[str, Any] = {}
    if address == LOCALLY:
        # Nobody else may use it, and no token is left in the home folder. Ray looks when it is loaded.
        os.environ["RAY_AUTH_MODE"] = os.environ.get("RAY_AUTH_MODE") or "token"
        os.environ["RAY_AUTH_TOKEN"] = os.environ.get("RAY_AUTH_TOKEN") or secrets.token_hex(32)
        more = {"num_cpus": processors(), "include_dashboard": False, "object_store_memory": _STORE}
    ray = ray_library()
    main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGTERM)
    try:
        _join(ray, address, more)
    except Exception as error:
        if "ersion mismatch" in str(error):
            raise OtherVersions(
                f"--ray {address}: the cluster has another version of Ray or Python.",
                where=str(error),
                cure=_SAME,
            ) from error
        raise NoCluster(
            f"--ray {address}: the cluster cannot be joined.", where=first_line(error), cure=_START
        ) from error
    finally:
        if main and handler is not None:
            signal.signal(signal.SIGTERM, handler)  # Ray puts its own there
    _keep_quiet()
    return ray


def _join(ray: Any, address: str, more: Mapping[str, Any], attempts: int = 2) -> None:
    """Raises what Ray raises. A head that has just started may not let anybody in yet."""
    options = {"log_to_driver": False, "configure_logging": False, "logging_level": logging.CRITICAL, **more}
    for left in range(attempts - 1, -1, -1):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                ray.init(address=address, runtime_env={"env_vars": _ONE_THREAD}, **options)
            return
        except ConnectionError as error:
            if not left or "Initialization failure" not in str(error):
                raise


def _keep_quiet() -> None:
    """What Ray prints of processes that end is told by us; it has no setting for it."""
    with suppress(ImportError, AttributeError):
        from ray._private import worker

        worker.print_worker_logs = lambda *_: None
