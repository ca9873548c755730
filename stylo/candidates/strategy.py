"""The contract of a candidate strategy: fitted to what is known before a day, it proposes articles."""

from __future__ import annotations

from datetime import date
from typing import Protocol, TypeVar

import numpy as np
import polars as pl

from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.candidates.lists import NEIGHBOURS, Candidates, NeighbourLists


class Fitted(Protocol):
    """A strategy that has seen what there is to see. Changes no more, and needs no history."""

    def propose(self, customers: Customers, k: int) -> Candidates:
        """At most k articles for each customer; of whom nothing is known may get none.

        What a customer gets does not depend on which other customers are requested.
        """


F_co = TypeVar("F_co", covariant=True)


class Fits(Protocol[F_co]):
    """Learns from rows with `t_dat < as_of` alone."""

    @property
    def name(self) -> str: ...

    def fit(self, history: History, as_of: date) -> F_co: ...


#: Proposes articles for customers.
Strategy = Fits[Fitted]
#: Proposes articles for an article, too: what goes with it, or what could stand in for it.
ArticleStrategy = Fits[NeighbourLists]


def fitted(strategy: Fits[F_co], history: History, as_of: date) -> F_co:
    """The strategy fitted as of a day; remembered by the history."""
    return history.once((strategy, as_of), lambda: strategy.fit(history, as_of))


def candidates(
    strategy: Strategy, history: History, customers: pl.Series, as_of: date, k: int
) -> pl.DataFrame:
    """What a strategy proposes for some customers: rows of CANDIDATES, sorted by customer and rank."""
    known = Customers.read(history, customers, as_of)
    return fitted(strategy, history, as_of).propose(known, k).frame(known, history.catalogue.articles)


def neighbours(
    strategy: ArticleStrategy, history: History, articles: pl.Series, as_of: date, k: int
) -> pl.DataFrame:
    """What a strategy proposes for some articles: rows of NEIGHBOURS, sorted by article and rank."""
    asked, ids = np.unique(articles.to_numpy()), history.catalogue.articles
    near = fitted(strategy, history, as_of).near(history.catalogue.rows(asked))
    columns = {
        "article": asked[near.customer],
        "neighbour": ids[near.article],
        "rank": near.rank,
        "score": near.score,
    }
    return pl.DataFrame(columns).filter(pl.col("rank") <= k).cast(NEIGHBOURS)
