"""The live model of a worker: which release answers, and how another one takes its place.

Every second the database is asked which version is live. Another one is opened beside the one that answers, warmed,
and swapped in between two requests; one that is no good is refused, and the old one stays. If files of the one that
answers have changed, it goes on without what they hold, or not at all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from stylo.deployment.control_plane import ControlPlane
from stylo.deployment.release import Release
from stylo.deployment.releases import Releases
from stylo.deployment.state_folder import CARD
from stylo.errors import BadOption, StorageUnavailable, StyloError
from stylo.service import metrics
from stylo.service.background import Background
from stylo.service.live_rules import LiveRules
from stylo.service.logs import log_line, without_folders
from stylo.service.problems import ProblemError
from stylo.service.storage_access import StorageThreads
from stylo.service.variants import RunningExperiments, load_running
from stylo.storage import deployments
from stylo.storage.database import Database
from stylo.storage.deployments import Deployment
from stylo.system.garbage import freeze_heap

T = TypeVar("T")

# A version that was refused is tried again after so many rounds: the machine may have been short of something.
_ROUNDS = 30


class LiveModel:
    """For one event loop.

    Parameters
    ----------
    follow_seconds : how often the database is asked which version is live.
    swapped : is called when another release answers from now on.
    rules : follow the database with the live version.
    """

    def __init__(
        self,
        database: Database,
        releases: Releases,
        storage: StorageThreads,
        follow_seconds: float,
        swapped: Callable[[], None],
        rules: LiveRules,
    ) -> None:
        self._database, self._releases, self._storage = database, releases, storage
        self._follow_seconds, self._swapped = follow_seconds, swapped
        self.experiments, self._rules = RunningExperiments(), rules
        self._release: Release | None = None
        self._swapping = asyncio.Lock()
        self._following: asyncio.Task[None] | None = None
        self._rounds = Background("follow the live version")
        #: The version that should answer, and is no good.
        self._refused: str | None = None
        self._rounds_left = 0

    @property
    def release(self) -> Release:
        """The one that answers. Raises ProblemError while there is none."""
        if self._release is None:
            raise ProblemError(503, "No model is loaded yet.", retry_after=5)
        return self._release

    @property
    def loaded(self) -> Release | None:
        return self._release

    @property
    def follows(self) -> bool:
        """Whether another version that goes live would be taken up, as far as is known."""
        return not self._rounds.failing and self._refused is None

    async def start(self) -> None:
        """Opens the live version; whatever keeps it from that, the worker starts, and goes on trying.

        While the database is away it is the one that answered last, if that is known. So a worker that dies in this
        moment is replaced.
        """
        await asyncio.to_thread(self._rules.load_noted)
        try:
            deployed = await self._storage.do(lambda: deployments.live(self._database))
            version = deployed.version if deployed else None
        except StorageUnavailable:
            version = await asyncio.to_thread(self._releases.noted_live)
            log_line("started without the database", logging.WARNING, version=version)
        with self._rounds.round():
            if version is not None:
                async with self._swapping:
                    await self._try(version)
            with suppress(StorageUnavailable):
                await self._load_experiments()
                await self.load_rules()
        self._following = asyncio.create_task(self._follow())

    def stop(self) -> None:
        if self._following is not None:
            self._following.cancel()

    async def deploy(self, step: Callable[[ControlPlane], Deployment]) -> Deployment:
        """Promotes, rolls back or holds, as `step` asks of the control plane; this worker swaps at once.

        Raises BadOption for a version that is not there, ProblemError for one that is damaged, StorageUnavailable;
        the old release stays.
        """
        async with self._swapping:
            loop = asyncio.get_running_loop()
            opened: list[Release] = []

            def ask(work: Callable[[], T]) -> T:
                return asyncio.run_coroutine_threadsafe(self._storage.do(work), loop).result()

            def open_release(version: str) -> None:
                try:
                    opened.append(self._beside(version, checked=True))
                except BadOption:
                    raise
                except StyloError as error:
                    problem = without_folders(error.problem)
                    why = f"Version {version} is damaged; keeping the old one: {problem}"
                    raise ProblemError(409, why) from error

            control = ControlPlane(self._database, self._releases, open_release, ask)
            deployed = await asyncio.to_thread(step, control)
            if opened:  # else it was only noted who holds the live version
                await self._swap_to(opened[-1])
            return deployed

    async def load_rules(self) -> None:
        """Takes up the merchandising rules that are live now. Raises StorageUnavailable."""
        if news := await self._storage.do(self._rules.look):
            live = [] if self._release is None else [self._release]
            answering = {*live, *self.experiments.releases.values()}
            await asyncio.to_thread(self._rules.take_up, news, answering)

    async def _try(self, version: str) -> None:
        """Takes a version up, unless it is no good."""
        try:
            await self._swap_to(await asyncio.to_thread(self._beside, version, checked=False))
        except StyloError as error:
            again, self._refused, self._rounds_left = version == self._refused, version, _ROUNDS
            if not again:
                problem = without_folders(error.problem)
                log_line("model refused", logging.ERROR, version=version, problem=problem)

    async def _swap_to(self, release: Release) -> None:
        self._swap(release)
        self._refused = None
        await asyncio.to_thread(self._releases.note_live, release.version)

    def _beside(self, version: str, *, checked: bool) -> Release:
        """A version opened and warmed while the other answers; that one itself, if it is the same and still good."""
        before = self._release
        if before is not None and before.version == version and not self._releases.touched(version):
            return before
        try:
            release = self._releases.open(version, checked=checked)
        except StyloError:
            metrics.SWAPS.labels("failed").inc()
            raise
        release.model.warm_up()
        _ = release.assortment.facets, release.assortment.lookalikes, release.outfit_maker
        release.assortment.index.warm_up()
        self._rules.prepare(release)
        freeze_heap()
        return release

    def _swap(self, release: Release) -> None:
        before, self._release = self._release, release
        if release is before:
            return
        self._swapped()
        metrics.SWAPS.labels("done").inc()
        if before is not None:
            metrics.LIVE.labels(before.version).set(0)
        metrics.LIVE.labels(release.version).set(1)
        for name, problem in release.problems.items():
            log_line("degraded", logging.WARNING, without=name, problem=without_folders(problem.problem))
        log_line("model", version=release.version, before=before.version if before else None)

    async def _follow(self) -> None:
        """Takes up the version that the database says is live, whichever process said so."""
        while True:
            await asyncio.sleep(self._follow_seconds)
            with self._rounds.round():
                if self._release is not None:
                    self._release.let_go()
                async with self._swapping:  # not between the record of a swap and the swap itself
                    await self._look_at_files()
                    with suppress(StorageUnavailable):
                        await self._catch_up()
                        await self._load_experiments()
                        await self.load_rules()

    async def _look_at_files(self) -> None:
        """Opens what answers once more if its files were touched."""
        variants = self.experiments.releases
        if any([await asyncio.to_thread(self._releases.touched, each) for each in variants]):
            self.experiments = RunningExperiments()  # loaded anew, every byte compared
        if (live := self._release) is None:
            return
        if not (touched := await asyncio.to_thread(self._releases.touched, live.version)):
            return
        await self._try(live.version)
        # Without its card nobody knows what the others should be: they are as they were when they were opened.
        if self._refused == live.version and touched != [CARD]:
            self._release = None
            self._swapped()
            metrics.LIVE.labels(live.version).set(0)

    async def _load_experiments(self) -> None:
        before, live = self.experiments, self._release
        running = await self._storage.do(lambda: load_running(self._database, self._releases, before, live))
        for release in running.releases.values() if running is not before else ():
            await asyncio.to_thread(self._rules.prepare, release)
        self.experiments = running

    async def _catch_up(self) -> None:
        deployed = await self._storage.do(lambda: deployments.live(self._database))
        if deployed is None or (self._release is not None and self._release.version == deployed.version):
            return
        version = deployed.version
        if version == self._refused and self._rounds_left > 0:
            self._rounds_left -= 1
            if not await asyncio.to_thread(self._releases.touched, version):
                return
        await self._try(version)
