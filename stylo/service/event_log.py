"""Events on their way to storage: what arrives while one commit is written shares the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from stylo.errors import OtherBody, StorageUnavailable
from stylo.service import metrics
from stylo.service.batching import Batching
from stylo.storage import events
from stylo.storage.database import Database
from stylo.storage.events import Receipt, Submission

_LARGEST = 200


class EventLog:
    """For one event loop. An answer means that the events are on disk."""

    def __init__(self, database: Database, waiting: int, patience: float) -> None:
        self._database = database
        # A write is not given up half way: who waits is told when it is done, or that storage is away.
        self._store = Batching(self._stored, _LARGEST, waiting, max(patience, 30.0))

    def start(self) -> None:
        self._store.start()

    async def stop(self) -> None:
        await self._store.stop()

    async def store(self, submission: Submission) -> Receipt:
        """Raises OtherBody, StorageUnavailable or Overloaded."""
        receipt = await self._store.ask(submission)
        if not receipt.repeated:
            for kind, count in Counter(event.kind for event in submission.events).items():
                metrics.EVENTS.labels(kind).inc(count)
        return receipt

    def _stored(
        self, submissions: Sequence[Submission]
    ) -> Sequence[Receipt | OtherBody | StorageUnavailable]:
        with metrics.stage("commit"):
            return events.store(self._database, submissions)
