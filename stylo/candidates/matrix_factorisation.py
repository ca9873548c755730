"""Matrix factorisation: what is bought by customers whose purchases, taken all together, point the same way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

from stylo.candidates.catalogue import begins
from stylo.candidates.customers import Customers
from stylo.candidates.history import History, age_in_days, decay, exact_sum
from stylo.candidates.lists import NOTHING, Candidates, best
from stylo.vectors.singular_vectors import right_singular_vectors

_SEED = 0
_SCORES_AT_A_TIME = 5_000_000
# Factors are no longer than one. In steps of 2**-26 their products are exact in float64, so that they add up the
# same in any order: a customer alone gets the same list as among others.
_STEPS = 2.0**26
# A product in float32 of a customer's and an article's factors, the former shorter than 1, is this close.
_ERROR = 1e-5
# A score that is zero comes out this large by rounding.
_NOISE = 2.0**-20
# So many times as many strips of scores are looked at as articles are wanted.
_STRIPS = 10


@dataclass(frozen=True)
class MatrixFactorisation:
    """Truncated SVD of the matrix of purchases, customers × articles; what was sold of late is proposed.

    A cell is log(1 + purchases), each purchase counting half as much every `half_life` days, times
    log(1 + customers / buyers) of the article; a customer's row is brought to length one, then a column divided
    by sqrt(buyers + shrinkage). A customer is folded in from the own row alone: row · V · Vᵀ, where V holds the
    `dimensions` directions of the largest singular values ("PureSVD", Cremonesi, Koren and Turrin, 2010).

    Fitted once per `as_of`, on the last whole days of at most `rows` transactions: time O(rows × dimensions),
    memory O((customers + articles) × dimensions). To propose takes O(customers × articles sold × dimensions).
    """

    dimensions: int = 64
    half_life: float = 180.0
    shrinkage: float = 20.0
    sold_within: int = 28
    rows: int = 5_000_000
    name: str = "matrix factorisation"

    def fit(self, history: History, as_of: date) -> Factors:
        cells = self._cells(history.newest(as_of, self.rows), as_of).sort("customer", "article").collect()
        article = history.catalogue.rows(cells["article"].to_numpy())
        count = len(history.catalogue)
        buyers, everyone = np.bincount(article, minlength=count), cells["customer"].n_unique()
        rarity = np.log1p(everyone / np.maximum(buyers, 1))
        scale = 1 / np.sqrt(buyers + self.shrinkage)
        bought = buyers > 0
        sold = np.unique(article[cells["age"].to_numpy() <= self.sold_within])
        factors = np.zeros((count, min(self.dimensions, everyone, int(bought.sum()))))
        if not cells.is_empty():
            start = np.append(np.flatnonzero(cells["customer"].diff().fill_null(1)), len(article))
            matrix = _matrix(cells["cell"].to_numpy() * rarity[article], article, start, scale)[:, bought]
            del cells, article, start  # before the vectors come that take most memory
            # One thread: how a product is shared out among several shows in its last bits.
            with threadpool_limits(1, user_api="blas"):
                factors[bought] = right_singular_vectors(matrix, factors.shape[1], _SEED).T
        return Factors(factors, rarity * bought, scale, sold, self.half_life)

    def _cells(self, rows: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
        """(`customer`, `article`, `cell`, `age`): the log of the decayed purchases, and days since the last."""
        purchases = exact_sum(decay(as_of, self.half_life))
        return rows.group_by("customer", "article").agg(
            purchases.log1p().alias("cell"), age_in_days(as_of).min().alias("age")
        )


@dataclass(frozen=True)
class Factors:
    """A fitted factorisation.

    factors : float64 (articles, dimensions), zeros where nobody bought.
    rarity, scale : float64 (articles,), of the cells of an article; rarity is 0 where nobody bought.
    sold : rows of the catalogue that are proposed.
    """

    factors: np.ndarray
    rarity: np.ndarray
    scale: np.ndarray
    sold: np.ndarray
    half_life: float

    def propose(self, customers: Customers, k: int) -> Candidates:
        folded_in = self._folded_in(customers)
        # Of a newcomer every article would tie for the last place, and be looked at exactly.
        somebody = np.flatnonzero(folded_in.any(axis=1))
        if not len(self.sold) or not len(somebody):
            return NOTHING
        parts, at_a_time = [], max(1, _SCORES_AT_A_TIME // max(1, len(self.sold)))
        for first in range(0, len(somebody), at_a_time):
            whom = somebody[first : first + at_a_time]
            some = folded_in[whom]
            # In float32, twice as fast; who may be among the k best is then looked at exactly, all that tie with the
            # last of them too: `best` knows whom to prefer.
            scores = some.astype(np.float32) @ self._proposed
            least = np.maximum(_no_more_than_the_last(scores, k) - _ERROR, -_ERROR)
            place = (scores >= least).ravel().nonzero()[0]
            row, column = place // len(self.sold), place % len(self.sold)
            exact = np.einsum("ij,ij->i", some[row], self._stepped(self.sold[column]))
            use = exact > _NOISE
            parts.append((whom[row[use]], self.sold[column[use]], exact[use]))
        customer, article, score = (np.concatenate(each) for each in zip(*parts, strict=True))
        return best(customer, article, score, len(customers), k)

    def affinity(self, customers: Customers, customer: np.ndarray, article: np.ndarray) -> np.ndarray:
        """float64 (m,): the score of each pair of a customer's position and an article, proposed or not."""
        folded_in, found = self._folded_in(customers), np.empty(len(customer))
        # Those of a customer come together as a rule, and are looked at together.
        first = begins(customer)
        for rows in map(slice, first.tolist(), [*first[1:].tolist(), len(customer)]):
            np.einsum(
                "ij,j->i", self._stepped(article[rows]), folded_in[customer[rows.start]], out=found[rows]
            )
        return found

    def _folded_in(self, customers: Customers) -> np.ndarray:
        """float64 (customers, dimensions): their purchases in terms of the factors."""
        if not len(self.rarity):
            return np.zeros((len(customers), self.factors.shape[1]))

        def fold_in() -> tuple[Factors, np.ndarray]:
            own = customers.totals(None, self.half_life)
            start = np.searchsorted(own.customer, np.arange(len(customers) + 1))
            filled = np.log1p(own.weight) * self.rarity[own.group]
            return self, _in_steps(_matrix(filled, own.group, start, self.scale) @ self.factors)

        return customers.once(("factors", id(self)), fold_in)[1]

    def _stepped(self, rows: np.ndarray) -> np.ndarray:
        """The factors of some articles in steps. Not kept of all: each process would hold its own copy of them."""
        return _in_steps(self.factors.take(rows, axis=0))

    @cached_property
    def _proposed(self) -> np.ndarray:
        return np.ascontiguousarray(self._stepped(self.sold).T, dtype=np.float32)


