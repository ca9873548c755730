"""What a strategy proposes, as arrays, and how the best of many scores are found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from stylo.candidates.rows import find, stretches
from stylo.candidates.shoppers import Shoppers, pair_keys, places

CANDIDATES = pl.Schema({"customer": pl.UInt32, "article": pl.Int32, "rank": pl.UInt16, "score": pl.Float32})


@dataclass(frozen=True)
class Proposals:
    """Articles for customers: each customer's together, the best first.

    customer : int64 (m,), positions among the shoppers, ascending.
    article : int64 (m,), rows of the catalogue.
    rank : int64 (m,), 1 is best.   score : float32 (m,).
    """

    customer: np.ndarray
    article: np.ndarray
    rank: np.ndarray
    score: np.ndarray

    def frame(self, shoppers: Shoppers, articles: np.ndarray) -> pl.DataFrame:
        """Rows of CANDIDATES, with the ids of customers and articles."""
        return pl.DataFrame(
            {
                "customer": shoppers.customers[self.customer],
                "article": articles[self.article],
                "rank": self.rank.astype(np.uint16),
                "score": self.score,
            },
            CANDIDATES,
        )


_NOBODY = np.zeros(0, dtype=np.int64)
NOTHING = Proposals(_NOBODY, _NOBODY, _NOBODY, np.zeros(0, dtype=np.float32))


def best(customer: np.ndarray, article: np.ndarray, score: np.ndarray, count: int, k: int) -> Proposals:
    """The k highest scores of each customer; a tie, in float32, goes to the article that comes first.

    The rows come sorted by customer (positions below `count`) and article, each pair once. O(m log m).
    """
    score = score.astype(np.float32)
    order = np.argsort(_descending(customer, score), kind="stable")
    customer = customer[order]
    rank = places(customer, count) + 1
    kept = rank <= k
    order = order[kept]
    return Proposals(customer[kept], article[order], rank[kept], score[order])


@dataclass(frozen=True)
class Offers:
    """What leads to articles: of each source (an article, a group of them) the articles it offers.

    start : int64 (sources + 1,): those of source i are start[i] … start[i + 1].
    article : int (m,), rows of the catalogue.   score : float (m,).
    """

    start: np.ndarray
    article: np.ndarray
    score: np.ndarray


def best_offers(
    customer: np.ndarray,
    source: np.ndarray,
    weight: np.ndarray,
    offers: Offers,
    count: int,
    k: int,
    without: np.ndarray | None = None,
) -> Proposals:
    """The k best articles of each customer by Σ weight × score over the customer's sources.

    Parameters
    ----------
    customer, source, weight : (m,), the sources of the customers, positions below `count` in ascending order.
    without : sorted `pair_keys` of customers and articles that are not to be proposed.

    It is the product of two sparse matrices, added up in the order of the sources, in float64. O(n log n) for n
    offers that are looked at.
    """
    first = offers.start[source]
    many = offers.start[source + 1] - first
    where = stretches(first, many)
    key = np.repeat(pair_keys(customer, 0), many) + offers.article[where]
    value = np.repeat(weight.astype(np.float64), many) * offers.score[where]
    pairs, place = np.unique(key, return_inverse=True)
    score = np.bincount(place, value, len(pairs))
    if without is not None:
        left = find(without, pairs) < 0
        pairs, score = pairs[left], score[left]
    return best(pairs >> 32, pairs & 0xFFFFFFFF, score, count, k)


def _descending(customer: np.ndarray, score: np.ndarray) -> np.ndarray:
    """int64 keys that sort by customer, then by score from high to low.

    The bits of a float32, read as a whole number, are in the order of the floats.
    """
    bits = score.view(np.int32).astype(np.int64)
    bits = np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)
    return (customer << 32) - bits
