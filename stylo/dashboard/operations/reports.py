"""What retraining, monitoring and experiments left, in tables. Nothing is written."""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path

import polars as pl

from stylo.dashboard.operations.state import Place
from stylo.dashboard.reports import table_of, written_at
from stylo.errors import DamagedArtefact, MissingArtefact
from stylo.experiments.experiment import METRICS
from stylo.records.drift import DriftDistance, DriftReport, SignalReport
from stylo.records.experiments import (
    ExperimentReport,
    MetricChange,
    RelativeChange,
    ReportedDay,
    VariantResult,
)
from stylo.records.operations import (
    MonitoringReport,
    RetrainingRun,
    VersionLineage,
    VersionQuality,
)

_MOST_RUNS = 500
_WEEKLY = pl.Schema({"week": pl.Date, "distance": pl.Float64, "threshold": pl.Float64, "alarm": pl.Boolean})


def read_lineage(place: Place, version: str) -> VersionLineage:
    """Raises MissingArtefact where it was not retraining that made the version, DamagedArtefact."""
    return VersionLineage.load(place.lineage / f"{version}.json", place.command("retrain"))


def lineage_facts(lineage: VersionLineage) -> dict[str, str]:
    """What is known of a version, by name, as it is shown."""
    facts = {name: getattr(lineage, name) for name in ("retraining", "run_id", "registry", "code", "why")}
    facts["new"] = ", ".join(lineage.new)
    if (scores := lineage.scores) is not None:
        low, high = scores.ci95 or (None, None)
        interval = f" [{low:.4f}, {high:.4f}]" if low is not None and high is not None else ""
        facts["map@12"] = None if scores.map_12 is None else f"{scores.map_12:.4f}{interval}"
        facts["customers"] = scores.customers
    return {name: str(each) for name, each in facts.items() if each not in (None, "")}


def read_runs(
    place: Place,
) -> tuple[dict[str, RetrainingRun], list[DamagedArtefact]]:
    """Retrainings by name, the newest first, and what is wrong with those that cannot be read."""
    runs, wrong = dict[str, RetrainingRun](), list[DamagedArtefact]()
    paths = sorted(place.retraining.glob("*/run.json"), reverse=True)
    for path in paths[:_MOST_RUNS]:
        try:
            runs[path.parent.name] = RetrainingRun.load(path, place.command("retrain"))
        except DamagedArtefact as error:
            wrong.append(error)
        except MissingArtefact:
            continue  # put away in this moment
    return runs, wrong


def steps_table(run: RetrainingRun) -> pl.DataFrame:
    """`step`, `seconds`, in their order."""
    rows = [(name, step.seconds) for name, step in run.steps.done().items()]
    return pl.DataFrame(rows, {"step": pl.String, "seconds": pl.Float64}, orient="row")


def read_drift(place: Place) -> DriftReport:
    """Raises MissingArtefact, DamagedArtefact."""
    return DriftReport.load(place.data / "reports" / "drift.json", place.command("monitor"))


def weekly(report: DriftReport, signal: SignalReport, distance: DriftDistance) -> pl.DataFrame:
    """`week` (its last day), `distance`, `threshold` (with the least that matters), `alarm`."""
    rows = [
        (week, seen, None if limit is None else max(limit, distance.least), alarm)
        for week, seen, limit, alarm in zip(
            report.weeks, distance.values, distance.thresholds, signal.alarms, strict=True
        )
    ]
    return pl.DataFrame(rows, _WEEKLY, orient="row")


def read_monitoring(place: Place) -> MonitoringReport:
    """Raises as `read_drift`."""
    return MonitoringReport.load(place.data / "reports" / "monitoring.json", place.command("monitor"))


def quality_table(report: MonitoringReport) -> pl.DataFrame:
    return table_of(VersionQuality, report.qualities)


def read_experiment(place: Place, name: str) -> tuple[ExperimentReport, datetime]:
    """What came of an experiment, and when that was written. Raises as `read_drift`."""
    path = place.data / "reports" / f"experiment-{name}.json"
    if Path(path.name) != Path(f"experiment-{name}.json"):
        raise MissingArtefact(
            "An experiment whose name contains a slash has no report.", cure="Define it under another name."
        )
    found = ExperimentReport.load(path, place.command(f"experiments show {shlex.quote(name)}"))
    return found, written_at(path)


def variants_table(report: ExperimentReport) -> pl.DataFrame:
    """`name`, `exposed`, `customers` and the metrics."""
    means = {metric: [each.means.get(metric) for each in report.variants] for metric in METRICS}
    columns = [pl.Series(metric, values, pl.Float64) for metric, values in means.items()]
    return table_of(VariantResult, report.variants).with_columns(columns)


def comparisons_table(report: ExperimentReport) -> pl.DataFrame:
    """By metric and variant; `always_low`, `always_high`, relative to the control, hold at every look."""
    return table_of(MetricChange, report.comparisons).select(
        "metric", "variant", "control", "mean", "relative",
        always_low="always_relative_low", always_high="always_relative_high",
        fixed_low="fixed_relative_low", fixed_high="fixed_relative_high", progress="progress",
    )  # fmt: skip


def days_table(report: ExperimentReport) -> pl.DataFrame:
    """By day and variant, of the primary metric."""
    return table_of(ReportedDay, report.days)


def segments_table(report: ExperimentReport) -> pl.DataFrame:
    """By segment and variant, of the primary metric."""
    rows = [(segment, each) for segment in report.segments for each in segment.comparisons]
    names = [f"{segment.column}: {segment.value}" for segment, _ in rows]
    table = table_of(RelativeChange, [each for _, each in rows], segment=names)
    return table.select(
        "segment", "variant", pl.Series("customers", [sum(each.customers) for each, _ in rows], pl.Int64),
        "relative", always_low="always_relative_low", always_high="always_relative_high",
    )  # fmt: skip
