"""What everybody buys now, the same for every customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from stylo.candidates.history import History, best, decay, exact_sum
from stylo.candidates.proposals import Proposals
from stylo.candidates.shoppers import Shoppers

_KEPT = 500


@dataclass(frozen=True)
class Chart:
    """The same articles for everyone, the best first: int32 rows of the catalogue, float32 scores."""

    article: np.ndarray
    score: np.ndarray

    @classmethod
    def of(cls, history: History, sales: pl.LazyFrame) -> Chart:
        """Of (`article`, `score`); ties by article."""
        ranked = best(sales.with_columns(everyone=pl.lit(0)), "everyone", "article", _KEPT).collect()
        rows = history.catalogue.rows(ranked["article"].to_numpy())
        return cls(rows, ranked["score"].cast(pl.Float32).to_numpy())

    def propose(self, shoppers: Shoppers, k: int) -> Proposals:
        first = min(k, len(self.article))
        everyone = len(shoppers)
        return Proposals(
            np.repeat(np.arange(everyone), first),
            np.tile(self.article[:first].astype(np.int64), everyone),
            np.tile(np.arange(1, first + 1), everyone),
            np.tile(self.score[:first], everyone),
        )


@dataclass(frozen=True)
class Bestsellers:
    """The articles sold most often in the last `days` days."""

    days: int = 7
    name: str = "bestsellers"

    def fit(self, history: History, as_of: date) -> Chart:
        sales = history.before(as_of, self.days).group_by("article").agg(pl.len().alias("score"))
        return Chart.of(history, sales)


@dataclass(frozen=True)
class Popularity:
    """The articles with the most sales, each sale counting half as much every `half_life` days."""

    half_life: float = 5.0
    name: str = "popularity"

    def fit(self, history: History, as_of: date) -> Chart:
        return Chart.of(history, decayed_sales(history, as_of, self.half_life))


def decayed_sales(history: History, as_of: date, half_life: float) -> pl.LazyFrame:
    """(`article`, `score`): sales that halve every `half_life` days; older than ten half-lives count nothing."""
    recent = history.before(as_of, days=round(10 * half_life))
    return recent.group_by("article").agg(exact_sum(decay(as_of, half_life)).alias("score"))
