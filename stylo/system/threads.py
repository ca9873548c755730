"""Threads: how many processors there are for them, and results that are worked on ahead of who takes them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor, Future
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


_most: int | None = None


def processors() -> int:
    """How many processors this process may use."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return there if _most is None else min(there, _most)


def use_at_most(count: int) -> None:
    """Limits this process to `count` processors, since others of its kind use the rest of the machine."""
    global _most
    _most = count


def ahead(
    threads: Executor, work: Callable[[T], R], items: Iterable[T], count: int
) -> Generator[R, None, None]:
    """The results of all items, in order; `count` items are worked on ahead of the result that is taken."""
    waiting: deque[Future[R]] = deque()
    for item in items:
        waiting.append(threads.submit(work, item))
        if len(waiting) > count:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
