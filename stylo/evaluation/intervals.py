"""How certain a mean is: the bootstrap, resampled by customer."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import polars as pl

#: The column of `bootstrap_by_model` that holds a model's differences to its rival.
DIFFERENCE = "difference"
_DRAWS = 1000
_LEVEL = 0.95


class Estimate(NamedTuple):
    """A mean and its 95 % interval."""

    mean: float
    low: float
    high: float


def bootstrap_means(scores: pl.DataFrame, columns: Sequence[str], seed: int = 0) -> dict[str, Estimate]:
    """The means of columns over all rows, with the percentile intervals of 1,000 draws of customers.

    Parameters
    ----------
    scores : `customer` and the columns; a customer who bought in several weeks has several rows, which are
        drawn together, since they are not independent.

    All columns share the draws, which dominate the cost. O(draws × customers × columns) time, O(customers ×
    columns) memory. The same seed gives the same intervals, whatever the other columns are.
    """
    totals = _totals(scores, columns)
    count = totals.shape[2]
    if not count:
        return dict.fromkeys(columns, Estimate(float("nan"), float("nan"), float("nan")))
    random = np.random.default_rng(seed)
    drawn = np.empty((_DRAWS, totals.shape[0] * 2))
    with ThreadPoolExecutor(1) as beside:
        upcoming = beside.submit(random.integers, 0, count, count)
        for draw in range(_DRAWS):
            customers = upcoming.result()
            # The next customers are drawn while these are summed up.
            upcoming = beside.submit(random.integers, 0, count, count)
            times = np.bincount(customers, minlength=count).astype(np.float64)
            drawn[draw] = np.concatenate([times @ pair.T for pair in totals])
    everyone = totals.sum(axis=2).ravel()
    means, mean = drawn / drawn[:, -1:], everyone / everyone[-1]
    low, high = np.quantile(means, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2], axis=0)
    return {
        column: Estimate(float(mean[n]), float(low[n]), float(high[n])) for n, column in enumerate(columns)
    }


def _totals(scores: pl.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Sums of each customer's rows and, last, their number, in pairs: pairs × 2 × customers.

    BLAS is fast with two columns that are adjacent in memory, and slow with many.
    """
    _, rows = np.unique(scores["customer"].to_numpy(), return_inverse=True)
    # Summed in the order of the rows: Polars' threads would sum in any order, which changes the last bits.
    sums = [np.bincount(rows, weights=scores[name].to_numpy()) for name in columns]
    sums += [np.bincount(rows)] * (2 - len(columns) % 2)
    return np.stack(sums).reshape(len(sums) // 2, 2, -1).astype(np.float64)


def bootstrap_by_model(
    scores: pl.DataFrame, models: Sequence[str], columns: Sequence[str], rival: str
) -> dict[tuple[str, str], Estimate]:
    """Means of columns for each model, and of the paired differences to a rival in the first of them.

    scores : `cutoff`, `customer`, `model` and the columns; every model has the same lists.

    (model, column) and (model, DIFFERENCE) → its estimate. All of them share the same draws.
    """
    lists = {model: scores.filter(pl.col("model") == model).sort("cutoff", "customer") for model in models}
    buyers = lists[rival].select("cutoff", "customer")
    values: dict[tuple[str, str], pl.Series] = {}
    for model, mine in lists.items():
        assert mine.select("cutoff", "customer").equals(buyers)
        values |= {(model, column): mine[column] for column in columns}
        values[model, DIFFERENCE] = mine[columns[0]] - lists[rival][columns[0]]
    named = {str(number): column for number, column in enumerate(values.values())}
    found = bootstrap_means(buyers.select("customer").with_columns(**named), list(named))
    return dict(zip(values, found.values(), strict=True))


def bootstrap_mean(scores: pl.DataFrame, column: str, seed: int = 0) -> Estimate:
    """`bootstrap_means` of one column."""
    return bootstrap_means(scores, [column], seed)[column]


def paired_difference(ours: pl.DataFrame, theirs: pl.DataFrame, column: str, seed: int = 0) -> Estimate:
    """The mean of ours − theirs over the same (`cutoff`, `customer`), with its interval."""
    both = ours.join(theirs, on=["cutoff", "customer"], suffix="_theirs", validate="1:1")
    difference = both.select("customer", difference=pl.col(column) - pl.col(f"{column}_theirs"))
    return bootstrap_mean(difference, "difference", seed)
