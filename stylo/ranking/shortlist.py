"""The shortlist: a small ranker chooses which of a customer's candidates the ranker looks at.

Only of these are all features made. The others keep their order by the small ranker and come behind, so that a list
for which much is filtered away still goes on.
"""

from __future__ import annotations

import numpy as np

from stylo.ranking.pool import Pool
from stylo.ranking.ranker import Ranker
from stylo.ranking.snapshot import Snapshot

# How far the first behind the shortlist is from the last on it: enough to be told apart in float32.
_STEP = 1e-3


def ranked(ranker: Ranker, snapshot: Snapshot, pool: Pool, threads: int = 0) -> np.ndarray:
    """float64 (m,): scores of the rows of customers with purchases. `threads`: 0 is one for each core."""

    def score(by: Ranker, rows: Pool) -> np.ndarray:
        return by.score(snapshot.features(rows, by.without), threads)

    counts = np.bincount(pool.customer, minlength=len(pool.customers))
    if ranker.first is None or (counts <= ranker.shortlist).all():
        return score(ranker, pool)
    rough = score(ranker.first, pool)
    chosen = np.sort(pool.best(rough, ranker.shortlist).article)
    fine = score(ranker, pool.only(chosen))
    return _behind(pool.customer, rough, chosen, fine)


def _behind(customer: np.ndarray, rough: np.ndarray, chosen: np.ndarray, fine: np.ndarray) -> np.ndarray:
    """`fine` for the rows that were chosen; for the others `rough`, moved below their customer's lowest."""
    others = np.ones(len(customer), dtype=bool)
    others[chosen] = False
    lowest = np.full(int(customer.max(initial=-1)) + 1, np.inf)
    np.minimum.at(lowest, customer[chosen], fine)
    highest = np.full(len(lowest), -np.inf)
    np.maximum.at(highest, customer[others], rough[others])
    score = np.empty(len(customer))
    score[chosen] = fine
    whose = customer[others]
    score[others] = lowest[whose] - _STEP - (highest[whose] - rough[others])
    return score
