"""Discover: find articles by words and by what they are, and open one."""

from __future__ import annotations

import html
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
import streamlit as st

from stylo.dashboard import article, text
from stylo.dashboard.cards import Card, cards
from stylo.dashboard.choices import choices
from stylo.dashboard.links import (
    ARTICLE,
    QUERY,
    page_of,
    pick,
    search_box,
    span,
    turn_pages,
    value,
    values,
)
from stylo.dashboard.notices import name_tab, photos_missing
from stylo.dashboard.shop import Shop
from stylo.dashboard.take_along import take_along
from stylo.dashboard.text import plain
from stylo.errors import BadIdentifier, UnknownArticle
from stylo.search.facets import Range
from stylo.search.text_index import Found

_A_PAGE = 48
_PRICE, _SORT = "price", "sort"
_SORTED_BY = ("relevance", "sales", "newest", "cheapest", "dearest")


def page(shop: Shop) -> None:
    query = search_box(text.SEARCH, QUERY, text.SEARCH_HINT, leaves=ARTICLE)
    opened = value(ARTICLE)
    if query or not opened or not _opened(shop, opened):
        _listing(shop, query)


def _opened(shop: Shop, article_id: str) -> bool:
    """Shows an article; False if there is none such, which is said."""
    try:
        row = shop.article(article_id)
    except BadIdentifier:
        st.error(plain(text.not_an_id(article_id)))
        _offer(shop, text.meant(article_id))
    except UnknownArticle:
        st.error(plain(text.UNKNOWN_ARTICLE.format(article=article_id)))
    else:
        article.page(shop, row)
        return True
    return False


def _offer(shop: Shop, article_id: str | None) -> None:
    """A link to the article that may have been meant, if it is there."""
    with suppress(BadIdentifier, UnknownArticle):
        if article_id is not None and shop.article(article_id):
            label = html.escape(text.OPEN_ARTICLE.format(article=article_id))
            st.html(f'<a href="./?{ARTICLE}={html.escape(article_id)}">{label}</a>')


def _listing(shop: Shop, query: str) -> None:
    left, right = st.columns([1, 3], gap="large")
    found = shop.index.search(query) if query else None
    if query:
        name_tab(text.QUERY_TAB.format(query=query))
    mask = found.mask if found else None
    chosen = {facet: values(key) for facet, key in text.FACET_KEYS.items()}
    with left:
        narrowed = shop.facets.narrow(mask, chosen, _price_range(shop))
        if narrowed.unpriced:
            st.caption(text.unpriced(narrowed.unpriced))
        choices(narrowed, chosen, (QUERY, _PRICE, _SORT))
    with right:
        by = _head(shop, query, found, int(narrowed.mask.sum()), any(chosen.values()))
        order = _sorted(shop, np.flatnonzero(narrowed.mask), found, by)
        if not len(order):
            if found is None or found.mask.any():  # else the words alone find nothing, which is said
                st.info(text.NOTHING_LEFT, icon=":material/search_off:")
            return
        photos_missing(shop)
        _pages(shop, order)


def _price_range(shop: Shop) -> Range:
    """What is asked of prices; nothing where no article has one."""
    most = shop.dear
    if not most:
        return None, None
    return span(text.PRICE, _PRICE, most, text.PRICE_ENDS)


def _head(shop: Shop, query: str, found: Found | None, count: int, filtered: bool) -> str:
    """What is listed; gives the order that was asked for."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        if not query and not filtered:
            st.header(text.LANDING if shop.as_of else text.CATALOGUE, anchor=False)
            st.caption(
                text.LANDING_CAPTION.format(count=count, as_of=shop.as_of)
                if shop.as_of
                else text.CATALOGUE_CAPTION
            )
        else:
            st.header(text.found(count), anchor=False)
            if found is not None:
                _understood(found, query)
    with right:
        return pick(text.SORT, _SORTED_BY, _SORT, text.SORTS)


def _understood(found: Found, query: str) -> None:
    """What was made of the words, where it is not what was typed."""
    if not found.mask.any():
        st.caption(plain(text.NO_RESULTS.format(query=query)))
    elif not found.all_words:
        st.caption(plain(text.NOT_ALL_WORDS))
    elif found.corrected:
        st.caption(plain(text.CORRECTED.format(query=found.corrected)))
    elif found.unknown:
        st.caption(plain(text.IGNORED.format(words=", ".join(found.unknown))))


def _sorted(shop: Shop, rows: np.ndarray, found: Found | None, by: str) -> np.ndarray:
    """Rows in the order that was asked for. The shop's own order is that of the best sellers."""
    if by == "relevance":
        return rows if found is None else rows[np.argsort(-found.score[rows], kind="stable")]
    if by == "newest":
        days = shop.articles["first_sold"].cast(int).fill_null(-1).to_numpy()[rows]
        return rows[np.argsort(-days, kind="stable")]
    if by in ("cheapest", "dearest"):
        prices = shop.facets.prices[rows] * (1 if by == "cheapest" else -1)
        return rows[np.argsort(prices, kind="stable")]  # those without a price come last
    return rows


def _pages(shop: Shop, order: Sequence[int] | np.ndarray) -> None:
    articles = shop.articles["article"].to_numpy()[np.asarray(order)]
    if take_along(shop, "listing", articles, value(QUERY) or text.RESULTS_LABEL):
        return
    pages = -(-len(order) // _A_PAGE)
    at = page_of(pages)
    some = np.asarray(order[(at - 1) * _A_PAGE : at * _A_PAGE])
    rows = shop.articles[some].rows(named=True)
    cards(shop, "listing", text.RESULTS_LABEL, (_card(row) for row in rows))
    turn_pages(pages)


def _card(row: dict[str, object]) -> Card:
    return Card(row, badge=text.NEW if row["is_new"] else "")
