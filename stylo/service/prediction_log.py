"""What was recommended to whom, by which model: written to storage in the background, never waited for."""

from __future__ import annotations

import asyncio
from collections import deque

from stylo.errors import StorageUnavailable
from stylo.service import metrics
from stylo.service.storage import predictions
from stylo.service.storage.database import Database
from stylo.service.storage.predictions import Prediction

_MOST_WAITING, _AT_A_TIME = 20_000, 2_000
_SECONDS = 0.5


class PredictionLog:
    """For one event loop. Predictions for which there is no room or no storage are counted and let go.

    Parameters
    ----------
    database : None keeps nothing.
    """

    def __init__(self, database: Database | None) -> None:
        self._database = database
        self._waiting: deque[Prediction] = deque()
        self._writing: asyncio.Task[None] | None = None

    def add(self, prediction: Prediction) -> None:
        if self._database is None:
            return
        if len(self._waiting) >= _MOST_WAITING:
            metrics.LOST_PREDICTIONS.inc()
            return
        self._waiting.append(prediction)

    def start(self) -> None:
        self._writing = asyncio.create_task(self._write_on())

    async def stop(self) -> None:
        """Writes what waits."""
        if self._writing is not None:
            self._writing.cancel()
        while self._waiting:
            await self._write()

    async def _write_on(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS)
            while self._waiting:
                await self._write()

    async def _write(self) -> None:
        rows = [self._waiting.popleft() for _ in range(min(len(self._waiting), _AT_A_TIME))]
        database = self._database
        assert database is not None
        try:
            await asyncio.to_thread(lambda: predictions.log(database, rows))
        except StorageUnavailable:
            metrics.LOST_PREDICTIONS.inc(len(rows))
