"""Turns: work that is done a few at a time in threads of its own, for those who can wait a little."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from stylo.service.batching import Overloaded

T = TypeVar("T")

# Multiples of it, of which only the fraction counts, lie evenly between 0 and 1.
_SPREAD = 0.618034


class Turns:
    """Does some pieces of work at a time. For one event loop.

    Parameters
    ----------
    name : of the threads.
    waiting : how many may wait for their turn; more are turned away.
    patience : seconds after which one whose turn has not come is turned away, at the latest. Those who came at once are
        turned away one by one: they will not come back at once, either.
    at_once : how many are done at a time.
    """

    def __init__(self, name: str, waiting: int, patience: float, at_once: int = 1) -> None:
        self._threads = ThreadPoolExecutor(at_once, name)
        self._turns = asyncio.Semaphore(at_once)
        self._most, self._patience, self._waiting, self._came = waiting, patience, 0, 0

    async def do(self, work: Callable[[], T]) -> T:
        """Returns what the work returns. Raises Overloaded, or what the work raises."""
        async with self.turn():
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One's turn, for the block. Raises Overloaded."""
        if self._waiting >= self._most:
            raise Overloaded
        self._waiting += 1
        self._came += 1
        try:
            async with asyncio.timeout(self._patience * (1 + self._came * _SPREAD % 1) / 2):
                await self._turns.acquire()
        except TimeoutError:
            raise Overloaded from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()

    def shutdown(self) -> None:
        """Returns when the work under way is done."""
        self._threads.shutdown(cancel_futures=True)
