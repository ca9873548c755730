"""The contract of a candidate strategy, and the two frames that every strategy gives back."""

from __future__ import annotations

from datetime import date
from typing import Protocol

import polars as pl

from stylo.candidates.history import History

CANDIDATES = pl.Schema({"customer": pl.UInt32, "article": pl.Int32, "rank": pl.UInt16, "score": pl.Float32})
NEIGHBOURS = pl.Schema({"article": pl.Int32, "neighbour": pl.Int32, "rank": pl.UInt16, "score": pl.Float32})


class Strategy(Protocol):
    """Proposes articles for customers, from what was known before a day."""

    @property
    def name(self) -> str: ...

    def candidates(self, history: History, customers: pl.Series, as_of: date, k: int) -> pl.DataFrame:
        """Columns of CANDIDATES: rank 1 is best, ranks have no gap, at most k a customer.

        Reads only rows with `t_dat < as_of`. A customer of whom nothing is known may get none.
        """


class ArticleStrategy(Protocol):
    """Proposes articles for an article: what goes with it, or what could stand in for it."""

    @property
    def name(self) -> str: ...

    def neighbours(self, history: History, articles: pl.Series, as_of: date, k: int) -> pl.DataFrame:
        """Columns of NEIGHBOURS: rank 1 is nearest, ranks have no gap, at most k an article, never itself.

        Reads only rows with `t_dat < as_of`.
        """


def best_candidates(scored: pl.LazyFrame, k: int) -> pl.DataFrame:
    """The k best of (`customer`, `article`, `score`), ranked; ties by article. O(n log n)."""
    return _best(scored, "customer", "article", k).select(*CANDIDATES).cast(CANDIDATES).collect()


def best_neighbours(scored: pl.LazyFrame, k: int) -> pl.DataFrame:
    """The k best of (`article`, `neighbour`, `score`), ranked, itself left out; ties by neighbour."""
    others = scored.filter(pl.col("article") != pl.col("neighbour"))
    return _best(others, "article", "neighbour", k).select(*NEIGHBOURS).cast(NEIGHBOURS).collect()


def _best(scored: pl.LazyFrame, whom: str, what: str, k: int) -> pl.LazyFrame:
    return (
        scored.sort(whom, "score", what, descending=[False, True, False])
        .with_columns(pl.int_range(1, pl.len() + 1).over(whom).alias("rank"))
        .filter(pl.col("rank") <= k)
    )
