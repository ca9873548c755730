"""How new articles look: where their photo vectors lie along the directions in which the catalogue varies most."""

from __future__ import annotations

import numpy as np
from scipy.sparse.linalg import svds

from stylo.drift.signal import Signal
from stylo.vectors.embeddings import Embeddings

_DIRECTIONS = 3
_PARTS = ("lowest fifth", "second fifth", "middle fifth", "fourth fifth", "highest fifth")
_FINE_PARTS = 100
_SAMPLE = 4000
_ROWS_AT_A_TIME = 8192


def look_signals(embeddings: Embeddings, first_week: np.ndarray, weeks: int, from_week: int) -> list[Signal]:
    """One signal a direction; an article counts once, in the week in which it was first sold.

    first_week : (articles,) of the embeddings' rows; −1 for one not sold yet.

    The directions are the first principal ones (unit vectors, of at most 4,000 articles). Fifths and the finer grid
    are those of all the articles. O(articles × dimensions); holds some thousand vectors.
    """
    if len(embeddings.vectors) <= _DIRECTIONS or embeddings.vectors.shape[1] <= _DIRECTIONS:
        return []
    mean, directions = _principal_directions(embeddings.vectors)
    along = np.concatenate([
        (_unit(embeddings.vectors[first : first + _ROWS_AT_A_TIME]) - mean) @ directions.T
        for first in range(0, len(embeddings.vectors), _ROWS_AT_A_TIME)
    ])  # fmt: skip
    sold = first_week >= 0
    observations = np.bincount(first_week[sold], minlength=weeks).astype(np.float64)
    signals = []
    for number, places in enumerate(along.T, start=1):
        # Ranks, so that each part of the grid holds as many articles.
        ranks = np.argsort(np.argsort(places, kind="stable"), kind="stable")
        grid = np.zeros((weeks, _FINE_PARTS))
        np.add.at(grid, (first_week[sold], ranks[sold] * _FINE_PARTS // len(ranks)), 1)
        bins = grid.reshape(weeks, len(_PARTS), -1).sum(axis=2)
        title = f"Look of new articles, direction {number}"
        signals.append(Signal(f"look_{number}", title, "look", _PARTS, bins, observations, grid, from_week))
    return signals


def _principal_directions(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean (d,) and directions (3, d), the same for the same vectors."""
    rows = np.linspace(0, len(vectors) - 1, min(len(vectors), _SAMPLE)).astype(np.int64)
    sample = _unit(vectors[rows])
    mean = sample.mean(axis=0)
    start = np.ones(min(sample.shape), dtype=np.float64)
    _, _, found = svds((sample - mean).astype(np.float64), k=_DIRECTIONS, v0=start)
    return mean, found[::-1].astype(np.float32)


def _unit(vectors: np.ndarray) -> np.ndarray:
    rows = np.asarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1)
