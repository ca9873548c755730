"""Records: what is written is read again, and whatever else lies in a file is refused in one way."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from helpers import REPOSITORY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_samples import ODD, SAMPLES, Place, changed, places

from stylo.errors import DamagedArtefact, MissingArtefact
from stylo.records.drift import DriftReport
from stylo.records.experiments import ExperimentReport
from stylo.records.operations import MonitoringReport, RetrainingRun, VersionLineage
from stylo.records.record import TypedRecord
from stylo.records.rules import AlarmRules, GateLimits
from stylo.records.scores import ScoresReport
from stylo.records.scripts import FidelityReport, ScriptReport, script_report

NOW = datetime(2020, 9, 17, 8, 30, tzinfo=UTC)

kinds = pytest.mark.parametrize("kind", list(SAMPLES), ids=lambda kind: kind.__name__)


def load(folder: Path, kind: type[TypedRecord], found: object) -> Any:
    """Reads what a file with this content holds."""
    (folder / "file.json").write_text(json.dumps(found))
    return kind.load(folder / "file.json", "python again.py")


@pytest.mark.parametrize(
    ("imported", "unwanted"),
    [
        (
            "stylo.script, data_optim, split_data, visual_features",
            "pydantic",
        ),  # it would slow down their start
        (
            "stylo.records.operations, stylo.records.experiments, stylo.records.drift",
            "scipy sqlalchemy mlflow",
        ),
    ],
)
def test_models_load_little_and_scripts_load_them_late(imported: str, unwanted: str) -> None:
    code = f"import sys, {imported}; assert not {set(unwanted.split())!r} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True)


def test_every_kind_of_file_is_in_the_documents() -> None:
    text = (REPOSITORY / "docs" / "data.md").read_text()
    for kind in (*SAMPLES, GateLimits, AlarmRules):
        assert f"`{kind.__name__}`" in text


@kinds
def test_a_file_is_written_again_as_it_was_read(tmp_path: Path, kind: type[TypedRecord]) -> None:
    found = load(tmp_path, kind, SAMPLES[kind])
    found.save(tmp_path / "again.json")
    assert json.loads((tmp_path / "again.json").read_text()) == SAMPLES[kind]
    assert kind.load(tmp_path / "again.json", "") == found


@kinds
def test_a_field_of_a_newer_version_is_no_reason_to_refuse(tmp_path: Path, kind: type[TypedRecord]) -> None:
    newer = SAMPLES[kind] | {"of a newer version": [1]}
    assert (
        load(tmp_path, kind, newer).model_dump(exclude={"of a newer version"})
        == load(tmp_path, kind, SAMPLES[kind]).model_dump()
    )


@kinds
@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b"1" * 5000])
def test_what_is_no_json_is_damaged(tmp_path: Path, kind: type[TypedRecord], text: bytes) -> None:
    (tmp_path / "file.json").write_bytes(text)
    with pytest.raises(DamagedArtefact, match="not readable JSON") as error:
        kind.load(tmp_path / "file.json", "python again.py")
    assert error.value.cure == "Make it again: python again.py"


@kinds
@pytest.mark.parametrize("found", [[], None, 3, "text", True], ids=repr)
def test_what_is_no_object_is_damaged(tmp_path: Path, kind: type[TypedRecord], found: object) -> None:
    with pytest.raises(DamagedArtefact, match="does not have the expected contents"):
        load(tmp_path, kind, found)


@kinds
def test_a_file_that_is_not_there_names_what_makes_it(tmp_path: Path, kind: type[TypedRecord]) -> None:
    with pytest.raises(MissingArtefact) as error:
        kind.load(tmp_path / "file.json", "python again.py")
    assert error.value.cure == "Run python again.py"


@kinds
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_a_file_is_read_or_damaged(
    tmp_path: Path, kind: type[TypedRecord], data: st.DataObject
) -> None:
    found = SAMPLES[kind]
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.sampled_from(list(places(found))))
        odd = data.draw(st.sampled_from(ODD) | st.sampled_from([list(found), dict(found)] if found else [1]))
        found = changed(found, at, odd)
        if not isinstance(found, dict):
            break
    try:
        read = load(tmp_path, kind, found)
    except DamagedArtefact:
        return
    read.save(tmp_path / "again.json")
    again = kind.load(tmp_path / "again.json", "")
    assert again.to_json() == read.to_json()


@pytest.mark.parametrize(
    ("kind", "at", "odd"),
    [
        (ScoresReport, ("models", "hybrid", "map@12"), 1.2),
        (ScoresReport, ("models", "hybrid", "map@12"), "0.1"),
        (ScoresReport, ("models", "hybrid", "map@12"), math.nan),
        (ScoresReport, ("models", "hybrid", "ci95_all", "map@12"), [0.1]),
        (ScoresReport, ("models", "hybrid", "map@12_minus_popularity"), 0.1),
        (FidelityReport, ("figures", "a", "near"), "yes"),
        (MonitoringReport, ("qualities", 0, "cold"), -0.1),
        (MonitoringReport, ("qualities", 0, "degraded"), 1.01),
        (MonitoringReport, ("qualities", 0, "lists"), -1),
        (MonitoringReport, ("qualities", 0, "lists"), 10**30),
        (MonitoringReport, ("qualities", 0, "map12"), [0.1, 0.2]),
        (MonitoringReport, ("qualities", 0, "map12"), [0.1, 0.2, math.nan]),
        (MonitoringReport, ("since",), "yesterday"),
        (MonitoringReport, ("since",), 1600000000),
        (RetrainingRun, ("started",), "soon"),
        (RetrainingRun, ("steps", "compare", "gates", 0, "open"), "no"),
        (RetrainingRun, ("steps", "train", "map@12"), 2),
        (RetrainingRun, ("steps", "publish"), {}),
        (VersionLineage, ("scores", "map@12"), 1.2),
        (VersionLineage, ("data", "articles.parquet"), "9b"),
        (DriftReport, ("weeks", 0), "1600000000"),
        (DriftReport, ("weeks", 0), 737684),
        (DriftReport, ("level",), 5),
        (DriftReport, ("weeks",), ["2020-09-22"]),
        (DriftReport, ("signals", 0, "alarms"), [True]),
        (DriftReport, ("signals", 0, "alarms", 0), 0),
        (DriftReport, ("signals", 0, "distances"), []),
        (DriftReport, ("signals", 0, "distances", 0, "thresholds"), [None]),
        (DriftReport, ("signals", 0, "distances", 0, "year_before"), []),
        (DriftReport, ("signals", 0, "now"), [1.0]),
        (ExperimentReport, ("days", 0, "day"), "Thursday"),
        (ExperimentReport, ("days", 0, "day"), "2020-02-30"),
        (ExperimentReport, ("segments", 0, "customers"), [1, 2, 3]),
        (ExperimentReport, ("comparisons", 0, "always_relative"), [0.1, 0.2, 0.3]),
        (ExperimentReport, ("set_aside", "gone_variant"), None),
    ],
    ids=str,
)
def test_a_value_that_makes_no_sense_is_named_with_its_place(
    tmp_path: Path, kind: type[TypedRecord], at: Place, odd: object
) -> None:
    with pytest.raises(DamagedArtefact, match="does not have the expected contents") as error:
        load(tmp_path, kind, changed(SAMPLES[kind], at, odd))
    outer = str(at[0])
    assert error.value.where.startswith(outer) or "differ in length" in error.value.where


@pytest.mark.parametrize("share", [0, 1, 0.0, 1.0, 1 + 1e-12, -1e-12])
def test_a_share_may_be_whole_and_off_by_rounding(tmp_path: Path, share: float) -> None:
    found = changed(SAMPLES[MonitoringReport], ("qualities", 0, "cold"), share)
    assert load(tmp_path, MonitoringReport, found).qualities[0].cold == share


def test_what_is_not_finite_is_no_value_where_none_is_needed(tmp_path: Path) -> None:
    for odd in (math.nan, math.inf, -math.inf):
        found = changed(SAMPLES[ExperimentReport], ("comparisons", 0, "always_relative"), [odd, 0.1])
        assert load(tmp_path, ExperimentReport, found).comparisons[0].always_relative == (None, 0.1)


def test_a_file_never_holds_what_json_does_not_have(tmp_path: Path) -> None:
    found = changed(SAMPLES[ExperimentReport], ("comparisons", 0, "always"), [-math.inf, math.nan])
    load(tmp_path, ExperimentReport, found).save(tmp_path / "again.json")
    written = json.loads((tmp_path / "again.json").read_text(), parse_constant=pytest.fail)
    assert written["comparisons"][0]["always"] == [None, None]


def test_a_part_of_another_form_is_left_out_when_read_and_never_written(tmp_path: Path) -> None:
    odd = SAMPLES[ScoresReport] | {"losses": [{"kind": "all"}], "seconds": "long"}
    found = load(tmp_path, ScoresReport, odd)
    assert (found.losses, found.seconds) == (None, None)
    assert found.by_week is not None
    with pytest.raises(ValueError, match="losses"):
        script_report("final", odd | {"seconds": 1.0}, 1.0, None, NOW)


def test_a_script_without_a_model_of_its_own_keeps_what_it_tells(tmp_path: Path) -> None:
    made = script_report("split_data", {"folds": [{"weeks": 1}], "cutoff": "2020-09-16"}, 1.5, None, NOW)
    made.save(tmp_path / "split_data.json")
    assert json.loads((tmp_path / "split_data.json").read_text()) == {
        "seconds": 1.5,
        "peak_memory_bytes": None,
        "finished_at": "2020-09-17T08:30:00+00:00",
        "folds": [{"weeks": 1}],
        "cutoff": "2020-09-16",
    }
    assert ScriptReport.load(tmp_path / "split_data.json", "").seconds == 1.5


def test_a_moment_without_a_zone_is_utc(tmp_path: Path) -> None:
    plain = changed(SAMPLES[RetrainingRun], ("started",), "2020-09-23T08:30:00")
    assert (
        load(tmp_path, RetrainingRun, plain).started
        == load(tmp_path, RetrainingRun, SAMPLES[RetrainingRun]).started
    )


def test_steps_stand_in_their_order_under_the_names_of_the_file(tmp_path: Path) -> None:
    found = load(tmp_path, RetrainingRun, SAMPLES[RetrainingRun])
    assert list(found.steps.done()) == [
        "new days", "split", "photos", "twins", "train", "publish", "compare", "register", "promote",
    ]  # fmt: skip
