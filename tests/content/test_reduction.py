"""Fewer columns, the same angles."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from stylo.content.text import reduced, unit


def filled(rows: int, width: int, rank: int) -> sp.csr_matrix:
    random = np.random.default_rng(0)
    cells = random.normal(size=(rows, rank)) @ random.normal(size=(rank, width))
    return sp.csr_matrix(cells, dtype=np.float32)


@pytest.mark.parametrize(
    ("rows", "width", "rank"), [(60, 8, 8), (60, 40, 10), (5, 40, 5), (1, 40, 1), (1, 1, 1)]
)
def test_what_fits_keeps_its_cosines(rows: int, width: int, rank: int) -> None:
    matrix = filled(rows, width, rank)
    dense = unit(matrix.toarray())
    short = reduced(matrix, 10)
    assert short.dtype == np.float32
    assert short.shape[1] <= 10
    np.testing.assert_allclose(short @ short.T, dense @ dense.T, atol=1e-5)


def test_what_does_not_fit_keeps_the_directions_that_tell_most() -> None:
    matrix = filled(200, 60, 60)
    left, values, right = np.linalg.svd(matrix.toarray(), full_matrices=False)
    wide = matrix.toarray() * 0 + (left[:, :4] * [900, 700, 500, 300]) @ right[:4] + matrix.toarray() / 1000
    best = unit(np.float32(wide @ np.linalg.svd(wide)[2][:4].T))
    short = reduced(sp.csr_matrix(wide, dtype=np.float32), 4)
    np.testing.assert_allclose(short @ short.T, best @ best.T, atol=1e-3)
    assert len(values) == 60


def test_equal_rows_stay_equal_to_the_last_bit() -> None:
    matrix = filled(300, 90, 40)
    twice = sp.vstack([matrix, matrix[::-1]], format="csr")
    short = reduced(twice, 16)
    assert (short[:300] == short[300:][::-1]).all()


def test_a_row_of_nothing_stays_zero() -> None:
    matrix = sp.vstack([filled(30, 50, 20), sp.csr_matrix((1, 50), dtype=np.float32)], format="csr")
    assert not reduced(matrix, 8)[-1].any()
    assert not reduced(matrix[-1:], 8).any()
