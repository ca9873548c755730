"""`health` by command: a container asks it every minute, so that it loads next to nothing."""

from __future__ import annotations

from typing import Annotated

import typer

from stylo.errors import DamagedArtefact, MissingArtefact
from stylo.operations import heartbeat
from stylo.operations.workspace import Workspace
from stylo.script import command_line, edge, show

HEALTH = command_line()


@HEALTH.command("health")
def health(
    context: typer.Context,
    within: Annotated[
        float | None,
        typer.Option(min=0, help="Minutes since the last look.", show_default="two intervals and 5 minutes"),
    ] = None,
) -> None:
    """Whether `watch` still looks: exit status 0, else 1. For the health check of a container."""
    with edge():
        workspace: Workspace = context.obj
        try:
            notes = heartbeat.read_notes(workspace.state)
        except (MissingArtefact, DamagedArtefact) as error:
            show((), (), f"watch has not looked yet: {error.problem}")
            raise typer.Exit(1) from error
        doing = f" Now: {notes.doing}." if notes.doing else ""
        ago = round(max(heartbeat.age(notes), 0))
        show((), (), f"The last look of watch was {ago} minute{'' if ago == 1 else 's'} ago.{doing}")
        if heartbeat.is_late(notes, within):
            raise typer.Exit(1)
