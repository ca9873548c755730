"""Signals of who buys, and of how well they are answered."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl

from stylo.drift.sales import LONGER, NEW, AssortmentSignals
from stylo.drift.signal import UNKNOWN, Numbers, Signal, most_frequent, quantiles
from stylo.drift.weeks import WeekCounts, Weeks

COLUMNS = ("customer", "age", "club_member_status")

_AGE_EDGES = np.array([20, 25, 30, 35, 45, 55, 65], dtype=np.float64)
_OLDEST = 99
_PURCHASES_EDGES = np.array([2, 3, 4, 6, 9, 13], dtype=np.float64)
_MOST_PURCHASES = 50
_LAST_PURCHASE = ("new to the shop", "1 to 4 weeks ago", "5 to 13 weeks ago", "longer ago")
_LAST_PURCHASE_EDGES = (5, 14)  # weeks
_HALF_A_YEAR = 26
_SCORE_PARTS, _FINE_SCORES = 10, 200


class BuyerSignals:
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


def prediction_signals(
    predictions: pl.DataFrame, weeks: Weeks, assortment: AssortmentSignals
) -> list[Signal]:
    """Sections and new articles among those recommended, and their scores where these are given.

    predictions : `t_dat` (the day), `article` (its number), and `score` if there is one; a row for each article of each
        list. An article that is not in the catalogue is of unknown section; one that was not sold yet is new.
    """
    shown = _within(predictions, weeks)
    week = shown["week"].to_numpy()
    rows = assortment.rows(shown["article"].cast(pl.Int64).fill_null(-1).to_numpy())
    codes, sections = assortment.section()
    by_section = _table(week, codes[rows], weeks.count, len(sections))
    by_age = _table(week, (~assortment.is_new(rows, week)).astype(np.int64), weeks.count, 2)
    observations = by_age.sum(axis=1)
    signals = [
        Signal("recommended_section", "Sections recommended", "predictions",
               *most_frequent(sections, by_section), observations),
        Signal("recommended_new", "New articles recommended", "predictions", (NEW, LONGER), by_age, observations),
    ]  # fmt: skip
    if "score" in shown.columns:
        signals.append(_score_signal(shown["score"], week, weeks.count, observations))
    return signals


def outcome_signals(outcomes: pl.DataFrame, weeks: Weeks) -> list[Signal]:
    """The share of lists with a hit.

    outcomes : `t_dat`, `lists` (how many there were), `hits` (in how many of them an article was bought); several rows
        of a week are added up.
    """
    sums = _within(outcomes, weeks).group_by("week").agg(pl.sum("lists", "hits"))
    counts = np.zeros((weeks.count, 2))
    counts[sums["week"].to_numpy(), 0] = sums["hits"].to_numpy()
    counts[sums["week"].to_numpy(), 1] = (sums["lists"] - sums["hits"]).to_numpy()
    return [
        Signal(
            "hit_rate", "Lists with a hit", "outcome", ("with a hit", "without"), counts, counts.sum(axis=1)
        )
    ]


def _score_signal(scores: pl.Series, week: np.ndarray, weeks: int, observations: Numbers) -> Signal:
    """Tenths of the scores of all weeks but the last; what is not a number is unknown."""
    values = scores.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    known = np.isfinite(values)
    past = np.sort(values[known & (week < weeks - 1)])
    places, edges = (quantiles(past, np.ones(len(past)), parts) for parts in (_FINE_SCORES, _SCORE_PARTS))
    parts = np.where(known, np.searchsorted(places, values, side="right"), len(places) + 1)
    grid = _table(week, parts, weeks, len(places) + 2)
    coarse = np.where(known, np.searchsorted(edges, values, side="right"), len(edges) + 1)
    bins = _table(week, coarse, weeks, len(edges) + 2)
    names = (*_score_ranges(edges), UNKNOWN)
    return Signal(
        "recommended_score", "Scores of recommendations", "predictions", names, bins, observations, grid
    )


def _within(frame: pl.DataFrame, weeks: Weeks) -> pl.DataFrame:
    """The rows of the weeks, with `week`."""
    numbered = frame.with_columns(week=weeks.number("t_dat"))
    return numbered.filter(pl.col("week").is_between(0, weeks.count - 1))


def _table(week: np.ndarray, codes: np.ndarray, weeks: int, size: int) -> Numbers:
    counts = np.bincount(week * size + codes, minlength=weeks * size)
    return counts.reshape(weeks, size).astype(np.float64)


def _score_ranges(edges: Numbers) -> tuple[str, ...]:
    if not len(edges):
        return ("all scores",)
    texts = [f"{edge:.3g}" for edge in edges]
    inner = [f"{low} to {high}" for low, high in pairwise(texts)]
    return (f"below {texts[0]}", *inner, f"{texts[-1]} and more")
