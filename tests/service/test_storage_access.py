"""Threads for storage: who asks gets the answer, or hears in time that there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from threading import Event

import pytest
from helpers import customer
from loops import in_a_loop
from postgres import PostgresServer
from prometheus_client import Counter
from serving import SLOW

from stylo.errors import StorageUnavailable
from stylo.service import metrics
from stylo.service.storage_access import BackgroundWriter, StorageThreads
from stylo.storage import exposures
from stylo.storage.database import Database
from stylo.storage.exposures import Exposure


@pytest.fixture
def back() -> Iterator[Event]:
    """Set when the database goes on."""
    event = Event()
    yield event
    event.set()


def with_threads(patience: float, act: Callable[[StorageThreads], Awaitable[None]]) -> None:
    async def run() -> None:
        threads = StorageThreads(patience)
        await act(threads)
        threads.shutdown()

    in_a_loop(run())


def test_what_was_asked_comes_back_or_is_raised() -> None:
    async def act(threads: StorageThreads) -> None:
        assert await threads.do(lambda: 7) == 7
        with pytest.raises(ZeroDivisionError):
            await threads.do(lambda: 1 // 0)

    with_threads(SLOW, act)


def test_what_takes_too_long_is_given_up_and_nobody_waits_while_all_threads_hang(back: Event) -> None:
    begun: list[int] = []

    def hang() -> None:
        begun.append(1)
        back.wait(SLOW)

    async def act(threads: StorageThreads) -> None:
        for _ in range(6):
            with pytest.raises(StorageUnavailable):
                await threads.do(hang)
        assert len(begun) == 4
        back.set()
        async with asyncio.timeout(SLOW):
            while True:
                try:
                    assert await threads.do(lambda: 7) == 7
                    break
                except StorageUnavailable:
                    await asyncio.sleep(0.01)

    with_threads(0.05, act)


def test_what_never_began_is_not_done_later(back: Event) -> None:
    done: list[int] = []

    async def act(threads: StorageThreads) -> None:
        hanging = [asyncio.create_task(threads.do(lambda: back.wait(SLOW))) for _ in range(4)]
        late = asyncio.create_task(threads.do(lambda: done.append(1)))
        for each in (*hanging, late):
            with pytest.raises(StorageUnavailable):
                await each
        back.set()
        threads.shutdown()

    with_threads(0.05, act)
    assert done == []


def test_a_row_that_cannot_be_stored_is_lost_alone_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    kept: list[int] = []

    def write(rows: Sequence[int]) -> None:
        if 7 in rows or 30 in rows:
            raise ValueError("A string literal cannot contain NUL (0x00) characters.")
        kept.extend(rows)

    lost = Counter("lost", "Rows that were not kept.", registry=None)
    before = metrics.FAILURES.labels("write the log")._value.get()

    async def act() -> None:
        writer = BackgroundWriter(write, lost)
        writer.add(*range(50))
        await writer.stop()
        assert writer.failing
        writer.add(50)
        await writer.stop()
        assert not writer.failing

    with caplog.at_level("ERROR", "stylo.service"):
        in_a_loop(act())
    assert kept == [row for row in range(51) if row not in (7, 30)]
    assert lost._value.get() == 2
    assert metrics.FAILURES.labels("write the log")._value.get() == before + 2
    assert [record.message for record in caplog.records] == ["background failure"]
    assert "NUL" not in str(caplog.records[0].__dict__["fields"])  # no value in the log


def test_a_nul_costs_postgresql_one_exposure_and_none_that_is_beside_it_or_later(
    postgres: PostgresServer,
) -> None:
    database = Database.open(postgres.fresh())
    database.migrate()
    lost = Counter("lost_exposures", "Exposures that were not kept.", registry=None)

    def exposure(number: int, salt: str = "salt") -> Exposure:
        return Exposure("twins", customer(number), "control", salt, datetime(2020, 9, 23, tzinfo=UTC), "v")

    async def act() -> None:
        writer = BackgroundWriter(lambda rows: exposures.log(database, rows), lost)
        writer.add(exposure(1), exposure(2, "sa\0lt"), exposure(3))
        await writer.stop()
        writer.add(exposure(4))
        await writer.stop()

    in_a_loop(act())
    kept = [each.customer_id for each in exposures.of(database, "twins", "salt")]
    assert kept == [customer(number) for number in (1, 3, 4)]
    assert lost._value.get() == 1
    database.close()
