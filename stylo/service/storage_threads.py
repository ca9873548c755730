"""Threads for what waits for storage. Who asks waits for a while and no longer, also when the database hangs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from stylo.errors import StorageUnavailable

T = TypeVar("T")

_THREADS = 4


class StorageThreads:
    """For one event loop.

    Parameters
    ----------
    patience : seconds after which storage counts as away.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._threads = ThreadPoolExecutor(_THREADS, "storage")
        self._hanging: set[Future[Any]] = set()

    async def do(self, work: Callable[[], T]) -> T:
        """What `work` gives; raises what it raises.

        Raises StorageUnavailable when it takes too long: it may still be done later. At once, while all threads hang.
        """
        self._hanging = {each for each in self._hanging if not each.done()}
        if len(self._hanging) == _THREADS:
            raise _away()
        asked = self._threads.submit(work)
        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.shield(asyncio.wrap_future(asked))
        except TimeoutError:
            if not asked.cancel():  # it has begun, and keeps a thread
                self._hanging.add(asked)
            raise _away() from None

    def shutdown(self) -> None:
        """Returns when all is done, or at once while the database hangs."""
        self._threads.shutdown(wait=not self._hanging, cancel_futures=True)


def _away() -> StorageUnavailable:
    return StorageUnavailable("The database does not answer.", cure="See what it is busy with.")
