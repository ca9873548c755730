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
_LATELY = 28


@dataclass(frozen=True)
class NewArrivals:
    """Neighbours, by the mean cosine of all vectors that there are, among articles that are new.

    New is what was first sold in the last `days` days, and what was never sold and has a product code above those of
    `share` of the sales of the last four weeks: codes are given as products are made, so that a low one tells of an
    article that came and went, or never came. Of these the `most` with the lowest codes count: the highest are those of
    products that are not in the shops yet. A customer's purchase counts half as much every `memory` days.

    Fitting takes O(articles sold × new articles × dimensions).
    """

    days: int = 7
    share: float = 0.5
    most: int = 5_000
    memory: float = 60.0
    name: str = "new arrivals"

    def fit(self, history: History, as_of: date) -> NeighbourLists:
        first = age_in_days(as_of).max().alias("first")
        sold = history.before(as_of).group_by("article").agg(first).collect(engine="streaming")
        near = pl.DataFrame(schema=NEIGHBOURS)
        new = self._new(history, as_of, sold)
        if history.vectors and len(new):
            asked = pl.concat([sold["article"], new]).unique().sort()
            found = Neighbourhood(_joined(history, asked), among=new).of(sold["article"], _KEPT)
            near = found.rename({"similarity": "score"})
        return NeighbourLists.of(near, history.catalogue, self.memory)

    def _new(self, history: History, as_of: date, sold: pl.DataFrame) -> pl.Series:
        """int32 ids, from (`article`, `first`: days since its first sale)."""
        lately = history.before(as_of, _LATELY).select("article").collect()["article"].to_numpy()
        never = np.setdiff1d(history.catalogue.articles, sold["article"].to_numpy())
        if len(lately):
            never = never[products(never) >= np.quantile(products(lately), self.share)][: self.most]
        else:
            never = never[:0]
        fresh = sold.filter(pl.col("first") <= self.days)["article"].to_numpy()
        return pl.Series(np.union1d(never, fresh), dtype=pl.Int32)


def _joined(history: History, articles: pl.Series) -> Embeddings:
    """All vectors of some articles side by side, the length of one each."""
    row = history.catalogue.rows(articles.to_numpy())
    vectors = np.hstack([each[row] for each in history.vectors.values()])
    known = vectors.any(axis=1)
    return Embeddings(articles.to_numpy()[known], vectors[known])
