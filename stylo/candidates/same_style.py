"""The same style: department, product type and colour of an article, what sells best of it first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from stylo.candidates.history import History
from stylo.candidates.popularity import decayed_sales
from stylo.candidates.recent_purchases import neighbours_of_purchases
from stylo.candidates.strategy import best_neighbours
from stylo.content.style import STYLE_LEVELS


@dataclass(frozen=True)
class SameStyle:
    """Neighbours that share attributes: closest match first, then the better seller.

    The score is the worth of the match (1, 0.6 or 0.4), and up to 0.1 more for sales.
    """

    half_life: float = 14.0
    name: str = "same style"

    def candidates(self, history: History, customers: pl.Series, as_of: date, k: int) -> pl.DataFrame:
        return neighbours_of_purchases(self, history, customers, as_of, k)

    def neighbours(self, history: History, articles: pl.Series, as_of: date, k: int) -> pl.DataFrame:
        rail = history.once((self, as_of), lambda: self._rail(history, as_of)).lazy()
        mine = rail.filter(pl.col("article").is_in(articles.implode())).drop("sales_share")
        matches = [
            # One more than k of each rail, since the article itself may hang on it.
            mine.join(_first_of_rail(rail, keys, k + 1), on=keys).select(
                "article", "neighbour", score=worth + pl.col("sales_share") / 10
            )
            for keys, worth in ((list(keys), worth) for keys, worth in STYLE_LEVELS)
        ]
        closest = pl.concat(matches).group_by("article", "neighbour").agg(pl.max("score"))
        return best_neighbours(closest, k)

    def _rail(self, history: History, as_of: date) -> pl.DataFrame:
        """Every article with its style attributes and its `sales_share` of the best seller's sales, 0 to 1."""
        attributes = list(dict.fromkeys(key for keys, _ in STYLE_LEVELS for key in keys))
        sales = decayed_sales(history, as_of, self.half_life)
        rail = history.articles.select("article", *attributes).join(sales, on="article", how="left")
        share = pl.col("score").fill_null(0) / pl.col("score").max()
        return rail.select("article", *attributes, sales_share=share.fill_null(0).fill_nan(0)).collect()


def _first_of_rail(rail: pl.LazyFrame, keys: list[str], k: int) -> pl.LazyFrame:
    ordered = rail.sort(*keys, "sales_share", "article", descending=[*(False for _ in keys), True, False])
    place = pl.int_range(1, pl.len() + 1).over(keys)
    return ordered.filter(place <= k).select(*keys, "sales_share", neighbour="article").drop_nulls(keys)
