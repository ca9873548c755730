"""Turns: work that is done one after the other in a thread of its own, for those who can wait a little."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from stylo.service.batching import Overloaded

T = TypeVar("T")


class Turns:
    """Does one piece of work at a time. For one event loop.

    Parameters
    ----------
    name : of the thread.
    waiting : how many may wait for their turn; more are turned away.
    patience : seconds after which one whose turn has not come is turned away.
    """

    def __init__(self, name: str, waiting: int, patience: float) -> None:
        self._thread = ThreadPoolExecutor(1, name)
        self._turn = asyncio.Lock()
        self._most, self._patience, self._waiting = waiting, patience, 0

    async def do(self, work: Callable[[], T]) -> T:
        """Returns what the work returns. Raises Overloaded, or what the work raises."""
        if self._waiting >= self._most:
            raise Overloaded
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await self._turn.acquire()
        except TimeoutError:
            raise Overloaded from None
        finally:
            self._waiting -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._turn.release()

    def shutdown(self) -> None:
        """Returns when the work under way is done."""
        self._thread.shutdown(cancel_futures=True)
