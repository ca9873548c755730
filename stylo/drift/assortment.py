"""What is bought: type, section, colour, and how much of it is new."""

from __future__ import annotations

import numpy as np
import polars as pl

from stylo.drift.distances import Numbers
from stylo.drift.signal import Signal, most_frequent
from stylo.drift.weeks import WeekCounts

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


class Assortment:
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
