"""One thing that is watched: its counts week by week, all in the bins of one definition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stylo.drift.distances import Numbers

UNKNOWN, OTHER = "unknown", "other"

# Cochran's rule for expected counts (Some methods for strengthening the common χ² tests, 1954).
_EXPECTED_IN_A_BIN = 5
_LARGEST_BINS = 20


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
