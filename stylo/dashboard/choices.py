"""The filters beside a list of articles, with how many each would leave. What is chosen stands in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stylo.dashboard import text
from stylo.dashboard.components import component, heard
from stylo.dashboard.links import put, values
from stylo.search.facets import NO, Narrowed

_KEY = "choices"
_FEW = 6
_OPEN = ("section", "type", "colour")


def choices(narrowed: Narrowed, chosen: Mapping[str, list[str]], also: Sequence[str] = ()) -> None:
    """Shows the facets. A change is in the address before the page runs again.

    also : other names of the address that narrow or order the list, which "Clear all" clears as well.
    """
    clearable = any(chosen.values()) or any(map(values, also))

    def cleared(_: object) -> None:
        put(dict.fromkeys([*text.FACET_KEYS.values(), *also], ()))

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
    ]
    data = {
        "facets": [facet for facet in facets if facet["options"]],
        "open": _OPEN,
        "clearable": clearable,
        "words": {"title": text.FILTERS, "clear": text.CLEAR, "more": text.MORE, "few": _FEW},
    }
    component("choices")(
        key=_KEY,
        data=data,
        on_changed_change=heard(_KEY, "changed", _changed),
        on_cleared_change=heard(_KEY, "cleared", cleared),
    )


_POINTLESS = {("new", NO), ("photo", NO)}


def _changed(ticked: Mapping[str, list[str]]) -> None:
    """Everything that is ticked, by name."""
    put({name: ticked.get(name, []) for name in text.FACET_KEYS.values()})
