"""One thing at a time for many who wait: what came while one batch was worked on is the next batch.

    ask ─┐
    ask ─┼─▶ waiting ─▶ batch of at most `largest` ─▶ work(batch) in a thread ─▶ answers
    ask ─┘

Alone, a request goes at once; under load, batches grow and the work of each grows less.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Overloaded(Exception):
    """So many wait that one more would not be served in time."""


class Batching(Generic[Q, A]):
    """Work done in batches, for one event loop.

    Parameters
    ----------
    work : gives the answers to questions, in their order; runs in a thread of its own. An answer that is an exception
        is raised where it was asked for.
    largest : questions in a batch.
    waiting : how many may wait; more are turned away.
    patience : seconds after which one who waits is turned away.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Q]], Sequence[A | Exception]],
        largest: int,
        waiting: int,
        patience: float,
    ) -> None:
        self._work, self._largest, self._most, self._patience = work, largest, waiting, patience
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._worked_on: list[tuple[Q, asyncio.Future[A]]] = []
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1)
        self._running: asyncio.Task[None] | None = None

    @property
    def depth(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def start(self) -> None:
        """In the event loop that will ask."""
        self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Finishes what was begun and what waits; nothing more may be asked."""
        unanswered = [asked for _, asked in self._worked_on + self._waiting]
        await asyncio.gather(*unanswered, return_exceptions=True)
        if self._running is not None:
            self._running.cancel()
        await asyncio.to_thread(self._thread.shutdown)

    async def ask(self, question: Q) -> A:
        """Raises Overloaded, or what the work raised."""
        if len(self._waiting) >= self._most:
            raise Overloaded
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        self._arrived.set()
        try:
            async with asyncio.timeout(self._patience):
                return await answer
        except TimeoutError as error:
            raise Overloaded from error

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._arrived.wait()
            batch = [each for each in self._waiting[: self._largest] if not each[1].done()]
            self._worked_on = batch
            del self._waiting[: self._largest]
            if not self._waiting:
                self._arrived.clear()
            if not batch:
                continue
            try:
                answers = await loop.run_in_executor(self._thread, self._work, [each[0] for each in batch])
                if len(answers) != len(batch):
                    raise ValueError(f"{len(answers)} answers to {len(batch)} questions")
            except Exception as error:  # told to each who asked
                answers = [error] * len(batch)
            for (_, asked), answer in zip(batch, answers, strict=True):
                if asked.done():
                    continue
                if isinstance(answer, Exception):
                    asked.set_exception(answer)
                else:
                    asked.set_result(answer)
