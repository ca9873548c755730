"""The candidates of all strategies together, and their order without a ranker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
import pyarrow as pa

from stylo.candidates.catalogue import other_than_before
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
    rank : float32 (m, strategies), row by row in memory; NaN where a strategy did not propose the article.
    """

    customers: Customers
    strategies: tuple[str, ...]
    customer: np.ndarray
    article: np.ndarray
    rank: np.ndarray

    @classmethod
    def of(cls, customers: Customers, proposals: Mapping[str, Candidates]) -> Pool:
        """O(n log n) for n proposals. Raises OverflowError where the numbers of all of it do not fit into 63 bits."""
        # By name, so that equal ranks come in an order that does not depend on the caller's.
        strategies = tuple(sorted(proposals))
        lists = [proposals[name] for name in strategies]
        customer, article, rank = (
            np.concatenate([np.zeros(0, np.int64), *(getattr(each, name) for each in lists)])
            for name in ("customer", "article", "rank")
        )
        number = np.arange(len(lists)).repeat([len(each.rank) for each in lists])
        # All that is known of a proposal in one number, to be sorted as it is.
        bits = [int(each.max(initial=0)).bit_length() for each in (article, number, rank)]
        if len(customers).bit_length() + sum(bits) > 63:
            raise OverflowError(f"Proposals to {len(customers):,} customers are too many at a time.")
        of_article, of_number, of_rank = bits
        key = customer << of_article
        for shift, column in ((0, article), (of_number, number), (of_rank, rank)):
            key <<= shift
            key |= column
        key.sort()
        rank, key = key & ((1 << of_rank) - 1), key >> of_rank
        number, key = key & ((1 << of_number) - 1), key >> of_number
        other = other_than_before(key)
        key = key.take(other.nonzero()[0])
        ranks = np.empty((len(key), len(strategies)), dtype=np.float32)
        ranks.fill(np.nan)
        ranks.ravel()[(other.cumsum() - 1) * len(strategies) + number] = rank
        return cls(customers, strategies, key >> of_article, key & ((1 << of_article) - 1), ranks)

    def __len__(self) -> int:
        return len(self.customer)

    @cached_property
    def key(self) -> np.ndarray:
        """int64 (m,): `pair_keys` of customer and article, ascending."""
        return pair_keys(self.customer, self.article)

    @cached_property
    def start(self) -> np.ndarray:
        """int64 (customers + 1,): the rows of the customer at position i are start[i] … start[i + 1]."""
        return self.customer.searchsorted(np.arange(len(self.customers) + 1))

    @cached_property
    def known(self) -> np.ndarray:
        """bool (m,): the rows of customers with purchases."""
        return self.customers.known.take(self.customer)

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
        """Some of the rows, in ascending order. What is known of the customers is not computed again for them."""
        return Pool(
            self.customers,
            self.strategies,
            self.customer.take(rows),
            self.article.take(rows),
            self.rank.take(rows, axis=0),
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
