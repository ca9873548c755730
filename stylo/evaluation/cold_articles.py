"""How a model does with articles that nobody bought yet: cold ones, of which only looks and words are known."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import polars as pl

from stylo.candidates.history import History

_SHORT, _LONG = 12, 100
_PAIR = ("customer", "article")
_NAN = float("nan")


class ColdArticles(NamedTuple):
    """What became of the articles that were never sold before the cutoff.

    Recall is the share of the cold rows of the truth that are among the first 12 or 100 of their customer's list;
    the hit rate is the share of the customers with cold rows of whom at least one is. NaN where nothing cold was
    bought.
    """

    bought: int  #: rows (customer, article) of the truth that are cold
    customers: int  #: customers who bought at least one cold article
    recall_12: float
    recall_100: float
    hit_rate_12: float
    hit_rate_100: float
    recommended: float  #: share of cold articles in the first 12 of all lists; NaN where there are no lists


def cold_articles(ranked: pl.DataFrame, truth: pl.DataFrame, history: History, as_of: date) -> ColdArticles:
    """How often the lists hold cold articles, and how often those that were bought.

    Parameters
    ----------
    ranked : `customer`, `article`, `rank` (1 is best). Where lists end before rank 100, the figures at 100 are
        those of the whole lists.
    truth : `customer`, `article` bought in the window from `as_of`; duplicates count once.
    history : an article is cold if no row of it has `t_dat < as_of`.

    O(ranked + truth), beside `sold_articles`.
    """
    sold = sold_articles(history, as_of)
    cold = truth.select(_PAIR).unique().join(sold, on="article", how="anti")
    short, long = (cold.join(first(ranked, k), on=_PAIR, how="semi") for k in (_SHORT, _LONG))
    listed = first(ranked, _SHORT)
    customers = cold["customer"].n_unique()
    return ColdArticles(
        bought=cold.height,
        customers=customers,
        recall_12=_ratio(short.height, cold.height),
        recall_100=_ratio(long.height, cold.height),
        hit_rate_12=_ratio(short["customer"].n_unique(), customers),
        hit_rate_100=_ratio(long["customer"].n_unique(), customers),
        recommended=_ratio(listed.join(sold, on="article", how="anti").height, listed.height),
    )


def sold_articles(history: History, as_of: date) -> pl.DataFrame:
    """`article`: every article of which anything was sold before `as_of`, sorted.

    Reads one column of all transactions; the history remembers the result for the next model.
    """
    rows = history.before(as_of).select("article").unique().sort("article")
    return history.once(("sold articles", as_of), lambda: rows.collect(engine="streaming"))


def first(ranked: pl.DataFrame, k: int) -> pl.DataFrame:
    """Distinct (`customer`, `article`) of the first k ranks of each list, in no particular order."""
    return ranked.filter(pl.col("rank") <= k).select(_PAIR).unique()


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else _NAN
