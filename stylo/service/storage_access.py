"""How a worker reaches the database without waiting for it in the event loop.

StorageThreads      a question is given up after a while, also when the database hangs
EventReader         customers who are asked for at once share a thread
EventWriter         events that arrive while one commit is written share the next
BackgroundWriter    rows that nobody waits for: predictions, exposures
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any, Generic, TypeVar

import prometheus_client

from stylo.errors import OtherBody, OutcomeUnknown, StorageUnavailable
from stylo.service import metrics
from stylo.service.background import Background
from stylo.service.batching import Batching, Unfinished, settle
from stylo.storage import events
from stylo.storage.attempts import Attempt
from stylo.storage.database import Database
from stylo.storage.events import Receipt, StoredEvent, Submission

T = TypeVar("T")

_THREADS = 4
_AT_ONCE = 8  # customers whose events one thread reads
_LARGEST_COMMIT = 200  # submissions
_COMMIT_SECONDS = 30.0  # that who sent events waits at least
_MOST_WAITING, _AT_A_TIME, _SECONDS = 20_000, 2_000, 0.5


class StorageThreads:
    """Threads that wait for the database. For one event loop.

    Parameters
    ----------
    patience : seconds after which storage counts as away.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._threads = ThreadPoolExecutor(_THREADS, "storage")
        self._hanging: set[Future[Any]] = set()

    async def do(self, work: Callable[[], T]) -> T:
        """Returns what `work` returns and raises what it raises.

        Raises StorageUnavailable when it takes too long, and at once while all threads hang: nothing is written then.
        Raises OutcomeUnknown if a commit has begun, and not ended in time.
        """
        self._hanging = {each for each in self._hanging if not each.done()}
        if len(self._hanging) == _THREADS:
            raise _away()
        attempt = Attempt()
        asked = self._threads.submit(attempt.run, work)
        waited = asyncio.wrap_future(asked)
        waited.add_done_callback(_retrieved)
        await asyncio.wait([waited], timeout=self._patience)
        if waited.done():
            return waited.result()
        if not asked.cancel():  # it has begun, and keeps a thread
            self._hanging.add(asked)
            if not attempt.give_up():
                raise _in_doubt()
        raise _away()

    def shutdown(self) -> None:
        """Returns when all is done, or at once while the database hangs."""
        self._threads.shutdown(wait=not self._hanging, cancel_futures=True)


def _retrieved(waited: asyncio.Future[Any]) -> None:
    """Nobody is there any more to be told what the work raised."""
    if not waited.cancelled():
        waited.exception()


def _away() -> StorageUnavailable:
    return StorageUnavailable("The database does not answer.", cure="Check what it is busy with.")


def _in_doubt() -> OutcomeUnknown:
    return OutcomeUnknown("The database has not finished a commit.", cure="Ask later how it ended.")


class EventReader:
    """Reads events of customers; what is asked for in one turn of the event loop shares threads: a thread each would
    cost more than the reading. For one event loop."""

    def __init__(self, database: Database, storage: StorageThreads) -> None:
        self._database, self._storage = database, storage
        self._asked: list[_AskedFor] = []
        self._reading: set[asyncio.Task[None]] = set()

    async def of(self, customer_id: str, since: datetime) -> Sequence[StoredEvent]:
        """As `events.of`. Raises StorageUnavailable."""
        loop = asyncio.get_running_loop()
        if not self._asked:
            loop.call_soon(self._send)
        answer: asyncio.Future[Sequence[StoredEvent]] = loop.create_future()
        self._asked.append((customer_id, since, answer))
        return await answer

    def _send(self) -> None:
        asked, self._asked = self._asked, []
        for first in range(0, len(asked), _AT_ONCE):
            reading = asyncio.create_task(self._read(asked[first : first + _AT_ONCE]))
            self._reading.add(reading)
            reading.add_done_callback(self._reading.discard)

    async def _read(self, asked: Sequence[_AskedFor]) -> None:
        def work() -> list[Sequence[StoredEvent]]:
            return [events.of(self._database, customer_id, since) for customer_id, since, _ in asked]

        try:
            found: Sequence[Sequence[StoredEvent] | Exception] = await self._storage.do(work)
        except Exception as error:  # told to each who asked
            found = [error] * len(asked)
        for (_, _, answer), events_of_one in zip(asked, found, strict=True):
            settle(answer, events_of_one)


_AskedFor = tuple[str, datetime, asyncio.Future[Sequence[StoredEvent]]]


class EventWriter:
    """Stores events, many submissions in one commit. For one event loop."""

    def __init__(self, database: Database, waiting: int, patience: float) -> None:
        self._database = database
        # A commit belongs to many, and is not given up for one of them.
        self._store = Batching(self._stored, _LARGEST_COMMIT, waiting, max(patience, _COMMIT_SECONDS))

    def start(self) -> None:
        self._store.start()

    async def stop(self) -> None:
        await self._store.stop()

    async def store(self, submission: Submission) -> Receipt:
        """Returns when the events are on disk.

        Raises OtherBody, StorageUnavailable or Overloaded, and nothing is stored; OutcomeUnknown if it may be yet.
        """
        try:
            receipt = await self._store.ask(submission)
        except Unfinished:
            raise _in_doubt() from None
        if not receipt.repeated:
            for kind, count in Counter(event.kind for event in submission.events).items():
                metrics.EVENTS.labels(kind).inc(count)
        return receipt

    def _stored(
        self, submissions: Sequence[Submission]
    ) -> Sequence[Receipt | OtherBody | StorageUnavailable]:
        with metrics.stage("commit"):
            return events.store(self._database, submissions)


class BackgroundWriter(Generic[T]):
    """Writes rows in the background. For one event loop.

    Rows for which there is no room, or no storage, are counted and dropped; so is a row that cannot be stored, but not
    those beside it.

    Parameters
    ----------
    write : keeps rows, all or none; may raise StorageUnavailable. None keeps nothing.
    lost : counts those that were not kept.
    """

    def __init__(self, write: Callable[[Sequence[T]], None] | None, lost: prometheus_client.Counter) -> None:
        self._write, self._lost = write, lost
        self._rounds = Background("write the log")
        self._waiting: deque[T] = deque()
        self._writing: asyncio.Task[None] | None = None

    @property
    def failing(self) -> bool:
        """Whether the last rows could not be written, for another reason than that storage is away."""
        return self._rounds.failing

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
        """Writes what still waits."""
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
        with self._rounds.round():
            await asyncio.to_thread(self._keep, rows)

    def _keep(self, rows: Sequence[T]) -> None:
        """Writes rows, all but those that cannot be stored: O(log rows) writes for each of these."""
        assert self._write is not None
        try:
            self._write(rows)
        except StorageUnavailable:
            self._lost.inc(len(rows))
        except Exception as error:
            if len(rows) > 1:
                self._keep(rows[: len(rows) // 2])
                self._keep(rows[len(rows) // 2 :])
            else:
                self._lost.inc()
                self._rounds.failed(error)
