"""The nearest of each vector against scikit-learn's cosine similarity, ties and all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
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


@settings(max_examples=40, deadline=None)
@given(matrices, st.integers(1, 45))
def test_the_nearest_are_those_of_scikit_learn(vectors: np.ndarray, k: int) -> None:
    check(vectors, k)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.uint8])
def test_blocks_smaller_than_the_catalogue_change_nothing(
    monkeypatch: pytest.MonkeyPatch, dtype: type
) -> None:
    monkeypatch.setattr(module, "_QUERIES", 37)
    monkeypatch.setattr(module, "_GROUP", 4)
    check(np.random.default_rng(0).integers(0, 200, (300, 24)).astype(dtype), 12)


def test_many_photos_that_are_the_same_are_tied_by_article(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GROUP", 4)
    vectors = np.tile(np.random.default_rng(1).normal(size=8).astype(np.float32), (120, 1))
    positions, similarities = nearest(vectors, np.arange(120), np.arange(120), 5)
    assert positions[0].tolist() == [1, 2, 3, 4, 5]
    assert positions[100].tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(similarities, 1)


@pytest.fixture
def every_length_of_heads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors are cut, however few they are."""
    monkeypatch.setattr(module, "_WORTH_CUTTING", 2)
    monkeypatch.setattr(module, "_WIDTHS", (1, 2, 3, 8, 16))


