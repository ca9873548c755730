"""Variants of what the customer owns: the same product in another colour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from stylo.candidates.catalogue import PRODUCT
from stylo.candidates.groups import GroupOffers, offers
from stylo.candidates.history import History
from stylo.candidates.popularity import decayed_sales

# What a variant that does not sell counts: it may be new.
_UNSOLD = 0.01


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
