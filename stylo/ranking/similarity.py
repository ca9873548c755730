"""How near articles are to what a customer bought of late, by vectors of what they are or how they look."""

from __future__ import annotations

import numpy as np

from stylo.ranking.pool import Pool

_HALF_LIFE = 60.0


def similarities(pool: Pool, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cosine to the nearest of the customer's recent purchases, and the mean weighted by how recent they are.

    Parameters
    ----------
    vectors : float32 (articles, dimensions), of length one; zeros where nothing is known.

    The article itself does not count. float32 (m,) each; NaN where nothing else was bought. A purchase counts half
    as much every 60 days. O(m × recent purchases × dimensions).
    """
    nearest, mean = np.full((2, len(pool)), np.nan, dtype=np.float32)
    customer, article, days = pool.shoppers.recent
    positions = np.arange(len(pool.shoppers) + 1)
    bought, rows = np.searchsorted(customer, positions), np.searchsorted(pool.customer, positions)
    weights = (0.5 ** (days / _HALF_LIFE)).astype(np.float32)
    for n in np.flatnonzero((np.diff(bought) > 0) & (np.diff(rows) > 0)):
        mine, some = slice(bought[n], bought[n + 1]), slice(rows[n], rows[n + 1])
        cosine = vectors[pool.article[some]] @ vectors[article[mine]].T
        other = pool.article[some, None] != article[mine]
        weight = weights[mine] * other
        total = weight.sum(axis=1)
        there = total > 0
        nearest[some] = np.where(there, np.where(other, cosine, -1).max(axis=1), np.nan)
        with np.errstate(invalid="ignore"):
            mean[some] = np.where(there, (cosine * weight).sum(axis=1) / total, np.nan)
    return nearest, mean
