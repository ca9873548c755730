"""`retrain` by command. What training needs is imported when there is something to train."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from stylo.operations import new_file
from stylo.operations.inbox import Inbox
from stylo.operations.new_file import NewFile
from stylo.operations.registry import Registry
from stylo.operations.retraining import RetrainingRequest, retrain
from stylo.operations.workspace import Workspace
from stylo.script import Terminal, command_line, edge, path_option, show

RETRAIN = command_line()


@RETRAIN.command("retrain")
def retrained(
    context: typer.Context,
    new: Annotated[
        list[Path] | None,
        path_option("--new", help="CSV of transactions with new days.", show_default="those in DATA/new"),
    ] = None,
    weeks: Annotated[int, typer.Option("--weeks", help="Number of weekly cutoffs that final.py scores.")] = 1,
    no_promotion: Annotated[
        bool, typer.Option("--no-promotion", help="Stop at the challenger; do not promote it.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Train also if nothing is new.")] = False,
) -> None:
    """Take in new days, train, compare with the champion on the same lists, promote if every gate is open."""
    with edge():
        workspace: Workspace = context.obj
        progress, inbox = Terminal(), Inbox(workspace.settings.data)
        asked = RetrainingRequest(
            _new_files(workspace, inbox, new or [], progress),
            weeks,
            promotes=not no_promotion,
            forced=force,
        )
        done = retrain(workspace, Registry.of(workspace), asked, progress, inbox)
        inbox.put_away(done.taken)
        rows = [(gate.name, "open" if gate.open else "CLOSED", gate.said) for gate in done.gates]
        show(("gate", "", ""), rows, "", done.verdict, f"Notes: {done.folder / 'run.json'}")


def _new_files(
    workspace: Workspace, inbox: Inbox, named: list[Path], progress: Terminal
) -> tuple[NewFile, ...]:
    """Those that somebody named, else what waits in the inbox."""
    if named:
        return new_file.named(named, progress)
    waiting = inbox.settled(workspace.zone.day(datetime.now(UTC)), progress)
    for name, why in waiting.passed_over.items():
        progress.note(f"NOTICE: {name} is skipped: {why}.")
    return waiting.ready
