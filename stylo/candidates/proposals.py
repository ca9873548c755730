"""What a strategy proposes, as arrays, and how the best of many scores are found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import scipy.sparse as sp

from stylo.candidates.shoppers import Shoppers, places

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
        columns = {
            "customer": shoppers.customers[self.customer],
            "article": articles[self.article],
            "rank": self.rank,
            "score": self.score,
        }
        return pl.DataFrame(columns).cast(CANDIDATES)


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


def best_of_product(
    mine: sp.csr_array, offers: sp.csr_array, k: int, without: np.ndarray | None = None
) -> Proposals:
    """The k best articles of each customer by the product of two sparse matrices.

    Parameters
    ----------
    mine : customers × whatever leads to articles.
    offers : that × articles.
    without : sorted `pair_keys` of customers and articles that are not to be proposed.
    """
    product = mine @ offers
    product.sort_indices()
    customer = np.repeat(np.arange(product.shape[0]), np.diff(product.indptr))
    article, score = product.indices.astype(np.int64), product.data
    if without is not None and len(without):
        key = (customer << 32) + article
        there = np.minimum(np.searchsorted(without, key), len(without) - 1)
        left = without[there] != key
        customer, article, score = customer[left], article[left], score[left]
    return best(customer, article, score, product.shape[0], k)


def _descending(customer: np.ndarray, score: np.ndarray) -> np.ndarray:
    """int64 keys that sort by customer, then by score from high to low.

    The bits of a float32, read as a whole number, are in the order of the floats.
    """
    bits = score.view(np.int32).astype(np.int64)
    bits = np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)
    return (customer << 32) - bits
