"""The control plane: the one place that decides which version of the model is live, and records it.

The command line, HTTP and operations all promote and roll back here:

    version ─▶ opened, every byte compared ─▶ recorded in the database ─▶ every process takes it up within two seconds

What a person makes live is held: no automatism (a retraining, a start of the service) replaces it until a person lets
them decide again. Nor does one make a version live that somebody went back from.

What a caller does beside it is the caller's own: keys and log lines of the service, gates and aliases of operations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from stylo.errors import BadOption, GoneBackFrom, Held, NoPreviousVersion, Overtaken, StyloError
from stylo.progress import SILENT, Progress
from stylo.storage import deployments
from stylo.storage.database import Database
from stylo.storage.deployments import START, Action, Decision, Deployment, decide, is_automatism
from stylo.storage.idempotency import NamedRequest

if TYPE_CHECKING:  # whoever only asks what stands need not load what opens a model
    from stylo.deployment.releases import Releases
    from stylo.tables.folder import DataFolder

T = TypeVar("T")

COMMAND_LINE = "command line"
#: How automatisms are let decide again.
UNHOLD = "python serve.py models unhold"
_BY_HAND = "Make it live yourself: python serve.py models activate {version}"
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

    def decision(self) -> Decision | None:
        """What stands: the live version, who holds it, what was gone back from. Raises StorageUnavailable."""
        return decide(self._history())

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

        Raises BadOption for a version that is not there, DamagedArtefact for one whose bytes have changed, Overtaken
        where somebody else decided meanwhile, StorageUnavailable; then the live version stays. Of an automatism also
        Held and GoneBackFrom.
        """
        seen = self._history()
        if is_automatism(who):
            check_may_replace(decide(seen), version)
        self._try(version)
        return self._record(version, action, who, reason, seen, request)

    def rollback(self, *, who: str, reason: str = "", request: NamedRequest | None = None) -> Deployment:
        """Makes the last version live that was live before, is still here, and that nobody went back from.

        Raises NoPreviousVersion, and as `promote`.
        """
        seen, here = self._history(), set(self.releases.versions())
        version = next((each for each in deployments.versions_to_go_back_to(seen) if each in here), None)
        if version is None:
            raise NoPreviousVersion(
                "No earlier version is left to roll back to.",
                cure="See the versions that are here: python serve.py models list. Any of them can be made live: "
                "python serve.py models activate VERSION",
            )
        self._try(version)
        return self._record(version, Action.ROLLBACK, who, reason, seen, request)

    def hold(self, *, who: str, reason: str = "", request: NamedRequest | None = None) -> Deployment:
        """Keeps the live version from every automatism. Raises BadOption where nothing is live, Overtaken."""
        return self._note(Action.HOLD, who, reason, request)

    def unhold(self, *, who: str, reason: str = "", request: NamedRequest | None = None) -> Deployment:
        """Lets automatisms decide again. Raises BadOption where nothing is live, Overtaken."""
        return self._note(Action.UNHOLD, who, reason, request)

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

        So a version that was rolled back does not come back by itself, nor does a challenger that was not promoted;
        nor is a version replaced that a person holds.
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
        history = self._history()
        if serves is not None and version in {*before, *(each.version for each in history)}:
            self.releases.open(serves)
            return
        if serves is not None:
            try:
                check_may_replace(decide(history), version)
            except Held as held:
                self.releases.open(serves)
                progress.note(f"NOTICE: {held}")
                return
        # It was opened when it was published, a moment ago. What somebody decided meanwhile stands.
        with suppress(Overtaken):
            self._record(version, Action.PUBLISH, START, "found in the data folder", history)

    def _try(self, version: str) -> None:
        if self.open_release is not None:
            self.open_release(version)
        else:
            self.releases.open(version, checked=True)

    def _history(self) -> list[Deployment]:
        found: list[Deployment] = self.ask(lambda: deployments.history(self.database, _HISTORY))
        return found

    def _note(self, action: Action, who: str, reason: str, request: NamedRequest | None) -> Deployment:
        seen = self._history()
        if not seen:
            raise BadOption("No version is live yet.", cure="Publish one: python serve.py models publish")
        return self._record(seen[0].version, action, who, reason, seen, request)

    def _record(
        self,
        version: str,
        action: Action,
        who: str,
        reason: str,
        seen: Sequence[Deployment],
        request: NamedRequest | None = None,
    ) -> Deployment:
        why, now = reason or "no reason given", datetime.now(UTC)
        try:
            recorded: Deployment = self.ask(
                lambda: deployments.record(
                    self.database, version, action, who=who, reason=why, now=now, seen=seen, request=request
                )
            )
        except Overtaken as error:
            first = self._history()[0]
            raise Overtaken(
                f"Nothing was changed: meanwhile version {first.version} was made live ({first.action.value}) by "
                f"{first.who}: {first.reason}.",
                cure="See what was decided: python serve.py models list. Then decide again.",
            ) from error
        return recorded


def check_may_replace(decision: Decision | None, version: str) -> None:
    """Raises Held or GoneBackFrom if no automatism may make a version live now."""
    if decision is None or decision.live.version == version:
        return
    if decision.held is not None:
        raise Held(
            f"{decision.live.version} stays live, not {version}: {said(decision.held)}.",
            cure=f"{_BY_HAND.format(version=version)} Or let retraining decide again: {UNHOLD}",
        )
    if (step := decision.fled_from.get(version)) is not None:
        raise GoneBackFrom(
            f"{version} is not made live again: {said(step)}, and went back from it.",
            cure=_BY_HAND.format(version=version),
        )


def said(step: Deployment) -> str:
    """Who decided what, when and why."""
    return f"{step.who} decided so ({step.action.value}) on {step.at:%Y-%m-%d at %H:%M} UTC, “{step.reason}”"


def held_lines(decision: Decision | None) -> list[str]:
    """Whether a person keeps the live version, and how that ends: one line, or none."""
    if decision is None or decision.held is None:
        return []
    return [f"Held: {said(decision.held)}. Let retraining replace it again: {UNHOLD}"]
