"""What each strategy gives: how much of the lists and of their hits comes from it, and what it finds on its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

_K = 12
_PAIR = ["customer", "article"]


def by_strategy(
    truth: pl.DataFrame, ranked: pl.DataFrame, candidates: pl.DataFrame, strategies: Sequence[str]
) -> pl.DataFrame:
    """A row for each strategy: `strategy`, and how many

    `recommended` : articles of the first twelve it proposed;
    `hits` : of these were bought;
    `alone` : of the hits nobody else proposed;
    `first` : of the hits it ranked highest among those who proposed them;
    `found_12`, `found` : bought articles were among its own first twelve, among all it proposed.

    Parameters
    ----------
    truth : `customer`, `article` bought in the target week; duplicates count once.
    ranked : `customer`, `article`, `rank` (1 is best), `strategies` that proposed it, `first`: the number of the
        one that ranked it highest; ranks past 12 are left out.
    candidates : `customer`, `article`, `strategies`, and `first_12`: those of them that had it among their first
        twelve; each pair once.
    strategies : their names in the order of what is `packed`.
    """
    bought, count = truth.select(_PAIR).unique(), len(strategies)
    lists = ranked.filter(pl.col("rank") <= _K)
    hits = lists.join(bought, on=_PAIR, how="semi")
    found = candidates.join(bought, on=_PAIR, how="semi")
    by = unpacked(hits["strategies"].to_numpy(), count)
    columns = {
        "recommended": unpacked(lists["strategies"].to_numpy(), count).sum(axis=0),
        "hits": by.sum(axis=0),
        "alone": by[by.sum(axis=1) == 1].sum(axis=0),
        "first": np.bincount(hits["first"].to_numpy(), minlength=count),
        "found_12": unpacked(found["first_12"].to_numpy(), count).sum(axis=0),
        "found": unpacked(found["strategies"].to_numpy(), count).sum(axis=0),
    }
    return pl.DataFrame({"strategy": list(strategies), **columns})


def packed(chosen: np.ndarray) -> np.ndarray:
    """bool (m, n) → (m,): each row as one whole number of n bits, of the least type that holds it; n ≤ 64."""
    numbers = np.zeros(len(chosen), dtype=np.min_scalar_type(2 ** chosen.shape[1] - 1))
    for place, column in enumerate(chosen.T):
        numbers |= column.astype(numbers.dtype) << place
    return numbers


def unpacked(numbers: np.ndarray, count: int) -> np.ndarray:
    """What was `packed`: (m,) → bool (m, count)."""
    return (numbers[:, None] >> np.arange(count, dtype=numbers.dtype)) & 1 == 1
