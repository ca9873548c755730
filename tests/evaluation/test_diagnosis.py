"""The diagnosis of a backtest: what the watched hybrid saw, counted on a shop of two products."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from helpers import AS_OF, catalogue, transactions

from stylo.candidates.history import History
from stylo.candidates.personal import OwnPurchases, Variants
from stylo.candidates.popularity import Bestsellers
from stylo.evaluation import diagnosis
from stylo.evaluation.backtest import BASELINES, backtest
from stylo.evaluation.diagnosis import diagnose, remarks
from stylo.evaluation.watched import Watched
from stylo.recommender import Recommender

RIVAL = BASELINES[-1].name


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


def test_every_week_has_every_model() -> None:
    found = diagnosed(*WEEK)["by_week"]
    assert [row["model"] for row in found] == [*(each.name for each in BASELINES), "hybrid"]
    assert {(row["cutoff"], row["lists"]) for row in found} == {(str(AS_OF), 3)}
    # Customer 1 wants WHITE and RED and gets them first; 3 gets BELT; 4 gets WHITE, and not the hat.
    assert found[-1]["recall@12"] == pytest.approx((1 + 1 + 1 / 2) / 3)


def test_recall_grows_with_the_list_up_to_all_candidates() -> None:
    # Proposed: to 1 three articles, to 3 three, to 4 two. Four of the five that were bought are among them.
    shares = dict.fromkeys(("12", "24", "50", "100", "all"), 4 / 5)
    assert diagnosed(*WEEK)["recall_at"] == shares | {"bought": 5, "candidates_per_list": 8 / 3}


def test_every_strategy_is_told_what_it_gave() -> None:
    # Own: WHITE to 1, RED to 3. Variants: RED to 1, WHITE to 3. Bestsellers: WHITE and BELT to all three.
    strategies = {row.pop("strategy"): row for row in diagnosed(*WEEK)["strategies"]}
    assert list(strategies) == ["bestsellers", "own purchases", "variants"]
    # Hits are WHITE and RED of 1, BELT of 3, WHITE of 4. WHITE of 1 has rank 1 with two: the name decides.
    sold = {"recommended": 6, "hits": 3, "alone": 2, "first": 3, "recall@12": 3 / 5, "recall@all": 3 / 5}
    own = {"recommended": 2, "hits": 1, "alone": 0, "first": 0, "recall@12": 1 / 5, "recall@all": 1 / 5}
    variants = {"recommended": 2, "hits": 1, "alone": 1, "first": 1, "recall@12": 1 / 5, "recall@all": 1 / 5}
    assert strategies == {"bestsellers": sold, "own purchases": own, "variants": variants}


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
