"""The service without HTTP: who asks, what is known of a customer now, and the model that answers.

key ring ─ storage        keys, remembered for some seconds
events   ─ storage        what a customer did since the model was made: asked for at each request
cache                     answers of this model and of the customer's last event
batching ─ engine         visits that wait are answered together
live model                looked for in storage every second; loaded beside the old, warmed, swapped
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, TypeVar

from stylo.errors import StorageUnavailable, StyloError
from stylo.service import metrics
from stylo.service.background_log import BackgroundLog
from stylo.service.batching import Batching, Overloaded
from stylo.service.cache import AnswerCache
from stylo.service.engine import Bestsellers, Engine, Shown, Visit
from stylo.service.event_log import EventLog
from stylo.service.experimenting import NOBODYS, Running, load
from stylo.service.experimenting import Shown as Variants
from stylo.service.key_ring import KeyRing
from stylo.service.logs import told, traced, without_folders
from stylo.service.problems import Refused
from stylo.service.rates import Rates
from stylo.service.release import Release, Releases
from stylo.service.settings import Settings
from stylo.service.storage_threads import StorageThreads
from stylo.service.visits import PURCHASE, moment_of, shop_day, visit_of
from stylo.storage import deployments, events, exposures, keys, predictions
from stylo.storage.database import Database
from stylo.storage.events import StoredEvent
from stylo.storage.exposures import Exposure
from stylo.storage.keys import Key
from stylo.storage.predictions import Prediction

T = TypeVar("T")

# Larger batches cost less a list, and let everyone in them wait for the last: measured, see docs/performance.md.
_LARGEST_BATCH = 4


class Given(NamedTuple):
    """An answer as it was sent, the articles in it, and the day of which it is a replay."""

    body: bytes
    articles: tuple[int, ...]
    as_of: date | None


@dataclass(frozen=True)
class Known:
    """What is known of a customer at this moment.

    number : in the model; None for one who is new since.
    degraded : whether the events could not be had.
    """

    number: int | None
    events: Sequence[StoredEvent]
    degraded: bool = False

    @property
    def last_event(self) -> int:
        return self.events[-1].id if self.events else 0


class Service:
    """Everything that the routes need. Belongs to one event loop."""

    def __init__(self, settings: Settings, database: Database, releases: Releases) -> None:
        self.settings, self.database, self.releases = settings, database, releases
        self.keys = KeyRing(lambda token: keys.authenticate(database, token))
        self.rates = Rates(settings.rate, 1 / settings.workers)
        self.cache: AnswerCache[Given] = AnswerCache(settings.cached)
        self.event_log = EventLog(database, settings.waiting, settings.patience)
        log = (lambda rows: predictions.log(database, rows)) if settings.predictions else None
        self.predictions: BackgroundLog[Prediction] = BackgroundLog(log, metrics.LOST_PREDICTIONS)
        self.exposures: BackgroundLog[Exposure] = BackgroundLog(
            lambda rows: exposures.log(database, rows), metrics.LOST_EXPOSURES
        )
        self.experiments = Running()
        self._recommend = Batching(
            _answers, _LARGEST_BATCH, settings.waiting, settings.patience, settings.threads_of_each
        )
        self.storage = StorageThreads(settings.patience)
        self._threads = ThreadPoolExecutor(4, "disk")
        self._eye, self._looking = ThreadPoolExecutor(1, "eye"), 0
        self._release: Release | None = None
        self._swapping = asyncio.Lock()
        self._following: asyncio.Task[None] | None = None
        self._refused: str | None = None

    async def start(self) -> None:
        """Opens the live model. Raises StyloError if there is none, or none that opens."""
        self._recommend.start()
        self.event_log.start()
        self.predictions.start()
        self.exposures.start()
        deployed = await self.storage.do(lambda: deployments.live(self.database))
        if deployed is not None:
            await self.take_up(deployed.version)
        with suppress(StorageUnavailable):
            await self._load_experiments()
        self._following = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Finishes what was begun."""
        if self._following is not None:
            self._following.cancel()
        await self._recommend.stop()
        await self.event_log.stop()
        await self.predictions.stop()
        await self.exposures.stop()
        self.storage.shutdown()
        self._threads.shutdown()
        self._eye.shutdown()
        self.database.close()

    @property
    def release(self) -> Release:
        """The model that answers. Raises Refused while there is none."""
        if self._release is None:
            raise Refused(503, "No model is loaded yet.", retry_after=5)
        return self._release

    @property
    def loaded(self) -> Release | None:
        return self._release

    @property
    def waiting(self) -> int:
        """How many requests wait for the model."""
        return self._recommend.depth

    async def in_thread(self, work: Callable[[], T]) -> T:
        """For what waits for a disk or takes its time."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def see(self, work: Callable[[], T]) -> T:
        """For what the network looks at: one picture at a time."""
        if self._looking >= self.settings.waiting:
            raise Overloaded
        self._looking += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._eye, work)
        finally:
            self._looking -= 1

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

    def now(self) -> datetime:
        """The moment in which the shop lives: the clock's, or noon of its own day."""
        clock = datetime.now(UTC)
        return moment_of(self._day(clock), clock)

    def today(self) -> date:
        """The day on which the shop lives."""
        return self._day(datetime.now(UTC))

    def _day(self, clock: datetime) -> date:
        as_of = self._release.as_of if self._release else None
        return shop_day(self.settings.today, as_of, clock)

    async def known(self, release: Release, customer_id: str) -> Known | None:
        """None for a customer of whom neither the model nor an event knows."""
        number = release.customers.find(customer_id)
        degraded = False
        try:
            with metrics.stage("events"):
                found = await self._events(customer_id, release.as_of)
        except StorageUnavailable:
            found, degraded = [], True
        if number is None and not found and not degraded:
            return None
        return Known(number, found, degraded)

    def shown(self, release: Release, customer_id: str, known: Known) -> Variants:
        """What the customer's experiments make of a request that the live release would answer."""
        if not self.experiments.experiments:
            return NOBODYS
        last = max((each.day for each in known.events if each.kind == PURCHASE), default=0)
        if isinstance(release.engine, Engine) and known.number is not None:
            last = max(last, release.engine.last_purchase(known.number) or 0)
        days = self.today().toordinal() - last if last else None
        return self.experiments.shown(customer_id, known.number is not None, days)

    async def _events(self, customer_id: str, since: date) -> list[StoredEvent]:
        if self.database.on_this_machine:  # quicker than to hand it to a thread
            return events.of(self.database, customer_id, since)
        return await self.storage.do(lambda: events.of(self.database, customer_id, since))

    def visit(self, release: Release, known: Known, as_of: date | None = None) -> Visit:
        """A visit of the customer, with what is known. `as_of`: a replay; None for now."""
        view_time = timedelta(hours=self.settings.view_hours)
        return visit_of(known.number, known.events, release.as_of, self.now(), view_time, as_of)

    async def recommend(self, release: Release, visit: Visit) -> tuple[list[Shown], bool]:
        """The list of a visit, and whether it had to be made without the model. Raises Overloaded."""
        metrics.WAITING.set(self.waiting + 1)
        try:
            with metrics.stage("model"):
                return await self._recommend.ask((release, visit))
        finally:
            metrics.WAITING.set(self.waiting)

    async def take_up(self, version: str) -> None:
        """Loads a version beside the one that answers, tries it, and swaps. Raises StyloError; the old one stays."""
        async with self._swapping:
            await self._take_up(version)

    async def deploy(self, version: str, record: Callable[[], T]) -> T:
        """Takes up a version of which every byte was compared; what `record` tells storage comes before the swap.

        Raises StyloError; the old one stays.
        """
        async with self._swapping:
            release = await self._beside(version, checked=True)
            recorded = await self.storage.do(record)
            self._swap(release)
            return recorded

    async def _take_up(self, version: str) -> None:
        self._swap(await self._beside(version, checked=False))

    async def _beside(self, version: str, *, checked: bool) -> Release:
        """A version opened and tried while the other answers; that one itself, if it is the same."""
        if self._release is not None and self._release.version == version:
            return self._release
        try:
            return await asyncio.to_thread(self._opened, version, checked)
        except StyloError:
            metrics.SWAPS.labels("failed").inc()
            raise

    def _swap(self, release: Release) -> None:
        before, self._release = self._release, release
        if release is before:
            return
        self.cache.clear()
        metrics.SWAPS.labels("done").inc()
        if before is not None:
            metrics.LIVE.labels(before.version).set(0)
        metrics.LIVE.labels(release.version).set(1)
        for name, problem in release.problems.items():
            told("degraded", logging.WARNING, without=name, problem=without_folders(problem.problem))
        told("model", version=release.version, before=before.version if before else None)

    def _opened(self, version: str, checked: bool) -> Release:
        release = self.releases.open(version, checked=checked)
        release.engine.recommend([Visit(0, release.as_of, explained=True)])
        _ = release.assortment.facets, release.assortment.index, release.assortment.lookalikes
        gc.collect()
        gc.freeze()  # what stays with the model is left out of every later collection
        return release

    async def _follow(self) -> None:
        """Takes up the version that storage says is live, whichever process said so."""
        while True:
            await asyncio.sleep(self.settings.follow_seconds)
            if self._release is not None:
                self._release.let_go()
            async with self._swapping:  # not between what storage is told of a swap and the swap
                with suppress(StorageUnavailable):
                    await self._catch_up()
                    await self._load_experiments()

    async def _load_experiments(self) -> None:
        before, live = self.experiments, self._release
        self.experiments = await self.storage.do(lambda: load(self.database, self.releases, before, live))

    async def _catch_up(self) -> None:
        deployed = await self.storage.do(lambda: deployments.live(self.database))
        answering = self._release.version if self._release else None
        if deployed is None or deployed.version in (answering, self._refused):
            return
        try:
            await self._take_up(deployed.version)
            self._refused = None
        except StyloError as error:
            self._refused = deployed.version
            told(
                "model refused",
                logging.ERROR,
                version=deployed.version,
                problem=without_folders(error.problem),
            )


Question = tuple[Release, Visit]
Answer = tuple[list[Shown], bool]


def _answers(questions: Sequence[Question]) -> list[Answer | Exception]:
    """Visits of one release together; what the model fails at is answered by what sells best, and said."""
    found: list[Answer | Exception] = [Refused(500, "")] * len(questions)
    releases = {id(release): release for release, _ in questions}
    for release in releases.values():
        places = [n for n, question in enumerate(questions) if question[0] is release]
        visits = [questions[n][1] for n in places]
        for n, answer in zip(places, _of_release(release, visits), strict=True):
            found[n] = answer
    return found


def _of_release(release: Release, visits: Sequence[Visit]) -> list[Answer]:
    degraded = isinstance(release.engine, Bestsellers)
    try:
        return [(shown, degraded) for shown in release.engine.recommend(visits)]
    except Exception as error:
        told("the model failed", logging.ERROR, version=release.version, error=traced(error))
        popular = Bestsellers(release.assortment, release.as_of)
        return [(shown, True) for shown in popular.recommend(visits)]
