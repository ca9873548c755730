"""An article: its photo, what it is, how it sells, what goes with it, and what could be bought instead of it."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from stylo.candidates.bought_together import BoughtTogether
from stylo.candidates.similar_articles import VisualTwins
from stylo.dashboard import text
from stylo.dashboard.article.buyers_list import who_bought_it
from stylo.dashboard.article.cross_links import BOARDS, links_of
from stylo.dashboard.article.outfit import complete_the_outfit
from stylo.dashboard.article.shelves import goes_with, instead_of
from stylo.dashboard.article.twins import alike, filter_row, matches, narrowed, weights
from stylo.dashboard.boards.state import read
from stylo.dashboard.cards import SHELF, Card, picture_of
from stylo.dashboard.charts import weekly_sales
from stylo.dashboard.links import BOARD, buttons, switch
from stylo.dashboard.lists.take_along import cards_along, one_article
from stylo.dashboard.notices import name_tab, photos_missing, problem, untrained
from stylo.dashboard.pictures import address
from stylo.dashboard.shop import PROPOSALS, TWINS, Shop
from stylo.dashboard.text import plain
from stylo.dashboard.visits import back_key, came_from, go_back, link
from stylo.errors import StyloError
from stylo.recommender import HYBRID
from stylo.storage import boards, tags
from stylo.tables.schemas import UNKNOWN_NAME
from stylo.visual.colours import colour_name, to_rgb
from stylo.visual.thumbnails import LARGE

_TWINS = 24


def page(shop: Shop, row: dict[str, Any]) -> None:
    """The whole page of an article of the shop."""
    name_tab(row["prod_name"] or row["article_id"])
    st.button(_back(), key=back_key(), icon=":material/arrow_back:", type="tertiary", on_click=go_back)
    st.title(plain(row["prod_name"] or row["article_id"]), anchor=False)
    links_of(shop, row)
    left, right = st.columns([2, 3], gap="large")
    with left:
        _photo(shop, row)
    with right:
        _facts(shop, row)
        collected = st.container()
        who_bought_it(shop, row["article"])
    photos_missing(shop)
    _variants(shop, row)
    complete_the_outfit(shop, row)
    _goes_with(shop, row)
    _instead_of(shop, row)
    st.subheader(text.TWINS, anchor=False)
    st.caption(text.TWINS_CAPTION)
    _twins(shop, row)
    _by_strategy(shop, row)
    with collected:  # a database that does not answer keeps nothing else waiting
        _collected(shop, row["article"])


def _back() -> str:
    """Where the way back leads to."""
    here = came_from()
    return text.ALL_ARTICLES if here is None else text.BACK_TO.get(here, text.BACK)


def _photo(shop: Shop, row: dict[str, Any]) -> None:
    source, words = address(row["article"], shop.version, LARGE), picture_of(shop, row)
    st.html(f'<div class="photo"><img src="{html.escape(source)}" alt="{html.escape(words)}"></div>')


def _facts(shop: Shop, row: dict[str, Any]) -> None:
    one_article(row)
    st.markdown(plain(row["detail_desc"] or text.NO_DESCRIPTION))
    columns = st.columns(3)
    of_shop = shop.folder.shop_facts
    price = text.NO_PRICE if row["price"] is None else text.money(row["price"], of_shop)
    columns[0].metric(text.PRICE, price, help=text.price_help(of_shop))
    columns[1].metric(text.SALES, f"{row['sales']:,}", help=text.SALES_HELP.format(as_of=shop.as_of))
    columns[2].metric(text.FIRST_SOLD, str(row["first_sold"] or text.NEVER))
    facts = [(label, row[column]) for column, label in text.FACTS.items()]
    lines = [
        f"**{label}** {plain(str(value))}" for label, value in facts if value not in (None, UNKNOWN_NAME)
    ]
    half = (len(lines) + 1) // 2
    for column, part in zip(st.columns(2), (lines[:half], lines[half:]), strict=True):
        column.markdown("  \n".join(part))
    _colours(shop, row)
    weeks = shop.weeks(row["article"])
    if weeks.height:
        st.plotly_chart(
            weekly_sales(weeks, shop.as_of, by_channel=all(shop.channels)),
            key="sales",
            config={"displayModeBar": False},
            alt=text.sales_chart(int(weeks["sales"].sum()), weeks.height),
        )


def _collected(shop: Shop, article: int) -> None:
    """The boards that hold it and its tags, in one line; nothing where there are none, or nobody can say."""
    try:
        found = read(
            shop, lambda database: (boards.holding(database, article), tags.tags_of(database, article))
        )
    except StyloError:
        return  # the page of boards says it
    on, words = found or ({}, [])
    links = [
        f'<a href="{html.escape(link(BOARDS, {BOARD: [board]}))}">{html.escape(name)}</a>'
        for board, name in on.items()
    ]
    parts = [
        f"<b>{title}</b> {text.some_of(each)}"
        for title, each in ((text.BOARDS, links), (text.TAGS, [html.escape(word) for word in words]))
        if each
    ]
    if parts:
        st.html(f'<p class="collected">{" · ".join(parts)}</p>')


def _colours(shop: Shop, row: dict[str, Any]) -> None:
    """Those found on the photo, as swatches with the name that H&M would give them."""
    found = shop.colours(row["article"])
    if not found:
        return
    lab = np.array(found, dtype=np.float32)
    swatches = "".join(
        f'<li><span style="background:rgb({red},{green},{blue})"></span>{html.escape(name)} {share:.0%}</li>'
        for (red, green, blue), name, share in zip(
            to_rgb(lab[:, :3]).tolist(), colour_name(lab[:, :3]), lab[:, 3], strict=True
        )
    )
    st.html(f'<ul class="swatches" aria-label="{html.escape(text.COLOURS_FOUND)}">{swatches}</ul>')


def _variants(shop: Shop, row: dict[str, Any]) -> None:
    if variants := shop.variants(row["article"]):
        st.subheader(text.VARIANTS, anchor=False)
        st.caption(text.VARIANTS_CAPTION)
        name = f"{row['article_id']} {text.VARIANTS}"
        cards_along(shop, "variants", text.VARIANTS, map(Card, variants), SHELF, name=name)


def _goes_with(shop: Shop, row: dict[str, Any]) -> None:
    st.subheader(text.GOES_WITH, anchor=False)
    st.caption(text.GOES_WITH_CAPTION.format(as_of=shop.as_of))
    if problem(shop, PROPOSALS):
        return
    found = goes_with(shop, row)
    if not found:
        st.caption(text.NOTHING_GOES_WITH)
        return
    shown = [Card(other, text.baskets(basis, row)) for other, basis in found]
    cards_along(shop, "goes-with", text.GOES_WITH, shown, SHELF, name=f"{row['article_id']} {text.GOES_WITH}")


def _instead_of(shop: Shop, row: dict[str, Any]) -> None:
    if PROPOSALS in shop.problems:
        return  # which was said above
    st.subheader(text.INSTEAD, anchor=False)
    st.caption(text.INSTEAD_CAPTION.format(as_of=shop.as_of))
    found = instead_of(shop, row)
    if not found:
        st.caption(text.NO_NEIGHBOURS)
        return
    if any(VisualTwins.name in proposed_by for _, proposed_by in found):
        untrained(shop)
    shown = [Card(other, _reason(_likeness(proposed_by))) for other, proposed_by in found]
    cards_along(shop, "instead", text.INSTEAD, shown, SHELF, name=f"{row['article_id']} {text.INSTEAD}")


def _likeness(proposed_by: list[str]) -> list[str]:
    """Without the baskets, unless nothing else speaks for it: they say that both were bought, not one of them."""
    return [name for name in proposed_by if name != BoughtTogether.name] or proposed_by


def _reason(proposed_by: list[str]) -> str:
    return " · ".join(text.STRATEGIES.get(name, name) for name in proposed_by)


@st.fragment
def _twins(shop: Shop, row: dict[str, Any]) -> None:
    """Visual twins by weights and filters; to change one draws this shelf alone again."""
    lookalikes = shop.lookalikes
    if lookalikes is None:
        if not problem(shop, TWINS):
            near = shop.shelf(row["article"], VisualTwins.name)
            shown = [Card(mine, match=text.match(mine["score"])) for mine in near]
            _ranked(shop, row, VisualTwins.name, text.TWINS, shown)
        return
    untrained(shop)
    with st.container(key="weights"):
        chosen = weights()
        with filter_row():
            among = narrowed(shop, lookalikes, row)
            variants = switch(text.SAME_PRODUCT, "same")
    try:
        query = lookalikes.of_article(row["article"])
        found = lookalikes.find(query, _TWINS, chosen, variants=variants, among=among)
    except StyloError:
        st.caption(text.NO_TWINS)
        return
    if found.is_empty():
        st.caption(text.NONE_ALIKE_LEFT)
        return
    if not alike(lookalikes, query, found):
        st.caption(text.NOTHING_NEAR)
    name = f"{row['article_id']} {text.TWINS}"
    cards_along(shop, "visual-twins", text.TWINS, matches(shop, found), SHELF, name=name)


def _by_strategy(shop: Shop, row: Mapping[str, Any]) -> None:
    """The neighbours of an article as `final.py` wrote them, one strategy at a time."""
    if PROPOSALS in shop.problems:
        return  # which was said above
    st.subheader(text.BY_STRATEGY, anchor=False)
    st.caption(text.BY_STRATEGY_CAPTION)
    strategy = buttons(text.STRATEGY, list(text.ARTICLE_STRATEGIES), "strategy", text.ARTICLE_STRATEGIES)
    near = shop.shelf(row["article"], strategy)
    several = strategy == HYBRID
    shown = [Card(mine, _reason(mine["proposed_by"]) if several else "") for mine in near]
    _ranked(shop, row, strategy, text.ARTICLE_STRATEGIES[strategy], shown)


def _ranked(shop: Shop, row: Mapping[str, Any], strategy: str, title: str, shown: list[Card]) -> None:
    if shown:
        name = f"{row['article_id']} {title}"
        cards_along(shop, strategy.replace(" ", "-"), title, shown, SHELF, name=name)
    else:
        st.caption(text.NO_NEIGHBOURS)
