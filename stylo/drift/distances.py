"""How far two distributions lie apart: counts in the same bins, compared along the last axis.

`counts` and `reference` are (…, bins) and are broadcast against each other; the distance is (…), and NaN where one of
the two holds nothing. Values are put into bins by `histogram`, or onto their common grid by `on_a_grid`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]

# Of Jeffreys' prior: an empty bin does not make the distance infinite.
_ADDED_TO_EACH_BIN = 0.5


def psi(counts: Numbers, reference: Numbers) -> Numbers:
    """Population stability index, Σ (p − q) ln(p / q): 0 where the two are equal, without an upper end.

    It is Jeffreys' divergence (Jeffreys, An invariant form for the prior probability, 1946), in nats. Half a count is
    added to each bin.
    """
    p, q = _smoothed_shares(counts), _smoothed_shares(reference)
    return _where_both(((p - q) * np.log(p / q)).sum(axis=-1), counts, reference)


def jensen_shannon(counts: Numbers, reference: Numbers) -> Numbers:
    """Jensen–Shannon distance: 0 where the two are equal, 1 where they share no bin.

    The square root of the divergence to base 2 (Endres and Schindelin, A new metric for probability distributions,
    2003).
    """
    p, q = _shares(counts), _shares(reference)
    middle = (p + q) / 2
    divergence = (_entropy_terms(p, middle) + _entropy_terms(q, middle)).sum(axis=-1) / 2
    return _where_both(np.sqrt(np.maximum(divergence, 0)), counts, reference)


def kolmogorov_smirnov(counts: Numbers, reference: Numbers) -> Numbers:
    """Largest difference of the cumulative shares, 0 to 1; the bins lie in ascending order."""
    apart = np.abs(np.cumsum(_shares(counts), axis=-1) - np.cumsum(_shares(reference), axis=-1))
    return _where_both(apart.max(axis=-1, initial=0), counts, reference)


def log_ratio(counts: Numbers, reference: Numbers) -> Numbers:
    """|ln(total / total of the reference)|, of volumes, with half a count added to each; NaN without a reference."""
    now, before = counts.sum(axis=-1), reference.sum(axis=-1)
    ratio = (now + _ADDED_TO_EACH_BIN) / (before + _ADDED_TO_EACH_BIN)
    return np.where(before > 0, np.abs(np.log(ratio)), np.nan)


def histogram(values: ArrayLike, edges: Sequence[float]) -> Numbers:
    """Counts (len(edges) + 2,): below the first edge, from each edge to the next, from the last one; NaN at the end."""
    numbers = np.asarray(values, dtype=np.float64)
    bins = np.where(np.isnan(numbers), len(edges) + 1, np.searchsorted(edges, numbers, side="right"))
    return np.bincount(bins, minlength=len(edges) + 2).astype(np.float64)


def on_a_grid(values: ArrayLike, others: ArrayLike) -> tuple[Numbers, Numbers]:
    """How often each distinct value is in the one and in the other, in ascending order.

    `kolmogorov_smirnov` of these is that of the values themselves.
    """
    one, other = np.asarray(values), np.asarray(others)
    grid = np.union1d(one, other)
    counts = [np.bincount(np.searchsorted(grid, each), minlength=len(grid)) for each in (one, other)]
    return counts[0].astype(np.float64), counts[1].astype(np.float64)


def _shares(counts: Numbers) -> Numbers:
    with np.errstate(invalid="ignore"):
        return counts / counts.sum(axis=-1, keepdims=True)


def _smoothed_shares(counts: Numbers) -> Numbers:
    return _shares(counts + _ADDED_TO_EACH_BIN)


def _entropy_terms(p: Numbers, middle: Numbers) -> Numbers:
    """p log2(p / middle), and 0 where p is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p == 0, 0.0, p * np.log2(p / middle))


def _where_both(distance: Numbers, counts: Numbers, reference: Numbers) -> Numbers:
    both = (counts.sum(axis=-1) > 0) & (reference.sum(axis=-1) > 0)
    return np.where(both, distance, np.nan)
