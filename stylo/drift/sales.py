"""Signals of what is sold: how much, at what price, which kinds of articles, and how they look."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl

from stylo.drift.signal import UNKNOWN, Numbers, Signal, between, most_frequent, quantiles
from stylo.drift.weeks import Counted, WeekCounts
from stylo.vectors.embeddings import Embeddings

_PARTS = 10
_NOT_IN_CENTS = -1
_CHANNELS = {1: "in a store", 2: "online"}
_EDGES = (0.7, 0.9, 0.98, 1.02, 1.1, 1.3)
_LONGEST_PAUSE = 8  # weeks
_STEPS, _STEP = 300, 0.01  # of the ratio's logarithm, the middle one around no change
#: Column of articles.parquet → the signal of it: name and title.
WATCHED = {
    "product_type_name": ("product_type", "Product types"),
    "section_name": ("section", "Sections"),
    "perceived_colour_master_name": ("colour", "Colours"),
}
COLUMNS = ("article", *WATCHED)
NEW, LONGER = "first sold within four weeks", "longer in the shop"
#: Weeks until it is known which articles are new.
SETTLED_WEEKS = 8
_NEW_WEEKS = 4
_DIRECTIONS = 3
_CLUSTERS = ("lowest fifth", "second fifth", "middle fifth", "fourth fifth", "highest fifth")
_FINE_PARTS = 100
_SAMPLE = 4000
_ROWS_AT_A_TIME = 8192


class SalesSignal:
    """Takes in the weeks one after the other and keeps their prices, channels and volume."""

    def __init__(self) -> None:
        self._prices: list[Counted] = []
        self._channels: list[Counted] = []
        self._purchases: list[int] = []

    def add(self, counts: WeekCounts) -> None:
        self._prices.append(counts.prices)
        self._channels.append(counts.channels)
        self._purchases.append(counts.purchases)

    def signals(self, observations: Numbers) -> list[Signal]:
        volume = np.array(self._purchases, dtype=np.float64)[:, None]
        # Few buyers are what a volume is about: they do not excuse it.
        ordinary = np.full(len(volume), np.median(observations))
        values, channels = _on_one_grid(self._channels)
        labels = [
            None if value == _NOT_IN_CENTS else _CHANNELS.get(value, f"channel {value}") for value in values
        ]
        return [
            self._price_signal(observations),
            Signal("channel", "Channels", "channels", *most_frequent(labels, channels), observations),
            Signal("sales", "Purchases in all", "sales", ("purchases",), volume, ordinary, is_volume=True),
        ]

    def _price_signal(self, observations: Numbers) -> Signal:
        """Ten parts of about the same size, by all weeks but the last; every price for itself on the grid."""
        values, grid = _on_one_grid(self._prices)
        known = values != _NOT_IN_CENTS
        priced, prices, unpriced = grid[:, known], values[known].astype(np.float64), grid[:, ~known]
        edges = quantiles(prices, priced[:-1].sum(axis=0), _PARTS)
        bins, names = between(priced, prices, edges), _price_ranges(edges)
        if unpriced.any():
            bins, names = np.column_stack([bins, unpriced]), (*names, UNKNOWN)
        grid = np.column_stack([priced, unpriced])
        return Signal("price", "Prices", "prices", names, bins, observations, grid)


def _on_one_grid(weeks: list[Counted]) -> tuple[np.ndarray, Numbers]:
    """All values that occur, ascending, and the counts (weeks, values) of each."""
    values = np.unique(np.concatenate([values for values, _ in weeks]))
    grid = np.zeros((len(weeks), len(values)))
    for week, (found, counts) in enumerate(weeks):
        grid[week, np.searchsorted(values, found)] = counts
    return values, grid


def _price_ranges(cents: Numbers) -> tuple[str, ...]:
    edges = [f"{edge / 100:.2f}" for edge in cents]
    if not edges:
        return ("all prices",)
    inner = [f"{low} to below {high}" for low, high in pairwise(edges)]
    return (f"below {edges[0]}", *inner, f"{edges[-1]} and more")


class OwnPriceSignal:
    """Takes in the weeks one after the other and keeps the histograms of the ratios; purchases count.

    Articles of which nothing was sold in the eight weeks before have no ratio.
    """

    def __init__(self, assortment: AssortmentSignals, weeks: int) -> None:
        self._assortment = assortment
        self._price = np.zeros(len(assortment.articles) + 1)
        self._week = np.full(len(assortment.articles) + 1, -_LONGEST_PAUSE - 1)
        self._grid = np.zeros((weeks, _STEPS + 1))
        self._counts = np.zeros((weeks, len(_EDGES) + 1))

    def add(self, counts: WeekCounts) -> None:
        week, (articles, sales) = counts.week, counts.articles
        known = counts.spent > 0
        rows, sales = self._assortment.rows(articles[known]), sales[known]
        price = counts.spent[known] / sales
        recent = (week - self._week[rows] <= _LONGEST_PAUSE) & (rows < len(self._assortment.articles))
        ratio = price[recent] / self._price[rows[recent]]
        steps = np.clip(np.round(np.log(ratio) / _STEP) + _STEPS // 2, 0, _STEPS).astype(np.int64)
        bins = np.searchsorted(_EDGES, ratio, side="right")
        self._grid[week] = np.bincount(steps, sales[recent], _STEPS + 1)
        self._counts[week] = np.bincount(bins, sales[recent], len(_EDGES) + 1)
        self._price[rows], self._week[rows] = price, week

    def signal(self, observations: Numbers) -> Signal:
        return Signal("own_price", "Prices against the same articles' before", "prices", _names(), self._counts,
                      np.minimum(observations, self._counts.sum(axis=1)), self._grid, SETTLED_WEEKS)  # fmt: skip


def _names() -> tuple[str, ...]:
    """“below 70 %”, “70 to 90 %”, …"""
    percents = [round(100 * edge) for edge in _EDGES]
    inner = [f"{low} to {high} %" for low, high in pairwise(percents)]
    return (f"below {percents[0]} %", *inner, f"{percents[-1]} % and more")


class AssortmentSignals:
    """Takes in the weeks one after the other and keeps their histograms.

    articles : COLUMNS, one row each. An article that is not among them is of unknown type, section and colour.
    """

    def __init__(self, articles: pl.DataFrame, weeks: int) -> None:
        table = articles.sort("article")
        self.articles = table["article"].cast(pl.Int64).to_numpy()
        #: (articles + 1,): the week in which each was first sold, −1 for not yet; the last one is any unknown one.
        self.first_week = np.full(len(self.articles) + 1, -1, dtype=np.int32)
        self._labels: dict[str, list[str | None]] = {}
        self._codes, self._counts = {}, {}
        for column in WATCHED:
            names = table[column].drop_nulls().unique().sort()
            codes = table[column].replace_strict(
                names, range(len(names)), default=len(names), return_dtype=pl.Int64
            )
            self._labels[column] = [*names.cast(pl.String), None]
            self._codes[column] = np.append(codes.to_numpy(), len(names))
            self._counts[column] = np.zeros((weeks, len(names) + 1))
        self._new = np.zeros((weeks, 2))

    def add(self, counts: WeekCounts) -> None:
        week, (articles, sales) = counts.week, counts.articles
        rows = self.rows(articles)
        for column, codes in self._codes.items():
            size = self._counts[column].shape[1]
            self._counts[column][week] = np.bincount(codes[rows], sales, size)
        first = self.first_week[rows]
        self.first_week[rows] = np.where(first < 0, week, first)
        longer = week - self.first_week[rows] >= _NEW_WEEKS
        self._new[week] = np.bincount(longer.astype(np.int64), sales, 2)

    def rows(self, articles: np.ndarray) -> np.ndarray:
        """The rows of `first_week` of article numbers."""
        if not len(self.articles):
            return np.zeros(len(articles), dtype=np.int64)
        rows = np.minimum(np.searchsorted(self.articles, articles), len(self.articles) - 1)
        return np.where(self.articles[rows] == articles, rows, len(self.articles))

    def is_new(self, rows: np.ndarray, week: np.ndarray) -> np.ndarray:
        """Whether articles were not sold yet before a week, or first less than four weeks before its end."""
        first = self.first_week[rows]
        return (first < 0) | (week - first < _NEW_WEEKS)

    def section(self) -> tuple[np.ndarray, list[str | None]]:
        """The code of each row's section, and the sections' names."""
        return self._codes["section_name"], self._labels["section_name"]

    def signals(self, observations: Numbers) -> list[Signal]:
        nominal = [
            Signal(name, title, "articles", *most_frequent(self._labels[column], self._counts[column]),
                   observations)
            for column, (name, title) in WATCHED.items()
        ]  # fmt: skip
        new = Signal("new_articles", "New articles among the purchases", "articles", (NEW, LONGER), self._new,
                     observations, from_week=SETTLED_WEEKS)  # fmt: skip
        return [*nominal, new]


def look_signals(embeddings: Embeddings, first_week: np.ndarray, weeks: int, from_week: int) -> list[Signal]:
    """One signal a direction; an article counts once, in the week in which it was first sold.

    first_week : (articles,) of the embeddings' rows; −1 for one not sold yet.

    The directions are the first principal ones (unit vectors, of at most 4,000 articles). Fifths and the finer grid
    are those of all the articles. O(articles × dimensions); holds some thousand vectors.
    """
    if len(embeddings.vectors) <= _DIRECTIONS or embeddings.vectors.shape[1] <= _DIRECTIONS:
        return []
    mean, directions = _principal_directions(embeddings.vectors)
    along = np.concatenate([
        (_unit(embeddings.vectors[first : first + _ROWS_AT_A_TIME]) - mean) @ directions.T
        for first in range(0, len(embeddings.vectors), _ROWS_AT_A_TIME)
    ])  # fmt: skip
    sold = first_week >= 0
    observations = np.bincount(first_week[sold], minlength=weeks).astype(np.float64)
    signals = []
    for number, places in enumerate(along.T, start=1):
        # Ranks, so that each part of the grid holds as many articles.
        ranks = np.argsort(np.argsort(places, kind="stable"), kind="stable")
        grid = np.zeros((weeks, _FINE_PARTS))
        np.add.at(grid, (first_week[sold], ranks[sold] * _FINE_PARTS // len(ranks)), 1)
        bins = grid.reshape(weeks, len(_CLUSTERS), -1).sum(axis=2)
        title = f"Look of new articles, direction {number}"
        signals.append(
            Signal(f"look_{number}", title, "look", _CLUSTERS, bins, observations, grid, from_week)
        )
    return signals


def _principal_directions(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean (d,) and directions (3, d), the same for the same vectors."""
    from scipy.sparse.linalg import svds  # a part of a second, for who has photos only

    rows = np.linspace(0, len(vectors) - 1, min(len(vectors), _SAMPLE)).astype(np.int64)
    sample = _unit(vectors[rows])
    mean = sample.mean(axis=0)
    start = np.ones(min(sample.shape), dtype=np.float64)
    _, _, found = svds((sample - mean).astype(np.float64), k=_DIRECTIONS, v0=start)
    return mean, found[::-1].astype(np.float32)


def _unit(vectors: np.ndarray) -> np.ndarray:
    rows = np.asarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1)
