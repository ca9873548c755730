"""Batching: requests that arrive while one batch is processed form the next batch.

    ask ─┐
    ask ─┼─▶ waiting ─▶ batches of at most `largest` ─▶ work(batch) in a thread ─▶ answers
    ask ─┘

Alone, a request goes at once; under load, batches grow and the work of each grows less.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Overloaded(Exception):
    """Too many requests wait: one more would not be answered in time."""


class Unfinished(Overloaded):
    """It is being worked on, and may be done yet."""


class Batching(Generic[Q, A]):
    """Answers questions in batches. For one event loop.

    Parameters
    ----------
    work : gives the answers to questions, in their order; runs in a thread. An answer that is an exception
        is raised where it was asked for.
    largest : questions in a batch.
    waiting : how many may wait; more are turned away.
    patience : seconds after which one who waits is turned away.
    threads : how many batches are worked on at a time.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Q]], Sequence[A | Exception]],
        largest: int,
        waiting: int,
        patience: float,
        threads: int = 1,
    ) -> None:
        self._work, self._largest, self._most, self._patience = work, largest, waiting, patience
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._worked_on: list[tuple[Q, asyncio.Future[A]]] = []
        self._arrived = asyncio.Event()
        self._threads, self._at_once, self._idle = ThreadPoolExecutor(threads), threads, 0
        self._running: list[asyncio.Task[None]] = []

    @property
    def depth(self) -> int:
        """How many questions wait."""
        return len(self._waiting)

    def start(self) -> None:
        """Call it in the event loop in which questions are asked."""
        self._running = [asyncio.create_task(self._run()) for _ in range(self._at_once)]

    async def stop(self) -> None:
        """Answers what still waits, then ends; ask nothing more."""
        unanswered = [asked for _, asked in self._worked_on + self._waiting]
        await asyncio.gather(*unanswered, return_exceptions=True)
        for each in self._running:
            each.cancel()
        await asyncio.to_thread(self._threads.shutdown)

    async def ask(self, question: Q) -> A:
        """The answer to a question. Raises Overloaded, and it is not worked on; Unfinished; or what the work raised."""
        if len(self._waiting) >= self._most:
            raise Overloaded
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        self._arrived.set()
        try:
            async with asyncio.timeout(self._patience):
                return await answer
        except TimeoutError as error:
            begun = any(each[1] is answer for each in self._worked_on)
            raise (Unfinished if begun else Overloaded) from error

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._idle += 1
            await self._arrived.wait()
            # What waits is shared out among the threads that are idle.
            batch = self._next(min(self._largest, math.ceil(len(self._waiting) / self._idle)))
            self._idle -= 1
            if not batch:
                continue
            self._worked_on += batch
            try:
                answers = await loop.run_in_executor(self._threads, self._work, [each[0] for each in batch])
                if len(answers) != len(batch):
                    raise ValueError(f"{len(answers)} answers to {len(batch)} questions")
            except Exception as error:  # told to each who asked
                answers = [error] * len(batch)
            for each, answer in zip(batch, answers, strict=True):
                self._worked_on.remove(each)
                settle(each[1], answer)

    def _next(self, count: int) -> list[tuple[Q, asyncio.Future[A]]]:
        """The first of the waiting questions, without those whose callers have given up."""
        batch = [each for each in self._waiting[:count] if not each[1].done()]
        del self._waiting[:count]
        if not self._waiting:
            self._arrived.clear()
        return batch


def settle(asked: asyncio.Future[A], answer: A | Exception) -> None:
    """Gives an answer to who still waits for it; raises there what is an exception."""
    if asked.done():
        return
    if isinstance(answer, Exception):
        asked.set_exception(answer)
    else:
        asked.set_result(answer)
