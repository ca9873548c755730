"""A lasso around points of the catalogue map: what it holds, and its short form in the address.

Points and corners lie on one grid of whole numbers, so that browser and server agree on each point.
"""

from __future__ import annotations

import base64
import binascii

import numpy as np
from numpy.typing import NDArray

#: Places are from 0 to SIDE, from left to right and from bottom to top.
SIDE = 65535
MOST_CORNERS = 64
Places = NDArray[np.uint16]
_CORNER_BYTES = 4


def inside(places: Places, corners: Places) -> NDArray[np.bool_]:
    """Which places (n, 2) lie within a polygon (m, 2), bool (n,): those from which a ray meets its sides an odd
    number of times. One that crosses itself leaves out what it goes around twice.

    A place on a side is inside if the polygon lies to its right, or above. O(n × m).
    """
    held = np.zeros(len(places), dtype=np.bool_)
    if not len(corners):
        return held
    low, high = corners.min(axis=0), corners.max(axis=0)
    near = np.flatnonzero(((places >= low) & (places <= high)).all(axis=1))
    x, y = places[near].astype(np.int64).T
    ends = corners.astype(np.int64)
    odd = np.zeros(len(near), dtype=np.bool_)
    for one, other in zip(ends, np.roll(ends, -1, axis=0), strict=True):
        (x0, y0), (x1, y1) = (one, other) if one[1] < other[1] else (other, one)
        beside = (y0 <= y) & (y < y1)
        odd ^= beside & ((x1 - x0) * (y - y0) > (x - x0) * (y1 - y0))
    held[near] = odd
    return held


def to_text(corners: Places) -> str:
    """The short form of a polygon (m, 2): base64 of its numbers, letters that an address may have."""
    return base64.urlsafe_b64encode(np.ascontiguousarray(corners, dtype="<u2").tobytes()).decode().rstrip("=")


def from_text(text: str) -> Places | None:
    """The polygon (m, 2) of a short form; None if it is none, or has fewer than 3 or more than 64 corners."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(data) % _CORNER_BYTES or not 3 <= len(data) // _CORNER_BYTES <= MOST_CORNERS:
        return None
    return np.frombuffer(data, "<u2").reshape(-1, 2).astype(np.uint16)
