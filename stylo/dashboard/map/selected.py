"""Articles of the catalogue map as a list below it: those in a lasso, or all that is shown."""

from __future__ import annotations

import numpy as np
import polars as pl
import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.cards import Card, cards
from stylo.dashboard.links import page_of, turn_pages
from stylo.dashboard.lists.take_along import take_along
from stylo.dashboard.map.colours import Colouring
from stylo.dashboard.map.filters import Mask, put_lasso
from stylo.dashboard.map.points import MapPoints
from stylo.dashboard.notices import photos_missing
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain

_A_PAGE = 48
_COMMON = ("product_type_name", "colour_group_name", "section_name")


def selection(shop: Shop, points: MapPoints, chosen: Mask, lasso: bool) -> None:
    """The articles of points, the best seller first, page by page.

    lasso : whether they were chosen by one; else they are all that the map shows.
    """
    rows = np.sort(points.rows[chosen])  # the shop's own order is that of the best sellers
    title = text.MAP_SELECTED if lasso else text.MAP_LISTED
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    left.header(title.format(articles=text.found(len(rows))), anchor=False)
    words = text.MAP_CLEAR if lasso else text.MAP_CLOSE
    right.button(words, icon=":material/close:", on_click=put_lasso, args=("",), width="stretch")
    if not len(rows):
        words = text.MAP_NOTHING_SELECTED if lasso else text.MAP_NOTHING_LISTED
        st.info(words, icon=":material/search_off:")
        return
    st.caption(plain(text.MAP_SELECTED_CAPTION.format(parts=_common(shop.articles.select(_COMMON)[rows]))))
    photos_missing(shop)
    if take_along(shop, "selection", shop.articles["article"].to_numpy()[rows], text.MAP):
        return
    pages = -(-len(rows) // _A_PAGE)
    at = page_of(pages)
    some = shop.articles[rows[(at - 1) * _A_PAGE : at * _A_PAGE]].rows(named=True)
    cards(shop, "selection", text.RESULTS_LABEL, map(Card, some))
    turn_pages(pages)


def figures(colouring: Colouring, found: Mask | None, selected: Mask | None) -> dict[str, list[str]]:
    """The groups and how many articles each has: what the map shows, for who does not see it."""
    names = text.MAP_TABLE_COLUMNS
    there = [place for place, group in enumerate(colouring.groups) if group.count]
    table = {names["name"]: [colouring.groups[place].name for place in there]}
    everything = np.ones_like(colouring.codes, np.bool_)
    for name, mask in (("count", everything), ("found", found), ("selected", selected)):
        if mask is not None:
            counts = colouring.counts(mask)
            table[names[name]] = [f"{counts[place]:,}" for place in there]
    return table


def _common(articles: pl.DataFrame) -> str:
    """The type, the colour and the section that most have, with their shares."""
    parts = []
    for column in _COMMON:
        name, count = articles[column].value_counts().sort("count", column, descending=[True, False]).row(0)
        parts.append(f"{name or text.UNKNOWN} ({text.map_share(count, articles.height)})")
    return ", ".join(parts)
