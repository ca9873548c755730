"""What one worker process holds: keys, caches, threads, the live model, and the path of requests through them.

authentication            keys, remembered for some seconds; rates
live model                which release answers; followed in the database, swapped
recommendation pipeline   from a customer's id to the answer
storage access            questions to the database, events, and what is logged of answers
uploaded pictures         decoded in a process of its own; then the visual network, one at a time
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TypeVar

from cachetools import LRUCache

from stylo.deployment.release import Release
from stylo.deployment.releases import NETWORK, Releases
from stylo.errors import StorageUnavailable, StyloError
from stylo.service.authentication import KeyCache, RateLimiter
from stylo.service.background import Background
from stylo.service.context import ShopClock
from stylo.service.live_model import LiveModel
from stylo.service.live_rules import LiveRules
from stylo.service.logs import log_line, without_folders
from stylo.service.recommendation_pipeline import RecommendationPipeline
from stylo.service.settings import ServiceSettings
from stylo.service.storage_access import EventWriter, StorageThreads
from stylo.service.turns import Turns
from stylo.service.uploaded_pictures import UploadedPictures
from stylo.service.uploads import Uploads
from stylo.storage import keys
from stylo.storage.database import Database
from stylo.storage.keys import Key

T = TypeVar("T")

_KNOWN_FORMS, _LONGEST_KNOWN = 1_000, 1_000


class Worker:
    """Everything that the routes need. For one event loop."""

    def __init__(
        self,
        settings: ServiceSettings,
        database: Database,
        releases: Releases,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.settings, self.database, self.releases = settings, database, releases
        self.clock = ShopClock(settings.today, settings.zone, clock)
        self.keys = KeyCache(lambda token: keys.authenticate(database, token))
        self.rates = RateLimiter(settings.rate, 1 / settings.workers)
        self.storage = StorageThreads(settings.patience)
        self.event_writer = EventWriter(database, settings.waiting, settings.patience)
        #: Parameters as they are often written → their one form, so that they need not be read.
        self.known_forms: LRUCache[bytes, str] = LRUCache(_KNOWN_FORMS)
        self.rules = LiveRules(database, settings.data, settings.state_folder.path, self._other_rules)
        self.live = LiveModel(
            database, releases, self.storage, settings.follow_seconds, self._swapped, self.rules
        )
        self.pipeline = RecommendationPipeline(
            settings, database, self.storage, self.live, self.clock, self.rules
        )
        self.uploads, self.picture_uploads = (
            Uploads(max(settings.upload_bytes, largest))
            for largest in (settings.largest_body, settings.largest_picture)
        )
        self._disk = ThreadPoolExecutor(4, "disk")
        waiting, patience = settings.waiting, settings.patience
        self.search = Turns("search", waiting, patience, settings.threads_of_each)
        self.thumbnails = Turns("thumbnails", waiting, patience, 4)
        self.pictures = UploadedPictures(settings)
        self.network = Turns("network", waiting, patience)
        self._warming, self._warm_ups = Background("open the visual network"), set[asyncio.Task[None]]()

    async def start(self) -> None:
        """Opens the live model. Raises StyloError if it cannot be opened."""
        self.pipeline.start()
        self.event_writer.start()
        await self.live.start()

    async def stop(self) -> None:
        """Finishes what was begun, but for pictures: whatever one does, its decoder ends now."""
        self.pictures.stop()
        self.live.stop()
        for task in self._warm_ups:
            task.cancel()
        await self.pipeline.stop()
        await self.event_writer.stop()
        self.storage.shutdown()
        self._disk.shutdown()
        self.network.shutdown()
        self.search.shutdown()
        self.thumbnails.shutdown()
        self.database.close()

    @property
    def release(self) -> Release:
        """The one that answers. Raises ProblemError while there is none."""
        return self.live.release

    def _swapped(self) -> None:
        """Another release answers from now on, or none."""
        self.pipeline.cache.clear()
        if (release := self.live.loaded) is not None and NETWORK not in release.problems:
            task = asyncio.create_task(self._warm_up_network(release))
            self._warm_ups.add(task)
            task.add_done_callback(self._warm_ups.discard)

    def _other_rules(self) -> None:
        """Other rules hold from now on: answers of the ones before are not true any more, whoever reads them."""
        self.pipeline.cache.clear()

    async def _warm_up_network(self, release: Release) -> None:
        """In the background, in a turn of its own: a photo that comes meanwhile waits for it, and nothing else does."""
        with self._warming.round():
            try:
                await self.network.do(release.assortment.warm_up_encoder)
            except StyloError as error:
                problem = without_folders(error.problem)
                log_line("network not opened", logging.WARNING, version=release.version, problem=problem)

    def now(self) -> datetime:
        """The moment in which the shop lives: the clock's, or noon of its own day."""
        loaded = self.live.loaded
        return self.clock.now(loaded.as_of if loaded else None)

    def note_form(self, written: bytes, form: str) -> None:
        """Notes the one form of parameters, unless nobody writes them so by habit."""
        if len(written) <= _LONGEST_KNOWN:
            self.known_forms[written] = form

    async def in_thread(self, work: Callable[[], T]) -> T:
        """For what an administrator waits for, however long it takes."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)

    async def key(self, token: str) -> Key | None:
        """The key of a token; None if there is none. Raises StorageUnavailable."""
        there, key = self.keys.remembered(token)
        if there:
            return key
        try:
            return await self.storage.do(lambda: self.keys.look_up(token))
        except StorageUnavailable:  # or it hangs
            if (known := self.keys.good_of_late(token)) is not None:
                return known
            raise
