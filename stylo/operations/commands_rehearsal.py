"""`rehearse` by command."""

from __future__ import annotations

import typer

from stylo.operations.rehearsal import rehearse
from stylo.operations.workspace import Workspace
from stylo.script import Terminal, command_line, edge, show

REHEARSE = command_line()


@REHEARSE.command("rehearse")
def rehearsed(context: typer.Context) -> None:
    """Fill a demo shop's operations with two weeks of simulated shoppers; in no other shop."""
    with edge():
        workspace: Workspace = context.obj
        done = rehearse(workspace, Terminal())
        said = (
            f"{done.days} days from {done.began} are rehearsed: simulated shoppers saw {done.visits:,} lists and "
            f"bought {done.purchases:,} articles."
        )
        show((), (), said, "None of it is real. See the page Operations, or type status.")
