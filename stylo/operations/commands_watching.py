"""Watching, drift, monitoring and lineage by command."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import typer

from stylo.drift.report import drift_report
from stylo.errors import DamagedArtefact, MissingArtefact
from stylo.operations import heartbeat, lineage
from stylo.operations.alarms import AlarmBoard
from stylo.operations.commands_models import registry_of
from stylo.operations.looking import look, report_path
from stylo.operations.watching import watch
from stylo.operations.workspace import Workspace
from stylo.records.operations import VersionQuality
from stylo.script import Terminal, command_line, edge, show

WATCHING = command_line()
_WeeksOption = Annotated[int, typer.Option("--weeks", help="Number of weekly cutoffs that final.py scores.")]
_NowOption = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="As of this time.", show_default="the last event"
    ),
]


@WATCHING.command("watch")
def watching(
    context: typer.Context,
    minutes: Annotated[float, typer.Option(help="Interval between checks.")] = 15.0,
    every_days: Annotated[float, typer.Option(help="Retrain at least this often.")] = 7.0,
    weeks: _WeeksOption = 1,
    times: Annotated[int | None, typer.Option(help="How often to check.", show_default="for ever")] = None,
) -> None:
    """Look again and again; retrain for new days in DATA/new, on a schedule, for drift and for quality."""
    with edge():
        workspace: Workspace = context.obj
        watch(
            workspace, lambda: registry_of(workspace), minutes=minutes, every_days=every_days, weeks=weeks,
            progress=Terminal(timed=True), times=times,
        )  # fmt: skip


@WATCHING.command("drift")
def drifted(
    context: typer.Context,
    week_ending: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Last day of the week.", show_default="the last with a purchase"
        ),
    ] = None,
) -> None:
    """How the last week differs from those before, signal by signal."""
    with edge():
        workspace: Workspace = context.obj
        last = workspace.zone.day(workspace.zone.moment(week_ending)) if week_ending else None
        report = drift_report(workspace.folder, last)
        rows = [
            (
                signal.title,
                "ALARM" if signal.alarm else "",
                " / ".join(
                    f"{each.name} {_number(each.now)} ({_number(each.threshold)})"
                    for each in signal.distances
                ),
                signal.sentence,
            )
            for signal in report.signals
        ]
        said = f"{len(report.alarms)} alarms in the week ending {report.week_ending}."
        show(("signal", "", "distance (alarm from)", "in words"), rows, said)
        report.save(report_path(workspace, "drift"))


@WATCHING.command("monitor")
def monitored(context: typer.Context, now: _NowOption = None) -> None:
    """How good what was shown turned out to be, alarms by the rules."""
    with edge():
        workspace: Workspace = context.obj
        board = AlarmBoard(workspace, Terminal())
        board.begin()
        found = look(workspace, board, workspace.zone.moment(now) if now else None)
        board.end_faults()
        board.write_for_prometheus(_gauges(workspace))
        if board.address and (problem := board.webhook.deliver(board.address)):
            Terminal().note(f"NOTICE: {problem}")
        if found.monitored is None:
            raise board.errors.get("database") or board.errors["monitoring"]
        rows = [_quality(each) for each in found.monitored.qualities]
        columns = (
            "version",
            "variant",
            "lists",
            "buyers",
            "hit rate",
            "MAP@12",
            "expected",
            "articles",
            "p99 ms",
            "degraded",
        )
        alarms = [
            f"ALARM ({each.severity}) since {workspace.zone.show(each.at)}: {each.rule}: {each.message}"
            for each in board.going_on.values()
        ]
        show(columns, rows, *(alarms or ["No active alarms."]))


@WATCHING.command("lineage")
def traced(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="A request id (X-Request-Id), or a version of the model.")],
) -> None:
    """From an answer or a version to the training run, the data files and the code."""
    with edge():
        workspace: Workspace = context.obj
        known = what in workspace.releases.versions()
        found = lineage.of_release(workspace, what) if known else lineage.of_request(workspace, what)
        show((), (), json.dumps(found, indent=2, default=str))


def _gauges(workspace: Workspace) -> dict[str, tuple[str, float]]:
    """Of a watch beside this command."""
    try:
        return heartbeat.gauges(heartbeat.read_notes(workspace.state))
    except (MissingArtefact, DamagedArtefact):
        return {}


def _quality(found: VersionQuality) -> tuple[str, ...]:
    return (
        found.version,
        found.variant,
        f"{found.lists:,}",
        f"{found.buyers:,}",
        _range(found.hit_rate),
        _range(found.map12),
        _range(found.expected),
        f"{found.coverage:,}",
        _number(found.p99),
        f"{found.degraded:.1%}",
    )


def _range(values: tuple[float, float, float] | None) -> str:
    return "too few" if values is None else f"{values[0]:.4f} [{values[1]:.4f}, {values[2]:.4f}]"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