def _no_more_than_the_last(scores: np.ndarray, k: int) -> np.ndarray:
    """float32 (customers, 1): not above the k-th highest score of each; −∞ where there are no k.

    Of a few hundred strips of the scores the highest are k different ones: the last of these is near the k-th of all,
    and found in a fraction of the time.
    """
    count = scores.shape[1]
    if k > count:
        return np.full((len(scores), 1), -np.inf, dtype=np.float32)
    strips = _STRIPS * k
    if count >= 2 * strips:
        scores = scores[:, : count // strips * strips].reshape(len(scores), -1, strips).max(axis=1)
    return np.partition(scores, -k)[:, [-k]]


def _matrix(cells: np.ndarray, article: np.ndarray, start: np.ndarray, scale: np.ndarray) -> sp.csr_array:
    """Rows of cells at length one, then each column times its scale: float64 (rows, articles)."""
    row = np.repeat(np.arange(len(start) - 1), np.diff(start))
    length = np.sqrt(np.bincount(row, cells**2, len(start) - 1))[row]
    scaled = cells / np.where(length > 0, length, 1) * scale[article]
    return sp.csr_array((scaled, article, start), shape=(len(start) - 1, len(scale)))


def _in_steps(factors: np.ndarray) -> np.ndarray:
    """The same array, rounded in place."""
    factors *= _STEPS
    np.rint(factors, out=factors)
    factors *= 1 / _STEPS
    return factors
