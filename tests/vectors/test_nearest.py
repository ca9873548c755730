"""The nearest of each vector against scikit-learn's cosine similarity, ties and all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics.pairwise import cosine_similarity

from stylo.vectors import nearest as module
from stylo.vectors.nearest import nearest

# Whole numbers: products and lengths are exact, so that equal vectors tie exactly in both computations.
matrices = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 40), st.integers(1, 6)), elements=st.integers(-3, 3).map(float)
)


def by_brute_force(vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    similarity = cosine_similarity(vectors.astype(np.float64))
    np.fill_diagonal(similarity, -np.inf)
    # Rounded so that ties which scikit-learn's own arithmetic splits in the last bit are ties again.
    order = np.lexsort(
        (np.broadcast_to(np.arange(len(vectors)), similarity.shape), -similarity.round(9)), axis=1
    )
    order = order[:, : min(k, len(vectors) - 1)]
    return order, np.take_along_axis(similarity, order, axis=1)


def check(vectors: np.ndarray, k: int) -> None:
    rows = np.arange(len(vectors))
    positions, similarities = nearest(vectors, rows, rows, k)
    expected_positions, expected = by_brute_force(vectors, k)
    assert positions.shape == expected_positions.shape
    np.testing.assert_allclose(similarities, expected, atol=1e-9)
    for query, (mine, theirs) in enumerate(zip(positions, expected_positions, strict=True)):
        assert query not in mine
        assert len(set(mine.tolist())) == len(mine)
        np.testing.assert_array_equal(similarities[query], -np.sort(-similarities[query]))
        same = similarities[query].round(9)
        assert sorted(zip(-same, mine, strict=True)) == list(zip(-same, theirs, strict=True))


@settings(max_examples=80, deadline=None)
@given(matrices, st.integers(1, 45))
def test_the_nearest_are_those_of_scikit_learn(vectors: np.ndarray, k: int) -> None:
    check(vectors, k)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.uint8])
def test_blocks_smaller_than_the_catalogue_change_nothing(
    monkeypatch: pytest.MonkeyPatch, dtype: type
) -> None:
    monkeypatch.setattr(module, "_QUERIES", 37)
    monkeypatch.setattr(module, "_COLUMNS", 64)
    check(np.random.default_rng(0).integers(0, 200, (300, 24)).astype(dtype), 12)


def test_many_photos_that_are_the_same_are_tied_by_article(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_COLUMNS", 50)
    vectors = np.tile(np.random.default_rng(1).normal(size=8).astype(np.float32), (120, 1))
    positions, similarities = nearest(vectors, np.arange(120), np.arange(120), 5)
    assert positions[0].tolist() == [1, 2, 3, 4, 5]
    assert positions[100].tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(similarities, 1)


def test_the_float32_product_is_as_close_as_the_proof_of_exactness_assumes() -> None:
    random = np.random.default_rng(2)
    vectors = random.exponential(1, (400, 2048)).astype(np.float32)  # all positive: the sums that round worst
    lengths = np.sqrt((vectors.astype(np.float64) ** 2).sum(axis=1))
    unit = module._unit(vectors, np.arange(400), lengths, np.arange(400))
    exact = (vectors.astype(np.float64) / lengths[:, None]) @ (
        vectors.astype(np.float64) / lengths[:, None]
    ).T
    assert np.abs(unit @ unit.T - exact).max() < module._ERROR / 2
