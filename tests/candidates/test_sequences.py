"""What is bought next: counted from one purchase to the later ones, never back."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from boutique import END
from helpers import AS_OF, catalogue, transactions

from stylo.candidates import bought_together
from stylo.candidates.bought_together import BoughtNext, BoughtTogether
from stylo.candidates.history import History
from stylo.candidates.strategy import candidates, neighbours


def following(strategy: BoughtNext, history: History, article: int) -> dict[int, float]:
    found = neighbours(strategy, history, pl.Series([article], dtype=pl.Int32), AS_OF, 50)
    return dict(found.select("neighbour", "score").iter_rows())


def shop(*rows: tuple[str, int, int]) -> History:
    return History(transactions(*rows), catalogue())


def test_what_followed_is_a_directed_shrunk_cosine_that_fades() -> None:
    # 5 was bought 20 days before AS_OF, 6 ten days later; with half-lives of ten days.
    history = shop(("2020-08-19", 1, 5), ("2020-08-29", 1, 6))
    strategy = BoughtNext(gap_half_life=10, half_life=10, shrinkage=3)
    after, bought, bought_next = 0.5 * 0.5, 0.25, 0.5
    assert following(strategy, history, 5) == {
        6: pytest.approx(after / (math.sqrt(bought * bought_next) + 3)),
    }
    assert following(strategy, history, 6) == {}


def test_a_basket_counts_both_ways() -> None:
    history = shop(("2020-09-07", 1, 5), ("2020-09-07", 1, 6))
    strategy = BoughtNext(half_life=1, shrinkage=1)
    assert following(strategy, history, 5) == {6: pytest.approx(0.5 / (0.5 + 1))}
    assert following(strategy, history, 6) == {5: pytest.approx(0.5 / (0.5 + 1))}


def test_what_comes_sooner_counts_more_and_what_comes_too_late_nothing() -> None:
    history = shop(("2020-08-01", 1, 5), ("2020-08-05", 1, 6), ("2020-08-11", 1, 7), ("2020-08-12", 1, 8))
    assert [*following(BoughtNext(within=10, gap_half_life=2), history, 5)] == [6, 7]


def test_a_purchase_counts_once_a_day_but_again_on_another() -> None:
    once = shop(("2020-09-01", 1, 5), ("2020-09-02", 1, 6))
    twice = shop(("2020-09-01", 1, 5), ("2020-09-01", 1, 5), ("2020-09-02", 1, 6))
    again = shop(("2020-08-31", 1, 5), ("2020-09-01", 1, 5), ("2020-09-02", 1, 6))
    strategy = BoughtNext()
    assert following(strategy, twice, 5) == following(strategy, once, 5)
    assert following(strategy, again, 5)[6] > following(strategy, once, 5)[6]


def test_customers_are_never_mixed_up() -> None:
    assert following(BoughtNext(), shop(("2020-09-01", 1, 5), ("2020-09-02", 2, 6)), 5) == {}


def test_only_the_newest_days_and_the_last_purchases_of_a_customer_count() -> None:
    history = shop(("2020-08-30", 1, 5), ("2020-09-01", 1, 6), ("2020-09-02", 1, 7), ("2020-09-03", 2, 9))
    assert following(BoughtNext(), history, 5).keys() == {6, 7}
    for bounded in (BoughtNext(rows=3), BoughtNext(purchases=2)):
        assert following(bounded, history, 5) == {}
        assert following(bounded, history, 6).keys() == {7}


def test_a_customer_is_offered_what_others_bought_next() -> None:
    history = shop(("2020-08-01", 1, 5), ("2020-08-03", 1, 6), ("2020-08-01", 2, 5), ("2020-08-03", 3, 6))
    found = candidates(BoughtNext(), history, pl.Series([2, 3], dtype=pl.UInt32), AS_OF, 5)
    assert found.select("customer", "article").rows() == [(2, 6)]


@pytest.mark.parametrize("strategy", [BoughtTogether(), BoughtNext()], ids=lambda each: each.name)
def test_the_neighbours_are_the_same_however_many_purchases_are_paired_at_a_time(
    strategy: BoughtTogether | BoughtNext, boutique: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = strategy.fit(boutique, END)
    assert len(whole.neighbour) > 100
    monkeypatch.setattr(bought_together, "_PAIRED", 500)
    found = strategy.fit(boutique, END)
    for name in ("start", "neighbour", "score"):
        assert np.array_equal(getattr(found, name), getattr(whole, name))
