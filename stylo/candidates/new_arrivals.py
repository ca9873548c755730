"""New arrivals that are like what the customer bought: the way to an article that nobody has bought yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from stylo.candidates.history import History, age_in_days
from stylo.candidates.neighbours import NEIGHBOURS, NeighbourLists
from stylo.content.neighbours import Neighbourhood
from stylo.tables.ids import products
from stylo.vectors.embeddings import Embeddings

_KEPT = 24


@dataclass(frozen=True)
class NewArrivals:
    """Neighbours, by the mean cosine of all vectors that there are, among articles that are new.

    New is what was first sold in the last `days` days, and what was never sold and has a product code above those of
    `share` of the sales of the last four weeks: codes are given as products are made, so that a low one tells of an
    article that came and went, or never came. A customer's purchase counts half as much every `memory` days.

    Fitting takes O(articles × new articles × dimensions).
    """

    days: int = 7
    share: float = 0.5
    memory: float = 60.0
    name: str = "new arrivals"

    def fit(self, history: History, as_of: date) -> NeighbourLists:
        near = pl.DataFrame(schema=NEIGHBOURS)
        new = self._new(history, as_of)
        if history.vectors and len(new):
            joined = _joined(history)
            found = Neighbourhood(joined, among=new).of(pl.Series(joined.articles), _KEPT)
            near = found.rename({"similarity": "score"})
        return NeighbourLists.of(near, history.catalogue, self.memory)

    def _new(self, history: History, as_of: date) -> pl.Series:
        articles = history.catalogue.articles
        sold = (
            history.before(as_of).group_by("article").agg(age_in_days(as_of).max().alias("first")).collect()
        )
        lately = history.before(as_of, 28).select("article").collect()["article"].to_numpy()
        if not len(lately):
            return pl.Series([], dtype=pl.Int32)
        least = np.quantile(products(lately), self.share)
        never = np.setdiff1d(articles, sold["article"].to_numpy())
        fresh = sold.filter(pl.col("first") <= self.days)["article"].to_numpy()
        return pl.Series(np.union1d(never[products(never) >= least], fresh), dtype=pl.Int32)


def _joined(history: History) -> Embeddings:
    """All vectors of an article side by side, at length one together."""
    vectors = np.hstack(list(history.vectors.values()))
    known = np.flatnonzero(vectors.any(axis=1))
    return Embeddings(history.catalogue.articles[known], vectors[known])
