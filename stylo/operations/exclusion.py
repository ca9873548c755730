"""Two at once exclude each other, also in different processes; who is killed lets go."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stylo.errors import Busy, CannotWrite

try:
    import fcntl
except ImportError:  # Windows, where two runs at once are not told apart
    fcntl = None  # type: ignore[assignment]


@contextmanager
def alone(what: str, state: Path) -> Iterator[None]:
    """The block runs while nobody else is in one of the same name. Raises Busy at once if somebody is."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = os.open(state / f".{what}.lock", os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise CannotWrite(
            f"{state} cannot be written: {error.strerror}.", cure="Name another: --state."
        ) from error
    try:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise Busy(
            f"Another {what} is under way in {state}.", cure="Wait for it, or look whether it hangs."
        ) from error
    finally:
        os.close(lock)