@pytest.fixture(params=[1, 40])
def shortlists_or_all(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortlists are made as long as may be, or everyone is compared as soon as that is cheaper."""
    monkeypatch.setattr(module, "_GATHERED_COST", request.param)


@pytest.mark.usefixtures("every_length_of_heads")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(matrices, st.integers(1, 45))
def test_heads_in_place_of_vectors_change_nothing(vectors: np.ndarray, k: int) -> None:
    check(vectors, k)


@pytest.mark.usefixtures("every_length_of_heads")
@pytest.mark.parametrize("head", [1, 3, 16, 48])
def test_any_length_of_heads_finds_the_nearest(monkeypatch: pytest.MonkeyPatch, head: int) -> None:
    monkeypatch.setattr(module, "_best_width", lambda *_: (head, 20))
    draw = np.random.default_rng(3)
    spread = 0.9 ** np.arange(48)
    check(((draw.normal(size=(700, 48)) * spread + 1) * 1000).round().astype(np.float32), 12)


def test_kin_are_left_out_and_the_places_filled_with_others() -> None:
    vectors = np.array([[5, 0], [5, 1], [4, 3], [0, 5], [1, 5], [5, 5]], dtype=np.float32)
    positions, similarities = nearest(
        vectors, np.arange(6), np.arange(6), 3, kin=np.array([0, 0, 0, 1, 1, 2])
    )
    assert positions.tolist() == [[5, 4, 3], [5, 4, 3], [5, 4, 3], [5, 2, 1], [5, 2, 1], [2, 1, 4]]
    assert similarities[0].tolist() == pytest.approx([0.5**0.5, 1 / 26**0.5, 0])


def test_where_kin_leave_too_few_the_rest_is_empty() -> None:
    vectors = np.eye(3, dtype=np.float32)
    positions, similarities = nearest(vectors, np.arange(3), np.arange(3), 2, kin=np.array([0, 0, 1]))
    assert positions.tolist() == [[2, -1], [2, -1], [0, 1]]
    assert np.isneginf(similarities[:2, 1]).all()


@pytest.mark.usefixtures("every_length_of_heads", "shortlists_or_all")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    matrices, st.integers(1, 12), st.integers(0, 9), st.sampled_from([1, 3, 50]), st.sampled_from([2, 1000])
)
def test_kin_are_never_found_whatever_way_is_taken(
    vectors: np.ndarray, k: int, seed: int, families: int, most: int
) -> None:
    kin = np.random.default_rng(seed).integers(0, families, len(vectors))
    rows = np.arange(len(vectors))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_MOST_PAIRS", most)
        positions, similarities = nearest(vectors, rows, rows, k, kin=kin)
    every = cosine_similarity(vectors.astype(np.float64)).round(9)
    for query, (mine, cosines) in enumerate(zip(positions, similarities, strict=True)):
        expected = sorted((-every[query, other], other) for other in rows if kin[other] != kin[query])[:k]
        expected += [(np.inf, -1)] * (len(mine) - len(expected))
        assert mine.tolist() == [other for _, other in expected]
        np.testing.assert_allclose(cosines, [-below for below, _ in expected], atol=2e-9)


@pytest.mark.parametrize("size", [1e-25, 1e25])
@pytest.mark.parametrize("worth_cutting", [2, 4096])
def test_very_long_and_very_short_vectors_are_compared_like_others(
    monkeypatch: pytest.MonkeyPatch, size: float, worth_cutting: int
) -> None:
    monkeypatch.setattr(module, "_WORTH_CUTTING", worth_cutting)
    vectors = np.random.default_rng(4).normal(size=(2000, 8)).astype(np.float32)
    rows = np.arange(len(vectors))
    expected, cosines = nearest(vectors, rows, rows, 5)
    positions, similarities = nearest(vectors * np.float32(size), rows, rows, 5)
    np.testing.assert_array_equal(positions, expected)
    np.testing.assert_allclose(similarities, cosines, atol=1e-6)


def test_thousands_of_equal_photos_are_not_gathered_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """One picture for "no photo yet" on thousands of articles."""
    gathered = 0
    similarity = module._Everyone.similarity

    def counted(self: module._Everyone, queries: np.ndarray, others: np.ndarray, dtype: type) -> np.ndarray:
        nonlocal gathered
        gathered += others.size
        return similarity(self, queries, others, dtype)

    monkeypatch.setattr(module._Everyone, "similarity", counted)
    vectors = np.tile(np.arange(1, 9, dtype=np.float32), (5000, 1))
    rows = np.arange(len(vectors))
    positions, _ = nearest(vectors, rows, rows, 3)
    assert positions[[0, 1, 4999]].tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 2]]
    assert gathered < 0.2 * 5000 * 5000


@pytest.mark.parametrize("head", [2, 64, 512])
def test_no_similarity_is_above_its_bound(head: int) -> None:
    draw = np.random.default_rng(2)
    vectors = draw.exponential(1, (400, 2048)).astype(np.float32)  # all positive: the sums that round worst
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    directions = np.linalg.qr(draw.normal(size=(2048, head)))[0].astype(np.float32)
    bounds = module.with_tail(units @ directions, units)
    exact = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    assert (exact / np.outer(lengths, lengths) - bounds @ bounds.T).max() < module.BOUND_ERROR / 2
    assert (np.abs(exact / np.outer(lengths, lengths) - units @ units.T)).max() < module.ROUNDING / 2


def test_few_vectors_have_as_many_directions_the_longest_first() -> None:
    draw = np.random.default_rng(4)
    vectors = draw.normal(size=(20, 300)) * 0.9 ** np.arange(300)
    units = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    directions = module.directions_of(units)
    # At right angles and of length 1; none behind those that 20 vectors span.
    np.testing.assert_allclose(directions.T @ directions, np.diag([1.0] * 20 + [0.0] * 280), atol=1e-5)
    along = np.square(units @ directions).sum(axis=0)
    assert (np.diff(along) <= 1e-5).all()
    assert along.sum() == pytest.approx(20, rel=1e-5)
    _, expected = np.linalg.eigh(units.T.astype(np.float64) @ units)
    np.testing.assert_allclose(np.abs(expected[:, ::-1][:, :5].T @ directions[:, :5]), np.eye(5), atol=1e-4)
    # Vectors that lie outside have their length in the tail.
    others = draw.normal(size=(50, 300))
    others = (others / np.linalg.norm(others, axis=1, keepdims=True)).astype(np.float32)
    heads, strange = (module.with_tail(each @ directions, each) for each in (units, others))
    assert (others @ units.T - strange @ heads.T).max() < module.BOUND_ERROR
