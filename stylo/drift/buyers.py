"""Who buys: age, club status, how long since the last purchase, purchases a week."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl

from stylo.drift.distances import Numbers
from stylo.drift.signal import UNKNOWN, Signal, most_frequent
from stylo.drift.weeks import WeekCounts

COLUMNS = ("customer", "age", "club_member_status")

_AGE_EDGES = np.array([20, 25, 30, 35, 45, 55, 65], dtype=np.float64)
_OLDEST = 99
_PURCHASES_EDGES = np.array([2, 3, 4, 6, 9, 13], dtype=np.float64)
_MOST_PURCHASES = 50
_LAST_PURCHASE = ("new to the shop", "1 to 4 weeks ago", "5 to 13 weeks ago", "longer ago")
_LAST_PURCHASE_EDGES = (5, 14)  # weeks
_HALF_A_YEAR = 26


class Buyers:
    """Takes in the weeks one after the other and keeps their histograms; 10 bytes a customer.

    customers : COLUMNS, one row each. A buyer who is not among them is of unknown age and status.
    """

    def __init__(self, customers: pl.DataFrame, weeks: int) -> None:
        self._size = 1 + int(customers["customer"].cast(pl.Int64).max() or 0)  # type: ignore[arg-type]
        at = customers["customer"].to_numpy()
        ages = customers["age"].cast(pl.Int64).clip(0, _OLDEST).fill_null(_OLDEST + 1)
        self._age = np.full(self._size + 1, _OLDEST + 1, dtype=np.uint8)
        self._age[at] = ages.to_numpy()
        status = customers["club_member_status"].cast(pl.String)
        names = status.drop_nulls().unique().sort()
        self._statuses: list[str | None] = [*names, None]
        codes = status.replace_strict(names, range(len(names)), default=len(names), return_dtype=pl.Int64)
        self._status = np.full(self._size + 1, len(names), dtype=np.uint8)
        self._status[at] = codes.to_numpy()
        self._last_week = np.full(self._size + 1, -1, dtype=np.int16)
        self._ages = np.zeros((weeks, _OLDEST + 2))
        self._by_status = np.zeros((weeks, len(self._statuses)))
        self._since = np.zeros((weeks, len(_LAST_PURCHASE)))
        self._purchases = np.zeros((weeks, _MOST_PURCHASES + 1))

    def add(self, counts: WeekCounts) -> None:
        week, (customers, purchases) = counts.week, counts.customers
        rows = np.where((customers < 0) | (customers >= self._size), self._size, customers)
        self._ages[week] = np.bincount(self._age[rows], minlength=_OLDEST + 2)
        self._by_status[week] = np.bincount(self._status[rows], minlength=len(self._statuses))
        self._purchases[week] = np.bincount(
            np.minimum(purchases, _MOST_PURCHASES), minlength=_MOST_PURCHASES + 1
        )
        last = self._last_week[rows]
        since = 1 + np.searchsorted(_LAST_PURCHASE_EDGES, week - last, side="right")
        self._since[week] = np.bincount(np.where(last < 0, 0, since), minlength=len(_LAST_PURCHASE))
        self._last_week[rows] = week

    def per_week(self) -> Numbers:
        """(weeks,): how many customers bought."""
        return self._purchases.sum(axis=1)

    def signals(self) -> list[Signal]:
        buyers = self.per_week()
        statuses, by_status = most_frequent(self._statuses, self._by_status)
        return [
            Signal("age", "Age of buyers", "customers", *_ages(self._ages), buyers, self._ages),
            Signal("club_status", "Club status of buyers", "customers", statuses, by_status, buyers),
            Signal("last_purchase", "Last purchase of buyers before", "customers", _LAST_PURCHASE, self._since,
                   buyers, from_week=_HALF_A_YEAR),
            Signal("purchases_per_buyer", "Purchases per buyer", "customers",
                   *_purchases(self._purchases), buyers, self._purchases),
        ]  # fmt: skip


def _ages(counts: Numbers) -> tuple[tuple[str, ...], Numbers]:
    known, unknown = counts[:, :-1], counts[:, -1:]
    bins = np.column_stack([_folded(known, _AGE_EDGES), unknown])
    return (*_ranges(_AGE_EDGES, ""), UNKNOWN), bins


def _purchases(counts: Numbers) -> tuple[tuple[str, ...], Numbers]:
    return _ranges(_PURCHASES_EDGES, "1"), _folded(counts, _PURCHASES_EDGES)


def _folded(counts: Numbers, edges: Numbers) -> Numbers:
    """Counts of whole numbers, 0 first, in the ranges that begin at the edges."""
    return np.add.reduceat(counts, np.concatenate([[0], edges]).astype(np.int64), axis=1)


def _ranges(edges: Numbers, lowest: str) -> tuple[str, ...]:
    """“below 20”, “20 to 24”, …, “65 and more”; the lowest has a name of its own where it is one value."""
    whole = [int(edge) for edge in edges]
    inner = [str(low) if high == low + 1 else f"{low} to {high - 1}" for low, high in pairwise(whole)]
    return (lowest or f"below {whole[0]}", *inner, f"{whole[-1]} and more")
