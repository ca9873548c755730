"""What came of an experiment, for programs and for the page."""

from __future__ import annotations

from dataclasses import asdict

from stylo.operations.experiments import ExperimentResult
from stylo.records.experiments import (
    ExperimentReport,
    MetricChange,
    RelativeChange,
    ReportedDay,
    ReportedExperiment,
    ReportedSegment,
    ReportedVerdict,
    SetAside,
)


def experiment_report(result: ExperimentResult) -> ExperimentReport:
    """What pages draw, and what `reports/experiment-NAME.json` holds."""
    analysis, verdict = result.analysis, result.verdict
    return ExperimentReport(
        name=result.experiment.name,
        state=result.kept.state.value,
        started=result.kept.started_at,
        stopped=result.kept.stopped_at,
        experiment=ReportedExperiment(**asdict(result.experiment)),
        variants=analysis.variants,
        comparisons=tuple(MetricChange(**vars(each)) for each in analysis.comparisons),
        sample_ratio=vars(analysis.sample_ratio),
        customers_a_day=analysis.customers_a_day,
        verdict=ReportedVerdict(state=verdict.state, winner=verdict.winner, text=verdict.text),
        segments=tuple(
            ReportedSegment(
                column=each.column,
                value=each.value,
                customers=each.customers,
                comparisons=tuple(RelativeChange(**vars(one)) for one in each.comparisons),
            )
            for each in (result.segments.segments if result.segments else ())
        ),
        segments_note=result.segments.note if result.segments else "",
        days=tuple(ReportedDay(**row) for row in result.days.rows(named=True)),
        set_aside=SetAside(**vars(result.outcomes)),
    )
