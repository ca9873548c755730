"""The contract that every strategy keeps."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from helpers import AS_OF, catalogue, members, transactions, vectors
from polars.testing import assert_frame_equal

from stylo.candidates.bought_together import BoughtNext, BoughtTogether
from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.candidates.lists import CANDIDATES, NEIGHBOURS
from stylo.candidates.matrix_factorisation import MatrixFactorisation
from stylo.candidates.personal import Favourites, OwnPurchases, Variants
from stylo.candidates.popularity import (
    Bestsellers,
    NewArrivals,
    Popularity,
    PopularityByAge,
    PopularityByChannel,
)
from stylo.candidates.similar_articles import SameStyle, StyleNeighbours, VisualTwins
from stylo.candidates.strategy import candidates, neighbours

FOR_ARTICLES: list[Any] = [
    BoughtTogether(),
    BoughtTogether(days=28),
    BoughtNext(),
    SameStyle(),
    StyleNeighbours(),
    VisualTwins(),
]
FOR_CUSTOMERS: list[Any] = [
    OwnPurchases(),
    OwnPurchases(days=30),
    Bestsellers(),
    Popularity(),
    MatrixFactorisation(),
    Variants(),
    Favourites(),
    PopularityByAge(),
    PopularityByChannel(),
    NewArrivals(),
    *FOR_ARTICLES,
]
each_strategy = pytest.mark.parametrize("strategy", FOR_CUSTOMERS, ids=repr)
each_article_strategy = pytest.mark.parametrize("strategy", FOR_ARTICLES, ids=repr)

EVERYONE = pl.Series([1, 2, 3, 4, 9], dtype=pl.UInt32)
ALL_ARTICLES = pl.Series([10, 11, 12, 13, 20, 21, 22, 23, 30], dtype=pl.Int32)


def with_another_future(history: History) -> History:
    """The same past; from AS_OF on, other customers buy other articles at other prices."""
    past = history.before(AS_OF).collect()
    future = history.before(date(2100, 1, 1)).collect().filter(pl.col("t_dat") >= AS_OF)
    changed = future.with_columns(
        customer=(pl.col("customer") + 1).cast(pl.UInt32),
        article=pl.lit(30, dtype=pl.Int32),
        price=pl.lit(9.0, dtype=pl.Float32),
        t_dat=pl.col("t_dat") + timedelta(days=1),
    )
    return history.over(pl.concat([past, *[changed] * 20]))


@each_strategy
def test_every_strategy_has_something_to_propose_in_the_small_shop(
    strategy: Any, small_history: History
) -> None:
    assert not candidates(strategy, small_history, EVERYONE, AS_OF, 50).is_empty()


@each_strategy
@pytest.mark.parametrize("k", [1, 2, 50])
def test_candidates_have_the_columns_at_most_k_and_ranks_without_a_gap(
    strategy: Any, k: int, small_history: History
) -> None:
    found = candidates(strategy, small_history, EVERYONE, AS_OF, k)
    assert found.schema == CANDIDATES
    for _, mine in found.group_by("customer"):
        assert sorted(mine["rank"]) == list(range(1, mine.height + 1))
        assert mine.height <= k
        assert mine["article"].n_unique() == mine.height
        assert mine.sort("rank")["score"].is_sorted(descending=True)


@each_strategy
def test_candidates_are_the_same_each_time_and_in_any_order_of_rows(
    strategy: Any, small_history: History
) -> None:
    rows = small_history.before(date(2100, 1, 1)).collect()
    shuffled = small_history.over(rows.sample(fraction=1, shuffle=True, seed=3))
    first = candidates(strategy, small_history, EVERYONE, AS_OF, 5)
    assert_frame_equal(first, candidates(strategy, small_history, EVERYONE, AS_OF, 5))
    assert_frame_equal(first, candidates(strategy, shuffled, EVERYONE.reverse(), AS_OF, 5))


@each_strategy
def test_candidates_do_not_depend_on_who_else_is_asked_for(strategy: Any, small_history: History) -> None:
    together = candidates(strategy, small_history, EVERYONE, AS_OF, 5)
    alone = pl.concat(
        [candidates(strategy, small_history, EVERYONE[n : n + 1], AS_OF, 5) for n in range(len(EVERYONE))]
    )
    assert_frame_equal(together, alone)


@each_strategy
def test_candidates_are_blind_to_the_future(strategy: Any, small_history: History) -> None:
    seen = candidates(strategy, small_history, EVERYONE, AS_OF, 50)
    assert_frame_equal(seen, candidates(strategy, with_another_future(small_history), EVERYONE, AS_OF, 50))


@each_strategy
def test_a_history_that_is_asked_for_what_customers_have_gives_them_the_same(
    strategy: Any, small_history: History
) -> None:
    some = EVERYONE[:2]
    recent = Customers.read(small_history, some, AS_OF).recent[1]
    view = small_history.asked_for(small_history.catalogue.articles[recent])
    expected = candidates(strategy, small_history, some, AS_OF, 50)
    assert_frame_equal(candidates(strategy, view, some, AS_OF, 50), expected, check_exact=True)
    # What the view has fitted is not taken for what holds for everybody, and the other way round.
    assert_frame_equal(
        candidates(strategy, small_history, EVERYONE, AS_OF, 50),
        candidates(strategy, small_history.over(small_history.before(date.max)), EVERYONE, AS_OF, 50),
    )


@each_strategy
def test_a_customer_without_history_gets_nothing_or_what_everyone_gets(
    strategy: Any, small_history: History
) -> None:
    stranger = candidates(strategy, small_history, pl.Series([9], dtype=pl.UInt32), AS_OF, 5)
    other = candidates(strategy, small_history, pl.Series([77], dtype=pl.UInt32), AS_OF, 5)
    assert stranger["article"].to_list() == other["article"].to_list()


@each_strategy
def test_nobody_gets_no_candidates(strategy: Any, small_history: History) -> None:
    found = candidates(strategy, small_history, EVERYONE[:0], AS_OF, 5)
    assert found.schema == CANDIDATES
    assert found.is_empty()


@each_strategy
@pytest.mark.parametrize("articles", [[(10, 1, 1, 1)], []])
def test_an_empty_history_gives_no_candidates(
    strategy: Any, articles: list[tuple[int, int, int, int]]
) -> None:
    of_members = {"customers": members({1: 30}), "embeddings": {"text": vectors({10: (1, 0)})}}
    for known in ({}, of_members):
        empty = History(transactions(), catalogue(*articles), **known)
        found = candidates(strategy, empty, EVERYONE, AS_OF, 5)
        assert found.schema == CANDIDATES
        assert found.is_empty()


@each_strategy
def test_a_shop_of_one_article_works(strategy: Any) -> None:
    look = {name: vectors({10: (1, 0)}) for name in ("text", "style")}
    sale, article = transactions(("2020-09-01", 1, 10)), catalogue((10, 1, 1, 1))
    shop = History(sale, article, customers=members({1: 30}), embeddings=look)
    assert set(candidates(strategy, shop, EVERYONE, AS_OF, 5)["article"]) <= {10}


@each_article_strategy
@pytest.mark.parametrize("k", [1, 2, 50])
def test_neighbours_have_the_columns_at_most_k_and_are_never_the_article_itself(
    strategy: Any, k: int, small_history: History
) -> None:
    found = neighbours(strategy, small_history, ALL_ARTICLES, AS_OF, k)
    assert found.schema == NEIGHBOURS
    assert not found.is_empty()
    assert found.filter(pl.col("article") == pl.col("neighbour")).is_empty()
    for _, mine in found.group_by("article"):
        assert mine["rank"].to_list() == list(range(1, mine.height + 1))
        assert mine.height <= k
        assert mine["neighbour"].n_unique() == mine.height


@each_article_strategy
def test_neighbours_are_blind_to_the_future(strategy: Any, small_history: History) -> None:
    seen = neighbours(strategy, small_history, ALL_ARTICLES, AS_OF, 50)
    assert_frame_equal(
        seen, neighbours(strategy, with_another_future(small_history), ALL_ARTICLES, AS_OF, 50)
    )
