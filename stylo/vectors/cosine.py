"""Cosines of vectors, exactly and soon: lengths, what rounding does, and the bound that short heads of vectors give.

Vectors of photos have most of their length in few directions. Turned onto these and cut, what is left of a unit
vector x is a head z(x) and the length r(x) of the tail that was lost. By Cauchy and Schwarz

    cos(x, y)  ≤  z(x) · z(y) + r(x) r(y)

With r as one more coordinate the bound is a product of two short vectors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stylo.errors import DamagedArtefact
from stylo.tables.ids import article_id

Floats = NDArray[np.float32]
_ROWS_AT_ONCE = 4096

#: A bound is computed in float32 from rounded heads: it may be this far too low, and not further. See the test.
BOUND_ERROR = 1e-5
#: Twice the error of a float32 product of whole unit vectors.
ROUNDING = 4e-6
#: Digits after which cosines tie: equal directions do, also where float64 splits them in its last bits.
TIE_DIGITS = 12
#: Vectors from which the directions are taken.
SAMPLE = 16_384


def lengths_of(vectors: np.ndarray, rows: np.ndarray, articles: np.ndarray) -> NDArray[np.float64]:
    """The length of each chosen row; 1 for a vector of zeros. Raises DamagedArtefact where it is not finite."""
    lengths = np.empty(len(rows))
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        block = np.asarray(vectors[rows[start : start + _ROWS_AT_ONCE]], dtype=np.float64)
        lengths[start : start + len(block)] = np.sqrt(np.einsum("ij,ij->i", block, block))
    bad = np.flatnonzero(~np.isfinite(lengths))
    if len(bad):
        raise DamagedArtefact(
            f"{len(bad):,} vectors contain non-finite numbers, the first for article "
            f"{article_id(int(articles[bad[0]]))}.",
            cure="Make the file of vectors again.",
        )
    # Any length serves a vector of zeros: its products are zero.
    return np.where(lengths == 0, 1.0, lengths)


def directions_of(units: Floats) -> Floats:
    """The directions (d, d) in which unit vectors (n, d) have most of their length, the longest first, in columns.

    Few vectors span few directions: the columns behind these are zeros, and all length along them is tail. It takes
    O(n² d) then, and O(n d² + d³) where there are many.
    """
    count, width = units.shape
    if 2 * count <= width:
        spanned = np.linalg.svd(units.astype(np.float64), full_matrices=False)[2]
        found = np.zeros((width, width), dtype=np.float32)
        found[:, :count] = spanned.T
        return found
    _, directions = np.linalg.eigh((units.T @ units).astype(np.float64))
    return np.ascontiguousarray(directions[:, ::-1], dtype=np.float32)


def with_tail(heads: Floats, units: Floats) -> Floats:
    """Heads (n, h) of unit vectors (n, d) with the length of the lost tail as last column: (n, h + 1)."""
    whole, kept = (np.einsum("ij,ij->i", part, part, dtype=np.float64) for part in (units, heads))
    # Rounding may not make a tail shorter than it is.
    tail = np.sqrt(np.maximum(whole - kept, 0) + 1e-7)
    return np.column_stack([heads, tail.astype(np.float32)])
