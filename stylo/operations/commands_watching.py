"""Retraining, watching, drift, monitoring and lineage by command."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from stylo.drift.report import drift_report
from stylo.operations import lineage
from stylo.operations.commands_models import registry_of
from stylo.operations.monitoring import Quality
from stylo.operations.place import Place
from stylo.operations.retraining import Asked
from stylo.operations.watching import inbox, look, take_in, watch, write_report
from stylo.script import Terminal, command_line, edge, show

WATCHING = command_line()
_WeeksOption = Annotated[int, typer.Option("--weeks", help="Weekly cutoffs that final.py scores.")]
_NowOption = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="As of then.", show_default="the last that happened"
    ),
]


@WATCHING.command("retrain")
def retrained(
    context: typer.Context,
    new: Annotated[
        list[Path] | None,
        typer.Option("--new", help="CSV of transactions with new days.", show_default="DATA/new/*.csv"),
    ] = None,
    weeks: _WeeksOption = 1,
    no_promotion: Annotated[bool, typer.Option("--no-promotion", help="Stop at the challenger.")] = False,
) -> None:
    """Take in new days, train, compare with the champion on the same lists, promote if every gate is open."""
    with edge():
        place: Place = context.obj
        asked = Asked(tuple(new or inbox(place)), weeks, promotes=not no_promotion)
        done = take_in(place, registry_of(place), asked, Terminal())
        rows = [(gate.name, "open" if gate.open else "CLOSED", gate.said) for gate in done.gates]
        show(("gate", "", ""), rows, "", done.verdict, f"Notes: {done.folder / 'run.json'}")


@WATCHING.command("watch")
def watching(
    context: typer.Context,
    minutes: Annotated[float, typer.Option(help="Between two looks.")] = 15.0,
    every_days: Annotated[float, typer.Option(help="Retrain at least so often.")] = 7.0,
    weeks: _WeeksOption = 1,
    times: Annotated[int | None, typer.Option(help="How often it looks.", show_default="for ever")] = None,
) -> None:
    """Look again and again; retrain for new days in DATA/new, on a schedule, for drift and for quality."""
    with edge():
        place: Place = context.obj
        watch(
            place, registry_of(place), minutes=minutes, every_days=every_days, weeks=weeks,
            progress=Terminal(), times=times,
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
        place: Place = context.obj
        report = drift_report(place.folder, week_ending.date() if week_ending else None)
        write_report(place, "drift", report.to_json())
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
        said = f"{len(report.alarms)} alarms in the week that ends on {report.week_ending}."
        show(("signal", "", "distance (alarm from)", "in words"), rows, said)


@WATCHING.command("monitor")
def monitored(context: typer.Context, now: _NowOption = None) -> None:
    """How good what was shown turned out to be, alarms by the rules."""
    with edge():
        found = look(context.obj, now.astimezone() if now else None, Terminal())
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
            f"ALARM ({each.severity}) since {each.at:%Y-%m-%d %H:%M}: {each.rule}: {each.message}"
            for each in found.alarms
        ]
        show(columns, rows, *(alarms or ["No alarm goes on."]))


@WATCHING.command("lineage")
def traced(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="A request id (X-Request-Id), or a version of the model.")],
) -> None:
    """From an answer or a version to the training run, the data files and the code."""
    with edge():
        place: Place = context.obj
        known = what in place.releases.versions()
        found = lineage.of_release(place, what) if known else lineage.of_request(place, what)
        show((), (), json.dumps(found, indent=2, default=str))


def _quality(found: Quality) -> tuple[str, ...]:
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
