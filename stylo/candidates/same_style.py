"""The same style: department, product type and colour of an article, what sells best of it first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from stylo.candidates.history import History
from stylo.candidates.neighbours import NEIGHBOURS, NeighbourLists, best_neighbours
from stylo.candidates.popularity import decayed_sales
from stylo.content.style import STYLE_LEVELS

_KEPT = 24
_AT_A_TIME = 20_000
_LEVELS = [(list(keys), worth) for keys, worth in STYLE_LEVELS]


@dataclass(frozen=True)
class SameStyle:
    """Neighbours that share attributes: closest match first, then the better seller.

    The score is the worth of the match (1, 0.6 or 0.4), and up to 0.1 more for sales. A customer's
    purchase counts half as much every `memory` days.
    """

    half_life: float = 14.0
    memory: float = 30.0
    name: str = "same style"

    def fit(self, history: History, as_of: date) -> NeighbourLists:
        rail = self._rail(history, as_of)
        firsts = [(_first_of_rail(rail.lazy(), keys).collect(), keys, worth) for keys, worth in _LEVELS]
        parts = [_closest(some, firsts) for some in rail.iter_slices(_AT_A_TIME)]
        pairs = pl.concat([pl.DataFrame(schema=NEIGHBOURS), *parts])
        return NeighbourLists.of(pairs, history.catalogue, self.memory)

    def _rail(self, history: History, as_of: date) -> pl.DataFrame:
        """Every article with its style attributes and its `sales_share` of the best seller's sales, 0 to 1."""
        attributes = list(dict.fromkeys(key for keys, _ in STYLE_LEVELS for key in keys))
        sales = decayed_sales(history, as_of, self.half_life)
        rail = history.articles.select("article", *attributes).join(sales, on="article", how="left")
        share = pl.col("score").fill_null(0) / pl.col("score").max()
        return rail.select("article", *attributes, sales_share=share.fill_null(0).fill_nan(0)).collect()


def _first_of_rail(rail: pl.LazyFrame, keys: list[str]) -> pl.LazyFrame:
    """The keys, `neighbour` and `sales_share` of the best sellers of each rail."""
    ordered = rail.sort(*keys, "sales_share", "article", descending=[*(False for _ in keys), True, False])
    place = pl.int_range(1, pl.len() + 1).over(keys)
    # One more than wanted, since the article itself may hang on its rail.
    first = ordered.filter(place <= _KEPT + 1).select(*keys, "sales_share", neighbour="article")
    return first.drop_nulls(keys)


def _closest(some: pl.DataFrame, firsts: list[tuple[pl.DataFrame, list[str], float]]) -> pl.DataFrame:
    """Rows of NEIGHBOURS of some articles of the rail."""
    mine = some.drop("sales_share").lazy()
    matches = [
        mine.join(first.lazy(), on=keys).select(
            "article", "neighbour", score=worth + pl.col("sales_share") / 10
        )
        for first, keys, worth in firsts
    ]
    closest = pl.concat(matches).group_by("article", "neighbour").agg(pl.max("score"))
    return best_neighbours(closest, _KEPT)
