"""Favourites of a group: what sells best in the departments where the customer buys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from stylo.candidates.groups import GroupOffers, offers
from stylo.candidates.history import History, best, exact_sum
from stylo.candidates.popularity import decayed_sales

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

    def fit(self, history: History, as_of: date) -> GroupOffers:
        sales = decayed_sales(history, as_of, self.sales_half_life)
        groups = pl.LazyFrame(
            {"article": history.catalogue.articles, "group": history.catalogue.groups[self.group]}
        )
        sold = sales.join(groups.filter(pl.col("group") >= 0), on="article")
        share = pl.col("score") / exact_sum(pl.col("score")).over("group")
        shares = best(sold.with_columns(score=share), "group", "article", _OF_EACH).collect()
        return offers(shares, history.catalogue, self.group, self.half_life, share=True, owned=True)
