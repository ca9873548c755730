"""How many requests a key may make: a bucket of tokens that fills steadily and holds one second's worth."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from cachetools import LRUCache

_KEYS = 10_000


class Rates:
    """For one event loop.

    Parameters
    ----------
    usual : requests a second for a key that has no rate of its own.
    share : the part of a rate that belongs to this process.
    """

    def __init__(self, usual: float, share: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._usual, self._share, self._clock = usual, share, clock
        self._buckets: LRUCache[str, tuple[float, float]] = LRUCache(_KEYS)

    def take(self, key_id: str, rate: float | None) -> int:
        """0 if the request may go on, else the whole seconds after which another may."""
        rate = (rate or self._usual) * self._share
        holds, now = max(rate, 1.0), self._clock()
        tokens, last = self._buckets.get(key_id, (holds, now))
        tokens = min(holds, tokens + (now - last) * rate)
        if tokens >= 1:
            self._buckets[key_id] = (tokens - 1, now)
            return 0
        self._buckets[key_id] = (tokens, now)
        return math.ceil((1 - tokens) / rate)
