"""The model: a snapshot, and how what it proposes is put in order. All that a recommendation needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from stylo.candidates.shoppers import Shoppers
from stylo.ranking.chunks import in_chunks
from stylo.ranking.explanation import Explanation, explain
from stylo.ranking.fusion import reciprocal_rank_fusion
from stylo.ranking.pool import Pool
from stylo.ranking.ranker import Ranker
from stylo.ranking.snapshot import Snapshot


@dataclass(frozen=True)
class Model:
    """The hybrid as of one day.

    ranker : orders what is proposed; None for a fusion by reciprocal rank with `weights` and `constant`.
    candidates : how many articles each strategy may propose.
    """

    snapshot: Snapshot
    ranker: Ranker | None
    weights: Mapping[str, float]
    constant: float
    candidates: int

    def recommend(self, shoppers: Shoppers, k: int, threads: int = 0) -> pl.DataFrame:
        """Rows of RANKED: at most k articles for each shopper, the same alone as among others."""

        def ranked(some: Shoppers, free: int) -> pl.DataFrame:
            pool = self.pool(some)
            return pool.ranked(self.score(pool, threads or free), k, self.snapshot.articles)

        return pl.concat(in_chunks(ranked, shoppers))

    def pool(self, shoppers: Shoppers) -> Pool:
        """All that is proposed to them."""
        return self.snapshot.pool(shoppers, self.candidates)

    def score(self, pool: Pool, threads: int = 0) -> np.ndarray:
        """float64 (m,): what the rows of a pool are worth. `threads` for the ranker; 0 is one for each core."""
        if self.ranker is None or not len(pool):
            return reciprocal_rank_fusion(pool, self.weights, self.constant)
        return self.ranker.score(self.snapshot.features(pool, self.ranker.without), threads)

    def explain(self, shoppers: Shoppers, k: int) -> list[Explanation]:
        """Why each shopper gets what `recommend` gives, in the same order."""
        pool = self.pool(shoppers)
        return explain(self.snapshot, pool, pool.best(self.score(pool), k).article, self.ranker)
