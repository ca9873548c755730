"""Variants of what the customer owns: the same product in another colour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from stylo.candidates.history import History, decay, exact_sum
from stylo.candidates.popularity import decayed_sales
from stylo.candidates.strategy import best_candidates
from stylo.tables.ids import product_codes

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

    def candidates(self, history: History, customers: pl.Series, as_of: date, k: int) -> pl.DataFrame:
        variants = history.once((self, as_of), lambda: self._variants(history, as_of)).lazy()
        own = history.of(customers, as_of)
        affinity = own.group_by("customer", product_code=product_codes(pl.col("article"))).agg(
            exact_sum(decay(as_of, self.half_life)).alias("affinity")
        )
        others = affinity.join(variants, on="product_code").join(
            own.select("customer", "article").unique(), on=["customer", "article"], how="anti"
        )
        return best_candidates(others.with_columns(score=pl.col("affinity") * pl.col("appeal")), k)

    def _variants(self, history: History, as_of: date) -> pl.DataFrame:
        """`article`, `product_code`, `appeal`: every article, and how much it sells of late."""
        sales = decayed_sales(history, as_of, self.sales_half_life)
        articles = history.articles.select("article", product_code=product_codes(pl.col("article")))
        sold = articles.join(sales, on="article", how="left").with_columns(pl.col("score").fill_null(0))
        appeal = (1 + pl.col("score")).log() + _UNSOLD
        return sold.select("article", "product_code", appeal=appeal).collect()
