"""Fusion: lists small enough to fuse by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from stylo.candidates.customers import Customers
from stylo.candidates.lists import Candidates
from stylo.ranking.pool import RANKED, Pool, cascade, reciprocal_rank_fusion

ARTICLES = np.arange(100, 110, dtype=np.int32)  # row 7 of the catalogue is article 107
SHOPPERS = Customers.nobody(np.array([1, 2]))


def proposals(*articles: int, customer: int = 0) -> Candidates:
    rank = np.arange(1, len(articles) + 1)
    whom = np.full(len(articles), customer)
    return Candidates(whom, np.array(articles), rank, np.ones(len(articles), dtype=np.float32))


def fused(lists: dict[str, Candidates], weights: dict[str, float], constant: float) -> pl.DataFrame:
    pool = Pool.of(SHOPPERS, lists)
    return pool.ranked(reciprocal_rank_fusion(pool, weights, constant), 12, ARTICLES)


def cascaded(lists: dict[str, Candidates], k: int) -> pl.DataFrame:
    pool = Pool.of(SHOPPERS, lists)
    return pool.ranked(cascade(pool, list(lists)), k, ARTICLES)


def test_votes_add_up_over_the_lists() -> None:
    found = fused({"a": proposals(7, 8), "b": proposals(8, 9)}, {"a": 1.0, "b": 0.5}, 10)
    assert found.schema == RANKED
    expected = [(108, 1 / 12 + 0.5 / 11), (107, 1 / 11), (109, 0.5 / 12)]
    assert found["article"].to_list() == [article for article, _ in expected]
    assert found["score"].to_list() == pytest.approx([score for _, score in expected])
    assert found["rank"].to_list() == [1, 2, 3]


def test_each_article_keeps_who_proposed_it_the_highest_rank_first() -> None:
    found = fused({"a": proposals(7, 8), "b": proposals(8)}, {"a": 1, "b": 1}, 1)
    assert dict(found.select("article", "proposed_by").iter_rows()) == {108: ["b", "a"], 107: ["a"]}


def test_a_strategy_without_a_weight_only_fills_the_end() -> None:
    found = fused({"a": proposals(7), "b": proposals(3)}, {"a": 1}, 1)
    assert found.select("article", "score").rows() == [(107, 0.5), (103, 0.0)]


def test_ties_go_to_the_smaller_article() -> None:
    found = fused({"a": proposals(9), "b": proposals(3)}, {"a": 1, "b": 1}, 1)
    assert found["article"].to_list() == [103, 109]


def test_a_cascade_takes_the_next_list_only_for_what_is_left() -> None:
    found = cascaded({"own": proposals(5, 4), "all": proposals(4, 3, 2, 1)}, 4)
    assert found["article"].to_list() == [105, 104, 103, 102]
    assert found["proposed_by"].to_list() == [["own"], ["all", "own"], ["all"], ["all"]]


def test_customers_do_not_mix_and_none_gets_more_than_k() -> None:
    first, second = proposals(1, 2, 3), proposals(3, 2, 1, customer=1)
    both = Candidates(*(np.concatenate([getattr(first, n), getattr(second, n)]) for n in vars(first)))
    assert cascaded({"a": both}, 2).select("customer", "article", "rank").rows() == [
        (1, 101, 1),
        (1, 102, 2),
        (2, 103, 1),
        (2, 102, 2),
    ]


def test_a_pool_holds_each_pair_once_with_the_ranks_of_those_that_proposed_it() -> None:
    random = np.random.default_rng(3)
    lists = {}
    for name in ("c", "a", "b"):
        each = [random.choice(10, random.integers(0, 8), replace=False) for _ in SHOPPERS.numbers]
        parts = [proposals(*articles.tolist(), customer=n) for n, articles in enumerate(each)]
        columns = ("customer", "article", "rank", "score")
        lists[name] = Candidates(*(np.concatenate([getattr(part, of) for part in parts]) for of in columns))
    pool = Pool.of(SHOPPERS, lists)
    ranks: dict[tuple[int, int], list[float]] = {}
    for number, name in enumerate("abc"):
        found = lists[name]
        for customer, article, rank in zip(found.customer, found.article, found.rank, strict=True):
            ranks.setdefault((int(customer), int(article)), [np.nan] * 3)[number] = float(rank)
    assert pool.strategies == ("a", "b", "c")
    assert list(zip(pool.customer.tolist(), pool.article.tolist(), strict=True)) == sorted(ranks)
    np.testing.assert_array_equal(pool.rank, [ranks[pair] for pair in sorted(ranks)])
    assert pool.start.tolist() == [0, sum(customer == 0 for customer, _ in ranks), len(ranks)]
    some = pool.only(np.array([0, len(pool) - 1]))
    np.testing.assert_array_equal(some.rank, pool.rank[[0, -1]])


def test_more_than_fits_into_a_number_is_refused() -> None:
    vast = proposals(2**62)
    with pytest.raises(OverflowError, match="2 customers are too many"):
        Pool.of(SHOPPERS, {"one": vast})
