"""The diagnosis of a backtest: what the watched hybrid saw, counted on a shop of two products."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from boutique import END
from helpers import AS_OF, catalogue, transactions
from polars.testing import assert_frame_equal

from stylo.candidates.history import History
from stylo.candidates.own_purchases import OwnPurchases
from stylo.candidates.popularity import Bestsellers
from stylo.candidates.variants import Variants
from stylo.evaluation import diagnosis
from stylo.evaluation.backtest import backtest
from stylo.evaluation.diagnosis import Watched, diagnose, remarks
from stylo.evaluation.models import BASELINES
from stylo.recommender import Recommender

RIVAL = BASELINES[-1].name
DAY = END - timedelta(days=7)
BUYERS = pl.Series([1, 7, 30, 31, 32, 200], dtype=pl.UInt32)


def test_what_is_watched_gives_the_lists_of_the_recommender_alone(
    boutique: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    hybrid = Recommender()
    expected = hybrid.recommend(boutique, BUYERS, DAY)
    for at_a_time in (2_000, 4):
        monkeypatch.setattr("stylo.ranking.chunks.SIZE", at_a_time)
        watched = Watched(hybrid)
        assert watched.name == "hybrid"
        assert_frame_equal(watched.recommend(boutique, BUYERS, DAY), expected, check_exact=True)


def test_what_is_remembered_is_all_that_was_proposed_and_the_beginning_of_the_order(
    boutique: History,
) -> None:
    watched = Watched(Recommender())
    lists = watched.recommend(boutique, BUYERS, DAY)
    long_list, candidates = pl.concat(watched.long_lists[DAY]), pl.concat(watched.candidates[DAY])
    assert_frame_equal(long_list.filter(pl.col("rank") <= 12), lists.select("customer", "article", "rank"))
    # There are fewer than a hundred articles: the long lists hold all the candidates, each once.
    assert candidates.is_duplicated().sum() == 0
    assert_frame_equal(long_list.select("customer", "article"), candidates, check_row_order=False)
    for _, mine in long_list.group_by("customer"):
        assert mine["rank"].to_list() == list(range(1, mine.height + 1))


# Two products in two colours each, and hats, of which nobody had bought one.
WHITE, RED, BELT, BROWN, HAT = 1_001, 1_002, 2_001, 2_002, 3_001


def ago(days: int) -> str:
    return str(AS_OF - timedelta(days=days))


#: Before the week: customer 1 bought WHITE, 2 WHITE and BELT, 3 RED, long ago. 4 is new.
PAST = [(ago(3), 1, WHITE), (ago(20), 2, WHITE), (ago(3), 2, BELT), (ago(200), 3, RED)]
#: In the week: a repurchase, a variant, the bestseller, and what nobody could propose.
WEEK = [(ago(-1), 1, WHITE), (ago(-1), 1, RED), (ago(-2), 3, BELT), (ago(0), 4, HAT), (ago(0), 4, WHITE)]


def diagnosed(*week: tuple[str, int, int]) -> dict[str, Any]:
    articles = catalogue((WHITE, 1, 1, 1), (RED, 1, 1, 2), (BELT, 2, 2, 1), (BROWN, 2, 2, 2), (HAT, 3, 3, 3))
    history = History(transactions(*PAST, *week), articles)
    strategies = (OwnPurchases(), Variants(), Bestsellers(days=7))
    # The bestsellers count nothing: they are proposed to all and come last.
    watched = Watched(Recommender(strategies=strategies, weights={"own purchases": 1.0, "variants": 0.5}))
    lists: dict[tuple[date, str], pl.DataFrame] = {}

    def keep(cutoff: date, model: str, ranked: pl.DataFrame) -> None:
        lists[cutoff, model] = ranked

    result = backtest([*BASELINES, watched], history, [AS_OF], 7, keep=keep)
    return diagnose(result, lists, watched, history, RIVAL)


def test_every_purchase_of_the_week_is_accounted_for() -> None:
    # Proposed: to 1 WHITE, RED, BELT; to 3 RED, WHITE, BELT; to 4 WHITE and BELT. All are among the first twelve.
    found = {row.pop("kind"): row for row in diagnosed(*WEEK)["losses"]}
    assert list(found) == ["all", "never sold", "repurchase", "variant", "sold to others"]

    def became(bought: int, hit: int, lost: int) -> dict[str, int]:
        return {"bought": bought, "hit": hit, "ranked low": 0, "not proposed": lost}

    assert found["all"] == became(5, 4, 1)
    assert found["never sold"] == became(1, 0, 1)
    assert found["repurchase"] == became(1, 1, 0)
    assert found["variant"] == became(1, 1, 0)
    assert found["sold to others"] == became(2, 2, 0)


def test_articles_that_were_never_sold_are_looked_for_in_the_lists() -> None:
    found = diagnosed(*WEEK)["cold_articles"]
    # The only one is the hat, which customer 4 was not recommended.
    recalls = dict.fromkeys(("recall@12", "recall@100", "hit_rate@12", "hit_rate@100"), 0.0)
    assert found == {"bought": 1, "customers": 1, "share_of_recommendations": 0.0} | recalls


def test_a_cold_variant_of_what_was_bought_is_found() -> None:
    found = diagnosed((ago(0), 2, BROWN), (ago(0), 4, HAT))["cold_articles"]
    # Customer 2 is recommended WHITE, BELT, RED and BROWN, customer 4 WHITE and BELT: one of six is cold.
    assert found == {
        "bought": 2,
        "customers": 2,
        "recall@12": 1 / 2,
        "recall@100": 1 / 2,
        "hit_rate@12": 1 / 2,
        "hit_rate@100": 1 / 2,
        "share_of_recommendations": pytest.approx(1 / 6),
    }


def test_where_nothing_cold_was_bought_there_is_no_share_of_it() -> None:
    found = diagnosed((ago(0), 1, WHITE))
    cold = found["cold_articles"]
    assert (cold["bought"], cold["customers"]) == (0, 0)
    assert cold["recall@12"] is cold["recall@100"] is cold["hit_rate@12"] is cold["hit_rate@100"] is None
    assert remarks(found) == [
        "Purchases in all: 1; 100.0% recommended, 0.0% proposed but ranked low, 0.0% not proposed."
    ]


def test_segments_have_every_model_and_the_lists_of_their_customers() -> None:
    segments = diagnosed(*WEEK)["segments"]
    lists = {(row["recency"], row["model"]): row["lists"] for row in segments["recency"]}
    models = [*(each.name for each in BASELINES), "hybrid"]
    assert lists == {(label, model): 1 for label in ("≤ 7 days", "> 90", "never") for model in models}
    hybrid = {row["activity"]: row for row in segments["activity"] if row["model"] == "hybrid"}
    assert {label: row["lists"] for label, row in hybrid.items()} == {"0": 1, "1–4": 2}
    # Customer 4 wanted two and got WHITE, BELT: precision 1 at the first, ÷ 2.
    assert hybrid["0"]["map@12"] == pytest.approx(1 / 2)


def test_every_model_has_its_properties_beside_accuracy() -> None:
    beyond = diagnosed(*WEEK)["beyond_accuracy"]
    assert list(beyond) == [*(each.name for each in BASELINES), "hybrid"]
    # Recommended are WHITE, RED and BELT, of five articles; sold in four weeks were WHITE and BELT.
    assert beyond["hybrid"]["articles"] == 3
    assert beyond["hybrid"]["coverage_of_catalogue"] == pytest.approx(3 / 5)
    assert beyond["hybrid"]["coverage_of_sold"] == 1
    # No list of "repurchase" has two articles that could differ.
    assert beyond["repurchase"]["product_type_diversity"] is None


def test_a_diagnosis_is_json() -> None:
    for week in (WEEK, WEEK[:1]):
        found = diagnosed(*week)
        assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_counts_add_up_over_weeks_and_shares_are_weighted_by_what_they_are_of() -> None:
    def week(bought: int, customers: int, recall: float, share: float) -> diagnosis.ColdArticles:
        return diagnosis.ColdArticles(bought, customers, recall, recall / 2, recall, recall, share)

    nan = float("nan")
    found = diagnosis._cold([week(3, 2, 1 / 3, 0.1), week(0, 0, nan, nan), week(1, 1, 1.0, 0.3)])
    assert found["bought"] == 4 and found["customers"] == 3
    assert found["recall@12"] == pytest.approx((3 * 1 / 3 + 1 * 1.0) / 4)
    assert found["recall@100"] == pytest.approx((3 * 1 / 6 + 1 * 1 / 2) / 4)
    assert found["hit_rate@12"] == pytest.approx((2 * 1 / 3 + 1 * 1.0) / 3)
    assert found["share_of_recommendations"] == pytest.approx(0.2)


def test_remarks_tell_shares_in_words() -> None:
    assert remarks(diagnosed(*WEEK)) == [
        "Purchases of articles never sold before the cutoff: 1; "
        "0.00% among the hybrid's first 12, 0.00% among its first "
        "100.",
        "Purchases in all: 5; 80.0% recommended, 0.0% proposed but ranked low, 20.0% not proposed.",
    ]
    rows = [{"kind": "all", "bought": 12_345, "hit": 1_234, "ranked low": 2_469, "not proposed": 8_642}]
    cold = {"bought": 1_234, "recall@12": 0.0123, "recall@100": 0.25}
    assert remarks({"cold_articles": cold, "losses": rows}) == [
        "Purchases of articles never sold before the cutoff: 1,234; "
        "1.23% among the hybrid's first 12, 25.00% among its "
        "first 100.",
        "Purchases in all: 12,345; 10.0% recommended, 20.0% proposed but ranked low, 70.0% not proposed.",
    ]
