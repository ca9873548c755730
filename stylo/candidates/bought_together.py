"""What is bought together, and what is bought next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from stylo.candidates.history import History, decay, exact_sum, place
from stylo.candidates.lists import NeighbourLists, best_neighbours

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
        pairs = history.sources(baskets).join(baskets, on=["customer", "t_dat"], suffix="_other")
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


@dataclass(frozen=True)
class BoughtNext:
    """Neighbours by what followed: shrunk directed cosine, after / (sqrt(bought a × bought b) + shrinkage).

    "After a, b" is counted where a customer bought b on the day of a or up to `within` days later. It counts half
    as much every `gap_half_life` days between the two, and every `half_life` days since b was bought; the
    purchases below the line, one an article, customer and day, halve likewise.

    The last whole days of at most `rows` transactions count, and of each customer the last `purchases`, which
    bounds the cost: O(rows × purchases). A customer's purchase counts half as much every `memory` days.
    """

    within: int = 90
    gap_half_life: float = 60.0
    half_life: float = 120.0
    shrinkage: float = 10.0
    purchases: int = 100
    rows: int = 5_000_000
    memory: float = 90.0
    name: str = "bought next"

    def fit(self, history: History, as_of: date) -> NeighbourLists:
        bought = self._last_purchases(history, as_of).lazy()
        counts = bought.group_by("article").agg(exact_sum(pl.col("weight")).alias("bought"))
        gap = (pl.col("t_dat_next") - pl.col("t_dat")).dt.total_days()
        followed = (
            history.sources(bought.drop("weight"))
            .join(bought, on="customer", suffix="_next")
            .filter(gap.is_between(0, self.within) & (pl.col("article") != pl.col("article_next")))
        )
        fading = pl.col("weight") * pl.lit(0.5).pow(gap / self.gap_half_life)
        after = (
            followed.group_by("article", neighbour="article_next")
            .agg(exact_sum(fading).alias("after"))
            .join(counts, on="article")
            .join(counts, left_on="neighbour", right_on="article", suffix="_next")
        )
        cosine = pl.col("after") / ((pl.col("bought") * pl.col("bought_next")).sqrt() + self.shrinkage)
        scored = after.select("article", "neighbour", score=cosine).collect(engine="streaming")
        return NeighbourLists.of(best_neighbours(scored.lazy(), _KEPT), history.catalogue, self.memory)

    def _last_purchases(self, history: History, as_of: date) -> pl.DataFrame:
        """(`customer`, `t_dat`, `article`, `weight`): the last of each customer, the weight by their age."""
        recent = history.newest(as_of, self.rows).select("customer", "t_dat", "article").unique()
        ordered = recent.sort("customer", "t_dat", "article", descending=[False, True, False])
        last = ordered.filter(place("customer") <= self.purchases)
        return last.with_columns(weight=decay(as_of, self.half_life)).collect()
