"""`experiments`: defined, started, stopped and read by command."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from stylo.errors import BadOption, MissingFile
from stylo.experiments.comparison import Comparison, Range
from stylo.experiments.power import Amount, Proportion, days_needed, planned_size
from stylo.operations import experiments
from stylo.operations.looking import report_path
from stylo.operations.report import experiment_report
from stylo.operations.workspace import Workspace
from stylo.script import command_line, edge, path_argument, show
from stylo.storage import experiments as kept

EXPERIMENTS = command_line(no_args_is_help=True)
_WHO = "command line"
_ReasonOption = Annotated[str, typer.Option("--reason", help="Reason; recorded.")]
_NameArgument = Annotated[str, typer.Argument(help="The experiment's name.")]


@EXPERIMENTS.command("plan")
def plan(
    effect: Annotated[float, typer.Option(help="The smallest change that matters, relative: 0.05 is 5 %.")],
    rate: Annotated[float | None, typer.Option(help="Current conversion or hit rate: 0.1 is 10 %.")] = None,
    revenue: Annotated[float | None, typer.Option(help="Current revenue per customer.")] = None,
    deviation: Annotated[float | None, typer.Option(help="Standard deviation of the revenue.")] = None,
    correlation: Annotated[
        float, typer.Option(help="Correlation of revenue before and after, for CUPED.")
    ] = 0.0,
    share: Annotated[list[float] | None, typer.Option(help="Share of each variant, control first.")] = None,
    power: Annotated[float, typer.Option(help="Probability of detecting it (power).")] = 0.8,
    level: Annotated[float, typer.Option(help="Of confidence.")] = 0.95,
    customers_a_day: Annotated[
        float | None, typer.Option(help="Customers entering the experiment per day.")
    ] = None,
    window: Annotated[int, typer.Option(help="Days in which purchases count.")] = 7,
) -> None:
    """How many customers an experiment needs."""
    with edge():
        if (rate is None) == (revenue is None) or (revenue is not None and deviation is None):
            raise BadOption(
                "Say what the metric is now.", cure="Either --rate, or --revenue with --deviation."
            )
        now = Proportion(rate) if rate is not None else Amount(revenue or 0.0, deviation or 0.0, correlation)
        size = planned_size(now, effect, share or (0.5, 0.5), level, power)
        both = zip(size.fixed, size.always_valid, strict=True)
        rows = [
            (f"variant {n}" if n else "control", f"{once:,}", f"{daily:,}")
            for n, (once, daily) in enumerate(both)
        ]
        total = sum(size.always_valid)
        days = ""
        if customers_a_day:
            days = f" {days_needed(total, customers_a_day, window):,} days at {customers_a_day:,.0f} a day."
        show(("", "if checked once", "if checked every day"), rows, f"planned_customers: {total:,}.{days}")


@EXPERIMENTS.command("define")
def define(
    context: typer.Context,
    file: Annotated[
        Path,
        path_argument(help="The definition, as JSON: docs/experiments.md has one."),
    ],
    reason: _ReasonOption,
) -> None:
    """Keep a definition, checked against the models and experiments that there are."""
    with edge():
        if not file.is_file():
            raise MissingFile(
                f"{file} is not there.", cure="Name a file with a definition; see docs/experiments.md."
            )
        found = experiments.book(context.obj).define(
            file.read_text(errors="replace"), who=_WHO, reason=reason
        )
        show((), (), f"{found.name} is defined and {found.state.value}.")


@EXPERIMENTS.command("start")
def start(context: typer.Context, name: _NameArgument, reason: _ReasonOption) -> None:
    """Expose customers to it, within two seconds."""
    with edge():
        found = experiments.book(context.obj).start(name, who=_WHO, reason=reason)
        show((), (), f"{found.name} is running.")


@EXPERIMENTS.command("stop")
def stop(context: typer.Context, name: _NameArgument, reason: _ReasonOption) -> None:
    """Expose nobody any more."""
    with edge():
        found = experiments.book(context.obj).stop(name, who=_WHO, reason=reason)
        show((), (), f"{found.name} is stopped.")


@EXPERIMENTS.command("list")
def listed(context: typer.Context) -> None:
    """Those that there are, the oldest first."""
    with edge():
        workspace: Workspace = context.obj
        rows = [
            (
                each.name,
                each.state.value,
                each.started_at.strftime("%Y-%m-%d %H:%M") if each.started_at else "",
                each.who,
                each.reason,
            )
            for each in kept.listed(workspace.database)
        ]
        show(("experiment", "state", "started (UTC)", "who", "why"), rows, f"{len(rows)} experiments.")


@EXPERIMENTS.command("show")
def show_experiment(
    context: typer.Context,
    name: _NameArgument,
    now: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"],
            help="As known at that time.",
            show_default="the last event",
        ),
    ] = None,
) -> None:
    """What came of it so far, in numbers and in words. It may be looked at every day."""
    with edge():
        workspace: Workspace = context.obj
        result = experiments.read(workspace, name, workspace.zone.moment(now) if now else None)
        rows = [
            (
                each.name,
                f"{each.exposed:,}",
                f"{each.customers:,}",
                *("" if each.means[metric] is None else f"{each.means[metric]:.4f}" for metric in each.means),
            )
            for each in result.analysis.variants
        ]
        metrics = tuple(result.analysis.variants[0].means)
        show(("variant", "exposed", "finished", *metrics), rows)
        compared = [_row(each) for each in result.analysis.comparisons]
        show(("metric", "variant", "change", "at this look", "at every look"), compared)
        aside = result.outcomes
        show(
            (),
            (),
            "",
            result.verdict.text,
            f"Set aside: {aside.several_variants} customers who saw several variants, "
            f"{aside.unexposed_purchases} purchases without an exposure.",
        )
        experiment_report(result).save(report_path(workspace, f"experiment-{name}"))


def _row(found: Comparison) -> tuple[str, ...]:
    return (
        found.metric,
        found.variant,
        _percent(found.relative),
        _range(found.fixed_relative),
        _range(found.always_relative),
    )


def _range(values: Range) -> str:
    return f"{_percent(values.low)} to {_percent(values.high)}"


def _percent(value: float) -> str:
    """A change; a dash where nothing is known yet."""
    return "-" if math.isnan(value) else f"{value:+.1%}"
