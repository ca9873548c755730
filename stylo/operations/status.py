"""The state of a shop's operations, from its files and its database: no registry is asked, nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from stylo.deployment.control_plane import held_lines
from stylo.errors import DamagedArtefact, MissingArtefact, StyloError
from stylo.operations import heartbeat
from stylo.operations.run_notes import read_runs
from stylo.operations.workspace import Workspace
from stylo.records.operations import DONE, NOTHING_NEW, RUNNING, RetrainingRun
from stylo.records.watching import WatchNotes
from stylo.storage import alarms, deployments
from stylo.storage.alarms import Alarm
from stylo.storage.deployments import Decision
from stylo.system import processes
from stylo.user_paths import quoted

_HISTORY = 1000
_MOMENT = "%Y-%m-%d %H:%M"
#: Of new files, as many bytes are read to see whether they can be taken.
_LOOKED_INTO = 10_000_000
_WAITS = "waits to be taken in"


@dataclass(frozen=True)
class OperationsStatus:
    """What is known.

    problem : why the database does not answer; empty if it does.
    inbox : name of each file in DATA/new → what becomes of it.   refused : names of those that somebody must look at.
    """

    decision: Decision | None
    alarms: tuple[Alarm, ...]
    problem: str
    watch: WatchNotes | None
    run: RetrainingRun | None
    inbox: dict[str, str]
    refused: tuple[str, ...]


def read_status(workspace: Workspace) -> OperationsStatus:
    """Raises MissingArtefact where there is no data folder."""
    state = workspace.state
    decision, going_on, problem = _of_database(workspace)
    try:
        notes = heartbeat.read_notes(state)
    except (MissingArtefact, DamagedArtefact):
        notes = None
    run = next((each for _, each in read_runs(workspace.runs)), None)
    inbox, refused = _inbox(workspace, notes, run)
    return OperationsStatus(decision, going_on, problem, notes, run, inbox, refused)


def told(status: OperationsStatus) -> Iterator[tuple[str, str]]:
    """The status as lines: what they are about, and what is to be said."""
    yield from _live(status)
    yield "Watch", _watch(status.watch)
    yield "Last run", _run(status.run)
    if not status.inbox:
        yield "Inbox", "empty"
    for name, becomes in status.inbox.items():
        yield "Inbox", f"{name}: {becomes}"
    if not status.alarms and not status.problem:
        yield "Alarms", "none"
    for alarm in status.alarms:
        yield "Alarms", f"{alarm.rule} ({alarm.severity}) since {_at(alarm.at)}: {alarm.message}"


def next_command(workspace: Workspace, status: OperationsStatus) -> str:
    """What to type now, and why; empty if nothing calls for anything."""
    operations, data = "python -m stylo.operations", ""
    if workspace.settings.data != Path("data"):
        data = f" --data {quoted(workspace.settings.data)}"
    run, watch = status.run, status.watch
    if status.problem:
        return f"python serve.py{data}   # once the database answers"
    if status.decision is None:
        made = (workspace.settings.data / "model.bin").exists()
        return (
            f"python serve.py{data}   # serves the model"
            if made
            else f"python final.py{data}   # makes a model"
        )
    if run is not None and run.state_now not in (DONE, NOTHING_NEW, RUNNING):
        return f"{operations}{data} retrain   # goes on at the step {run.next_step or 'where it stopped'}"
    if status.refused:
        return f"{operations}{data} retrain   # after {status.refused[0]} was corrected or removed"
    running = run is not None and run.state_now == RUNNING
    watched = watch is not None and not heartbeat.is_late(watch)
    if status.inbox and not watched and not running:
        return f"{operations}{data} retrain   # takes the new days in"
    if any(alarm.severity == "page" for alarm in status.alarms):
        return f"{operations}{data} monitor   # what the alarms are about; docs/operations.md says what to do"
    if not watched:
        return f"{operations}{data} watch   # looks every 15 minutes, raises alarms, retrains"
    if status.decision.held is not None:
        return f"{operations}{data} models unhold --reason …   # when retraining may replace the live version again"
    return ""


def _of_database(workspace: Workspace) -> tuple[Decision | None, tuple[Alarm, ...], str]:
    place = workspace.settings.state_folder
    if place.missing_database() is not None:
        return None, (), ""
    try:
        database = place.open_database(pool=1)
        try:
            decision = deployments.decide(deployments.history(database, _HISTORY))
            return decision, tuple(alarms.going_on(database)), ""
        finally:
            database.close()
    except StyloError as error:
        return None, (), f"{error.problem} {error.cure}"


def _inbox(
    workspace: Workspace, notes: WatchNotes | None, run: RetrainingRun | None
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Reasons are those of a look now where that is quick, else those of the last look of watch or of the last run."""
    there = _files_in(workspace.settings.data / "new")
    if not there:
        return {}, ()
    from stylo.operations.inbox import Inbox  # loads what reads tables
    from stylo.operations.new_file import shown

    size = sum(path.lstat().st_size for path in there)
    refused = dict(run.steps.new_days.passed_over) if run is not None and run.steps.new_days else {}
    refused |= notes.passed_over if notes is not None else {}
    if size <= _LOOKED_INTO:
        with suppress(StyloError):  # it may not be written to, and then there is what was noted
            today = workspace.zone.day(datetime.now(UTC))
            refused |= Inbox(workspace.settings.data).look(today).passed_over
    names = sorted(shown(path.name) for path in there)
    found = {name: f"refused: {refused[name]}" if name in refused else _WAITS for name in names}
    return found, tuple(name for name in names if name in refused)


def _files_in(folder: Path) -> list[Path]:
    try:
        return [
            path for path in folder.iterdir() if path.name != "taken" and not path.name.startswith(".stylo-")
        ]
    except OSError:
        return []


def _live(status: OperationsStatus) -> Iterator[tuple[str, str]]:
    if status.problem:
        yield "Live", f"not known: {status.problem}"
    elif status.decision is None:
        yield "Live", "nothing yet"
    else:
        live = status.decision.live
        yield (
            "Live",
            f"{live.version} since {_at(live.at)}, by {live.who} ({live.action.value}): {live.reason}",
        )
        for line in held_lines(status.decision):
            yield "", line
        if status.decision.held is None:
            yield "", "Not held: a retraining whose gates are open replaces it."


def _watch(notes: WatchNotes | None) -> str:
    if notes is None:
        return "has not looked yet"
    late = ", which is too long ago: it does not run" if heartbeat.is_late(notes) else ""
    doing = f"; now: {notes.doing}" if notes.doing and not late else ""
    return f"last look {max(heartbeat.age(notes), 0):.0f} minutes ago, {_at(notes.looked)}{late}{doing}"


def _run(run: RetrainingRun | None) -> str:
    if run is None:
        return "none yet"
    began, state = f"{_at(run.started)} ({run.why})", run.state_now
    process = processes.in_words(run.process)
    if state == RUNNING:
        return f"{began}: running, {process}, at the step {run.next_step or 'end'}"
    if state in (DONE, NOTHING_NEW):
        return f"{began}: {run.verdict or state}"
    who = f" ({process})" if process else ""
    return f"{began}: {state} at the step {run.next_step or 'end'}{who}. {run.verdict}".rstrip()


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):{_MOMENT}} UTC"
