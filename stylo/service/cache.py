"""The cache of answers: each is kept until an event or a new model makes it untrue."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

from cachetools import LRUCache

T = TypeVar("T")


class AnswerCache(Generic[T]):
    """The latest answers, each with the state in which it was true. For one event loop.

    The state is looked up for every request: the model's version and the customer's last event, which any process may
    have stored. An answer of another state is dropped.
    """

    def __init__(self, size: int) -> None:
        self._answers: LRUCache[Hashable, tuple[Hashable, T]] = LRUCache(size)

    def __contains__(self, asked: Hashable) -> bool:
        return asked in self._answers

    def peek(self, asked: Hashable) -> T | None:
        """The answer, whether it is still true or not."""
        found = self._answers.get(asked)
        return None if found is None else found[1]

    def get(self, asked: Hashable, state: Hashable) -> T | None:
        """The answer to what was asked, if it is still true."""
        found = self._answers.get(asked)
        if found is not None and found[0] == state:
            return found[1]
        if found is not None:
            del self._answers[asked]
        return None

    def keep(self, asked: Hashable, state: Hashable, answer: T) -> None:
        if self._answers.maxsize:
            self._answers[asked] = (state, answer)

    def clear(self) -> None:
        self._answers.clear()

    def __len__(self) -> int:
        return len(self._answers)
