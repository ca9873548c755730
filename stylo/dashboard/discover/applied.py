"""What stands above a list: how many were found, and what narrows them, each to be taken out with one click."""

from __future__ import annotations

from typing import Any

from stylo.dashboard import text
from stylo.dashboard.components import component, heard
from stylo.dashboard.discover.asked import PRICE, SOLD, Asked, clear, is_clear, remove
from stylo.search.facets import Narrowed, Range

_KEY = "applied"


def applied(asked: Asked, price: Range, narrowed: Narrowed) -> None:
    """Shows what narrows the list. On a narrow screen it stays in sight, with the count and the way to the filters.

    Whoever cannot see it hears the count when it changes, and can skip from the top of the page to the list.
    """
    chips = [*_filters(asked, narrowed), *_numbers(asked, price)]
    count = int(narrowed.mask.sum())
    data = {
        "chips": chips,
        "count": text.found(count),
        "clearable": not is_clear(),
        "words": {
            "clear": text.CLEAR,
            "filters": text.filters(len(chips)),
            "remove": text.REMOVE,
            "show": text.SHOW.format(found=text.found(count)),
            "skip": text.SKIP,
            "label": text.APPLIED,
        },
    }
    component(_KEY)(
        key=_KEY,
        data=data,
        on_removed_change=heard(_KEY, "removed", lambda said: remove(said["name"], said["value"])),
        on_cleared_change=heard(_KEY, "cleared", lambda _: clear()),
    )


def _filters(asked: Asked, narrowed: Narrowed) -> list[dict[str, Any]]:
    """A chip for each label that was chosen; one that is not there is marked."""
    return [
        {
            "name": text.FACET_KEYS[facet],
            "value": label,
            "title": text.FACETS[facet],
            "label": text.LABELS.get((facet, label), label),
            "gone": label in narrowed.unknown.get(facet, []),
        }
        for facet, labels in asked.chosen.items()
        for label in labels
    ]


def _numbers(asked: Asked, price: Range) -> list[dict[str, Any]]:
    chips = []
    if price != (None, None):
        chips.append((PRICE, text.PRICE, text.price_filter(*price)))
    if asked.sold_below is not None:
        chips.append((SOLD, text.UNITS_SOLD, text.sold_below(asked.sold_below)))
    return [
        {"name": name, "value": "", "title": title, "label": label, "gone": False}
        for name, title, label in chips
    ]
