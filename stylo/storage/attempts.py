"""Attempts: work on the database that is given up before its commit begins changes nothing, however long it goes on."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from threading import Lock
from typing import TypeVar

from stylo.errors import StorageUnavailable

T = TypeVar("T")


class Attempt:
    """Work in one thread, for which another waits and may stop waiting."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._given_up = self._committing = False

    def run(self, work: Callable[[], T]) -> T:
        """Does the work; once given up, no transaction in it is committed."""
        before = _RUNNING.set(self)
        try:
            return work()
        finally:
            _RUNNING.reset(before)

    def give_up(self) -> bool:
        """Whether it is certain that the work changes nothing: not once a commit has begun."""
        with self._lock:
            self._given_up = True
            return not self._committing

    def begin_commit(self) -> None:
        """Raises StorageUnavailable if nobody waits any more."""
        with self._lock:
            if self._given_up:
                raise StorageUnavailable("It took so long that it was given up, and nothing was changed.")
            self._committing = True


_RUNNING: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


def begin_commit() -> None:
    """To be called just before a commit. Raises StorageUnavailable if the attempt in this thread was given up."""
    if (attempt := _RUNNING.get()) is not None:
        attempt.begin_commit()
