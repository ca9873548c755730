"""What `final.py` leaves for programs: the reasons in predictions.parquet, and the report, on the demo shop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from helpers import REPOSITORY

from stylo.evaluation.metrics import METRICS
from stylo.recommender import STRATEGIES
from stylo.tables.folder import DataFolder

WHY = ["reason", "because", "days"]


@pytest.fixture(scope="module")
def predictions(demo_shop: Path) -> pl.DataFrame:
    return DataFolder(demo_shop).scan("predictions.parquet").collect()


@pytest.fixture(scope="module")
def report(demo_shop: Path) -> dict[str, Any]:
    return json.loads((demo_shop / "reports" / "final.json").read_text(), parse_constant=pytest.fail)


def test_every_article_of_the_hybrid_has_a_reason_and_no_other_has(predictions: pl.DataFrame) -> None:
    assert [predictions.schema[name] for name in WHY] == [
        pl.List(pl.String),
        pl.List(pl.String),
        pl.List(pl.Int32),
    ]
    hybrid = predictions.filter(model="hybrid")
    assert hybrid.height > 0
    for name in WHY:
        assert (hybrid[name].list.len() == hybrid["article_id"].list.len()).all()
        assert predictions.filter(pl.col("model") != "hybrid")[name].is_null().all()
    kinds = {"again", "variant", *(strategy.name for strategy in STRATEGIES)}
    assert set(hybrid["reason"].explode()) <= kinds
    assert hybrid["reason"].explode().null_count() == 0


def test_the_purchase_that_led_to_an_article_was_made_when_it_is_said_to_be(
    demo_shop: Path, predictions: pl.DataFrame
) -> None:
    folder = DataFolder(demo_shop)
    bought = (
        folder.scan("transactions.parquet")
        .join(folder.scan("customers.parquet").select("customer", "customer_id"), on="customer")
        .join(folder.scan("articles.parquet").select("article", "article_id"), on="article")
        .select("customer_id", because="article_id", day="t_dat")
        .unique()
        .collect()
    )
    rows = predictions.filter(model="hybrid").explode("article_id", "reason", "because", "days")
    led = rows.drop_nulls("because").with_columns(day=pl.col("cutoff") - pl.duration(days="days"))
    assert led.height > 0
    assert (led["days"] >= 1).all()
    assert led.join(bought, on=["customer_id", "because", "day"], how="anti").is_empty()
    assert rows.filter(pl.col("because").is_null() != pl.col("days").is_null()).is_empty()
    again = rows.filter(reason="again")
    assert again.height > 0 and (again["because"] == again["article_id"]).all()
    variants = rows.filter(reason="variant")
    assert (variants["because"].str.slice(0, 7) == variants["article_id"].str.slice(0, 7)).all()
    assert (variants["because"] != variants["article_id"]).all()
    # Who has the article is told so.
    owned = rows.join(
        bought.rename({"because": "article_id"}), on=["customer_id", "article_id"], suffix="_of"
    ).filter(pl.col("day") < pl.col("cutoff"))
    assert set(owned["reason"]) == {"again"}


def test_the_weeks_weighted_by_their_lists_come_to_the_overall_figures(report: dict[str, Any]) -> None:
    assert report["weeks"] == len({row["cutoff"] for row in report["by_week"]}) == 2
    for name, overall in report["models"].items():
        weeks = [row for row in report["by_week"] if row["model"] == name]
        assert sum(row["lists"] for row in weeks) == report["customers"]
        for metric in METRICS:
            mean = sum(row[metric] * row["lists"] for row in weeks) / report["customers"]
            assert mean == pytest.approx(overall[metric])


def test_the_figures_of_the_report_agree_with_each_other(report: dict[str, Any]) -> None:
    found, everything = report["recall_at"], report["losses"][0]
    assert found["bought"] == everything["bought"]
    assert found["12"] == pytest.approx(everything["hit"] / everything["bought"])
    assert found["all"] == pytest.approx(1 - everything["not proposed"] / everything["bought"])
    shares = [found[label] for label in ("12", "24", "50", "100", "all")]
    assert shares == sorted(shares)
    strategies = report["strategies"]
    assert [row["strategy"] for row in strategies] == sorted(each.name for each in STRATEGIES)
    # Every hit has one strategy that comes first, and one at least that proposed it.
    assert sum(row["first"] for row in strategies) == everything["hit"]
    for row in strategies:
        assert row["alone"] <= row["first"] <= row["hits"] <= row["recommended"]
        assert row["recall@12"] <= row["recall@all"] <= found["all"]


def test_every_key_of_the_report_is_documented(report: dict[str, Any]) -> None:
    text = (REPOSITORY / "docs" / "scripts.md").read_text()
    rows = report["by_week"] + report["strategies"] + report["losses"]
    rows += [report["recall_at"], report["cold_articles"], report["models"]["hybrid"]]
    rows += (
        report["segments"]["recency"] + report["segments"]["activity"] + [report["beyond_accuracy"]["hybrid"]]
    )
    for key in {*report, *(key for row in rows for key in row)}:
        assert f"`{key}`" in text, key
