"""The catalogue map: all articles at once, by look. What is found, shown and selected stands in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.cards import Card, cards
from stylo.dashboard.components import component, heard
from stylo.dashboard.lasso import from_text, inside
from stylo.dashboard.links import (
    page_of,
    pick,
    put,
    search_box,
    turn_pages,
    value,
    values,
)
from stylo.dashboard.map_colours import Colouring
from stylo.dashboard.map_points import COLOUR, COLOURINGS, SALES, MapPoints
from stylo.dashboard.map_routes import PLACES
from stylo.dashboard.notices import name_tab, photos_missing, problem, untrained
from stylo.dashboard.shop import Shop
from stylo.dashboard.take_along import take_along
from stylo.dashboard.text import plain
from stylo.dashboard.visits import open_article
from stylo.visual.map import FILE

_KEY = "map"
_BY, _FIND, _LASSO, _SHOWN = "by", "find", "lasso", "show"
_A_PAGE = 48
_COMMON = ("product_type_name", "colour_group_name", "section_name")


def page(shop: Shop) -> None:
    st.title(text.MAP, anchor=False)
    points = shop.map
    if points is None:
        problem(shop, FILE)
        return
    query, by = _asked()
    colouring = points.colouring(by)
    if query:
        name_tab(text.MAP_TAB.format(query=query))
    found = shop.index.search(query).mask[points.rows] if query else None
    _caption(shop, points, query, found)
    groups = _groups(points, by)
    corners = from_text(value(_LASSO))
    only = np.ones(len(points), np.bool_)
    for other, names in groups.items():
        if other != by:
            only &= points.colouring(other).of(names)
    _map(shop, points, by, groups, only, found, corners is not None)
    selected = None
    if corners is not None:
        selected = inside(points.places, corners) & colouring.of(groups.get(by, ())) & only
        if found is not None:
            selected &= found
        with st.container(key="map-selection"):
            _selection(shop, points, np.flatnonzero(selected))
    with st.expander(text.MAP_TABLE):
        st.table(_figures(colouring, found, selected))


def _groups(points: MapPoints, by: str) -> dict[str, list[str]]:
    """The groups that alone are shown, by colouring: they stay when the points are coloured by something else.

    The address says `sales:Never sold`; a group without a colouring is one of that which is shown.
    """
    groups: dict[str, list[str]] = {}
    for said in values(_SHOWN):
        colouring, _, name = said.partition(":")
        if colouring not in COLOURINGS:
            colouring, name = by, said
        if any(group.name == name for group in points.colouring(colouring).groups):
            groups.setdefault(colouring, []).append(name)
    return groups


def _put(groups: Mapping[str, Sequence[str]]) -> None:
    put({_SHOWN: [f"{colouring}:{name}" for colouring, names in groups.items() for name in names]})


def _asked() -> tuple[str, str]:
    """What is looked for, and what the points are coloured by."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        query = search_box(text.MAP_FIND, _FIND, text.MAP_FIND_HINT)
    with right:
        return query, pick(text.MAP_BY, COLOURINGS, _BY, text.MAP_COLOURINGS)


def _caption(shop: Shop, points: MapPoints, query: str, found: np.ndarray | None) -> None:
    words = text.MAP_CAPTION.format(count=len(points))
    if found is not None:
        count = int(found.sum())
        more = text.MAP_FOUND.format(count=count) if count else text.MAP_NOT_FOUND.format(query=query)
        words = f"{words} {more}"
    st.caption(plain(words))
    untrained(shop)


