"""An article: its photo, what it is, how it sells, what goes with it and what looks like it."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import streamlit as st

from stylo.candidates.similar_articles import VisualTwins
from stylo.dashboard import text
from stylo.dashboard.cards import SHELF, Card, cards, picture_of
from stylo.dashboard.charts import weekly_sales
from stylo.dashboard.links import switch
from stylo.dashboard.notices import name_tab, photos_missing, problem, untrained
from stylo.dashboard.pictures import address
from stylo.dashboard.shop import Shop
from stylo.dashboard.take_along import one_article, take_along
from stylo.dashboard.text import plain
from stylo.dashboard.twins import alike, matches, weights
from stylo.dashboard.visits import BACK, came_from, go_back
from stylo.errors import StyloError
from stylo.visual.colours import colour_name, to_rgb
from stylo.visual.thumbnails import LARGE

_MADE_FROM = dict.fromkeys(text.SHELVES, "article_reccs.parquet") | {VisualTwins.name: "visual_reccs.parquet"}
_TWINS = 24


def page(shop: Shop, row: dict[str, Any]) -> None:
    """The whole page of an article of the shop."""
    name_tab(row["prod_name"] or row["article_id"])
    st.button(_back(), key=BACK, icon=":material/arrow_back:", type="tertiary", on_click=go_back)
    left, right = st.columns([2, 3], gap="large")
    with left:
        _photo(shop, row)
    with right:
        _facts(shop, row)
    photos_missing(shop)
    variants = shop.variants(row["article"])
    if variants:
        st.subheader(text.VARIANTS, anchor=False)
        if not take_along(shop, "variants", [each["article"] for each in variants], text.VARIANTS):
            cards(shop, "variants", text.VARIANTS, map(Card, variants), SHELF)
    for strategy, (title, caption) in text.SHELVES.items():
        st.subheader(title, anchor=False)
        st.caption(caption.format(as_of=shop.as_of))
        if strategy == VisualTwins.name:
            _twins(shop, row)
        elif not problem(shop, _MADE_FROM[strategy]):
            _shelf(shop, row, strategy, title)


def _back() -> str:
    """Where the way back leads to."""
    here = came_from()
    return text.ALL_ARTICLES if here is None else text.BACK_TO.get(here, text.BACK)


def _photo(shop: Shop, row: dict[str, Any]) -> None:
    source, words = address(row["article"], shop.version, LARGE), picture_of(shop, row)
    st.html(f'<div class="photo"><img src="{html.escape(source)}" alt="{html.escape(words)}"></div>')


def _facts(shop: Shop, row: dict[str, Any]) -> None:
    st.header(plain(row["prod_name"] or row["article_id"]), anchor=False)
    one_article(row)
    st.markdown(plain(row["detail_desc"] or text.NO_DESCRIPTION))
    columns = st.columns(3)
    price = text.NO_PRICE if row["price"] is None else text.PRICE_VALUE.format(price=row["price"])
    columns[0].metric(text.PRICE, price, help=text.PRICE_HELP)
    columns[1].metric(text.SALES, f"{row['sales']:,}", help=text.SALES_HELP.format(as_of=shop.as_of))
    columns[2].metric(text.FIRST_SOLD, str(row["first_sold"] or text.NEVER))
    facts = [(label, row[column]) for column, label in text.FACTS.items()]
    lines = [f"**{label}** {plain(str(value))}" for label, value in facts if value is not None]
    half = (len(lines) + 1) // 2
    for column, part in zip(st.columns(2), (lines[:half], lines[half:]), strict=True):
        column.markdown("  \n".join(part))
    _colours(shop, row)
    weeks = shop.weeks(row["article"])
    if weeks.height:
        st.plotly_chart(
            weekly_sales(weeks, shop.as_of),
            key="sales",
            config={"displayModeBar": False},
            alt=text.sales_chart(int(weeks["sales"].sum()), weeks.height),
        )


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


def _shelf(shop: Shop, row: dict[str, Any], strategy: str, title: str) -> None:
    near = shop.shelf(row["article"], strategy)
    if not near:
        st.caption(text.NO_NEIGHBOURS)
        return
    if any(VisualTwins.name in mine["proposed_by"] for mine in near):
        untrained(shop)
    key = strategy.replace(" ", "-")
    if not take_along(shop, key, [mine["article"] for mine in near], f"{row['article_id']} {title}"):
        cards(shop, key, title, _neighbours(strategy, near), SHELF)


def _neighbours(strategy: str, near: Sequence[dict[str, Any]]) -> Iterator[Card]:
    """Each with who proposed it, and how strong it is beside the first."""
    strongest = max(mine["score"] for mine in near)
    for mine in near:
        if strategy == VisualTwins.name:
            yield Card(mine, match=text.match(mine["score"]))
            continue
        share = mine["score"] / strongest if strongest > 0 else 0.0
        proposed = " · ".join(text.PROPOSED_BY.get(name, name) for name in mine["proposed_by"])
        yield Card(mine, proposed, text.STRENGTH.format(share=share), [("look", share)])


@st.fragment
def _twins(shop: Shop, row: dict[str, Any]) -> None:
    """Visual twins by weights; a slider draws this shelf alone again."""
    lookalikes = shop.lookalikes
    if lookalikes is None:
        if not problem(shop, _MADE_FROM[VisualTwins.name]):
            _shelf(shop, row, VisualTwins.name, text.SHELVES[VisualTwins.name][0])
        return
    untrained(shop)
    chosen = weights()
    variants = switch(text.SAME_PRODUCT, "same")
    try:
        query = lookalikes.of_article(row["article"])
        found = lookalikes.find(query, _TWINS, chosen, variants=variants)
    except StyloError:
        st.caption(text.NO_TWINS)
        return
    if not found.is_empty() and not alike(found):
        st.caption(text.NOTHING_NEAR)
    title = text.SHELVES[VisualTwins.name][0]
    if not take_along(shop, "visual-twins", found["article"].to_list(), f"{row['article_id']} {title}"):
        cards(shop, "visual-twins", title, matches(shop, found), SHELF)
