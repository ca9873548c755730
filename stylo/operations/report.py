"""What came of an experiment, for programs and for the page."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from stylo.operations.experiments import Result


def experiment_report(result: Result) -> dict[str, Any]:
    """As JSON has it; what pages draw, and what `reports/experiment-NAME.json` holds."""
    aside = result.outcomes
    return {
        "name": result.experiment.name,
        "state": result.kept.state.value,
        "started": result.kept.started_at,
        "stopped": result.kept.stopped_at,
        "experiment": asdict(result.experiment),
        "variants": [asdict(each) for each in result.analysis.variants],
        "comparisons": [_plain(asdict(each)) for each in result.analysis.comparisons],
        "sample_ratio": asdict(result.analysis.sample_ratio),
        "customers_a_day": result.analysis.customers_a_day,
        "verdict": {
            "state": result.verdict.state,
            "winner": result.verdict.winner,
            "text": result.verdict.text,
        },
        "segments": []
        if result.segments is None
        else [_plain(asdict(each)) for each in result.segments.segments],
        "segments_note": "" if result.segments is None else result.segments.note,
        "days": [_plain(row) for row in result.days.rows(named=True)],
        "set_aside": {
            "several_variants": aside.several_variants,
            "gone_variant": aside.gone_variant,
            "later_exposures": aside.later_exposures,
            "unexposed_purchases": aside.unexposed_purchases,
            "early_purchases": aside.early_purchases,
        },
    }


def _plain(value: Any) -> Any:
    """Without what JSON has not: not a number, infinite."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value
