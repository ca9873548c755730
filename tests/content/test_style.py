"""Style vectors: who shares more, and rarer, is nearer."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from stylo.content.vectors import STYLE_WEIGHTS, style_vectors

BOTH = {"product_type_no": 1.0, "colour_group_code": 3.0}


def rail(*articles: tuple[int | None, int]) -> pl.DataFrame:
    """Articles of (product type, colour)."""
    schema = {"product_type_no": pl.Int32, "colour_group_code": pl.Int32}
    return pl.DataFrame(articles, schema=schema, orient="row")


def test_the_cosine_is_the_share_of_what_is_shared() -> None:
    vectors = style_vectors(rail((1, 7), (1, 8), (2, 7), (2, 8)), BOTH)
    # Each value belongs to half of the articles, so that only the weights differ: 1 of 4 and 3 of 4.
    expected = [[1, 0.25, 0.75, 0], [0.25, 1, 0, 0.75], [0.75, 0, 1, 0.25], [0, 0.75, 0.25, 1]]
    np.testing.assert_allclose(vectors @ vectors.T, expected, atol=1e-6)


def test_sharing_a_rare_value_counts_more() -> None:
    vectors = style_vectors(rail((1, 7), (1, 8), (2, 7), *[(3, 7)] * 5), dict.fromkeys(BOTH, 1.0))
    kind, colour = 1 + math.log(8 / 2), 1 + math.log(8 / 7)
    length = kind + colour
    alone = kind + 1 + math.log(8), 1 + math.log(8) + colour
    assert vectors[0] @ vectors[1] == pytest.approx(kind / math.sqrt(length * alone[0]), abs=1e-6)
    assert vectors[0] @ vectors[2] == pytest.approx(colour / math.sqrt(length * alone[1]), abs=1e-6)


def test_a_missing_value_is_one_of_its_own() -> None:
    vectors = style_vectors(rail((None, 7), (1, 7), (None, 7)), BOTH)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert vectors[0] @ vectors[2] == pytest.approx(1)
    assert vectors[0] @ vectors[1] < 0.95


@pytest.mark.parametrize("count", [1, 2, 10])
def test_tiny_catalogues_work(count: int) -> None:
    vectors = style_vectors(rail(*((number, 7) for number in range(count))), BOTH)
    assert vectors.shape == (count, count + 1)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_more_values_than_columns_are_reduced_the_same_way_each_time() -> None:
    random = np.random.default_rng(0)
    articles = pl.DataFrame({column: random.integers(0, 30, 400) for column in STYLE_WEIGHTS})
    once, again = style_vectors(articles, dimensions=64), style_vectors(articles, dimensions=64)
    assert once.shape == (400, 64)
    assert once.dtype == np.float32
    assert once.tobytes() == again.tobytes()
    np.testing.assert_allclose(np.linalg.norm(once, axis=1), 1, atol=1e-6)
