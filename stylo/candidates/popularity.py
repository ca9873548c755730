"""What everybody buys now, the same for every customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from stylo.candidates.history import History, decay, exact_sum
from stylo.candidates.strategy import CANDIDATES, best_candidates


@dataclass(frozen=True)
class Bestsellers:
    """The articles sold most often in the last `days` days."""

    days: int = 7
    name: str = "bestsellers"

    def candidates(self, history: History, customers: pl.Series, as_of: date, k: int) -> pl.DataFrame:
        sales = history.before(as_of, self.days).group_by("article").agg(pl.len().alias("score"))
        return _for_everyone(customers, history.once((self, as_of, k), lambda: _best(sales, k)))


@dataclass(frozen=True)
class Popularity:
    """The articles with the most sales, each sale counting half as much every `half_life` days."""

    half_life: float = 5.0
    name: str = "popularity"

    def candidates(self, history: History, customers: pl.Series, as_of: date, k: int) -> pl.DataFrame:
        sales = decayed_sales(history, as_of, self.half_life)
        return _for_everyone(customers, history.once((self, as_of, k), lambda: _best(sales, k)))


def decayed_sales(history: History, as_of: date, half_life: float) -> pl.LazyFrame:
    """(`article`, `score`): sales that halve every `half_life` days; older than ten half-lives count nothing."""
    recent = history.before(as_of, days=round(10 * half_life))
    return recent.group_by("article").agg(exact_sum(decay(as_of, half_life)).alias("score"))


def _best(scores: pl.LazyFrame, k: int) -> pl.DataFrame:
    return best_candidates(scores.with_columns(customer=pl.lit(0)), k).drop("customer")


def _for_everyone(customers: pl.Series, ranked: pl.DataFrame) -> pl.DataFrame:
    everyone = customers.unique().sort().to_frame("customer")
    return (
        everyone.join(ranked, how="cross", maintain_order="left_right").select(*CANDIDATES).cast(CANDIDATES)
    )
