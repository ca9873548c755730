"""Recall further down the order: on lists whose right answer can be seen, and against a loop."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest
from boutique import END

from stylo.candidates.history import History
from stylo.evaluation.metrics import PLACES, found_at, recall_at
from stylo.evaluation.watched import Watched
from stylo.recommender import Recommender

PAIR = {"customer": pl.UInt32, "article": pl.Int32}
LABELS = (*map(str, PLACES), "all")


def pairs(*rows: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, PAIR, orient="row")


def ranked(customer: int, articles: list[int]) -> pl.DataFrame:
    rows = [(customer, article, rank) for rank, article in enumerate(articles, start=1)]
    return pl.DataFrame(rows, PAIR | {"rank": pl.UInt16}, orient="row")


def test_an_article_is_found_from_its_rank_on() -> None:
    # 1 bought what ranks 12th, 13th and 50th, what is 102nd, and what nobody proposed; 2 got no list.
    bought = pairs((1, 12), (1, 13), (1, 50), (1, 50), (1, 102), (1, 999), (2, 1))
    found = found_at(bought, ranked(1, list(range(1, 101))), pairs(*((1, n) for n in range(1, 111))))
    assert found == {
        "lists": 2, "candidates": 110, "bought": 6, "12": 1, "24": 2, "50": 3, "100": 3, "all": 4,
    }  # fmt: skip


def test_the_weeks_are_taken_together() -> None:
    one = {"lists": 1, "candidates": 9, "bought": 1, "12": 1, "24": 1, "50": 1, "100": 1, "all": 1}
    other = {"lists": 3, "candidates": 7, "bought": 4, "12": 0, "24": 1, "50": 2, "100": 3, "all": 4}
    assert recall_at([one, other]) == {
        "12": 1 / 5, "24": 2 / 5, "50": 3 / 5, "100": 4 / 5, "all": 1.0, "bought": 5, "candidates_per_list": 4.0,
    }  # fmt: skip


def test_it_is_what_a_loop_over_lists_counts(boutique: History) -> None:
    day = END - timedelta(days=14)
    watched = Watched(Recommender())
    truth = boutique.bought(day, END)
    watched.recommend(boutique, truth["customer"].unique(), day)
    lists, candidates = pl.concat(watched.long_lists[day]), pl.concat(watched.candidates[day])
    found = recall_at([found_at(truth, lists, candidates)])

    bought = {customer: set(mine["article"]) for (customer,), mine in truth.group_by("customer")}
    every = sum(map(len, bought.values()))
    for label in LABELS:
        rows = candidates if label == "all" else lists.filter(pl.col("rank") <= int(label))
        hits = sum(article in bought[who] for who, article in rows.select("customer", "article").iter_rows())
        assert found[label] == pytest.approx(hits / every)
    shares = [found[label] for label in LABELS]
    assert shares == sorted(shares) and 0 < shares[0] < shares[-1]
    assert found["candidates_per_list"] == pytest.approx(candidates.height / len(bought))
