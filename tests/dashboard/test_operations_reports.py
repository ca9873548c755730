"""Tables of the Operations page: whatever a file holds that is not refused can be shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_samples import ODD, SAMPLES, changed, places

from stylo.dashboard.evaluation.scores import models_table, read_scores, segment_tables
from stylo.dashboard.operations import reports as shown
from stylo.dashboard.operations.state import Place
from stylo.dashboard.reports import table_of
from stylo.errors import StyloError
from stylo.records.drift import DriftReport
from stylo.records.experiments import ExperimentReport
from stylo.records.operations import DataFile, MonitoringReport, RetrainingRun, VersionLineage
from stylo.records.record import TypedRecord
from stylo.records.scores import LossesOfKind, ScoresReport, WeekScores
from stylo.tables.folder import DataFolder

FILES: dict[type[TypedRecord], str] = {
    ScoresReport: "reports/final.json",
    DriftReport: "reports/drift.json",
    MonitoringReport: "reports/monitoring.json",
    ExperimentReport: "reports/experiment-e.json",
    RetrainingRun: "state/retraining/r/run.json",
    VersionLineage: "state/lineage/v.json",
}


def look(data: Path) -> None:
    """At everything that the pages make of the files."""
    place = Place(data, data / "state", "")
    scores = read_scores(DataFolder(data))[0].report
    models_table(scores)
    segment_tables(scores)
    for kind, rows in ((WeekScores, scores.by_week), (LossesOfKind, scores.losses)):
        table_of(kind, rows or ())
    drift = shown.read_drift(place)
    for signal in drift.signals:
        for distance in signal.distances:
            shown.weekly(drift, signal, distance)
    shown.quality_table(shown.read_monitoring(place))
    report, _ = shown.read_experiment(place, "e")
    for table in (shown.variants_table, shown.comparisons_table, shown.days_table, shown.segments_table):
        table(report)
    runs, wrong = shown.read_runs(place)
    for run in runs.values():
        shown.steps_table(run)
    lineage = shown.read_lineage(place, "v")
    shown.lineage_facts(lineage)
    table_of(DataFile, lineage.data.values(), name=list(lineage.data))
    for error in wrong:
        raise error


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for kind, name in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps(SAMPLES[kind]))
    return tmp_path


@pytest.mark.parametrize("kind", list(FILES), ids=lambda kind: kind.__name__)
@given(draw=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_odd_file_is_shown_or_refused(data: Path, kind: type[TypedRecord], draw: st.DataObject) -> None:
    at = draw.draw(st.sampled_from(list(places(SAMPLES[kind]))))
    found: Any = changed(SAMPLES[kind], at, draw.draw(st.sampled_from(ODD)))
    (data / FILES[kind]).write_text(json.dumps(found))
    try:
        look(data)
    except StyloError as error:
        assert FILES[kind].rpartition("/")[2] in error.problem


def test_a_mean_with_its_interval_takes_three_columns(data: Path) -> None:
    place = Place(data, data / "state", "")
    (row,) = shown.quality_table(shown.read_monitoring(place)).rows(named=True)
    assert [row[f"map12{end}"] for end in ("", "_low", "_high")] == [0.031, 0.021, 0.041]
    assert [row[f"expected{end}"] for end in ("", "_low", "_high")] == [None] * 3
    assert row["p99"] is None


def test_intervals_of_an_experiment_keep_the_names_of_the_page(data: Path) -> None:
    report, _ = shown.read_experiment(Place(data, data / "state", ""), "e")
    (row,) = shown.comparisons_table(report).rows(named=True)
    assert (row["always_low"], row["always_high"], row["fixed_high"]) == (-0.05, None, 0.2)
    (segment,) = shown.segments_table(report).rows(named=True)
    assert segment == {
        "segment": "history: None",
        "variant": "new",
        "customers": 81,
        "relative": 0.1,
        "always_low": -0.05,
        "always_high": None,
    }


def test_tables_without_rows_keep_their_columns() -> None:
    table = table_of(DataFile, [], name=[])
    assert table.height == 0
    assert table.schema == dict.fromkeys(("name", "fingerprint", "made_by", "made_at"), pl.String)
