"""What looks alike: visual twins of an article, also of one that nobody has bought yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from stylo.candidates.history import History
from stylo.candidates.neighbours import NEIGHBOURS, NeighbourLists


@dataclass(frozen=True)
class VisualTwins:
    """Neighbours by the cosine similarity of their photos; none where no photo was looked at.

    A customer's purchase counts half as much every `memory` days.
    """

    memory: float = 30.0
    name: str = "visual twins"

    def fit(self, history: History, as_of: date) -> NeighbourLists:
        twins = pl.DataFrame(schema=NEIGHBOURS)
        if history.twins is not None:
            # The table's own ranks: they come from more digits than its similarities keep.
            twins = history.twins.select("article", "neighbour", "rank", score="similarity")
        return NeighbourLists.of(twins, history.catalogue, self.memory)