def _map(
    shop: Shop,
    points: MapPoints,
    by: str,
    groups: Mapping[str, list[str]],
    only: np.ndarray,
    found: np.ndarray | None,
    lasso: bool,
) -> None:
    """The map itself. The legend counts what is found and of the groups of other colourings."""
    version, colouring = f"?v={shop.version}", points.colouring(by)
    others = {other: names for other, names in groups.items() if other != by}
    label = text.MAP_WORDS["map"].format(count=f"{len(points):,}", by=text.MAP_COLOURINGS[by].lower())
    counts = _counts(colouring, only if found is None else only & found)
    data = {
        "places": f"map/{PLACES}.bin{version}",
        "codes": f"map/{by}.bin{version}",
        "facts": f"map/article/{{article}}{version}",
        "picture": f"picture/small/{{article}}.jpg{version}",
        "legend": [
            [place, group.name, f"{count:,}", group.light, group.dark, group.small]
            for place, (group, count) in enumerate(zip(colouring.groups, counts, strict=True))
            if group.count
        ],
        "ranked": by == SALES,
        "real": by == COLOUR,
        "shown": groups.get(by, []),
        "others": [
            [other, text.MAP_ONLY.format(colouring=text.MAP_COLOURINGS[other], names=", ".join(names))]
            for other, names in others.items()
        ],
        "only": points.bits(only) if others else "",
        "found": points.bits(found) if found is not None else "",
        "lasso": value(_LASSO) if lasso else "",
        "words": text.MAP_WORDS | {"map": label},
    }
    component("map", "leaving", "map_points")(
        key=_KEY,
        data=data,
        on_open_change=heard(_KEY, "open", open_article),
        on_lasso_change=heard(_KEY, "lasso", _select),
        on_shown_change=heard(_KEY, "shown", lambda names: _put(others | {by: list(map(str, names))})),
        on_dropped_change=heard(
            _KEY,
            "dropped",
            lambda other: _put({each: names for each, names in groups.items() if each != other}),
        ),
        on_everything_change=heard(_KEY, "everything", lambda _: _put({})),
    )


def _select(lasso: str) -> None:
    put({_LASSO: [lasso] if lasso else []})


def _selection(shop: Shop, points: MapPoints, chosen: np.ndarray) -> None:
    """The articles that were selected, the best seller first."""
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    left.header(text.MAP_SELECTED.format(articles=text.found(len(chosen))), anchor=False)
    right.button(text.MAP_CLEAR, icon=":material/close:", on_click=_select, args=("",), width="stretch")
    if not len(chosen):
        st.info(text.MAP_NOTHING_SELECTED, icon=":material/search_off:")
        return
    st.caption(plain(text.MAP_SELECTED_CAPTION.format(parts=_common(points.articles[chosen]))))
    photos_missing(shop)
    rows = np.sort(points.rows[chosen])
    if take_along(shop, "selection", shop.articles["article"].to_numpy()[rows], text.MAP):
        return
    pages = -(-len(rows) // _A_PAGE)
    at = page_of(pages)
    some = shop.articles[rows[(at - 1) * _A_PAGE : at * _A_PAGE]].rows(named=True)
    cards(shop, "selection", text.RESULTS_LABEL, map(Card, some))
    turn_pages(pages)


def _common(articles: pl.DataFrame) -> str:
    """The type, the colour and the section that most have, with their shares."""
    parts = []
    for column in _COMMON:
        name, count = articles[column].value_counts().sort("count", column, descending=[True, False]).row(0)
        parts.append(f"{name or text.UNKNOWN} ({count / articles.height:.0%})")
    return ", ".join(parts)


def _figures(
    colouring: Colouring, found: np.ndarray | None, selected: np.ndarray | None
) -> dict[str, list[str]]:
    """The groups and how many articles each has: what the map shows, for who does not see it."""
    names = text.MAP_TABLE_COLUMNS
    there = [place for place, group in enumerate(colouring.groups) if group.count]
    table = {names["name"]: [colouring.groups[place].name for place in there]}
    for name, mask in (
        ("count", np.ones_like(colouring.codes, np.bool_)),
        ("found", found),
        ("selected", selected),
    ):
        if mask is not None:
            counts = _counts(colouring, mask)
            table[names[name]] = [f"{counts[place]:,}" for place in there]
    return table


def _counts(colouring: Colouring, mask: np.ndarray) -> list[int]:
    """How many of some points are of each group."""
    counts: list[int] = np.bincount(colouring.codes[mask], minlength=len(colouring.groups)).tolist()
    return counts
