"""What a customer's own purchases lead to: the same again, another variant of it, what sells in favourite groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from stylo.candidates.catalogue import PRODUCT
from stylo.candidates.customers import Customers
from stylo.candidates.history import History, best_rows, exact_sum
from stylo.candidates.lists import Candidates, GroupOffers, best, offers
from stylo.candidates.popularity import decayed_sales

# What a variant that does not sell counts: it may be new.
_UNSOLD = 0.01
_OF_EACH = 50


@dataclass(frozen=True)
class OwnPurchases:
    """The customer's own articles, the last bought first; on the same day the more often bought first.

    `days` limits how far back it looks; None is all the way.
    """

    days: int | None = None
    name: str = "own purchases"

    def fit(self, history: History, as_of: date) -> OwnPurchases:
        """There is nothing to learn."""
        return self

    def propose(self, customers: Customers, k: int) -> Candidates:
        own = customers.totals(None, half_life=1.0, within=self.days)
        # One number in the order wanted: the days since count in whole steps, the times bought within a step.
        return best(own.customer, own.group, 1 / (own.days + 1 / (1 + own.count)), len(customers), k)


@dataclass(frozen=True)
class Variants:
    """Articles of the same product code as one that was bought, without those that were.

    The score is how much of the product the customer bought, a purchase counting half as much every `half_life`
    days, times the logarithm of what the variant sells now (half-life `sales_half_life`).
    """

    half_life: float = 60.0
    sales_half_life: float = 14.0
    name: str = "variants"

    def fit(self, history: History, as_of: date) -> GroupOffers:
        everything = pl.LazyFrame({"article": history.catalogue.articles})
        sales = decayed_sales(history, as_of, self.sales_half_life)
        sold = everything.join(sales, on="article", how="left").with_columns(pl.col("score").fill_null(0))
        appeal = sold.select("article", score=(1 + pl.col("score")).log() + _UNSOLD)
        return offers(appeal.collect(), history.catalogue, PRODUCT, self.half_life, share=False, owned=False)


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
        shares = best_rows(sold.with_columns(score=share), "group", "article", _OF_EACH).collect()
        return offers(shares, history.catalogue, self.group, self.half_life, share=True, owned=True)
