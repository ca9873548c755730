"""How sure a mean is: the bootstrap, resampled by customer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

_DRAWS = 1000
_LEVEL = 0.95


class Estimate(NamedTuple):
    """A mean and its 95 % interval."""

    mean: float
    low: float
    high: float


def bootstrap_mean(scores: pl.DataFrame, column: str, seed: int = 0) -> Estimate:
    """The mean of a column over all rows, with the percentile interval of 1,000 draws of customers.

    Parameters
    ----------
    scores : `customer` and the column; a customer who bought in several weeks has several rows, which are
        drawn together, since they are not independent.

    O(draws × customers) time, O(customers) memory. The same seed gives the same interval.
    """
    by_customer = scores.group_by("customer").agg(pl.sum(column).alias("sum"), pl.len().alias("rows"))
    totals = by_customer.sort("customer").select("sum", "rows").to_numpy().astype(np.float64)
    if not len(totals):
        return Estimate(float("nan"), float("nan"), float("nan"))
    random, count = np.random.default_rng(seed), len(totals)
    means = np.empty(_DRAWS)
    for draw in range(_DRAWS):
        times = np.bincount(random.integers(0, count, count), minlength=count)
        total, rows = times @ totals
        means[draw] = total / rows
    low, high = np.quantile(means, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    total, rows = totals.sum(axis=0)
    return Estimate(float(total / rows), float(low), float(high))


def paired_difference(ours: pl.DataFrame, theirs: pl.DataFrame, column: str, seed: int = 0) -> Estimate:
    """The mean of ours − theirs over the same (`cutoff`, `customer`), with its interval."""
    both = ours.join(theirs, on=["cutoff", "customer"], suffix="_theirs", validate="1:1")
    difference = both.select("customer", difference=pl.col(column) - pl.col(f"{column}_theirs"))
    return bootstrap_mean(difference, "difference", seed)
