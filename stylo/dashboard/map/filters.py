"""What of the catalogue map is asked for: words, filters and groups of the legend, all from the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from stylo.dashboard import text
from stylo.dashboard.discover.asked import PRICE, SOLD, Asked, asked, clear, leaves
from stylo.dashboard.discover.choices import choices
from stylo.dashboard.links import QUERY, count_box, pick, put, search_box, span, spans, value, values
from stylo.dashboard.map.points import COLOURINGS, MapPoints
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain

_BY, _GROUPS = "by", "group"
#: Whether what is asked for is listed below the map, and the lasso around what is listed.
LIST, LASSO = "list", "lasso"
_YES = "yes"
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Wanted:
    """Masks are bool (n,), of the points of the map.

    query : the words that are looked for; empty where none are.
    by : what the points are coloured by.
    filtered : whether filters or prices leave something out.
    groups : the groups that alone are shown, by colouring.
    matching : what has the words and passes the filters.
    others : what is of the groups of all other colourings.
    own : what is of the groups of this colouring.
    """

    query: str
    by: str
    filtered: bool
    groups: Mapping[str, list[str]]
    matching: Mask
    others: Mask
    own: Mask

    @property
    def shown(self) -> Mask:
        """What is not dimmed."""
        return self.matching & self.others & self.own

    @property
    def narrowed(self) -> bool:
        """Whether anything is asked for, so that not everything is shown."""
        return bool(self.query or self.filtered or self.groups)

    @property
    def listed(self) -> bool:
        return value(LIST) == _YES and self.narrowed

    def others_groups(self) -> dict[str, list[str]]:
        return {each: names for each, names in self.groups.items() if each != self.by}


def telling(points: MapPoints) -> list[str]:
    """The colourings in which points differ, the default first; the default alone where there is none."""
    several = [by for by in COLOURINGS if np.ptp(points.colouring(by).codes) > 0]
    return several or [COLOURINGS[0]]


def wanted(shop: Shop, points: MapPoints) -> Wanted:
    """Shows the search box, the filters and the colouring; gives what they say."""
    words, filters, colours = st.columns([6, 2, 3], vertical_alignment="bottom")
    with words:
        said = asked(search_box(text.MAP_FIND, QUERY, text.MAP_FIND_HINT, leaves))
    with colours:
        by = pick(text.MAP_BY, telling(points), _BY, text.MAP_COLOURINGS)
    with filters:
        matching, filtered = _filters(shop, points, said)
    groups = _groups(points, by)
    others, own = np.ones((2, len(points)), np.bool_)
    for colouring, names in groups.items():
        mask = own if colouring == by else others
        mask &= points.colouring(colouring).of(names)
    return Wanted(said.typed, by, filtered, groups, matching[points.rows], others, own)


def put_groups(groups: Mapping[str, Sequence[str]]) -> None:
    put({_GROUPS: [f"{colouring}:{name}" for colouring, names in groups.items() for name in names]})


def put_lasso(lasso: str) -> None:
    put({LASSO: [lasso] if lasso else [], LIST: []})


def put_listed(listed: bool) -> None:
    put({LASSO: [], LIST: [_YES] if listed else []})


def show_everything() -> None:
    """No group of the legend any more."""
    put({_GROUPS: [], LIST: []})


def _filters(shop: Shop, points: MapPoints, said: Asked) -> tuple[Mask, bool]:
    """The filters of Discover, which count the articles on the map; what has the words and passes, and whether any
    filter is set.
    """
    on_map = np.zeros(len(shop.articles), np.bool_)
    on_map[points.rows] = True
    if said.query.words:
        on_map &= shop.index.search(said.query.words, literally=said.literally).mask
    facets = shop.facets.facets
    there = [
        each in facets[of].labels for of, labels in said.chosen.items() if of in facets for each in labels
    ]
    count = sum(there) + (spans(PRICE) or said.price != (None, None)) + (said.sold_below is not None)
    with st.popover(text.filters(count), icon=":material/tune:", width="stretch", key="map-filters"):
        label = text.price_label(text.PRICE, shop.folder.shop_facts)
        price = span(label, PRICE, shop.dear, text.PRICE_ENDS, said.price) if shop.dear else (None, None)
        narrowed = shop.facets.narrow(on_map, said.chosen, price, said.sold_below)
        if narrowed.unpriced:
            st.caption(text.unpriced(narrowed.unpriced))
        if len(shop.sales):
            count_box(text.SOLD_BELOW, SOLD, said.sold_below)
        choices(shop.facets, narrowed, said.chosen, said)
        if count or said.typed or value(_GROUPS):
            also = {"also": (_GROUPS, LIST)}
            st.button(text.CLEAR, icon=":material/close:", on_click=clear, kwargs=also, key="map-clear")
    if narrowed.unknown:
        st.caption(plain(text.gone(narrowed.unknown)))
    return narrowed.mask, count > 0


def _groups(points: MapPoints, by: str) -> dict[str, list[str]]:
    """The groups that alone are shown, by colouring: they stay when the points are coloured by something else.

    The address says `sales:Never sold`; a group without a colouring is one of that which is shown.
    """
    groups: dict[str, list[str]] = {}
    for said in values(_GROUPS):
        colouring, _, name = said.partition(":")
        if colouring not in COLOURINGS:
            colouring, name = by, said
        if any(group.name == name for group in points.colouring(colouring).groups):
            groups.setdefault(colouring, []).append(name)
    return groups
