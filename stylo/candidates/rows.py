"""Rows of arrays: where values lie, which rows stretches cover, and how rows are drawn without a draw of luck."""

from __future__ import annotations

import numpy as np

_MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


def find(ascending: np.ndarray, values: np.ndarray) -> np.ndarray:
    """int64: where each value lies in an array without twins; −1 where it does not. O(values × log n)."""
    if not len(ascending):
        return np.full(len(values), -1)
    row = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
    return np.where(ascending[row] == values, row, -1)


def begins(keys: np.ndarray) -> np.ndarray:
    """int64: where each run of equal values begins."""
    other = np.empty(len(keys), dtype=bool)
    other[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=other[1:])
    return np.flatnonzero(other)


def stretches(first: np.ndarray, count: np.ndarray) -> np.ndarray:
    """int64 (Σ count,): the rows first, first + 1, … of one stretch after the other, each `count` long."""
    ends = np.cumsum(count)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - (ends - count), count)


def hashes(customer: np.ndarray, article: np.ndarray, salt: np.ndarray | int = 0) -> np.ndarray:
    """uint64: numbers that look drawn, and are the same for the same customer, article and salt everywhere."""
    mixed = (customer.astype(np.uint64) * _MIX[0]) ^ (article.astype(np.uint64) * _MIX[1])
    mixed ^= np.asarray(salt, dtype=np.uint64)
    return (mixed ^ (mixed >> np.uint64(31))) * _MIX[0]
