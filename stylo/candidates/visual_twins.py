"""What looks alike: visual twins of an article, also of one that nobody has bought yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from stylo.candidates.history import History
from stylo.candidates.recent_purchases import neighbours_of_purchases
from stylo.candidates.strategy import NEIGHBOURS


@dataclass(frozen=True)
class VisualTwins:
    """Neighbours by the cosine similarity of their photos; none where no photo was looked at."""

    name: str = "visual twins"

    def candidates(self, history: History, customers: pl.Series, as_of: date, k: int) -> pl.DataFrame:
        return neighbours_of_purchases(self, history, customers, as_of, k)

    def neighbours(self, history: History, articles: pl.Series, as_of: date, k: int) -> pl.DataFrame:
        if history.twins is None:
            return pl.DataFrame(schema=NEIGHBOURS)
        mine = history.twins.filter(pl.col("article").is_in(articles.implode()) & (pl.col("rank") <= k))
        # The table's own ranks: they come from more digits than its similarities keep.
        near = mine.select("article", "neighbour", "rank", score="similarity").sort("article", "rank")
        return near.cast(NEIGHBOURS)
