"""The report of an experiment: all that was found, as JSON, with null for what is infinite or not a number."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from stylo.experiments.analysis import analyse, daily
from stylo.experiments.comparison import Comparison, by_segment
from stylo.experiments.experiment import Experiment, Variant
from stylo.experiments.outcomes import Outcomes
from stylo.experiments.verdict import verdict
from stylo.operations import commands_experiments
from stylo.operations.experiments import ExperimentResult
from stylo.operations.report import experiment_report
from stylo.records.experiments import ExperimentReport

TRIAL = Experiment(
    name="more looks",
    layer="ranking",
    slot=(0.25, 0.5),
    salt="2020-09",
    variants=(Variant("control", 0.5), Variant("blend", 0.5, settings={"visual": 0.4})),
    metric="conversion",
    minimum_effect=0.05,
    planned_customers=10_000,
)
AT = datetime(2020, 9, 23, 8, 30, tzinfo=UTC)


def result(count: int) -> ExperimentResult:
    """Of so many customers, every fourth of whom bought; with none every number is unknown."""
    place = pl.int_range(count, eager=True)
    customers = pl.DataFrame(
        {
            "customer_id": place.cast(pl.String),
            "variant": (["control", "blend"] * count)[:count],
            "first_exposure": [datetime(2020, 9, 1)] * count,
            "finished": [True] * count,
            "converted": place % 4 < 1,
            "hits": pl.repeat(0, count, dtype=pl.UInt32, eager=True),
            "revenue": pl.repeat(1.0, count, dtype=pl.Float64, eager=True),
            "revenue_before": pl.repeat(0.0, count, dtype=pl.Float64, eager=True),
            "history": pl.repeat("new", count, dtype=pl.String, eager=True),
        },
        schema_overrides={"variant": pl.String, "first_exposure": pl.Datetime("us"), "finished": pl.Boolean},
    )  # fmt: skip
    analysis = analyse(customers, TRIAL)
    kept: Any = SimpleNamespace(state=SimpleNamespace(value="running"), started_at=AT, stopped_at=None)
    aside = Outcomes(customers, 1, 2, 3, 4, 5)
    segments = by_segment(customers, TRIAL, ["history"]) if count else None
    days = daily(customers, TRIAL)
    return ExperimentResult(kept, TRIAL, aside, analysis, verdict(analysis), segments, days)


@pytest.mark.parametrize("count", [0, 2, 4000])
def test_it_holds_all_that_was_found_and_is_read_again(tmp_path: Path, count: int) -> None:
    found = result(count)
    experiment_report(found).save(tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text(), parse_constant=pytest.fail)
    assert set(report) == {
        "name", "state", "started", "stopped", "experiment", "variants", "comparisons", "sample_ratio",
        "customers_a_day", "verdict", "segments", "segments_note", "days", "set_aside",
    }  # fmt: skip
    assert (report["state"], report["started"], report["stopped"]) == (
        "running", "2020-09-23 08:30:00+00:00", None,
    )  # fmt: skip
    assert report["experiment"] == json.loads(json.dumps(asdict(TRIAL)))
    compared = [*report["comparisons"], *(one for each in report["segments"] for one in each["comparisons"])]
    assert len(compared) == 3 + len(report["segments"])
    for each in compared:
        assert set(each) == {field.name for field in fields(Comparison)}
    assert report["set_aside"] == {
        "several_variants": 1, "gone_variant": 2, "later_exposures": 3, "unexposed_purchases": 4,
        "early_purchases": 5,
    }  # fmt: skip
    assert ExperimentReport.load(tmp_path / "report.json", "").verdict.text == found.verdict.text


def test_numbers_are_those_of_the_analysis(tmp_path: Path) -> None:
    found = result(4000)
    experiment_report(found).save(tmp_path / "report.json")
    report = ExperimentReport.load(tmp_path / "report.json", "")
    written, made = report.comparisons[0], found.analysis.comparisons[0]
    assert (written.metric, written.mean, written.relative) == (made.metric, made.mean, made.relative)
    assert written.always_relative == made.always_relative
    assert report.variants == found.analysis.variants
    assert report.days[0].day == date(2020, 9, 8)
    assert report.segments[0].customers == (2000, 2000)


def test_a_change_that_nobody_knows_yet_is_a_dash_on_the_command_line() -> None:
    (unknown, *_) = result(0).analysis.comparisons
    assert commands_experiments._row(unknown)[2] == "-"
    assert "nan" not in " ".join(commands_experiments._row(unknown))
    (known, *_) = result(400).analysis.comparisons
    assert commands_experiments._row(known)[2].endswith("%")
