"""Where the worker processes of one server share their metrics: a folder of its own, in memory where there is one."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stylo.system.locks import Taken, locked

# A file system in memory. Prometheus' library maps its files: on a full disk the first touch of a new page would kill
# the process. The folder in it is made by mkdtemp.
_MEMORY = Path("/dev/shm")  # nosec B108
_PREFIX, _LOCK = "stylo-metrics-", "server.lock"
# A server that has just made its folder may not have locked it yet.
_NEW_SECONDS = 60.0


@contextmanager
def metrics_folder() -> Iterator[Path]:
    """An empty folder that no other server uses, gone at the end; those of servers that were killed go now.

    Raises OSError where none can be made.
    """
    place = _MEMORY if os.access(_MEMORY, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())
    _remove_abandoned(place)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
    try:
        with locked(folder / _LOCK):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(place: Path) -> None:
    for folder in place.glob(f"{_PREFIX}*"):
        with suppress(OSError, Taken):  # somebody else's, in use
            if time.time() - folder.stat().st_mtime > _NEW_SECONDS:
                with locked(folder / _LOCK):
                    shutil.rmtree(folder, ignore_errors=True)
