"""Who asks: keys looked up in storage and remembered for a moment."""

from __future__ import annotations

import hashlib
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
class _Seen:
    key: Key | None
    at: float


class KeyRing:
    """For one event loop.

    Parameters
    ----------
    find : the key of a token, or None; may raise StorageUnavailable. Called without a lock: two may look at once.
    """

    def __init__(
        self, find: Callable[[str], Key | None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._find, self._clock = find, clock
        # By a digest: the memory of a process holds no token longer than its request lasts.
        self._seen: LRUCache[bytes, _Seen] = LRUCache(_KEYS)

    def remembered(self, token: str) -> tuple[bool, Key | None]:
        """Whether the token was looked up a moment ago, and the key that was found."""
        seen = self._seen.get(_digest(token))
        if seen is None or self._clock() - seen.at > REMEMBERED:
            return False, None
        return True, seen.key

    def look_up(self, token: str) -> Key | None:
        """Asks storage. Raises StorageUnavailable if it cannot be asked and the key was not good of late."""
        try:
            key = self._find(token)
        except StorageUnavailable:
            if (known := self.good_of_late(token)) is not None:
                return known
            raise
        self._seen[_digest(token)] = _Seen(key, self._clock())
        return key

    def good_of_late(self, token: str) -> Key | None:
        """The key that was found some minutes ago: for as long as storage is away. None if there was none."""
        seen = self._seen.get(_digest(token))
        if seen is None or self._clock() - seen.at >= _STORAGE_AWAY:
            return None
        return seen.key


def refusal(key: Key | None, now: datetime) -> str | None:
    """Why a key opens nothing, in words that tell a stranger nothing; None if it is good."""
    if key is None or key.refusal(now) is not None:
        return "The key is unknown, expired or revoked."
    return None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
