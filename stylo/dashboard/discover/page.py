"""Discover: find articles by words and by what they are, and open one."""

from __future__ import annotations

import html
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.article import page as article_page
from stylo.dashboard.cards import Card, cards
from stylo.dashboard.discover.applied import applied
from stylo.dashboard.discover.asked import PRICE, SOLD, SORT, Asked, asked, is_clear, leaves, take_literally
from stylo.dashboard.discover.choices import choices
from stylo.dashboard.discover.tour import tour
from stylo.dashboard.links import (
    ARTICLE,
    QUERY,
    count_box,
    page_of,
    pick,
    search_box,
    span,
    turn_pages,
    value,
)
from stylo.dashboard.lists.take_along import take_along
from stylo.dashboard.notices import name_tab, no_such_article, photos_missing
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.dashboard.visits import DISCOVER, link
from stylo.errors import BadIdentifier, UnknownArticle
from stylo.search.facets import Narrowed, Range
from stylo.search.text_index import Found

_A_PAGE = 48
_SORTED_BY = tuple(text.SORTS)


def page(shop: Shop) -> None:
    typed = search_box(text.SEARCH, QUERY, text.by_own_ids(text.SEARCH_HINT, shop.ids.own), leaves)
    opened = value(ARTICLE)
    if typed or not opened or not _opened(shop, opened):
        _listing(shop, asked(typed))
        tour()


def _opened(shop: Shop, article_id: str) -> bool:
    """Shows an article; False if there is none such, which is said."""
    try:
        row = shop.article(article_id)
    except (BadIdentifier, UnknownArticle) as error:
        no_such_article(shop, article_id, error)
        _offer(shop, shop.ids.meant(article_id))
    else:
        article_page.page(shop, row)
        return True
    return False


def _offer(shop: Shop, article_id: str | None) -> None:
    """A link to the article that may have been meant, if it is there."""
    with suppress(BadIdentifier, UnknownArticle):
        if article_id is not None and shop.article(article_id):
            label = html.escape(text.OPEN_ARTICLE.format(article=article_id))
            to = html.escape(link(DISCOVER, {ARTICLE: [article_id]}))
            st.html(f'<a href="{to}">{label}</a>')


def _listing(shop: Shop, wanted: Asked) -> None:
    words = wanted.query.words
    found = shop.index.search(words, literally=wanted.literally) if words else None
    if wanted.typed:
        name_tab(text.QUERY_TAB.format(query=wanted.typed))
    top, bar = st.container(), st.container(key="bar")
    left, right = st.columns([1, 3], gap="large")
    with left, st.container(key="filters"):
        price = _price_range(shop, wanted)
        narrowed = shop.facets.narrow(found.mask if found else None, wanted.chosen, price, wanted.sold_below)
        if narrowed.unpriced:
            st.caption(text.unpriced(narrowed.unpriced))
        if len(shop.sales):
            count_box(text.SOLD_BELOW, SOLD, wanted.sold_below)
        choices(shop.facets, narrowed, wanted.chosen, wanted)
    with top:
        by = _head(shop, wanted, found, narrowed)
    with bar:
        applied(wanted, price, narrowed)
    with right, st.container(key="results"):
        order = _sorted(shop, np.flatnonzero(narrowed.mask), found, by)
        if len(order):
            photos_missing(shop)
            _pages(shop, order)
        elif found is None or found.mask.any():  # else the words alone find nothing, which is said
            st.info(text.NOTHING_LEFT, icon=":material/search_off:")


def _price_range(shop: Shop, wanted: Asked) -> Range:
    """What is asked of prices; nothing where no article has one."""
    most = shop.dear
    if not most:
        return None, None
    return span(
        text.price_label(text.PRICE, shop.folder.shop_facts), PRICE, most, text.PRICE_ENDS, wanted.price
    )


def _head(shop: Shop, wanted: Asked, found: Found | None, narrowed: Narrowed) -> str:
    """What is listed, and what was made of what is asked; gives the order that was asked for."""
    count = int(narrowed.mask.sum())
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with right:
        by = pick(text.SORT, _SORTED_BY, SORT, text.SORTS)
    with left:
        if is_clear():
            st.title(text.LANDING if shop.as_of else text.CATALOGUE, anchor=False)
            caption = text.LANDING_CAPTION if shop.as_of else text.CATALOGUE_CAPTION
            st.caption(caption.format(count=count, as_of=shop.as_of))
        else:
            st.title(text.found(count), anchor=False)
            _understood(shop, wanted, found, narrowed)
    return by


def _understood(shop: Shop, wanted: Asked, found: Found | None, narrowed: Narrowed) -> None:
    """What was made of the words and the address, where it is not what was typed; and the way back to the words."""
    said = [*_read(wanted), *(_of_words(shop, wanted, found) if found is not None else ())]
    if narrowed.unknown:
        said.append(text.gone(narrowed.unknown))
    if said:
        st.caption(plain(" ".join(said)))
    if wanted.literally:
        st.button(text.UNDERSTAND, type="tertiary", on_click=take_literally, kwargs={"literally": False})
    elif wanted.query.words != wanted.typed or (found is not None and found.corrected):
        words = plain(text.AS_TYPED.format(query=wanted.typed))
        st.button(words, type="tertiary", key="as_typed", on_click=take_literally, kwargs={"literally": True})


def _read(wanted: Asked) -> list[str]:
    """Which filters were read from the words."""
    query, said = wanted.query, []
    if wanted.literally:
        said.append(text.TYPED_ONLY)
    if query.price_words:
        overruled = wanted.price != query.price
        form = text.PRICE_OVERRULED if overruled else text.PRICE_READ
        said.append(form.format(price=text.price_range(*query.price), words=query.price_words))
    if query.sold_below is not None:
        form = text.SALES_READ if wanted.sold_below == query.sold_below else text.SALES_OVERRULED
        said.append(form.format(sales=text.sold_below(query.sold_below), words=query.sold_words))
    return said


def _of_words(shop: Shop, wanted: Asked, found: Found) -> list[str]:
    if not found.mask.any():
        words = text.by_own_ids(text.NO_RESULTS, shop.ids.own)
        return [words.format(query=wanted.query.words), *_lacking(shop, wanted)]
    said = []
    if found.corrected:
        said.append(text.CORRECTED.format(query=found.corrected))
    if found.by_meaning:
        return [*said, text.BY_MEANING]
    if not said and found.unknown:
        said.append(text.IGNORED.format(words=", ".join(found.unknown)))
    elif not said and not found.all_words:
        said.append(text.NOT_ALL_WORDS)
    return said if found.all_words else [*said, *_lacking(shop, wanted)]


def _lacking(shop: Shop, wanted: Asked) -> list[str]:
    """That words alone were searched, where meaning could have helped and is not installed."""
    return [text.NO_MEANING] if shop.index.vectors is None and not wanted.literally else []


def _sorted(shop: Shop, rows: np.ndarray, found: Found | None, by: str) -> np.ndarray:
    """Rows in the order that was asked for. The shop's own order is that of the best sellers."""
    if by == "relevance":
        return rows if found is None else rows[np.argsort(-found.score[rows], kind="stable")]
    if by == "newest":
        days = shop.articles["first_sold"].cast(int).fill_null(-1).to_numpy()[rows]
        return rows[np.argsort(-days, kind="stable")]
    if by in ("sold", "slowest"):
        sold = shop.facets.sold[rows] * (1 if by == "slowest" else -1)
        return rows[np.argsort(sold, kind="stable")]
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
