"""Style neighbours: vectors of two values, whose angles can be drawn on paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import polars as pl
import pytest
from helpers import AS_OF, catalogue, transactions

from stylo.candidates.history import History
from stylo.candidates.similar_articles import StyleNeighbours
from stylo.candidates.strategy import neighbours
from stylo.vectors.embeddings import Embeddings

ARTICLES = np.array([10, 11, 12, 13], dtype=np.int32)
# 10 points the same way as 11 in words and as 12 in attributes; the lengths do not matter.
TEXT = Embeddings(ARTICLES, np.array([[1, 0], [2, 0], [0, 1], [0, 3]], dtype=np.float32))
STYLE = Embeddings(ARTICLES, np.array([[1, 0], [3, 4], [9, 0], [0, 1]], dtype=np.float32))
BOTH = {"text": TEXT, "style": STYLE}
STRATEGY = StyleNeighbours()
ASKED = pl.Series(ARTICLES)


def shop(*rows: tuple[str, int, int], embeddings: Mapping[str, Embeddings] = BOTH) -> History:
    articles = catalogue(*((article, 1, 1, 1) for article in (10, 11, 12, 13, 14)))
    return History(transactions(*rows), articles, embeddings=embeddings)


SOLD = [("2020-08-20", 1, 11), ("2020-08-25", 2, 12), ("2020-09-07", 2, 13), ("2020-08-01", 3, 10)]


def test_neighbours_are_nearest_by_the_mean_of_both_cosines() -> None:
    found = neighbours(STRATEGY, shop(*SOLD), ASKED, AS_OF, 3).filter(pl.col("article") == 10)
    # text + style, halved: 11 has 1 and 3/5, 12 has 0 and 1, 13 has 0 and 0.
    assert found["neighbour"].to_list() == [11, 12, 13]
    assert found["score"].to_list() == pytest.approx([(1 + 3 / 5) / 2, (0 + 1) / 2, 0], abs=1e-6)


def test_only_what_was_sold_in_the_last_days_is_near_and_whoever_has_vectors_has_neighbours() -> None:
    found = neighbours(STRATEGY, shop(*SOLD), ASKED, AS_OF, 12)
    assert set(found["neighbour"]) == {11, 12, 13}  # 10 was sold 38 days before
    assert set(found["article"]) == {10, 11, 12, 13}
    assert (found["article"] != found["neighbour"]).all()


def test_sales_on_or_after_the_day_change_nothing() -> None:
    later = [("2020-09-08", 5, 10), ("2020-09-20", 6, 14)]
    before = neighbours(STRATEGY, shop(*SOLD), ASKED, AS_OF, 12)
    assert neighbours(STRATEGY, shop(*SOLD, *later), ASKED, AS_OF, 12).equals(before)
    assert set(neighbours(STRATEGY, shop(*SOLD, *later), ASKED, date(2020, 9, 9), 12)["neighbour"]) == {
        10,
        11,
        12,
        13,
    }


def test_articles_without_either_vector_have_no_neighbours() -> None:
    fewer = Embeddings(ARTICLES[:3][::-1], STYLE.vectors[:3][::-1])
    history = shop(*SOLD, embeddings={"text": TEXT, "style": fewer})
    found = neighbours(STRATEGY, history, ASKED, AS_OF, 3)
    assert found.filter(pl.col("article") == 10)["neighbour"].to_list() == [11, 12]
    assert 13 not in found["article"].to_list() + found["neighbour"].to_list()


def test_nothing_is_near_without_vectors_or_sales() -> None:
    for some in ({}, {"text": TEXT}, {"style": STYLE}):
        assert neighbours(STRATEGY, shop(*SOLD, embeddings=some), ASKED, AS_OF, 12).is_empty()
    assert neighbours(STRATEGY, shop(), ASKED, AS_OF, 12).is_empty()
