"""Neighbours by content, against brute force in float64."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stylo.errors import BadOption, DamagedArtefact
from stylo.vectors import neighbours as module
from stylo.vectors.embeddings import Embeddings
from stylo.vectors.neighbours import neighbours

# Whole numbers: products are exact, so that equal directions tie exactly in both computations.
matrices = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=st.integers(-2, 2).map(float)
)


def shop(vectors: object, articles: list[int] | None = None) -> Embeddings:
    """Embeddings of articles that come three to a product: 10001, 10002, 10003, 11001, …"""
    rows = np.asarray(vectors, dtype=np.float32)
    numbers = articles or [(10 + row // 3) * 1000 + row % 3 + 1 for row in range(len(rows))]
    return Embeddings(np.array(numbers, dtype=np.int32), rows)


def products_of(embeddings: Embeddings) -> pl.DataFrame:
    return pl.DataFrame({"article": embeddings.articles, "product_code": embeddings.articles // 1000})


def by_brute_force(embeddings: Embeddings, k: int, variants: bool) -> list[tuple[int, int, int]]:
    vectors = embeddings.vectors.astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1)
    lengths[lengths == 0] = 1
    similarity = (vectors @ vectors.T / np.outer(lengths, lengths)).round(9)
    found = []
    for mine, row in zip(embeddings.articles.tolist(), similarity, strict=True):
        others = sorted(
            (-value, other)
            for other, value in zip(embeddings.articles.tolist(), row, strict=True)
            if (other != mine if variants else other // 1000 != mine // 1000)
        )
        found += [(mine, other, rank) for rank, (_, other) in enumerate(others[:k], 1)]
    return sorted(found, key=lambda each: (each[0], each[2]))


@settings(max_examples=80, deadline=None)
@given(matrices, st.integers(1, 35), st.booleans())
def test_the_nearest_are_those_of_brute_force(vectors: np.ndarray, k: int, variants: bool) -> None:
    embeddings = shop(vectors)
    products = None if variants else products_of(embeddings)
    found = neighbours(embeddings, pl.Series(embeddings.articles), k, products=products)
    assert found.select("article", "neighbour", "rank").rows() == by_brute_force(embeddings, k, variants)


def test_blocks_smaller_than_the_catalogue_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    embeddings = shop(np.random.default_rng(0).normal(size=(200, 16)))
    whole = neighbours(embeddings, pl.Series(embeddings.articles), 12)
    monkeypatch.setattr(module, "_PRODUCT", 1400)
    monkeypatch.setattr(module, "_GATHERED", 5)
    assert neighbours(embeddings, pl.Series(embeddings.articles), 12).equals(whole)


def test_the_table_has_the_columns_and_types_of_the_visual_twins() -> None:
    found = neighbours(shop([[1, 0], [1, 1], [2, 0]]), pl.Series([10001]), 2)
    assert found.schema == {
        "article": pl.Int32, "neighbour": pl.Int32, "rank": pl.UInt8, "similarity": pl.Float32
    }  # fmt: skip
    assert found.rows() == [(10001, 10003, 1, 1.0), (10001, 10002, 2, pytest.approx(0.5**0.5))]


def test_the_order_of_the_file_does_not_matter() -> None:
    found = neighbours(shop([[0, 1], [1, 0], [1, 0]], [30001, 20001, 10001]), pl.Series([30001]), 2)
    assert found["neighbour"].to_list() == [10001, 20001]


def test_only_those_among_whom_is_asked_are_found() -> None:
    embeddings = shop(np.eye(9))
    found = neighbours(embeddings, pl.Series([10001, 11001]), 5, among=pl.Series([11001, 12003, 99999]))
    assert found.select("article", "neighbour").rows() == [(10001, 11001), (10001, 12003), (11001, 12003)]


def test_articles_without_a_vector_have_no_neighbour() -> None:
    assert neighbours(shop(np.eye(3)), pl.Series([99999]), 5).is_empty()
    assert neighbours(shop(np.eye(3)), pl.Series([], dtype=pl.Int32), 5).is_empty()
    one_product = shop(np.eye(3))
    assert neighbours(one_product, pl.Series([10001]), 5, products=products_of(one_product)).is_empty()


@pytest.mark.parametrize("k", [0, 256])
def test_a_senseless_k_is_refused(k: int) -> None:
    with pytest.raises(BadOption, match=str(k)):
        neighbours(shop(np.eye(3)), pl.Series([10001]), k)


def test_a_vector_that_is_not_finite_is_refused_by_name() -> None:
    with pytest.raises(DamagedArtefact, match="0000010002"):
        neighbours(shop([[1, 0], [np.nan, 1]]), pl.Series([10001]), 1)
