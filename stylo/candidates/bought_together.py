"""What is bought with what: articles that lie in the same baskets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from stylo.candidates.history import History
from stylo.candidates.recent_purchases import neighbours_of_purchases
from stylo.candidates.strategy import best_neighbours, kept_neighbours

_KEPT = 50


@dataclass(frozen=True)
class BoughtTogether:
    """Neighbours by baskets: shrunk cosine, together / (sqrt(baskets of a × baskets of b) + shrinkage).

    A basket is what a customer bought on one day. The last whole days of at most `rows` transactions count,
    which bounds the cost; baskets of more than `largest_basket` articles say little about pairs and are
    left out.
    """

    rows: int = 5_000_000
    largest_basket: int = 30
    shrinkage: float = 3.0
    name: str = "bought together"

    def candidates(self, history: History, customers: pl.Series, as_of: date, k: int) -> pl.DataFrame:
        return neighbours_of_purchases(self, history, customers, as_of, k)

    def neighbours(self, history: History, articles: pl.Series, as_of: date, k: int) -> pl.DataFrame:
        pairs = history.once((self, as_of), lambda: self._pairs(history, as_of))
        return kept_neighbours(pairs, articles, k)

    def _pairs(self, history: History, as_of: date) -> pl.DataFrame:
        recent = history.newest(as_of, self.rows).select("customer", "t_dat", "article").unique()
        baskets = recent.filter(pl.len().over("customer", "t_dat") <= self.largest_basket)
        counts = baskets.group_by("article").agg(pl.len().alias("baskets"))
        pairs = baskets.join(baskets, on=["customer", "t_dat"], suffix="_other")
        together = (
            pairs.filter(pl.col("article") != pl.col("article_other"))
            .group_by("article", neighbour="article_other")
            .agg(pl.len().alias("together"))
            .join(counts, on="article")
            .join(counts, left_on="neighbour", right_on="article", suffix="_other")
        )
        cosine = pl.col("together") / ((pl.col("baskets") * pl.col("baskets_other")).sqrt() + self.shrinkage)
        return best_neighbours(together.select("article", "neighbour", score=cosine), _KEPT)
