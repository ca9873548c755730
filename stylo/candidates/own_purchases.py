"""What the customer bought before: the strongest single signal there is, since basics are bought again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from stylo.candidates.history import History, age_in_days
from stylo.candidates.strategy import best_candidates


@dataclass(frozen=True)
class OwnPurchases:
    """The customer's own articles, the last bought first; on the same day the more often bought first.

    `days` limits how far back it looks; None is all the way.
    """

    days: int | None = None
    name: str = "own purchases"

    def candidates(self, history: History, customers: pl.Series, as_of: date, k: int) -> pl.DataFrame:
        times = (
            history.of(customers, as_of, self.days)
            .group_by("customer", "article")
            .agg(age_in_days(as_of).min().alias("age"), pl.len().alias("times"))
        )
        # One number in the order wanted: the days since count in whole steps, the times bought within a step.
        return best_candidates(times.with_columns(score=1 / (pl.col("age") + 1 / (1 + pl.col("times")))), k)
