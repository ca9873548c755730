"""Reports as tables: what is in them is shown as it is, what is missing or odd is left out."""

from __future__ import annotations

import json
import math
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from stylo.dashboard.evaluation.scores import Scores, models_table, read_scores, segment_tables
from stylo.dashboard.reports import fidelity, made_up, read_report, runs, table_of
from stylo.dashboard.shop import open_shop
from stylo.errors import DamagedArtefact, MissingArtefact
from stylo.records.scores import ScoresReport, WeekScores
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder

RIVAL = "map@12_minus_filled"


def model(score: float, low: float, high: float, difference: float) -> dict[str, Any]:
    return {
        "map@12": score,
        "recall@12": 2 * score,
        "ndcg@12": 1.5 * score,
        "ci95": [low, high],
        "ci95_all": {"map@12": [low, high], "recall@12": [0.0, 1.0], "ndcg@12": [0.1, 0.9]},
        RIVAL: {"mean": difference, "ci95": [difference - 0.01, difference + 0.01]},
    }


REPORT: dict[str, Any] = {
    "seconds": 12.5,
    "peak_memory_bytes": 1000,
    "finished_at": "2020-09-17T08:30:00+00:00",
    "cutoff": "2020-09-16",
    "days": 7,
    "weeks": 2,
    "customers": 40,
    "models": {"popularity": model(0.02, 0.01, 0.03, -0.03), "hybrid": model(0.07, 0.05, 0.09, 0.02)},
    "by_week": [
        {
            "cutoff": "2020-09-09",
            "model": "hybrid",
            "lists": 20,
            "map@12": 0.06,
            "recall@12": 0.1,
            "ndcg@12": 0.1,
        },
    ],
    "segments": {
        "recency": [
            {
                "recency": "never",
                "model": "hybrid",
                "lists": 3,
                "map@12": 0.1,
                "difference": None,
                "difference_low": None,
                "difference_high": None,
            }
        ]
    },
    "recall_at": {
        "12": 0.1,
        "24": 0.2,
        "50": 0.3,
        "100": 0.4,
        "all": 0.5,
        "bought": 90,
        "candidates_per_list": 321.5,
    },
    "strategies": [
        {
            "strategy": "own purchases",
            "recommended": 9,
            "hits": 4,
            "alone": 1,
            "first": 2,
            "recall@12": 0.05,
            "recall@all": 0.1,
        }
    ],
    "losses": [{"kind": "all", "bought": 90, "hit": 9, "ranked low": 36, "not proposed": 45}],
    "cold_articles": {
        "bought": 0,
        "customers": 0,
        "recall@12": None,
        "recall@100": None,
        "hit_rate@12": None,
        "hit_rate@100": None,
        "share_of_recommendations": 0.01,
    },
    "beyond_accuracy": {
        "hybrid": {
            "articles": 120,
            "coverage_of_sold": 0.5,
            "coverage_of_catalogue": 0.4,
            "novelty": 9.5,
            "product_type_diversity": None,
            "department_diversity": 0.9,
            "bestseller_share": 0.2,
            "bestseller_share_of_purchases": 0.1,
            "gini": 0.6,
        }
    },
}
PARTS = ("by_week", "segments", "recall_at", "strategies", "losses", "cold_articles", "beyond_accuracy")


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    (tmp_path / "reports").mkdir()
    return DataFolder(tmp_path)


def write(folder: DataFolder, script: str, report: object) -> None:
    (folder.root / "reports" / f"{script}.json").write_text(json.dumps(report))


def part(scores: Scores, name: str) -> Any:
    return segment_tables(scores.report) if name == "segments" else getattr(scores.report, name)


def test_a_whole_report_is_shown_as_it_is(folder: DataFolder) -> None:
    write(folder, "final", REPORT)
    scores, instead = read_scores(folder)
    assert instead is None
    report = scores.report
    assert (report.cutoff, report.days, report.weeks, report.customers) == (date(2020, 9, 16), 7, 2, 40)
    assert report.rival == "filled"
    popularity, hybrid = models_table(report).rows(named=True)
    assert (hybrid["map@12"], hybrid["map@12_low"], hybrid["map@12_high"]) == (0.07, 0.05, 0.09)
    assert (hybrid["ndcg@12_low"], hybrid["ndcg@12_high"]) == (0.1, 0.9)
    assert hybrid["times_popularity"] == pytest.approx(0.07 / 0.02)
    assert popularity["times_popularity"] == 1
    assert (hybrid["difference"], hybrid["difference_low"]) == pytest.approx((0.02, 0.01))
    assert report.recall_at is not None and report.by_week is not None
    assert report.recall_at.candidates_per_list == 321.5
    assert report.recall_at.by_place() == {"12": 0.1, "24": 0.2, "50": 0.3, "100": 0.4, "all": 0.5}
    assert table_of(WeekScores, report.by_week).row(0)[:3] == (date(2020, 9, 9), "hybrid", 20)
    (segment,) = segment_tables(report).values()
    assert segment.columns[:4] == ["segment", "model", "lists", "map@12"]
    assert all(part(scores, name) for name in PARTS)


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize(
    "instead", ["gone", None, 5, "text", [], [1], {}, {"all": 1}, [{"kind": "all"}], [[]]], ids=repr
)
def test_a_part_that_is_missing_or_odd_is_left_out_and_the_rest_stays(
    folder: DataFolder, name: str, instead: object
) -> None:
    report = REPORT | {name: instead}
    if instead == "gone":
        del report[name]
    write(folder, "final", report)
    scores, _ = read_scores(folder)
    assert not part(scores, name)
    assert all(part(scores, other) for other in PARTS if other != name)


