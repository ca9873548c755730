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
from dataclasses import dataclass
from typing import Generic, TypeVar

from stylo.service.background import Background

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
    waiting : how many may wait, and as many again of those that can; more are turned away.
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
        #: Those who are in a hurry, and those who are not.
        self._lanes: tuple[list[_Asked[Q, A]], list[_Asked[Q, A]]] = ([], [])
        self._worked_on: set[_Asked[Q, A]] = set()
        self._rounds = Background("answer in batches")
        self._arrived = asyncio.Event()
        self._threads, self._at_once, self._idle = ThreadPoolExecutor(threads), threads, 0
        self._running: list[asyncio.Task[None]] = []

    @property
    def depth(self) -> int:
        """How many questions wait."""
        return sum(map(len, self._lanes))

    def start(self) -> None:
        """Call it in the event loop in which questions are asked."""
        self._running = [asyncio.create_task(self._run()) for _ in range(self._at_once)]

    async def stop(self) -> None:
        """Answers what still waits, then ends; ask nothing more."""
        unanswered = [each.answer for each in (*self._worked_on, *self._lanes[0], *self._lanes[1])]
        await asyncio.gather(*unanswered, return_exceptions=True)
        for each in self._running:
            each.cancel()
        await asyncio.to_thread(self._threads.shutdown)

    async def ask(self, question: Q, *, hurry: bool = True) -> A:
        """The answer to a question.

        Raises Overloaded, and it is not worked on; Unfinished; or what the work raised.

        hurry : others make way for it who are not in a hurry.
        """
        lane = self._lanes[0 if hurry else 1]
        if len(lane) >= self._most:
            raise Overloaded
        asked = _Asked[Q, A](question, asyncio.get_running_loop().create_future())
        lane.append(asked)
        self._arrived.set()
        try:
            async with asyncio.timeout(self._patience):
                return await asked.answer
        except TimeoutError as error:
            raise (Unfinished if asked in self._worked_on else Overloaded) from error

    async def _run(self) -> None:
        while True:
            self._idle += 1
            await self._arrived.wait()
            # What waits is shared out among the threads that are idle.
            batch = self._next(min(self._largest, math.ceil(self.depth / self._idle)))
            self._idle -= 1
            if batch:
                with self._rounds.round():
                    await self._answer(batch)

    async def _answer(self, batch: Sequence[_Asked[Q, A]]) -> None:
        self._worked_on.update(batch)
        try:
            questions = [each.question for each in batch]
            answers = await asyncio.get_running_loop().run_in_executor(self._threads, self._work, questions)
            if len(answers) != len(batch):
                raise ValueError(f"{len(answers)} answers to {len(batch)} questions")
        except Exception as error:  # told to each who asked
            answers = [error] * len(batch)
        self._worked_on.difference_update(batch)
        for each, answer in zip(batch, answers, strict=True):
            settle(each.answer, answer)

    def _next(self, count: int) -> list[_Asked[Q, A]]:
        """The first of the waiting questions, without those whose callers have given up."""
        batch: list[_Asked[Q, A]] = []
        for lane in self._lanes:
            taken = lane[: count - len(batch)]
            del lane[: len(taken)]
            batch += taken
        if not self.depth:
            self._arrived.clear()
        return [each for each in batch if not each.answer.done()]


@dataclass(frozen=True, eq=False)
class _Asked(Generic[Q, A]):
    """Questions may be equal, or not be comparable: each is itself."""

    question: Q
    answer: asyncio.Future[A]


def settle(asked: asyncio.Future[A], answer: A | Exception) -> None:
    """Gives an answer to who still waits for it; raises there what is an exception."""
    if asked.done():
        return
    if isinstance(answer, Exception):
        asked.set_exception(answer)
    else:
        asked.set_result(answer)
