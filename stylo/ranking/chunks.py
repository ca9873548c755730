"""Many shoppers are worked on in chunks, several at a time."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from stylo.candidates.shoppers import Shoppers

R = TypeVar("R")
# Of so many shoppers the features of all that is proposed are in memory at a time: some 150 kB each.
SIZE = 2_000
_MOST = 4


def in_chunks(work: Callable[[Shoppers, int], R], shoppers: Shoppers, size: int | None = None) -> list[R]:
    """What `work` gives of each chunk, in order; it is told how many threads it may use (0: one for each core).

    NumPy and LightGBM let other threads run while they compute. What comes out does not depend on their number.
    """
    chunks = list(shoppers.slices(size or SIZE))
    if len(chunks) == 1:
        return [work(chunks[0], 0)]
    with ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST)) as threads:
        return list(threads.map(lambda some: work(some, 1), chunks))