@pytest.mark.parametrize("odd", ["many", None, True, 1.5, 10**30, [1]], ids=repr)
def test_a_count_that_is_none_spoils_its_table(folder: DataFolder, odd: object) -> None:
    write(folder, "final", REPORT | {"losses": [REPORT["losses"][0] | {"bought": odd}]})
    assert read_scores(folder)[0].report.losses is None


def test_what_is_not_finite_counts_as_nothing(folder: DataFolder) -> None:
    hybrid = REPORT["models"]["hybrid"] | {"map@12": math.nan}
    write(folder, "final", REPORT | {"models": REPORT["models"] | {"hybrid": hybrid}})
    with pytest.raises(DamagedArtefact, match=r"models\.hybrid\.map@12"):
        read_scores(folder)


@pytest.mark.parametrize(
    "report", [{}, {"models": {}}, {"models": []}, {"models": {"hybrid": 1}}, [], 3, None], ids=repr
)
def test_a_report_without_models_names_the_script_to_run(folder: DataFolder, report: object) -> None:
    write(folder, "final", report)
    with pytest.raises(DamagedArtefact) as error:
        read_scores(folder)
    assert f"python final.py --data {folder.root}" in str(error.value)


def test_a_report_that_was_cut_off_is_damaged(folder: DataFolder) -> None:
    whole = json.dumps(REPORT)
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        (folder.root / "reports" / "final.json").write_text(whole[:length])
        with pytest.raises(DamagedArtefact):
            read_report(folder, "final", ScoresReport)
    (folder.root / "reports" / "final.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DamagedArtefact):
        read_report(folder, "final", ScoresReport)


def test_the_baselines_stand_in_for_a_hybrid_that_was_not_scored(folder: DataFolder) -> None:
    with pytest.raises(MissingArtefact, match=r"final\.json"):
        read_scores(folder)
    write(folder, "individual_baseline", REPORT)
    scores, instead = read_scores(folder)
    assert scores.script == "individual_baseline"
    assert isinstance(instead, MissingArtefact)
    write(folder, "final", REPORT | {"customers": 41})
    assert read_scores(folder)[0].report.customers == 41


def test_an_older_report_without_intervals_keeps_its_means(folder: DataFolder) -> None:
    plain = {"map@12": 0.05, "recall@12": 0.1, "ndcg@12": 0.07}
    write(folder, "final", {"models": {"hybrid": plain}})
    scores, _ = read_scores(folder)
    row = models_table(scores.report).row(0, named=True)
    assert row["map@12"] == 0.05
    assert row["map@12_low"] is None
    assert row["times_popularity"] is None
    report = scores.report
    assert (report.rival, report.cutoff, report.weeks) == (None, None, None)


def test_runs_are_those_that_left_a_report(folder: DataFolder) -> None:
    write(folder, "final", REPORT)
    write(folder, "split_data", {"seconds": "long"})
    (folder.root / "reports" / "demo.json").write_text("{")
    found = runs(folder, ["split_data", "final", "demo", "visual_reccs"])
    rows = found.select("script", "seconds", "peak_memory_bytes").rows()
    assert rows == [("split_data", None, None), ("final", 12.5, 1000.0)]


def test_a_copied_report_is_as_old_as_its_run_and_one_that_does_not_tell_as_old_as_its_file(
    folder: DataFolder,
) -> None:
    write(folder, "final", REPORT)
    write(folder, "split_data", {"seconds": 1.0})
    os.utime(folder.root / "reports" / "split_data.json", (0, 1_000_000_000))
    found = runs(folder, ["final", "split_data"])
    assert found["at"].to_list() == [datetime(2020, 9, 17, 8, 30), datetime(2001, 9, 9, 1, 46, 40)]


def test_fidelity_names_what_is_far_off(folder: DataFolder) -> None:
    assert fidelity(folder) is None
    near = {"generated": 1.0, "real": 1.1, "ratio": 0.91, "near": True, "source": ""}
    write(folder, "fidelity", {"figures": {"a": near, "b": near | {"ratio": 3.0, "near": False}}})
    found = fidelity(folder)
    assert found is not None
    assert found[0].height == 2
    assert found[1] == ["b"]
    write(folder, "fidelity", {"figures": {"a": near | {"near": "yes"}}})
    assert fidelity(folder) is None


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        (None, False),
        ("{", False),
        ("[]", False),
        ('{"tables": {"articles.csv": "another"}}', False),
        ('{"tables": {"articles.csv": "SAME"}}', True),
    ],
)
@pytest.mark.parametrize("where", ["beside the tables", "above the photos"])
def test_a_shop_is_made_up_if_its_articles_are_those_of_a_demo(
    tiny_shop: Path, tmp_path: Path, marker: str | None, expected: bool, where: str
) -> None:
    folder = DataFolder(tiny_shop)
    convert(tiny_shop, folder)
    from helpers import jpeg, put

    from stylo.artefacts import read_manifest

    put(tmp_path, "elsewhere/images/010/0108775015.jpg", jpeg())
    manifest = read_manifest(folder.path("articles.parquet"))
    assert manifest is not None
    if marker is not None:
        place = tiny_shop if where == "beside the tables" else tmp_path / "elsewhere"
        text = marker.replace("SAME", manifest.inputs["articles.csv"])
        (place / "demo_shop.json").write_text(text)
    assert made_up(open_shop(folder, tmp_path / "elsewhere" / "images")) is expected
