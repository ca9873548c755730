"""Near by what articles are: the words of the shop and the attributes, among what is sold of late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from stylo.candidates.history import History
from stylo.candidates.neighbours import NEIGHBOURS, NeighbourLists
from stylo.content.neighbours import Neighbourhood
from stylo.vectors.embeddings import Embeddings

_KEPT = 24
_KINDS = ("text", "style")


@dataclass(frozen=True)
class StyleNeighbours:
    """Neighbours by the mean of the cosines of text and style, among articles sold in the last `days` days.

    Every article with both vectors has neighbours, one that nobody has bought yet too; none where the history has no
    such embeddings. A customer's purchase counts half as much every `memory` days.

    Fitting takes O(articles × sold of late × dimensions), and memory for three copies of the vectors.
    """

    days: int = 28
    memory: float = 30.0
    name: str = "style neighbours"

    def fit(self, history: History, as_of: date) -> NeighbourLists:
        near = pl.DataFrame(schema=NEIGHBOURS)
        sold = history.before(as_of, self.days).select("article").unique().collect()["article"]
        if all(kind in history.embeddings for kind in _KINDS) and len(sold):
            joined = _joined(history)
            found = Neighbourhood(joined, among=sold).of(pl.Series(joined.articles), _KEPT)
            near = found.rename({"similarity": "score"})
        return NeighbourLists.of(near, history.catalogue, self.memory)


def _joined(history: History) -> Embeddings:
    """Both vectors of an article, of length one each, side by side: their cosine is the mean of the cosines."""
    vectors = [history.vectors[kind] for kind in _KINDS]
    known = np.flatnonzero(np.logical_and.reduce([each.any(axis=1) for each in vectors]))
    return Embeddings(history.catalogue.articles[known], np.hstack([each[known] for each in vectors]))
