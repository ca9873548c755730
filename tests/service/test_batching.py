"""Work in batches: what comes while one is worked on is the next, nobody waits for ever, everybody is told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from loops import in_a_loop

from stylo.service.batching import Batching, Overloaded

#: Longer than any test takes.
PATIENT = 60.0


class Work:
    """Doubles numbers, batch by batch, each when the test lets it."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_go_on = threading.Event()
        self.has_begun = threading.Event()

    def __call__(self, questions: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(questions))
        self.has_begun.set()
        assert self.may_go_on.wait(PATIENT)
        return [ValueError(f"{each} is odd") if each % 2 else 2 * each for each in questions]


def run(
    test: Callable[[Batching[int, int], Work], Coroutine[Any, Any, None]],
    *,
    largest: int = 4,
    waiting: int = 10,
    patience: float = PATIENT,
) -> None:
    async def with_batching() -> None:
        work = Work()
        batching: Batching[int, int] = Batching(work, largest, waiting, patience)
        batching.start()
        try:
            await test(batching, work)
        finally:
            work.may_go_on.set()
            await batching.stop()

    in_a_loop(with_batching())


async def begun(work: Work) -> None:
    await asyncio.to_thread(work.has_begun.wait, PATIENT)
    work.has_begun.clear()


async def asked(batching: Batching[int, int], *questions: int) -> list[asyncio.Task[int]]:
    """Questions that wait."""
    tasks = [asyncio.create_task(batching.ask(each)) for each in questions]
    await asyncio.sleep(0)
    return tasks


def test_one_alone_goes_at_once() -> None:
    async def test(batching: Batching[int, int], work: Work) -> None:
        work.may_go_on.set()
        assert await batching.ask(2) == 4
        assert await batching.ask(4) == 8
        assert work.batches == [[2], [4]]

    run(test)


def test_what_comes_meanwhile_is_worked_on_together_up_to_the_largest_batch() -> None:
    async def test(batching: Batching[int, int], work: Work) -> None:
        first = await asked(batching, 0)
        await begun(work)
        others = await asked(batching, 2, 4, 6, 8, 10, 12)
        assert batching.depth == 6
        work.may_go_on.set()
        assert await asyncio.gather(*first, *others) == [0, 4, 8, 12, 16, 20, 24]
        assert work.batches == [[0], [2, 4, 6, 8], [10, 12]]
        assert batching.depth == 0

    run(test)


def test_one_more_than_may_wait_is_turned_away_at_once() -> None:
    async def test(batching: Batching[int, int], work: Work) -> None:
        first = await asked(batching, 0)
        await begun(work)
        others = await asked(batching, 2, 4, 6)
        with pytest.raises(Overloaded):
            await batching.ask(8)
        work.may_go_on.set()
        assert await asyncio.gather(*first, *others) == [0, 4, 8, 12]
        assert await batching.ask(8) == 16

    run(test, waiting=3)


def test_who_has_waited_too_long_is_turned_away_and_not_worked_for() -> None:
    async def test(batching: Batching[int, int], work: Work) -> None:
        first = await asked(batching, 0)
        await begun(work)
        second = await asked(batching, 2)
        for task in (*first, *second):
            with pytest.raises(Overloaded):
                await task
        work.may_go_on.set()
        while batching.depth:
            await asyncio.sleep(0)
        assert work.batches == [[0]]

    run(test, patience=0.01)


def test_an_answer_that_is_an_exception_is_raised_where_it_was_asked_for() -> None:
    async def test(batching: Batching[int, int], work: Work) -> None:
        first = await asked(batching, 0)
        await begun(work)
        others = await asked(batching, 2, 3, 4)
        work.may_go_on.set()
        answers = await asyncio.gather(*first, *others, return_exceptions=True)
        assert [str(each) for each in answers] == ["0", "4", "3 is odd", "8"]

    run(test)


