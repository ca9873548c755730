"""What each strategy proposes, on a shop of two tastes whose answers a reader can see."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from helpers import AS_OF, catalogue, transactions, twins

from stylo.candidates.bought_together import BoughtTogether
from stylo.candidates.history import History
from stylo.candidates.personal import OwnPurchases
from stylo.candidates.popularity import Bestsellers, Popularity, decayed_sales
from stylo.candidates.similar_articles import SameStyle, VisualTwins
from stylo.candidates.strategy import candidates, neighbours
from stylo.recommender import ARTICLE_STRATEGIES, SHELVES, STRATEGIES, Recommender


def proposed(strategy: object, history: History, customer: int, k: int = 50) -> list[int]:
    found = candidates(strategy, history, pl.Series([customer], dtype=pl.UInt32), AS_OF, k)
    return found["article"].to_list()


def near(strategy: object, history: History, article: int) -> list[tuple[int, float]]:
    found = neighbours(strategy, history, pl.Series([article], dtype=pl.Int32), AS_OF, 50)
    return found.select("neighbour", "score").rows()


def test_own_purchases_come_last_bought_first(small_history: History) -> None:
    assert proposed(OwnPurchases(), small_history, 1) == [13, 10, 11]
    assert proposed(OwnPurchases(days=10), small_history, 1) == [13]
    assert proposed(OwnPurchases(), small_history, 9) == []


def test_own_purchases_of_one_day_come_by_how_often_they_were_bought() -> None:
    rows = [
        ("2020-09-01", 1, 5),
        ("2020-09-01", 1, 6),
        ("2020-08-01", 1, 6),
        ("2018-01-01", 1, 4),
        ("2018-01-02", 1, 3),
    ]
    history = History(transactions(*rows), catalogue())
    assert proposed(OwnPurchases(), history, 1) == [6, 5, 3, 4]


def test_bestsellers_count_the_last_week_only() -> None:
    rows = [("2020-08-31", 1, 7)] * 5 + [("2020-09-01", 1, 8), ("2020-09-07", 2, 8), ("2020-09-07", 2, 9)]
    history = History(transactions(*rows), catalogue())
    assert proposed(Bestsellers(days=7), history, 3) == [8, 9]
    assert proposed(Bestsellers(days=8), history, 3) == [7, 8, 9]


def test_a_visit_has_one_vote_for_what_is_popular_shared_by_its_articles() -> None:
    baskets = [(1, 7), (1, 8), (1, 8), (1, 9), (1, 10)], [(2, 7)], [(3, 8), (3, 9)]
    rows = [("2020-09-07", *each) for basket in baskets for each in basket]
    found = candidates(
        Popularity(half_life=1),
        History(transactions(*rows), catalogue()),
        pl.Series([4], dtype=pl.UInt32),
        AS_OF,
        5,
    )
    votes = {7: 1 / 4 + 1, 8: 1 / 4 + 1 / 2, 9: 1 / 4 + 1 / 2, 10: 1 / 4}
    assert found["article"].to_list() == list(votes)
    assert found["score"].to_list() == pytest.approx(
        [vote / 2 for vote in votes.values()]
    )  # a day is one half-life


def test_popularity_halves_with_every_half_life() -> None:
    rows = (
        [("2020-08-29", n, 7) for n in (1, 2, 3)]
        + [("2020-09-03", n, 8) for n in (1, 2)]
        + [("2020-09-07", 2, 9)]
    )
    found = candidates(
        Popularity(half_life=5),
        History(transactions(*rows), catalogue()),
        pl.Series([3], dtype=pl.UInt32),
        AS_OF,
        5,
    )
    expected = {7: 3 / 4, 8: 2 / 2, 9: 0.5 ** (1 / 5)}
    assert dict(found.select("article", "score").iter_rows()) == pytest.approx(expected)


def test_popularity_forgets_what_is_older_than_ten_half_lives() -> None:
    rows = [("2020-08-29", 1, 7), ("2020-08-28", 1, 8)]  # 10 and 11 days before
    history = History(transactions(*rows), catalogue())
    assert proposed(Popularity(half_life=1), history, 3) == [7]


def test_decayed_sales_are_the_same_in_any_order_of_rows() -> None:
    # Pairs of articles with the same days of sale: their scores must tie to the last bit.
    random = np.random.default_rng(0)
    days = [date(2020, 8, 1) + timedelta(days=int(day)) for day in random.integers(0, 38, 20_000)]
    pairs = random.integers(0, 500, 20_000)
    rows = [
        (day.isoformat(), 1, int(2 * pair + twin))
        for day, pair in zip(days, pairs, strict=True)
        for twin in (0, 1)
    ]
    frame = transactions(*rows)
    scores = [
        decayed_sales(
            History(frame.sample(fraction=1, shuffle=True, seed=seed), catalogue()), AS_OF, 5.0
        ).collect()
        for seed in range(3)
    ]
    for found in scores:
        by_article = dict(found.iter_rows())
        assert by_article == dict(scores[0].iter_rows())
        assert all(
            by_article[article] == by_article[article + 1] for article in by_article if article % 2 == 0
        )


def test_bought_together_is_the_shrunk_cosine_of_baskets(small_history: History) -> None:
    # 10 and 11 share two baskets of two each; 10 and 12 share one, and 12 has one.
    found = near(BoughtTogether(shrinkage=3), small_history, 10)
    assert [article for article, _ in found] == [11, 12]
    assert [score for _, score in found] == pytest.approx(
        [2 / (math.sqrt(2 * 2) + 3), 1 / (math.sqrt(2 * 1) + 3)]
    )


def test_bought_together_counts_an_article_once_a_basket_and_leaves_out_huge_ones() -> None:
    rows = [("2020-09-01", 1, 5), ("2020-09-01", 1, 5), ("2020-09-01", 1, 6)]
    huge = [("2020-09-02", 2, article) for article in (5, 7, 8, 9)]
    history = History(transactions(*rows, *huge), catalogue())
    found = near(BoughtTogether(shrinkage=0, largest_basket=3), history, 5)
    assert found == [(6, pytest.approx(1.0))]


def test_bought_together_keeps_a_basket_of_just_the_largest_size_and_the_newest_days_only() -> None:
    rows = [
        ("2020-08-01", 1, 5),
        ("2020-08-01", 1, 9),
        ("2020-09-01", 1, 5),
        ("2020-09-01", 1, 6),
        ("2020-09-01", 1, 7),
    ]
    history = History(transactions(*rows), catalogue())
    assert [article for article, _ in near(BoughtTogether(largest_basket=3), history, 5)] == [6, 7, 9]
    assert near(BoughtTogether(largest_basket=2), history, 6) == []
    assert [article for article, _ in near(BoughtTogether(rows=4), history, 5)] == [6, 7]
    # From the 1st of August to AS_OF are 38 days.
    assert [article for article, _ in near(BoughtTogether(days=38), history, 5)] == [6, 7, 9]
    assert [article for article, _ in near(BoughtTogether(days=37), history, 5)] == [6, 7]


def test_the_two_tastes_never_mix(small_history: History) -> None:
    for strategy in (OwnPurchases(), BoughtTogether(), SameStyle()):
        for customer in (1, 2):
            assert set(proposed(strategy, small_history, customer)) <= {10, 11, 12, 13, 30}
        for customer in (3, 4):
            assert set(proposed(strategy, small_history, customer)) <= {20, 21, 22, 23}


def test_same_style_puts_the_closest_match_first_and_the_better_seller_before_the_other() -> None:
    articles = catalogue((1, 1, 1, 1), (2, 1, 1, 1), (3, 1, 1, 1), (4, 1, 1, 2), (5, 2, 1, 1), (6, 2, 2, 1))
    history = History(transactions(("2020-09-01", 9, 3)), articles)
    assert [article for article, _ in near(SameStyle(), history, 1)] == [3, 2, 4, 5]


def test_sales_never_outweigh_a_closer_match() -> None:
    articles = catalogue((1, 1, 1, 1), (2, 1, 1, 1), (3, 1, 1, 2), (4, 9, 1, 1))
    history = History(transactions(*[("2020-09-01", 9, 4)] * 90, *[("2020-09-01", 9, 3)] * 50), articles)
    found = near(SameStyle(), history, 1)
    assert [article for article, _ in found] == [2, 3, 4]
    assert [score for _, score in found] == pytest.approx([1.0, 0.6 + 0.1 * 50 / 90, 0.4 + 0.1])


def test_visual_twins_reach_an_article_that_nobody_has_bought(small_history: History) -> None:
    assert 30 in proposed(VisualTwins(), small_history, 1)
    assert near(VisualTwins(), small_history, 30) == [(10, pytest.approx(0.9))]


def test_the_hybrid_goes_by_plain_twins_and_the_shelf_by_those_that_are_shown() -> None:
    rows = transactions(("2020-09-07", 1, 10))
    history = History(rows, catalogue(), twins((10, 11, 0.9)), plain_twins=twins((10, 12, 0.8)))
    for_customers, fused, shelf = (
        next(each for each in strategies if isinstance(each, VisualTwins))
        for strategies in (STRATEGIES, ARTICLE_STRATEGIES, SHELVES)
    )
    for known in (history, history.over(rows), history.with_embeddings({})):
        assert proposed(for_customers, known, 1) == [12]
        assert near(fused, known, 10) == [(12, pytest.approx(0.8))]
        assert near(shelf, known, 10) == [(11, pytest.approx(0.9))]
    found = Recommender().similar(history, pl.Series([10], dtype=pl.Int32), AS_OF)
    by_strategy = {strategy: of["neighbour"].to_list() for (strategy,), of in found.group_by("strategy")}
    assert by_strategy["visual twins"] == [11]
    assert 12 in by_strategy["hybrid"]
    assert 11 not in by_strategy["hybrid"]
    # Where the twins that are shown are plain themselves, there is no other table.
    alone = History(rows, catalogue(), twins((10, 11, 0.9)))
    assert proposed(for_customers, alone, 1) == [11]


def test_a_recent_purchase_speaks_louder_than_an_old_one() -> None:
    rows = [("2020-03-01", 1, 10), ("2020-09-07", 1, 20)]
    history = History(transactions(*rows), catalogue(), twins((10, 11, 0.99), (20, 21, 0.5)))
    assert proposed(VisualTwins(), history, 1) == [21, 11]
