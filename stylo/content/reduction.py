"""From many columns of which few are filled to few that are all filled: truncated SVD, the same at every run."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

_SEED = 0
# Float32 leaves a row that is orthogonal to all that was kept this short; its direction is noise.
_NOTHING = 1e-5


def reduced(matrix: sp.csr_matrix, dimensions: int) -> np.ndarray:
    """Rows in at most `dimensions` columns, whose cosines are those of the matrix or the closest that fit.

    Parameters
    ----------
    matrix : (n, width) float32, n ≥ 1.

    Returns float32 (n, min(dimensions, width)), or fewer columns where there are fewer rows. Rows have length
    one, or are zero where the matrix's are; equal rows stay equal to the last bit. The directions are those
    of the largest singular values, by the randomised method of Halko, Martinsson and Tropp (2011), seeded.
    Time O(filled cells × dimensions), memory O(n × dimensions).
    """
    rows, width = matrix.shape
    if width <= dimensions:
        return unit(matrix.toarray())
    from sklearn.utils.extmath import randomized_svd  # a second, and memory, for who reduces only

    # One thread: how a product is shared out among several shows in its last bits.
    with threadpool_limits(1, user_api="blas"):
        _, _, directions = randomized_svd(matrix, min(dimensions, rows), random_state=_SEED)
    # Not U × S: a dense product may round equal rows apart, a sparse one goes row by row.
    return unit(matrix @ np.ascontiguousarray(directions.T, dtype=np.float32))


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of float32 (n, d) brought to length one; those of no length stay zero."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))
    lengths[lengths < _NOTHING] = np.inf
    return (rows / lengths[:, None]).astype(np.float32)
