"""What goes with an article, by each strategy: `article_reccs.parquet` as arrays that lie in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from stylo.candidates.rows import find


@dataclass(frozen=True)
class Neighbours:
    """The neighbours of articles by one strategy, the nearest first.

    article : int32 (n,), ascending.
    start : int64 (n + 1,): those of article i are start[i] … start[i + 1].
    neighbour, score : int32, float32 (m,).
    """

    article: np.ndarray
    start: np.ndarray
    neighbour: np.ndarray
    score: np.ndarray

    @classmethod
    def by_strategy(cls, table: pl.DataFrame) -> dict[str, Neighbours]:
        """Of rows of `article_reccs.parquet`, sorted by article, strategy and rank."""
        found = {}
        for (name,), rows in table.sort("article", "rank").group_by("strategy", maintain_order=True):
            article, start = np.unique(rows["article"].to_numpy(), return_index=True)
            found[str(name)] = cls(
                article, np.append(start, rows.height), rows["neighbour"].to_numpy(), rows["score"].to_numpy()
            )
        return found

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], name: str) -> Neighbours:
        """Raises KeyError where one is missing."""
        return cls(*(arrays[f"near/{name}/{part}"] for part in ("article", "start", "neighbour", "score")))

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        parts = {
            "article": self.article,
            "start": self.start,
            "neighbour": self.neighbour,
            "score": self.score,
        }
        return {f"near/{name}/{part}": array for part, array in parts.items()}

    def of(self, article: int) -> tuple[np.ndarray, np.ndarray]:
        """The neighbours of an article, and their scores; none for an article that has none."""
        (place,) = find(self.article, np.array([article]))
        if place < 0:
            return self.neighbour[:0], self.score[:0]
        mine = slice(self.start[place], self.start[place + 1])
        return self.neighbour[mine], self.score[mine]
