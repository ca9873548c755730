"""The main directions of a sparse matrix: the bits of scikit-learn's method, in less memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from stylo.vectors.singular_vectors import right_singular_vectors

SEED = 7


def matrix(rows: int, columns: int, filled: float = 0.05) -> sp.csr_array:
    found = sp.random_array(
        (rows, columns), density=filled, format="csr", rng=np.random.default_rng(rows * columns)
    )
    found.sort_indices()
    return found


@pytest.mark.parametrize(
    ("rows", "columns", "count"),
    [
        (900, 200, 16),
        (900, 200, 60),
        (150, 700, 12),
        (150, 700, 140),
        (30, 8, 8),
        (8, 30, 8),
        (40, 40, 20),
        (9, 1, 1),
    ],
)
@pytest.mark.parametrize("at_a_time", [4_000_000, 997])
def test_the_directions_have_the_bits_of_scikit_learn(
    rows: int, columns: int, count: int, at_a_time: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylo.vectors.singular_vectors._AT_A_TIME", at_a_time)
    given = matrix(rows, columns, filled=0.3)
    with threadpool_limits(1, user_api="blas"):
        expected = randomized_svd(given, count, random_state=SEED)[2]
        assert np.array_equal(right_singular_vectors(given, count, SEED), expected)


def test_they_span_what_the_dense_decomposition_finds() -> None:
    """Of a matrix of rank 3 nothing is left over."""
    random = np.random.default_rng(1)
    dense = random.normal(size=(400, 3)) @ random.normal(size=(3, 50))
    found = right_singular_vectors(sp.csr_array(dense), 3, SEED)
    assert found @ found.T == pytest.approx(np.eye(3))
    assert dense @ found.T @ found == pytest.approx(dense)


def test_they_take_the_memory_of_one_block_of_vectors_where_scikit_learn_takes_three(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("stylo.vectors.singular_vectors._AT_A_TIME", 20_000)
    given, count = matrix(20_000, 300), 22
    block = 20_000 * (22 + 10) * 8
    sizes = peak(lambda: right_singular_vectors(given, count, SEED))
    assert sizes < 1.6 * block
    assert peak(lambda: randomized_svd(given, count, random_state=SEED)) > 3 * block


def peak(work: Callable[[], object]) -> int:
    """Bytes of arrays, at the most."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
