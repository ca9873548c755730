"""Promotion: what operations add to the control plane: the registry's aliases, and a reason for each step."""

from __future__ import annotations

from stylo.deployment.control_plane import said
from stylo.errors import BadOption, DamagedArtefact, Held, RegistryUnavailable
from stylo.operations.registering import registered
from stylo.operations.registry import Registered, Registry
from stylo.operations.workspace import Workspace, alone
from stylo.progress import SILENT, Progress
from stylo.storage.deployments import MLFLOW, Action, Decision, Deployment

#: Who a step was made by when nobody said.
WHO = "operations"
_COMMAND = "python -m stylo.operations models promote {version} --reason …"


def promote(
    workspace: Workspace, registry: Registry, release: str, reason: str, who: str = WHO
) -> Deployment:
    """Makes a version the champion. Services take it up within two seconds. One that is unknown to the registry is
    registered.

    Raises BadOption for a version that is neither registered nor here, DamagedArtefact, Overtaken, RegistryUnavailable,
    StorageUnavailable, Busy; then the champion stays. Where `who` is an automatism also Held and GoneBackFrom.
    """
    with alone("promotion", workspace.state):
        version = registered(workspace, registry, release, reason).release
        deployed = workspace.control.promote(version, who=who, reason=reason)
        registry.make_champion(version, "promoted", reason)
    return deployed


def rollback(
    workspace: Workspace, registry: Registry | None, reason: str, who: str = WHO, progress: Progress = SILENT
) -> Deployment:
    """Goes back to the version that was live before; also when the registry cannot be told, which `sync` does later.

    Raises NoPreviousVersion, DamagedArtefact, Overtaken, StorageUnavailable, Busy.
    """
    with alone("promotion", workspace.state):
        deployed = workspace.control.rollback(who=who, reason=reason)
        try:
            if registry is not None:
                _follow(workspace, registry, deployed, progress)
        except (RegistryUnavailable, BadOption, DamagedArtefact) as error:
            progress.note(
                f"NOTICE: the service is rolled back; the registry was not updated: {error.problem}"
            )
    return deployed


def sync(workspace: Workspace, registry: Registry, progress: Progress = SILENT) -> Deployment | None:
    """Registry and service agree afterwards on what was decided last.

    Where somebody moved the alias champion in MLflow, that version goes live, and is held like any decision of a
    person; its deployment is returned. Where somebody decided at the service, the alias follows.

    Raises Held for an alias that was moved in MLflow while a person holds another version; RegistryUnavailable,
    StorageUnavailable, Busy, and for a version that cannot go live as `promote`.
    """
    with alone("promotion", workspace.state):
        decision, known = workspace.control.decision(), registry.versions()
        champion = registry.champion(known)
        if champion is None or (decision is not None and decision.live.version == champion.release):
            return None
        if decision is not None and registry.left_as_champion(known) == champion.release:
            _follow(workspace, registry, decision.live, progress)
            return None
        return _take_over(workspace, registry, decision, champion)


def _follow(workspace: Workspace, registry: Registry, live: Deployment, progress: Progress) -> None:
    """The alias goes to the version that is live."""
    back = live.action is Action.ROLLBACK
    if back and live.previous is not None:
        try:
            left = registered(workspace, registry, live.previous, live.reason)
            registry.note(left.release, "gone back from", live.reason)
        except BadOption:
            pass  # neither here nor there: nobody needs a note of it
    registered(workspace, registry, live.version, live.reason)
    registry.make_champion(live.version, "rolled back to" if back else "promoted", live.reason)
    progress.note(f"The alias champion now names the version that is live, {live.version}.")


def _take_over(
    workspace: Workspace, registry: Registry, decision: Decision | None, champion: Registered
) -> Deployment:
    """What somebody decided in MLflow."""
    if decision is not None and decision.held is not None and decision.held.who != MLFLOW:
        live = decision.live.version
        raise Held(
            f"{live} stays live, although the alias champion was moved to {champion.release} in MLflow: "
            f"{said(decision.held)}.",
            cure=f"Decide: {_COMMAND.format(version=champion.release)} makes that one live; "
            f"{_COMMAND.format(version=live)} moves the alias back.",
        )
    reason = "the alias champion was moved"
    deployed = workspace.control.promote(champion.release, who=MLFLOW, reason=reason)
    registry.make_champion(champion.release, "promoted", reason)
    return deployed
