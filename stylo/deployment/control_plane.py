"""The control plane: the one place that decides which version of the model is live, and records it.

The command line, HTTP and operations all promote and roll back here:

    version ─▶ opened, every byte compared ─▶ recorded in the database ─▶ every process takes it up within two seconds

What a caller does beside it is the caller's own: keys and log lines of the service, gates and aliases of operations.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from stylo.deployment.releases import Releases
from stylo.errors import NoPreviousVersion, StyloError
from stylo.progress import SILENT, Progress
from stylo.storage import deployments
from stylo.storage.database import Database
from stylo.storage.deployments import Action, Deployment, Overtaken
from stylo.storage.idempotency import NamedRequest
from stylo.tables.folder import DataFolder

T = TypeVar("T")

COMMAND_LINE = "command line"
_HISTORY = 1000


def _directly(work: Callable[[], T]) -> T:
    return work()


@dataclass(frozen=True)
class ControlPlane:
    """Promotes and rolls back versions of the model.

    open_release : opens a version before it goes live, and raises StyloError for one that is no good. By default
        `Releases.open`, with every byte compared.
    ask : does what waits for the database. By default at once; a server gives up after a while.
    """

    database: Database
    releases: Releases
    open_release: Callable[[str], Any] | None = None
    ask: Callable[[Callable[[], Any]], Any] = _directly

    def live(self) -> Deployment | None:
        """Which version is live, and since when; None if none is yet. Raises StorageUnavailable."""
        found: Deployment | None = self.ask(lambda: deployments.live(self.database))
        return found

    def promote(
        self,
        version: str,
        *,
        who: str,
        reason: str = "",
        action: Action = Action.ACTIVATE,
        request: NamedRequest | None = None,
    ) -> Deployment:
        """Makes a version the live one.

        request : what asked for it, if that may be sent again: DoneBefore or OtherBody is raised if it was done before.

        Raises BadOption for a version that is not there, DamagedArtefact for one whose bytes have changed,
        StorageUnavailable; then the live version stays.
        """
        self._try(version)
        return self._record(version, action, who, reason, request=request)

    def rollback(self, *, who: str, reason: str = "", request: NamedRequest | None = None) -> Deployment:
        """Makes the last version live that was live before, is still here, and was not rolled back from itself.

        Of two rollbacks at once the second goes back from where the first has led. Raises NoPreviousVersion, and as
        `promote`.
        """
        while True:
            history = self.ask(lambda: deployments.history(self.database, _HISTORY))
            here = set(self.releases.versions())
            version = next(
                (each for each in deployments.versions_to_go_back_to(history) if each in here), None
            )
            if version is None:
                raise NoPreviousVersion(
                    "No earlier version is left to roll back to.",
                    cure="See the versions that are here: python serve.py models list. Any of them can be made live: "
                    "python serve.py models activate VERSION",
                )
            self._try(version)
            with suppress(Overtaken):
                return self._record(version, Action.ROLLBACK, who, reason, after=history[0], request=request)

    def publish(self, folder: DataFolder, *, who: str, reason: str) -> str:
        """Makes what a data folder holds the live version, unless it is; returns its name.

        Raises MissingArtefact, StaleArtefact, DamagedArtefact, and as `promote`.
        """
        version = self.releases.publish(folder)
        live = self.live()
        if live is None or live.version != version:
            self.promote(version, who=who, reason=reason, action=Action.PUBLISH)
        return version

    def publish_new(self, folder: DataFolder, progress: Progress = SILENT) -> None:
        """At the start of a server: makes what a data folder holds the live version, unless it was published before.

        So a version that was rolled back does not come back by itself, nor does a challenger that was not promoted.
        What the data folder holds is passed over if it is no good and another version is live.

        Raises MissingArtefact, StaleArtefact, DamagedArtefact, also for a live version that cannot be opened.
        """
        live, before = self.live(), self.releases.versions()
        serves = live.version if live is not None and live.version in before else None
        try:
            version = self.releases.publish(folder)
        except StyloError as error:
            if serves is None:
                raise
            self.releases.open(serves)
            progress.note(f"NOTICE: {error.problem} Version {serves} stays live.")
            return
        history = deployments.history(self.database, _HISTORY)
        if serves is not None and version in {*before, *(each.version for each in history)}:
            self.releases.open(serves)
            return
        # It was opened when it was published, a moment ago.
        self._record(version, Action.PUBLISH, COMMAND_LINE, "found in the data folder at the start")

    def _try(self, version: str) -> None:
        if self.open_release is not None:
            self.open_release(version)
        else:
            self.releases.open(version, checked=True)

    def _record(
        self,
        version: str,
        action: Action,
        who: str,
        reason: str,
        after: Deployment | None = None,
        request: NamedRequest | None = None,
    ) -> Deployment:
        why, now = reason or "no reason given", datetime.now(UTC)
        recorded: Deployment = self.ask(
            lambda: deployments.record(
                self.database, version, action, who=who, reason=why, now=now, after=after, request=request
            )
        )
        return recorded
