"""The pool: everything that any strategy proposed, each customer and article once, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from stylo.candidates.proposals import CANDIDATES, Proposals, best
from stylo.candidates.shoppers import Shoppers, pair_keys

#: What a model gives a customer. `proposed_by` names strategies, the one that ranked the article highest first.
RANKED = pl.Schema({**CANDIDATES, "proposed_by": pl.List(pl.String)})


@dataclass(frozen=True)
class Pool:
    """Proposals of several strategies side by side, sorted by customer and article.

    customer : int64 (m,), positions among the shoppers.
    article : int64 (m,), rows of the catalogue.
    rank, score : float32 (m, strategies); NaN where a strategy did not propose the article.
    """

    shoppers: Shoppers
    strategies: tuple[str, ...]
    customer: np.ndarray
    article: np.ndarray
    rank: np.ndarray
    score: np.ndarray

    @classmethod
    def of(cls, shoppers: Shoppers, proposals: Mapping[str, Proposals]) -> Pool:
        """O(n log n) for n proposals."""
        # By name, so that equal ranks come in an order that does not depend on the caller's.
        strategies = tuple(sorted(proposals))
        lists = [proposals[name] for name in strategies]
        keys = [pair_keys(each.customer, each.article) for each in lists]
        pairs, place = np.unique(np.concatenate([*keys, np.zeros(0, np.int64)]), return_inverse=True)
        rank, score = np.full((2, len(strategies), len(pairs)), np.nan, dtype=np.float32)
        ends = np.cumsum([len(key) for key in keys])
        for number, (each, mine) in enumerate(zip(lists, np.split(place, ends[:-1]), strict=True)):
            rank[number, mine] = each.rank
            score[number, mine] = each.score
        return cls(shoppers, strategies, pairs >> 32, pairs & 0xFFFFFFFF, rank.T, score.T)

    def __len__(self) -> int:
        return len(self.customer)

    def best(self, score: np.ndarray, k: int) -> Proposals:
        """The k highest scores of each customer, in order; a tie goes to the article that is first.

        `article` of what is returned are rows of the pool.
        """
        return best(self.customer, np.arange(len(self)), score, len(self.shoppers), k)

    def ranked(self, score: np.ndarray, k: int, articles: np.ndarray) -> pl.DataFrame:
        """Rows of RANKED: the k best of each customer by a score of each row. `articles`: the catalogue's ids."""
        return self.listed(self.best(score, k), articles)

    def listed(self, found: Proposals, articles: np.ndarray) -> pl.DataFrame:
        """Rows of RANKED of what `best` gave, or of some of it."""
        row = found.article
        return pl.DataFrame(
            {
                "customer": self.shoppers.customers[found.customer],
                "article": articles[self.article[row]],
                "rank": found.rank.astype(np.uint16),
                "score": found.score,
                "proposed_by": pl.Series(self.proposed_by(row), dtype=pl.List(pl.String)),
            },
            RANKED,
        )

    def proposed_by(self, row: np.ndarray) -> pa.ListArray:
        """Of each row the names of the strategies that proposed it, the best rank first; ties by name."""
        rank = self.rank[row]
        order = np.argsort(rank, axis=1, kind="stable")  # NaN comes last
        count = (~np.isnan(rank)).sum(axis=1)
        named = order[np.arange(len(self.strategies)) < count[:, None]]
        ends = np.append(0, np.cumsum(count)).astype(np.int32)
        return pa.ListArray.from_arrays(ends, pa.array(self.strategies, pa.string()).take(pa.array(named)))

    def only(self, rows: np.ndarray) -> Pool:
        """Some of the rows, in ascending order."""
        return Pool(
            self.shoppers,
            self.strategies,
            self.customer[rows],
            self.article[rows],
            self.rank[rows],
            self.score[rows],
        )
