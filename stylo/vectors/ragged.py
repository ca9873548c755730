"""Rows of different lengths that lie one after the other in one array."""

from __future__ import annotations

import numpy as np


def stretches(first: np.ndarray, count: np.ndarray) -> np.ndarray:
    """int64 (Σ count,): the places first, first + 1, … of one stretch after the other, each `count` long."""
    ends = count.cumsum()
    places = (first - ends + count).repeat(count)
    places += np.arange(len(places))
    return places
