"""Near by what articles are: the words of the shop and the attributes, among what is sold of late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl

from stylo.candidates.history import History
from stylo.candidates.neighbours import NEIGHBOURS, NeighbourLists
from stylo.content.neighbours import Neighbourhood
from stylo.content.vectors import ContentVectors
from stylo.vectors.embeddings import Embeddings
from stylo.vectors.nearest import lengths_of

_KEPT = 24


@dataclass(frozen=True, eq=False)
class StyleNeighbours:
    """Neighbours by the mean of the cosines of text and style, among articles sold in the last `days` days.

    Every article with both vectors has neighbours, one that nobody has bought yet too. A customer's purchase counts
    half as much every `memory` days. None without vectors. Two of them are the same only if they are one object.

    Fitting takes O(articles × sold of late × dimensions), and memory for three copies of the vectors.
    """

    vectors: ContentVectors | None = None
    days: int = 28
    memory: float = 30.0
    name: str = "style neighbours"

    def fit(self, history: History, as_of: date) -> NeighbourLists:
        near = pl.DataFrame(schema=NEIGHBOURS)
        sold = history.before(as_of, self.days).select("article").unique().collect()["article"]
        if self._joined is not None and len(sold):
            found = Neighbourhood(self._joined, among=sold).of(pl.Series(self._joined.articles), _KEPT)
            near = found.rename({"similarity": "score"})
        return NeighbourLists.of(near, history.catalogue, self.memory)

    @cached_property
    def _joined(self) -> Embeddings | None:
        """Both vectors of an article, of length one each, side by side: their cosine is the mean of the cosines."""
        if self.vectors is None:
            return None
        text, style = self.vectors.text, self.vectors.style
        both, mine, theirs = np.intersect1d(text.articles, style.articles, return_indices=True)
        return Embeddings(both, np.hstack([_unit(text, mine), _unit(style, theirs)]))


def _unit(embeddings: Embeddings, rows: np.ndarray) -> np.ndarray:
    lengths = lengths_of(embeddings.vectors, rows, embeddings.articles[rows])
    return embeddings.vectors[rows].astype(np.float32) / lengths[:, None].astype(np.float32)
