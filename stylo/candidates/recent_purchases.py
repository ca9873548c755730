"""From articles to customers: the neighbours of what a customer bought of late."""

from __future__ import annotations

from datetime import date

import polars as pl

from stylo.candidates.history import History, decay, exact_sum
from stylo.candidates.strategy import ArticleStrategy, best_candidates

_PURCHASES = 20
_NEIGHBOURS = 24
_HALF_LIFE = 30.0


def neighbours_of_purchases(
    strategy: ArticleStrategy, history: History, customers: pl.Series, as_of: date, k: int
) -> pl.DataFrame:
    """Candidates of a strategy that knows an article's neighbours: rows of CANDIDATES.

    Each of the customer's last 20 articles gives its neighbours, weighted by how long ago it was bought
    (half-life 30 days) times the neighbour's score; the weights of a neighbour add up.
    """
    whose = ("recent purchases", as_of, customers.to_numpy().tobytes())
    recent = history.once(whose, lambda: _recent_purchases(history, customers, as_of)).lazy()
    bought = recent.select("article").unique().sort("article").collect().to_series()
    near = strategy.neighbours(history, bought, as_of, _NEIGHBOURS).lazy()
    votes = recent.join(near, on="article").group_by("customer", article="neighbour")
    scored = votes.agg(exact_sum(pl.col("weight") * pl.col("score")).alias("score"))
    return best_candidates(scored.collect(engine="streaming").lazy(), k)


def _recent_purchases(history: History, customers: pl.Series, as_of: date) -> pl.DataFrame:
    """(`customer`, `article`, `weight`): the last articles of each customer, the weight by their age."""
    own = history.of(customers, as_of).group_by("customer", "article")
    weighted = own.agg(decay(as_of, _HALF_LIFE).max().alias("score"))
    return best_candidates(weighted, _PURCHASES).select("customer", "article", weight="score")
