"""Authentication and rate limits: which key a request has, and how often that key may ask."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cachetools import LRUCache

from stylo.errors import StorageUnavailable
from stylo.storage.keys import Key

#: Seconds after which a key is looked up again: so long a revoked one may still be used.
REMEMBERED = 3.0
# While storage cannot be reached, a key that was good stays good for so long.
_STORAGE_AWAY = 600.0
_KEYS = 10_000


@dataclass(frozen=True)
class _CachedKey:
    key: Key | None
    at: float


class KeyCache:
    """Keys of tokens, looked up in storage and remembered for some seconds. For one event loop.

    Parameters
    ----------
    find : the key of a token, or None; may raise StorageUnavailable. Called without a lock: two may call it at once.
    """

    def __init__(
        self, find: Callable[[str], Key | None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._find, self._clock = find, clock
        # By a digest: the memory of a process holds no token longer than its request lasts.
        self._seen: LRUCache[bytes, _CachedKey] = LRUCache(_KEYS)

    def remembered(self, token: str) -> tuple[bool, Key | None]:
        """Whether the token was looked up a moment ago, and the key that was found."""
        seen = self._seen.get(_digest(token))
        if seen is None or self._clock() - seen.at > REMEMBERED:
            return False, None
        return True, seen.key

    def look_up(self, token: str) -> Key | None:
        """Looks the key up. Raises StorageUnavailable if storage is away and the key was not good recently."""
        try:
            key = self._find(token)
        except StorageUnavailable:
            if (known := self.good_of_late(token)) is not None:
                return known
            raise
        self._seen[_digest(token)] = _CachedKey(key, self._clock())
        return key

    def good_of_late(self, token: str) -> Key | None:
        """The key as it was found in the last ten minutes, for use while storage is away; None if it was not."""
        seen = self._seen.get(_digest(token))
        if seen is None or self._clock() - seen.at >= _STORAGE_AWAY:
            return None
        return seen.key


class RateLimiter:
    """How many requests a key may make: a token bucket that fills steadily and holds one second's worth.

    For one event loop.

    Parameters
    ----------
    usual : requests a second for a key that has no rate of its own.
    share : the part of a rate that belongs to this process.
    """

    def __init__(self, usual: float, share: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._usual, self._share, self._clock = usual, share, clock
        self._buckets: LRUCache[str, tuple[float, float]] = LRUCache(_KEYS)

    def take(self, key_id: str, rate: float | None) -> int:
        """0 if the request may proceed, else the whole seconds to wait."""
        rate = (rate or self._usual) * self._share
        holds, now = max(rate, 1.0), self._clock()
        tokens, last = self._buckets.get(key_id, (holds, now))
        tokens = min(holds, tokens + (now - last) * rate)
        if tokens >= 1:
            self._buckets[key_id] = (tokens - 1, now)
            return 0
        self._buckets[key_id] = (tokens, now)
        return math.ceil((1 - tokens) / rate)

    def charge(self, key_id: str, more: float) -> None:
        """Counts a request that was allowed as so many more. What the key does not have it owes, and waits for."""
        if (bucket := self._buckets.get(key_id)) is not None:
            self._buckets[key_id] = (bucket[0] - more, bucket[1])


def refusal(key: Key | None, now: datetime) -> str | None:
    """Why a key is refused, in words that reveal nothing to a stranger; None if it is good."""
    if key is None or key.refusal(now) is not None:
        return "The key is unknown, expired or revoked."
    return None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
