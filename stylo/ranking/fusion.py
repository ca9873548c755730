"""Many candidate lists become one: by reciprocal rank, or one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from stylo.ranking.pool import Pool

_BEYOND_ANY_RANK = 2**16


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
