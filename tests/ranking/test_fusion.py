"""Fusion: lists small enough to fuse by hand."""

from __future__ import annotations

import polars as pl
import pytest

from stylo.candidates.strategy import CANDIDATES
from stylo.ranking.fusion import RANKED, cascade, reciprocal_rank_fusion


def proposals(*articles: int, customer: int = 1) -> pl.DataFrame:
    rows = [(customer, article, rank, 1.0) for rank, article in enumerate(articles, start=1)]
    return pl.DataFrame(rows, schema=CANDIDATES, orient="row")


def test_votes_add_up_over_the_lists() -> None:
    fused = reciprocal_rank_fusion({"a": proposals(7, 8), "b": proposals(8, 9)}, {"a": 1.0, "b": 0.5}, 12, 10)
    assert fused.schema == RANKED
    expected = [(8, 1 / 12 + 0.5 / 11), (7, 1 / 11), (9, 0.5 / 12)]
    assert fused["article"].to_list() == [article for article, _ in expected]
    assert fused["score"].to_list() == pytest.approx([score for _, score in expected])
    assert fused["rank"].to_list() == [1, 2, 3]


def test_each_article_keeps_who_proposed_it_the_highest_rank_first() -> None:
    fused = reciprocal_rank_fusion({"a": proposals(7, 8), "b": proposals(8)}, {"a": 1, "b": 1}, 12, 1)
    assert dict(fused.select("article", "proposed_by").iter_rows()) == {8: ["b", "a"], 7: ["a"]}


def test_a_strategy_without_a_weight_only_fills_the_end() -> None:
    fused = reciprocal_rank_fusion({"a": proposals(7), "b": proposals(3)}, {"a": 1}, 12, 1)
    assert fused.select("article", "score").rows() == [(7, 0.5), (3, 0.0)]


def test_ties_go_to_the_smaller_article() -> None:
    fused = reciprocal_rank_fusion({"a": proposals(9), "b": proposals(3)}, {"a": 1, "b": 1}, 12, 1)
    assert fused["article"].to_list() == [3, 9]


def test_a_cascade_takes_the_next_list_only_for_what_is_left() -> None:
    lists = {"own": proposals(5, 4), "all": proposals(4, 3, 2, 1)}
    assert cascade(lists, 4)["article"].to_list() == [5, 4, 3, 2]
    assert cascade(lists, 4)["proposed_by"].to_list() == [["own"], ["all", "own"], ["all"], ["all"]]


def test_customers_do_not_mix_and_none_gets_more_than_k() -> None:
    lists = {"a": pl.concat([proposals(1, 2, 3), proposals(3, 2, 1, customer=2)])}
    ranked = cascade(lists, 2)
    assert ranked.select("customer", "article", "rank").rows() == [(1, 1, 1), (1, 2, 2), (2, 3, 1), (2, 2, 2)]
