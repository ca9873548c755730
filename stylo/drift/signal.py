"""A signal: counts of each week in the same bins; and how far two such distributions lie apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

# Of Jeffreys' prior: an empty bin does not make the distance infinite.
_ADDED_TO_EACH_BIN = 0.5
UNKNOWN, OTHER = "unknown", "other"
# Cochran's rule for expected counts (Some methods for strengthening the common χ² tests, 1954).
_EXPECTED_IN_A_BIN = 5
_LARGEST_BINS = 20


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


@dataclass(frozen=True)
class Signal:
    """What is watched.

    Parameters
    ----------
    name, title : for programs and for people.
    group : of customers, articles, prices, channels, look, sales, predictions, outcome.
    bins : their names.
    counts : (weeks, bins).
    observations : (weeks,), how many of those counted are independent of each other: the purchases of one customer in
        one week are not, so that a buyer counts once.
    grid : (weeks, values), of ordered ones: the counts of each value, ascending.
    from_week : the first one that counts; before it the definition does not hold (everybody is new at first).
    is_volume : not shares are watched, but how much there is in all; of one bin.
    """

    name: str
    title: str
    group: str
    bins: tuple[str, ...]
    counts: Numbers
    observations: Numbers
    grid: Numbers | None = None
    from_week: int = 0
    is_volume: bool = False


def most_frequent(labels: list[str | None], counts: Numbers) -> tuple[tuple[str, ...], Numbers]:
    """The bins of a nominal signal: its most frequent values; all others are one bin, unknown ones (None) are another.

    labels : of the columns of `counts` (weeks, labels).

    A value is a bin of its own if an ordinary week has five of it, and among the twenty most frequent. The last week,
    which is to be judged, has no say. A bin without any purchase is left out.
    """
    past = counts[:-1]
    total = past.sum(axis=0)
    known = np.array([label is not None for label in labels], dtype=bool)
    ordinary = np.median(past.sum(axis=1)[past.sum(axis=1) > 0]) if total.sum() else 0.0
    enough = known & (total * ordinary >= _EXPECTED_IN_A_BIN * max(total.sum(), 1)) & (total > 0)
    order = np.argsort(-total, kind="stable")
    kept = [column for column in order if enough[column]][:_LARGEST_BINS]
    rest = known.copy()
    rest[kept] = False
    named = [(str(labels[column]), counts[:, column]) for column in kept]
    named += [(OTHER, counts[:, rest].sum(axis=1)), (UNKNOWN, counts[:, ~known].sum(axis=1))]
    named = [(label, column) for label, column in named if column.any()] or named[:1]
    return tuple(label for label, _ in named), np.column_stack([column for _, column in named])


def between(grid: Numbers, values: Numbers, edges: Numbers) -> Numbers:
    """Counts (weeks, len(edges) + 1) below the first edge, from each to the next, and from the last one.

    grid : (weeks, values) counts of each of `values`.
    """
    bins = np.searchsorted(edges, values, side="right")
    inside = np.zeros((len(grid), len(edges) + 1))
    np.add.at(inside.T, bins, grid.T)
    return inside


def quantiles(values: Numbers, weights: Numbers, parts: int) -> Numbers:
    """The distinct values at 1/parts, 2/parts, … of the sorted and weighted ones: edges that lie on values."""
    if not weights.any():
        return np.empty(0)
    reached = np.cumsum(weights) / weights.sum()
    places = np.searchsorted(reached, np.arange(1, parts) / parts)
    return np.unique(values[np.minimum(places, len(values) - 1)])
