"""Returns: which purchase each of them takes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import Any, NamedTuple

PURCHASE, RETURN = "purchase", "return"


class Sale(NamedTuple):
    """A purchase or a return. `whose` is the same for a return and for what it may take back.

    at : anything that sorts as time does.   id : in the order in which events were stored.
    """

    whose: Hashable
    kind: str
    at: Any
    id: int


def taken_back(sales: Iterable[Sale]) -> dict[int, int]:
    """Id of a return → id of the purchase that it takes back: the latest before it that none took back yet.

    What happened in the same moment is taken in the order of ids. A return without such a purchase is left out, and has
    no effect: it may have come first by a wrong clock. O(n log n).
    """
    open_purchases: defaultdict[Hashable, list[int]] = defaultdict(list)
    found: dict[int, int] = {}
    for sale in sorted(sales, key=lambda each: (each.at, each.id)):
        mine = open_purchases[sale.whose]
        if sale.kind == PURCHASE:
            mine.append(sale.id)
        elif sale.kind == RETURN and mine:
            found[sale.id] = mine.pop()
    return found
