"""Articles near an article, and from there to customers: the neighbours of what a customer bought of late."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from stylo.candidates.catalogue import Catalogue
from stylo.candidates.history import best
from stylo.candidates.proposals import Offers, Proposals, best_offers
from stylo.candidates.rows import stretches
from stylo.candidates.shoppers import Shoppers

NEIGHBOURS = pl.Schema({"article": pl.Int32, "neighbour": pl.Int32, "rank": pl.UInt16, "score": pl.Float32})
_VOTING = 24


@dataclass(frozen=True)
class NeighbourLists:
    """For each article its neighbours, the nearest first.

    start : int64 (articles + 1,): the neighbours of row i are start[i] … start[i + 1].
    neighbour : int32 (m,), rows of the catalogue.   score : float32 (m,).
    half_life : days in which the weight of a purchase halves when its neighbours are proposed.

    What is proposed: each of a customer's recent articles gives its first 24 neighbours, weighted by how long ago
    it was bought times the neighbour's score; the weights of a neighbour add up.
    """

    start: np.ndarray
    neighbour: np.ndarray
    score: np.ndarray
    half_life: float

    @classmethod
    def of(cls, pairs: pl.DataFrame, catalogue: Catalogue, half_life: float) -> NeighbourLists:
        """From `article`, `neighbour`, `rank`, `score`; pairs of articles that are not here are left out."""
        row, neighbour = (catalogue.rows(pairs[name].to_numpy()) for name in ("article", "neighbour"))
        order = np.lexsort((pairs["rank"].to_numpy(), row))
        order = order[(row[order] >= 0) & (neighbour[order] >= 0)]
        start = np.searchsorted(row[order], np.arange(len(catalogue) + 1))
        return cls(start, neighbour[order], pairs["score"].to_numpy()[order].astype(np.float32), half_life)

    def first(self, k: int) -> NeighbourLists:
        """The k nearest of each article."""
        place = np.arange(len(self.neighbour)) - np.repeat(self.start[:-1], np.diff(self.start))
        near = place < k
        start = np.append(0, np.cumsum(np.minimum(np.diff(self.start), k)))
        return NeighbourLists(start, self.neighbour[near], self.score[near], self.half_life)

    def near(self, rows: np.ndarray) -> Proposals:
        """The neighbours of some articles, as if each were a customer; those of row −1 are none."""
        first = np.where(rows >= 0, self.start[rows], 0)
        count = np.where(rows >= 0, self.start[rows + 1] - first, 0)
        whose = np.repeat(np.arange(len(rows)), count)
        where = stretches(first, count)
        rank = where - first[whose] + 1
        return Proposals(whose, self.neighbour[where].astype(np.int64), rank, self.score[where])

    def propose(self, shoppers: Shoppers, k: int) -> Proposals:
        customer, article, days = shoppers.recent
        return best_offers(customer, article, 0.5 ** (days / self.half_life), self._votes, len(shoppers), k)

    @cached_property
    def _votes(self) -> Offers:
        """Of each article the neighbours that have a vote."""
        voting = self.first(_VOTING)
        return Offers(voting.start, voting.neighbour, voting.score)


def best_neighbours(scored: pl.LazyFrame, k: int) -> pl.DataFrame:
    """The k best of (`article`, `neighbour`, `score`), ranked, itself left out; ties by neighbour."""
    others = scored.filter(pl.col("article") != pl.col("neighbour"))
    return best(others, "article", "neighbour", k).select(*NEIGHBOURS).cast(NEIGHBOURS).collect()
