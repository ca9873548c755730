"""What is made once for a shop, when it is first asked for, and goes when the shop goes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from stylo.dashboard.shop import Shop

Made = TypeVar("Made")


def once_a_shop(make: Callable[[Shop], Made]) -> Callable[[Shop], Made]:
    """The function, remembering what it gave for a shop. Two threads at the same moment may both make it."""
    known: WeakKeyDictionary[Shop, Made] = WeakKeyDictionary()

    @functools.wraps(make)
    def remembered(shop: Shop) -> Made:
        if shop not in known:
            known[shop] = make(shop)
        return known[shop]

    return remembered
