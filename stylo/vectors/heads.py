"""Short heads of long vectors, and the bound that they give of a cosine.

Vectors of photos have most of their length in few directions. Turned onto these and cut, what is left of a unit
vector x is a head z(x) and the length r(x) of the tail that was lost. By Cauchy and Schwarz

    cos(x, y)  ≤  z(x) · z(y) + r(x) r(y)

With r as one more coordinate the bound is a product of two short vectors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

#: A bound is computed in float32 from rounded heads: it may be this far too low, and not further. See the test.
BOUND_ERROR = 1e-5
#: Vectors from which the directions are taken.
SAMPLE = 16_384


def directions_of(units: Floats) -> Floats:
    """The directions (d, d) in which unit vectors (n, d) have most of their length, the longest first, in columns."""
    _, directions = np.linalg.eigh((units.T @ units).astype(np.float64))
    return np.ascontiguousarray(directions[:, ::-1], dtype=np.float32)


def with_tail(heads: Floats, units: Floats) -> Floats:
    """Heads (n, h) of unit vectors (n, d) with the length of the lost tail as last column: (n, h + 1)."""
    whole, kept = (np.einsum("ij,ij->i", part, part, dtype=np.float64) for part in (units, heads))
    # Rounding may not make a tail shorter than it is.
    tail = np.sqrt(np.maximum(whole - kept, 0) + 1e-7)
    return np.column_stack([heads, tail.astype(np.float32)])
