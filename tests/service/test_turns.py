"""One at a time: who comes in time is served in order, who would wait too long is turned away."""

from __future__ import annotations

import asyncio
import threading

import pytest
from loops import in_a_loop

from stylo.service.batching import Overloaded
from stylo.service.turns import Turns

#: Longer than any test takes.
PATIENT = 60.0


def test_work_is_done_one_after_the_other_in_the_order_in_which_it_came() -> None:
    async def served() -> None:
        turns, done = Turns("test", 10, PATIENT), []
        may_go_on = threading.Event()

        def work(number: int) -> int:
            assert may_go_on.wait(PATIENT)
            done.append(number)
            return 2 * number

        asked = [asyncio.ensure_future(turns.do(lambda number=number: work(number))) for number in range(5)]
        await asyncio.sleep(0)
        may_go_on.set()
        assert await asyncio.gather(*asked) == [0, 2, 4, 6, 8]
        assert done == [0, 1, 2, 3, 4]
        turns.shutdown()

    in_a_loop(served())


def test_who_finds_too_many_waiting_and_who_has_waited_too_long_are_turned_away() -> None:
    async def served() -> None:
        turns, may_go_on = Turns("test", 1, 0.01), threading.Event()
        first = asyncio.ensure_future(turns.do(lambda: may_go_on.wait(PATIENT)))
        await asyncio.sleep(0)
        second = asyncio.ensure_future(turns.do(lambda: True))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await turns.do(lambda: True)
        with pytest.raises(Overloaded):
            await second
        may_go_on.set()
        assert await first
        assert await turns.do(lambda: "again") == "again"
        turns.shutdown()

    in_a_loop(served())


def test_what_the_work_raises_is_told_and_the_next_is_served() -> None:
    async def served() -> None:
        turns = Turns("test", 1, PATIENT)
        with pytest.raises(ZeroDivisionError):
            await turns.do(lambda: 1 // 0)
        assert await turns.do(lambda: 1) == 1
        turns.shutdown()

    in_a_loop(served())
