"""The live model of a worker: which release answers, and how another one takes its place.

Every second the database is asked which version is live. Another one is opened beside the one that answers, warmed,
and swapped in between two requests; one that is no good is refused, and the old one stays.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from stylo.deployment.control_plane import ControlPlane
from stylo.deployment.online_model import RequestContext
from stylo.deployment.release import Release
from stylo.deployment.releases import Releases
from stylo.errors import BadOption, StorageUnavailable, StyloError
from stylo.service import metrics
from stylo.service.background import Background
from stylo.service.logs import log_line, without_folders
from stylo.service.problems import ProblemError
from stylo.service.storage_access import StorageThreads
from stylo.service.variants import RunningExperiments, load_running
from stylo.storage import deployments
from stylo.storage.database import Database
from stylo.storage.deployments import Deployment

T = TypeVar("T")


class LiveModel:
    """For one event loop.

    Parameters
    ----------
    follow_seconds : how often the database is asked which version is live.
    swapped : is called when another release answers from now on.
    """

    def __init__(
        self,
        database: Database,
        releases: Releases,
        storage: StorageThreads,
        follow_seconds: float,
        swapped: Callable[[], None],
    ) -> None:
        self._database, self._releases, self._storage = database, releases, storage
        self._follow_seconds, self._swapped = follow_seconds, swapped
        self.experiments = RunningExperiments()
        self._release: Release | None = None
        self._swapping = asyncio.Lock()
        self._following: asyncio.Task[None] | None = None
        self._rounds = Background("follow the live version")
        self._refused: str | None = None

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
        return not self._rounds.failing

    async def start(self) -> None:
        """Opens the live version. Raises StyloError if it cannot be opened.

        While the database is away it is the one that answered last, if that is known; else none, until the database is
        back. So a worker that dies in this moment is replaced.
        """
        try:
            deployed = await self._storage.do(lambda: deployments.live(self._database))
            version = deployed.version if deployed else None
        except StorageUnavailable:
            version = await asyncio.to_thread(self._releases.noted_live)
            log_line("started without the database", logging.WARNING, version=version)
        if version is not None:
            async with self._swapping:
                await self._take_up(version)
        with suppress(StorageUnavailable):
            await self._load_experiments()
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

    async def _take_up(self, version: str) -> None:
        await self._swap_to(await asyncio.to_thread(self._beside, version, checked=False))

    async def _swap_to(self, release: Release) -> None:
        self._swap(release)
        await asyncio.to_thread(self._releases.note_live, release.version)

    def _beside(self, version: str, *, checked: bool) -> Release:
        """A version opened and warmed while the other answers; that one itself, if it is the same."""
        if self._release is not None and self._release.version == version:
            return self._release
        try:
            release = self._releases.open(version, checked=checked)
        except StyloError:
            metrics.SWAPS.labels("failed").inc()
            raise
        release.model.recommend([RequestContext(0, release.as_of, explain=True)])
        _ = release.assortment.facets, release.assortment.index, release.assortment.lookalikes
        gc.collect()
        gc.freeze()  # what stays with the model is left out of every later collection
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
                    with suppress(StorageUnavailable):
                        await self._catch_up()
                        await self._load_experiments()

    async def _load_experiments(self) -> None:
        before, live = self.experiments, self._release
        self.experiments = await self._storage.do(
            lambda: load_running(self._database, self._releases, before, live)
        )

    async def _catch_up(self) -> None:
        deployed = await self._storage.do(lambda: deployments.live(self._database))
        answering = self._release.version if self._release else None
        if deployed is None or deployed.version in (answering, self._refused):
            return
        try:
            await self._take_up(deployed.version)
            self._refused = None
        except StyloError as error:
            self._refused = deployed.version
            log_line(
                "model refused",
                logging.ERROR,
                version=deployed.version,
                problem=without_folders(error.problem),
            )
