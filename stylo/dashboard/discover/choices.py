"""The filters beside a list of articles, with how many each would leave. What is chosen stands in the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stylo.dashboard import text
from stylo.dashboard.components import component, heard
from stylo.dashboard.discover.asked import NEVER, SOLD, Asked, clear, tick
from stylo.search.facets import NO, Facets, Narrowed

_KEY = "choices"
_FEW = 6
#: A list of more labels has a search box.
_LONG = 12
_OPEN = ("section", "type", "colour")


def choices(
    of: Facets, narrowed: Narrowed, chosen: Mapping[str, list[str]], asked: Asked | None = None
) -> None:
    """Shows the facets in which articles differ. A change is in the address before the page runs again.

    of : the facets of all articles.
    asked : what else is asked of a list that says above it what narrows it, and has the way to clear that; its sales
        are a facet, too. Without it the facets fold on a narrow screen, and can be cleared below them.
    """
    facets = [
        {
            "key": text.FACET_KEYS[facet],
            "title": text.FACETS[facet],
            "chosen": [
                label for label in chosen.get(facet, []) if label not in narrowed.unknown.get(facet, [])
            ],
            "options": [
                [label, text.LABELS.get((facet, label), label), f"{count:,}"]
                for label, count in counts
                if (facet, label) not in _POINTLESS
            ],
        }
        for facet, counts in narrowed.counts.items()
        if of.facets[facet].tells or chosen.get(facet)
    ]
    if asked is not None:
        facets.append(_sales(narrowed, asked))
    alone = asked is None
    data = {
        "facets": [facet for facet in facets if facet["options"]],
        "open": _OPEN,
        "folds": alone,
        "clearable": alone and any(chosen.values()),
        "words": {
            "title": text.FILTERS,
            "clear": text.CLEAR,
            "more": text.MORE,
            "few": _FEW,
            "long": _LONG,
            "search": text.SEARCH_FILTER,
            "none": text.NO_FILTER,
        },
    }
    component("choices")(
        key=_KEY,
        data=data,
        on_changed_change=heard(_KEY, "changed", tick),
        on_cleared_change=heard(_KEY, "cleared", lambda _: clear()),
    )


def _sales(narrowed: Narrowed, asked: Asked) -> dict[str, Any]:
    never = asked.sold_below == NEVER
    there = narrowed.never_sold or never
    return {
        "key": SOLD,
        "title": text.UNITS_SOLD,
        "chosen": [str(NEVER)] if never else [],
        "options": [[str(NEVER), text.NEVER_SOLD, f"{narrowed.never_sold:,}"]] if there else [],
    }


_POINTLESS = {("new", NO), ("photo", NO)}
