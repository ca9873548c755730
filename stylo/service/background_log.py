"""What is noted of answers that were given: written to storage in the background, never waited for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from prometheus_client import Counter

from stylo.errors import StorageUnavailable

T = TypeVar("T")

_MOST_WAITING, _AT_A_TIME = 20_000, 2_000
_SECONDS = 0.5


class BackgroundLog(Generic[T]):
    """For one event loop. Rows for which there is no room or no storage are counted and let go.

    Parameters
    ----------
    write : keeps rows, all or none; may raise StorageUnavailable. None keeps nothing.
    lost : counts those that were not kept.
    """

    def __init__(self, write: Callable[[Sequence[T]], None] | None, lost: Counter) -> None:
        self._write, self._lost = write, lost
        self._waiting: deque[T] = deque()
        self._writing: asyncio.Task[None] | None = None

    def add(self, *rows: T) -> None:
        if self._write is None:
            return
        if len(self._waiting) + len(rows) > _MOST_WAITING:
            self._lost.inc(len(rows))
            return
        self._waiting.extend(rows)

    def start(self) -> None:
        self._writing = asyncio.create_task(self._write_on())

    async def stop(self) -> None:
        """Writes what waits."""
        if self._writing is not None:
            self._writing.cancel()
        while self._waiting:
            await self._write_some()

    async def _write_on(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS)
            while self._waiting:
                await self._write_some()

    async def _write_some(self) -> None:
        rows = [self._waiting.popleft() for _ in range(min(len(self._waiting), _AT_A_TIME))]
        write = self._write
        assert write is not None
        try:
            await asyncio.to_thread(lambda: write(rows))
        except StorageUnavailable:
            self._lost.inc(len(rows))
