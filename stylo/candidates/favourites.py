"""Favourites of a group: what sells best in the departments where the customer buys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from stylo.candidates.history import History, decay, exact_sum
from stylo.candidates.popularity import decayed_sales
from stylo.candidates.strategy import best, best_candidates

_OF_EACH = 50


@dataclass(frozen=True)
class Favourites:
    """The best sellers of the groups of articles that a customer buys from, the groups by the customer's own share.

    `group` is a column of articles.parquet. The score is the group's share of the customer's purchases (half-life
    `half_life` days) times the article's share of the group's sales (`sales_half_life`).
    """

    group: str = "department_no"
    half_life: float = 90.0
    sales_half_life: float = 7.0

    @property
    def name(self) -> str:
        return f"favourites of {self.group.removesuffix('_no').removesuffix('_name').replace('_', ' ')}"

    def candidates(self, history: History, customers: pl.Series, as_of: date, k: int) -> pl.DataFrame:
        favourites = history.once((self, as_of), lambda: self._favourites(history, as_of)).lazy()
        groups = history.articles.select("article", self.group)
        bought = (
            history.of(customers, as_of)
            .join(groups, on="article")
            .group_by("customer", self.group)
            .agg(exact_sum(decay(as_of, self.half_life)).alias("bought"))
        )
        mine = bought.with_columns(mine=pl.col("bought") / exact_sum(pl.col("bought")).over("customer"))
        liked = mine.join(favourites, on=self.group)
        return best_candidates(liked.with_columns(score=pl.col("mine") * pl.col("share")), k)

    def _favourites(self, history: History, as_of: date) -> pl.DataFrame:
        """The group, `article` and its `share` of the group's sales: the best sellers of each."""
        sales = decayed_sales(history, as_of, self.sales_half_life)
        sold = sales.join(history.articles.select("article", self.group), on="article")
        share = pl.col("score") / exact_sum(pl.col("score")).over(self.group)
        shares = sold.drop_nulls(self.group).with_columns(share=share)
        return best(shares, self.group, "article", _OF_EACH).select(self.group, "article", "share").collect()