@pytest.mark.parametrize("answers", [[], [1, 2, 3], None], ids=["too few", "too many", "an exception"])
def test_work_that_fails_fails_for_all_who_asked_and_goes_on(answers: list[int] | None) -> None:
    async def test() -> None:
        good = False

        def work(questions: Sequence[int]) -> list[int]:
            if good:
                return list(questions)
            if answers is None:
                raise ValueError("no")
            return answers

        batching: Batching[int, int] = Batching(work, 2, 10, PATIENT)
        batching.start()
        found = await asyncio.gather(batching.ask(1), batching.ask(2), return_exceptions=True)
        assert [type(each) for each in found] == [ValueError, ValueError]
        good = True
        assert await batching.ask(3) == 3
        await batching.stop()

    in_a_loop(test())


def test_a_question_that_is_taken_back_holds_up_nobody() -> None:
    async def test(batching: Batching[int, int], work: Work) -> None:
        first = await asked(batching, 0)
        await begun(work)
        taken_back, other = await asked(batching, 2, 4)
        taken_back.cancel()
        await asyncio.sleep(0)
        work.may_go_on.set()
        assert await asyncio.gather(*first, other) == [0, 8]
        assert work.batches == [[0], [4]]

    run(test)


def test_stopping_finishes_what_is_worked_on_and_what_waits() -> None:
    async def test(batching: Batching[int, int], work: Work) -> None:
        first = await asked(batching, 0)
        await begun(work)
        others = await asked(batching, 2, 4, 6, 8, 10)
        stopping = asyncio.create_task(batching.stop())
        await asyncio.sleep(0)
        work.may_go_on.set()
        await stopping
        assert [task.result() for task in (*first, *others)] == [0, 4, 8, 12, 16, 20]

    run(test)


def test_stopping_finishes_what_is_worked_on_though_nobody_else_waits() -> None:
    async def test(batching: Batching[int, int], work: Work) -> None:
        first = await asked(batching, 0)
        await begun(work)
        stopping = asyncio.create_task(batching.stop())
        await asyncio.sleep(0)
        work.may_go_on.set()
        await stopping
        assert await first[0] == 0

    run(test, patience=5.0)


def test_who_is_not_in_a_hurry_makes_way() -> None:
    async def test(batching: Batching[int, int], work: Work) -> None:
        first = await asked(batching, 2)
        await begun(work)
        patient = [asyncio.create_task(batching.ask(each, hurry=False)) for each in (4, 6)]
        await asyncio.sleep(0)
        urgent = await asked(batching, 8)
        assert batching.depth == 3
        work.may_go_on.set()
        assert await asyncio.gather(*first, *patient, *urgent) == [4, 8, 12, 16]
        assert work.batches == [[2], [8, 4], [6]]

    run(test, largest=2)


def test_those_who_are_not_in_a_hurry_take_no_room_from_others() -> None:
    async def test(batching: Batching[int, int], work: Work) -> None:
        await asked(batching, 2)
        await begun(work)
        patient = [asyncio.create_task(batching.ask(2 * each, hurry=False)) for each in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await batching.ask(2, hurry=False)
        urgent = await asked(batching, 4)
        work.may_go_on.set()
        assert await asyncio.gather(*urgent, *patient) == [8, 0, 4, 8]

    run(test, waiting=3)


class Unlike:
    """Cannot be compared, like an array of many numbers."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("The truth value is ambiguous")

    def __hash__(self) -> int:
        return 0


def test_questions_that_cannot_be_compared_are_answered_side_by_side() -> None:
    both = threading.Barrier(2, timeout=PATIENT)

    def work(questions: Sequence[Unlike]) -> list[int | Exception]:
        both.wait()
        return [1] * len(questions)

    async def test() -> None:
        batching: Batching[Unlike, int] = Batching(work, 1, 10, PATIENT, threads=2)
        batching.start()
        for _ in range(3):
            assert await asyncio.gather(*(batching.ask(Unlike()) for _ in range(2))) == [1, 1]
        await batching.stop()

    in_a_loop(test())
