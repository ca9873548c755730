"""The cache of answers: each is kept until an event or a new model makes it untrue."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from cachetools import LRUCache

T = TypeVar("T")
# Of an entry beside what it holds: the objects of the two tables that know it.
_OVERHEAD = 700


class _CacheEntry(NamedTuple, Generic[T]):
    state: Hashable
    answer: T
    size: int


class AnswerCache(Generic[T]):
    """The latest answers, each with the state in which it was true. For one event loop.

    The state is looked up for every request: the model's version and the customer's last event, which any process may
    have stored. An answer of another state is dropped.

    Parameters
    ----------
    room : bytes that all entries may take.
    size : bytes of a question and its answer.
    """

    def __init__(self, room: int, size: Callable[[Hashable, T], int]) -> None:
        self._size = size
        self._answers: LRUCache[Hashable, _CacheEntry[T]] = LRUCache(room, getsizeof=lambda kept: kept.size)

    def __contains__(self, asked: Hashable) -> bool:
        return asked in self._answers

    def peek(self, asked: Hashable) -> T | None:
        """The answer, whether it is still true or not."""
        found = self._answers.get(asked)
        return None if found is None else found.answer

    def get(self, asked: Hashable, state: Hashable) -> T | None:
        """The answer to what was asked, if it is still true."""
        found = self._answers.get(asked)
        if found is not None and found.state == state:
            return found.answer
        if found is not None:
            del self._answers[asked]
        return None

    def keep(self, asked: Hashable, state: Hashable, answer: T) -> None:
        """Keeps an answer that fits into the room; those that were not asked for longest make way."""
        size = self._size(asked, answer) + _OVERHEAD
        if size <= self._answers.maxsize:
            self._answers[asked] = _CacheEntry(state, answer, size)

    def clear(self) -> None:
        self._answers.clear()

    def __len__(self) -> int:
        return len(self._answers)
