"""What a release holds as arrays in a file, opened at once and shared by processes: customers' numbers, and articles'
neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from stylo.candidates.catalogue import find

_DIGEST = 32  # bytes that 64 hex characters stand for


@dataclass(frozen=True)
class CustomerIndex:
    """Ids in ascending order, 44 bytes each.

    beginning : uint64 (n,), the first eight bytes of each id.
    digest : uint8 (n, 32), all of it.
    number : uint32 (n,), the customer's row in customers.parquet.
    """

    beginning: np.ndarray
    digest: np.ndarray
    number: np.ndarray

    @classmethod
    def of(cls, customers: pl.DataFrame) -> CustomerIndex:
        """Of `customer` and `customer_id`, which are distinct. O(n log n)."""
        text = customers["customer_id"].str.decode("hex").to_arrow()
        digest = np.frombuffer(b"".join(text.to_pylist()), np.uint8).reshape(-1, _DIGEST)
        beginning = digest[:, :8].copy().view(">u8").ravel().astype(np.uint64)
        order = np.argsort(beginning, kind="stable")
        return cls(beginning[order], digest[order], customers["customer"].to_numpy()[order])

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> CustomerIndex:
        """Raises KeyError where one is missing."""
        return cls(*(arrays[f"customers/{name}"] for name in ("beginning", "digest", "number")))

    def arrays(self) -> dict[str, np.ndarray]:
        return {
            "customers/beginning": self.beginning,
            "customers/digest": self.digest,
            "customers/number": self.number,
        }

    def __len__(self) -> int:
        return len(self.number)

    def find(self, customer_id: str) -> int | None:
        """The number of a well-formed id; None if it is nobody's. O(log n)."""
        digest = bytes.fromhex(customer_id)
        wanted = np.uint64(int.from_bytes(digest[:8], "big"))
        place = int(np.searchsorted(self.beginning, wanted))
        while place < len(self.beginning) and self.beginning[place] == wanted:
            if self.digest[place].tobytes() == digest:
                return int(self.number[place])
            place += 1
        return None


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
