"""Promotion: what operations add to the control plane: the registry's aliases, and a reason for each step."""

from __future__ import annotations

from stylo.errors import BadOption, RegistryUnavailable
from stylo.operations.registry import MOMENT, Registered, Registry
from stylo.operations.workspace import Workspace, alone
from stylo.progress import SILENT, Progress
from stylo.storage.deployments import Action, Deployment

#: Who a step was made by when nobody said.
WHO = "operations"


def promote(
    workspace: Workspace, registry: Registry, release: str, reason: str, who: str = WHO
) -> Deployment:
    """Makes a registered version the champion. Services take it up within two seconds.

    Raises BadOption for a version that is not registered or not here, DamagedArtefact, RegistryUnavailable,
    StorageUnavailable, Busy; then the champion stays.
    """
    with alone("promotion", workspace.state):
        version = registry.version(release).release
        deployed = workspace.control.promote(version, who=who, reason=reason)
        registry.make_champion(version, "promoted", reason)
    return deployed


def rollback(
    workspace: Workspace, registry: Registry | None, reason: str, who: str = WHO, progress: Progress = SILENT
) -> Deployment:
    """Goes back to the version that was live before; also when the registry cannot be told, which `sync` does later.

    Raises NoPreviousVersion, DamagedArtefact, StorageUnavailable, Busy.
    """
    with alone("promotion", workspace.state):
        deployed = workspace.control.rollback(who=who, reason=reason)
        try:
            if registry is not None:
                registry.note(deployed.previous or "", "gone back from", reason)
                registry.make_champion(deployed.version, "rolled back to", reason)
        except (RegistryUnavailable, BadOption) as error:
            progress.note(
                f"NOTICE: the service is rolled back; the registry was not updated: {error.problem}"
            )
    return deployed


def sync(workspace: Workspace, registry: Registry) -> Deployment | None:
    """The service follows the alias champion: where somebody has moved it in MLflow, that version goes live.

    None where both agree. Where the service's last step is newer than the alias's, it is the alias that follows.
    """
    with alone("promotion", workspace.state):
        control = workspace.control
        champion, live = registry.champion(), control.live()
        if champion is None or (live is not None and live.version == champion.release):
            return None
        if live is not None and live.action is Action.ROLLBACK and _later(live, champion):
            registry.make_champion(live.version, "rolled back to", live.reason)
            return None
        return control.promote(champion.release, who="registry", reason="the alias champion was moved")


def _later(live: Deployment, champion: Registered) -> bool:
    last = champion.steps[-1][0] if champion.steps else ""
    return live.at.strftime(MOMENT) > last
