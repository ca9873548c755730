"""`models`: versions in the registry."""

from __future__ import annotations

from typing import Annotated

import typer

from stylo.deployment.control_plane import COMMAND_LINE, held_lines
from stylo.operations.promotion import promote, rollback, sync
from stylo.operations.registering import register_all
from stylo.operations.registry import Registered, Registry
from stylo.operations.workspace import Workspace
from stylo.script import Terminal, command_line, edge, show
from stylo.storage.deployments import Deployment

MODELS = command_line(no_args_is_help=True)
ReasonOption = Annotated[str, typer.Option("--reason", help="Reason; recorded with the action.")]
VersionArgument = Annotated[str, typer.Argument(help="A version: its name or registry number.")]
_MOMENT = "%Y-%m-%d %H:%M"
_SCORE = "map_at_12"


def registry_of(workspace: Workspace) -> Registry:
    return Registry.of(workspace)


@MODELS.command("list")
def list_versions(context: typer.Context) -> None:
    """Versions, the newest first, with their scores and what they are now."""
    with edge():
        workspace: Workspace = context.obj
        decision = workspace.control.decision()
        live = decision.live if decision else None
        rows = [
            (
                each.release,
                str(each.number),
                each.made_at.strftime(_MOMENT),
                _score(each, _SCORE),
                ", ".join([*each.aliases, *(["live"] if live and live.version == each.release else [])]),
            )
            for each in registry_of(workspace).versions()
        ]
        said = (
            f"Live: {live.version}, since {live.at.strftime(_MOMENT)} UTC: {live.reason}"
            if live
            else "Nothing is live."
        )
        show(("version", "number", "made (UTC)", "MAP@12", "is"), rows, said, *held_lines(decision))


@MODELS.command("show")
def show_version(context: typer.Context, version: VersionArgument) -> None:
    """All that is known of a version: scores, what it was made from, and every step of its life."""
    with edge():
        found = registry_of(context.obj).version(version)
        facts = [("metric " + name, f"{value:.5f}") for name, value in sorted(found.metrics.items())]
        facts += [("parameter " + name, value) for name, value in sorted(found.parameters.items())]
        facts += [(name, value) for name, value in sorted(found.tags.items())]
        steps = [f"{at[:16]} UTC  {what}: {why}" for at, what, why in found.steps]
        show((found.release, ", ".join(found.aliases) or "no alias"), facts, "", *steps)


@MODELS.command("compare")
def compare_versions(context: typer.Context, version: VersionArgument, other: VersionArgument) -> None:
    """Two versions side by side; what differs is marked."""
    with edge():
        registry = registry_of(context.obj)
        one, two = registry.version(version), registry.version(other)
        rows = [
            (name, left, right, "" if left == right else "differs") for name, left, right in _sides(one, two)
        ]
        note = (
            "MAP@12 values of different weeks are not comparable; retraining gates compare on the same lists."
        )
        show(("", one.release, two.release, ""), rows, note)


@MODELS.command("promote")
def promote_version(context: typer.Context, version: VersionArgument, reason: ReasonOption) -> None:
    """Make a version the champion; services take it up within two seconds."""
    with edge():
        workspace: Workspace = context.obj
        deployed = promote(workspace, registry_of(workspace), version, reason, COMMAND_LINE)
        _show_deployed(workspace, deployed)


@MODELS.command("rollback")
def roll_back(context: typer.Context, reason: ReasonOption) -> None:
    """Go back to the version that was live before."""
    with edge():
        workspace: Workspace = context.obj
        deployed = rollback(workspace, registry_of(workspace), reason, COMMAND_LINE, Terminal())
        _show_deployed(workspace, deployed)


@MODELS.command("hold")
def hold(context: typer.Context, reason: ReasonOption) -> None:
    """Keep the live version: retraining, watch and a restart of the service leave it live."""
    with edge():
        workspace: Workspace = context.obj
        _show_deployed(workspace, workspace.control.hold(who=COMMAND_LINE, reason=reason))


@MODELS.command("unhold")
def unhold(context: typer.Context, reason: ReasonOption) -> None:
    """Let retraining, watch and a restart of the service replace the live version again."""
    with edge():
        workspace: Workspace = context.obj
        _show_deployed(workspace, workspace.control.unhold(who=COMMAND_LINE, reason=reason))


@MODELS.command("sync")
def agree(context: typer.Context) -> None:
    """Let registry and service agree: on what was decided at the service, or on an alias moved in MLflow."""
    with edge():
        workspace: Workspace = context.obj
        deployed = sync(workspace, registry_of(workspace), Terminal())
        show((), (), f"Live: {deployed.version}" if deployed else "The alias champion and the service agree.")


@MODELS.command("register")
def register(context: typer.Context, reason: ReasonOption = "registered by command") -> None:
    """Register the versions that are here and unknown to the registry; a registry that is lost is made anew."""
    with edge():
        workspace: Workspace = context.obj
        found = register_all(workspace, registry_of(workspace), reason)
        rows = [(each.release, str(each.number), ", ".join(each.aliases)) for each in found]
        show(("version", "number", "is"), rows, f"{len(rows)} versions are registered.")


def _show_deployed(workspace: Workspace, deployed: Deployment) -> None:
    show((), (), f"Live: {deployed.version} (before: {deployed.previous or 'nothing'})")
    for line in held_lines(workspace.control.decision()):
        Terminal().note(line)


def _score(version: Registered, name: str) -> str:
    """Empty for a version that was registered without scores."""
    return f"{version.metrics[name]:.5f}" if name in version.metrics else ""


def _sides(one: Registered, two: Registered) -> list[tuple[str, str, str]]:
    rows = [("made (UTC)", one.made_at.strftime(_MOMENT), two.made_at.strftime(_MOMENT))]
    for name in sorted({*one.metrics, *two.metrics}):
        left, right = (_score(each, name) for each in (one, two))
        rows.append((name, left, right))
    for side in ("parameters", "tags"):
        left_ones, right_ones = getattr(one, side), getattr(two, side)
        for name in sorted({*left_ones, *right_ones}):
            rows.append((name, left_ones.get(name, ""), right_ones.get(name, "")))
    return rows
