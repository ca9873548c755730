"""`status` by command."""

from __future__ import annotations

import typer

from stylo.operations.status import next_command, read_status, told
from stylo.operations.workspace import Workspace
from stylo.script import command_line, edge, show

STATUS = command_line()
_WIDTH = 10


@STATUS.command("status")
def status(context: typer.Context) -> None:
    """What is live and why, the last look, the last run, the inbox, open alarms, and what to type next."""
    with edge():
        workspace: Workspace = context.obj
        found, before = read_status(workspace), ""
        lines = []
        for about, said in told(found):
            lines.append(f"{about if about != before else '':{_WIDTH}}{said}")
            before = about or before
        following = next_command(workspace, found) or "nothing"
        show((), (), *lines, f"{'Next':{_WIDTH}}{following}")
