"""What is bought with what: articles that lie in the same baskets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from stylo.candidates.history import History
from stylo.candidates.neighbours import NeighbourLists, best_neighbours

_KEPT = 50


@dataclass(frozen=True)
class BoughtTogether:
    """Neighbours by baskets: shrunk cosine, together / (sqrt(baskets of a × baskets of b) + shrinkage).

    A basket is what a customer bought on one day. The last whole days of at most `rows` transactions count,
    which bounds the cost; baskets of more than `largest_basket` articles say little about pairs and are
    left out. `days` limits how far back baskets count, too. A customer's purchase counts half as much every `memory`
    days.
    """

    rows: int = 5_000_000
    largest_basket: int = 30
    shrinkage: float = 3.0
    memory: float = 30.0
    days: int | None = None
    name: str = "bought together"

    def fit(self, history: History, as_of: date) -> NeighbourLists:
        recent = history.newest(as_of, self.rows).select("customer", "t_dat", "article").unique()
        if self.days is not None:
            recent = recent.filter(pl.col("t_dat") >= as_of - timedelta(days=self.days))
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
        near = best_neighbours(together.select("article", "neighbour", score=cosine), _KEPT)
        return NeighbourLists.of(near, history.catalogue, self.memory)
