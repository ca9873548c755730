"""Matrix factorisation: what is bought by customers whose purchases, taken all together, point the same way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
import scipy.sparse as sp
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from stylo.candidates.history import History, age_in_days, decay, exact_sum
from stylo.candidates.strategy import CANDIDATES, best_candidates

_SEED = 0
_SCORES_AT_A_TIME = 5_000_000
# Factors are no longer than one. In steps of 2**-26 their products are exact in float64, so that they add up the
# same in any order: a customer alone gets the same list as among others.
_STEPS = 2.0**26


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

    def candidates(self, history: History, customers: pl.Series, as_of: date, k: int) -> pl.DataFrame:
        model = history.once((self, as_of), lambda: self._fit(history, as_of))
        known = model.with_row_index("column").select("article", "column", "rarity", "scale").lazy()
        own = self._cells(history.of(customers, as_of), as_of).join(known, on="article")
        cells = own.sort("customer", "column").collect()
        sold = model.filter("sold")
        if cells.is_empty() or sold.is_empty():
            return pl.DataFrame(schema=CANDIDATES)
        whom, matrix = _matrix(cells, model.height)
        folded_in = _stepped(matrix @ _factors(model))
        return _best(whom, folded_in, sold["article"], _stepped(_factors(sold)), k)

    def _fit(self, history: History, as_of: date) -> pl.DataFrame:
        """Of each article: `rarity` and `scale` of its cells, whether it is `sold` now, its row of V as `factors`."""
        cells = self._cells(history.newest(as_of, self.rows), as_of).sort("customer", "article").collect()
        everyone = cells["customer"].n_unique()
        articles = (
            cells.group_by("article")
            .agg(pl.len().alias("buyers"), sold=pl.col("age").min() <= self.sold_within)
            .sort("article")
            .with_row_index("column")
            .with_columns(
                rarity=(everyone / pl.col("buyers")).log1p(),
                scale=1 / (pl.col("buyers") + self.shrinkage).sqrt(),
            )
        )
        factors = np.zeros((0, 1))
        if not cells.is_empty():
            _, matrix = _matrix(cells.join(articles, on="article", maintain_order="left"), articles.height)
            # One thread: how a product is shared out among several shows in its last bits.
            with threadpool_limits(1, user_api="blas"):
                found = randomized_svd(matrix, min(self.dimensions, *matrix.shape), random_state=_SEED)
            factors = np.ascontiguousarray(found[2].T)
        return articles.select("article", "rarity", "scale", "sold", factors=pl.Series(factors))

    def _cells(self, rows: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
        """(`customer`, `article`, `cell`, `age`): the log of the decayed purchases, and days since the last."""
        purchases = exact_sum(decay(as_of, self.half_life))
        return rows.group_by("customer", "article").agg(
            purchases.log1p().alias("cell"), age_in_days(as_of).min().alias("age")
        )


def _matrix(cells: pl.DataFrame, width: int) -> tuple[np.ndarray, sp.csr_matrix]:
    """The customers of cells sorted by them, and their rows: float64 (customers, width), weighted."""
    whom, row = np.unique(cells["customer"].to_numpy(), return_inverse=True)
    filled = (cells["cell"] * cells["rarity"]).to_numpy()
    matrix = sp.csr_matrix((filled, (row, cells["column"].to_numpy())), shape=(len(whom), width))
    scale = np.zeros(width)
    scale[cells["column"].to_numpy()] = cells["scale"].to_numpy()
    return whom, normalize(matrix) @ sp.diags(scale, format="csr")


def _factors(model: pl.DataFrame) -> np.ndarray:
    return model["factors"].to_numpy()


def _stepped(factors: np.ndarray) -> np.ndarray:
    return np.round(factors * _STEPS) / _STEPS


def _best(
    whom: np.ndarray, customers: np.ndarray, articles: pl.Series, factors: np.ndarray, k: int
) -> pl.DataFrame:
    """The k best articles of each customer, by the products of their factors; those of no use are left out."""
    found = []
    at_a_time = max(1, _SCORES_AT_A_TIME // len(articles))
    for first in range(0, len(whom), at_a_time):
        scores = customers[first : first + at_a_time] @ factors.T
        # All that tie with the last of the k are kept here: best_candidates knows whom to prefer.
        least = np.partition(scores, -k)[:, [-k]] if k < len(articles) else 0
        row, column = np.nonzero((scores >= least) & (scores > 0))
        scored = {
            "customer": whom[first + row],
            "article": articles.to_numpy()[column],
            "score": scores[row, column],
        }
        found.append(best_candidates(pl.LazyFrame(scored), k))
    return pl.concat(found)
