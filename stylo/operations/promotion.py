"""Promotion: the version that answers, in the service's storage and in the registry, with a reason for each step."""

from __future__ import annotations

from datetime import UTC, datetime

from stylo.errors import BadOption, RegistryUnavailable
from stylo.operations.exclusion import alone
from stylo.operations.place import Place
from stylo.operations.registry import MOMENT, Registered, Registry
from stylo.progress import SILENT, Progress
from stylo.storage import deployments
from stylo.storage.deployments import Action, Deployment

#: Who a step was made by when nobody said.
WHO = "operations"


def promote(place: Place, registry: Registry, release: str, reason: str, who: str = WHO) -> Deployment:
    """Makes a registered version the champion. Services take it up within two seconds.

    Every byte is compared first. Raises BadOption for a version that is not registered or not here, DamagedArtefact,
    RegistryUnavailable, StorageUnavailable, Busy; then the champion stays.
    """
    with alone("promotion", place.state):
        version = registry.version(release)
        place.releases.open(version.release, checked=True)
        deployed = _deploy(place, version.release, Action.ACTIVATE, reason, who)
        registry.make_champion(version.release, "promoted", reason)
    return deployed


def rollback(
    place: Place, registry: Registry | None, reason: str, who: str = WHO, progress: Progress = SILENT
) -> Deployment:
    """Goes back to the version that was live before; also when the registry cannot be told, which `sync` does later.

    Raises BadOption where none was live before, DamagedArtefact, StorageUnavailable, Busy.
    """
    with alone("promotion", place.state):
        live = deployments.live(place.database)
        if live is None or live.previous is None:
            raise BadOption(
                "No version was live before this one.", cure="See models list for those there are."
            )
        place.releases.open(live.previous, checked=True)
        deployed = _deploy(place, live.previous, Action.ROLLBACK, reason, who)
        try:
            if registry is not None:
                registry.note(live.version, "gone back from", reason)
                registry.make_champion(live.previous, "rolled back to", reason)
        except (RegistryUnavailable, BadOption) as error:
            progress.note(f"NOTICE: the service goes back; the registry was not told: {error.problem}")
    return deployed


def sync(place: Place, registry: Registry) -> Deployment | None:
    """The service follows the alias champion: where somebody has moved it in MLflow, that version goes live.

    None where both agree. Where the service's last step is newer than the alias's, it is the alias that follows.
    """
    with alone("promotion", place.state):
        champion, live = registry.champion(), deployments.live(place.database)
        if champion is None or (live is not None and live.version == champion.release):
            return None
        if live is not None and live.action is Action.ROLLBACK and _later(live, champion):
            registry.make_champion(live.version, "rolled back to", live.reason)
            return None
        place.releases.open(champion.release, checked=True)
        return _deploy(place, champion.release, Action.ACTIVATE, "the alias champion was moved", "registry")


def _later(live: Deployment, champion: Registered) -> bool:
    last = champion.steps[-1][0] if champion.steps else ""
    return live.at.strftime(MOMENT) > last


def _deploy(place: Place, release: str, action: Action, reason: str, who: str) -> Deployment:
    now = datetime.now(UTC)
    said = reason or "no reason given"
    return deployments.record(place.database, release, action, who=who, reason=said, now=now)
