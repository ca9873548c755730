"""What is bought together, and what is bought next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from stylo.candidates.history import History, decay, exact_sum, place
from stylo.candidates.lists import NeighbourLists, best_neighbours

_KEPT = 50
# So many purchases are paired with others at a time: the pairs of five million take four gigabytes.
_PAIRED = 500_000


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
        small = pl.len().over("customer", "t_dat") <= self.largest_basket
        baskets = recent.filter(small).collect().lazy()
        counts = baskets.group_by("article").agg(pl.len().alias("baskets"))

        def scored(some: pl.LazyFrame) -> pl.LazyFrame:
            together = (
                some.join(baskets, on=["customer", "t_dat"], suffix="_other")
                .filter(pl.col("article") != pl.col("article_other"))
                .group_by("article", neighbour="article_other")
                .agg(pl.len().alias("together"))
                .join(counts, on="article")
                .join(counts, left_on="neighbour", right_on="article", suffix="_other")
            )
            root = (pl.col("baskets") * pl.col("baskets_other")).sqrt()
            return together.select("article", "neighbour", score=pl.col("together") / (root + self.shrinkage))

        near = _nearest(history.sources(baskets).collect(), scored)
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
        fading = pl.col("weight") * pl.lit(0.5).pow(gap / self.gap_half_life)

        def scored(some: pl.LazyFrame) -> pl.LazyFrame:
            after = (
                some.join(bought, on="customer", suffix="_next")
                .filter(gap.is_between(0, self.within) & (pl.col("article") != pl.col("article_next")))
                .group_by("article", neighbour="article_next")
                .agg(exact_sum(fading).alias("after"))
                .join(counts, on="article")
                .join(counts, left_on="neighbour", right_on="article", suffix="_next")
            )
            root = (pl.col("bought") * pl.col("bought_next")).sqrt()
            return after.select("article", "neighbour", score=pl.col("after") / (root + self.shrinkage))

        near = _nearest(history.sources(bought.drop("weight")).collect(), scored)
        return NeighbourLists.of(near, history.catalogue, self.memory)

    def _last_purchases(self, history: History, as_of: date) -> pl.DataFrame:
        """(`customer`, `t_dat`, `article`, `weight`): the last of each customer, the weight by their age."""
        recent = history.newest(as_of, self.rows).select("customer", "t_dat", "article").unique()
        ordered = recent.sort("customer", "t_dat", "article", descending=[False, True, False])
        last = ordered.filter(place("customer") <= self.purchases)
        return last.with_columns(weight=decay(as_of, self.half_life)).collect()


def _nearest(purchases: pl.DataFrame, scored: Callable[[pl.LazyFrame], pl.LazyFrame]) -> pl.DataFrame:
    """The nearest of each article that was bought; of some articles at a time, which bounds the memory of their pairs.

    scored : purchases of some of the articles → `article`, `neighbour`, `score`.
    """
    slices = max(1, -(-purchases.height // _PAIRED))
    part = pl.col("article").hash(0) % slices
    some = (purchases.lazy().filter(part == number) for number in range(slices))
    return pl.concat(
        [best_neighbours(scored(each).collect(engine="streaming").lazy(), _KEPT) for each in some]
    )
