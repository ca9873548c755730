"""The candidates of all strategies together, and their order without a ranker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from stylo.candidates.customers import Customers, pair_keys
from stylo.candidates.lists import CANDIDATES, Candidates, best

#: What a model gives a customer. `proposed_by` names strategies, the one that ranked the article highest first.
RANKED = pl.Schema({**CANDIDATES, "proposed_by": pl.List(pl.String)})
_BEYOND_ANY_RANK = 2**16


@dataclass(frozen=True)
class Pool:
    """Candidates of several strategies side by side, sorted by customer and article.

    customer : int64 (m,), positions among the customers.
    article : int64 (m,), rows of the catalogue.
    rank, score : float32 (m, strategies); NaN where a strategy did not propose the article.
    """

    customers: Customers
    strategies: tuple[str, ...]
    customer: np.ndarray
    article: np.ndarray
    rank: np.ndarray
    score: np.ndarray

    @classmethod
    def of(cls, customers: Customers, proposals: Mapping[str, Candidates]) -> Pool:
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
        return cls(customers, strategies, pairs >> 32, pairs & 0xFFFFFFFF, rank.T, score.T)

    def __len__(self) -> int:
        return len(self.customer)

    @property
    def known(self) -> np.ndarray:
        """bool (m,): the rows of customers with purchases."""
        return self.customers.known[self.customer]

    def best(self, score: np.ndarray, k: int) -> Candidates:
        """The k highest scores of each customer, in order; a tie goes to the article that is first.

        `article` of what is returned are rows of the pool.
        """
        return best(self.customer, np.arange(len(self)), score, len(self.customers), k)

    def ranked(self, score: np.ndarray, k: int, articles: np.ndarray) -> pl.DataFrame:
        """Rows of RANKED: the k best of each customer by a score of each row. `articles`: the catalogue's ids."""
        return self.listed(self.best(score, k), articles)

    def listed(self, found: Candidates, articles: np.ndarray) -> pl.DataFrame:
        """Rows of RANKED of what `best` gave, or of some of it."""
        row = found.article
        return pl.DataFrame(
            {
                "customer": self.customers.numbers[found.customer],
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
            self.customers,
            self.strategies,
            self.customer[rows],
            self.article[rows],
            self.rank[rows],
            self.score[rows],
        )


def reciprocal_rank_fusion(pool: Pool, weights: Mapping[str, float], constant: float) -> np.ndarray:
    """float64 (m,), a score of each row of the pool: Σ weight / (constant + rank) over the strategies.

    After Cormack, Clarke and Büttcher (SIGIR 2009), with weights. A strategy without a weight counts nothing.
    """
    weight = np.array([weights.get(name, 0.0) for name in pool.strategies])
    votes = np.nan_to_num(weight / (constant + pool.rank.astype(np.float64)))
    # From the largest to the smallest, one by one: floats that are added in another order may break a tie.
    votes.sort(axis=1)
    score = np.zeros(len(pool))
    for vote in votes.T[::-1]:
        score += vote
    return score


def cascade(pool: Pool, turns: Sequence[str]) -> np.ndarray:
    """float64 (m,): scores by which all of the first strategy come first, then what the second adds, and so on."""
    turn = np.array([turns.index(name) for name in pool.strategies])
    return -np.fmin.reduce(turn * _BEYOND_ANY_RANK + pool.rank.astype(np.float64), axis=1)
