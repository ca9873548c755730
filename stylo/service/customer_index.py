"""The number of each customer id, from arrays that lie in a file: opened at once, shared by processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

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
