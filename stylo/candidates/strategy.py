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
    return best(scored, "customer", "article", k).select(*CANDIDATES).cast(CANDIDATES).collect()


def best_neighbours(scored: pl.LazyFrame, k: int) -> pl.DataFrame:
    """The k best of (`article`, `neighbour`, `score`), ranked, itself left out; ties by neighbour."""
    others = scored.filter(pl.col("article") != pl.col("neighbour"))
    return best(others, "article", "neighbour", k).select(*NEIGHBOURS).cast(NEIGHBOURS).collect()


def kept_neighbours(pairs: pl.DataFrame, articles: pl.Series, k: int) -> pl.DataFrame:
    """Of rows of NEIGHBOURS that are kept for every article, the first k of these articles."""
    mine = pairs.filter(pl.col("article").is_in(articles.implode()) & (pl.col("rank") <= k))
    return mine.select(*NEIGHBOURS)


def best(scored: pl.LazyFrame, whom: str, what: str, k: int) -> pl.LazyFrame:
    """The k rows of each `whom` with the highest `score`, and their `rank`; ties by `what`."""
    # Most rows are out of the question: to find that out is cheaper than to sort them.
    in_question = scored.filter(pl.col("score") >= pl.col("score").top_k(k).min().over(whom))
    ordered = in_question.sort(whom, "score", what, descending=[False, True, False])
    return ordered.with_columns(place(whom).alias("rank")).filter(pl.col("rank") <= k)


def place(whom: str) -> pl.Expr:
    """1, 2, 3 … from each row where another `whom` begins, in a frame sorted by it. One pass, no hashing."""
    row = pl.int_range(pl.len(), dtype=pl.Int64)
    first = pl.when(pl.col(whom).ne_missing(pl.col(whom).shift())).then(row).forward_fill()
    return row - first + 1
