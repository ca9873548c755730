"""Discover: find an article, see what goes with it, what is like it and what looks like it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from stylo.candidates.visual_twins import VisualTwins
from stylo.dashboard import text
from stylo.dashboard.cards import close_article, grid, photo
from stylo.dashboard.shop import Shop, open_shop, state
from stylo.dashboard.text import plain
from stylo.errors import BadIdentifier, StyloError, UnknownArticle
from stylo.recommender import HYBRID
from stylo.tables.folder import DataFolder

_SHOWN = 24
_STYLE_SHEET = (Path(__file__).parent / "style.css").read_text()
#: The artefact that a shelf is made from.
_MADE_FROM = dict.fromkeys(text.SHELVES, "article_reccs.parquet") | {VisualTwins.name: "visual_reccs.parquet"}


def page(data: Path, images: Path) -> None:
    """The whole page for a data folder and its photos."""
    st.html(f"<style>{_STYLE_SHEET}</style>")
    folder = DataFolder(data)
    try:
        shop = _open(str(data), str(images), state(folder, images))
    except StyloError as error:
        st.title(text.TITLE)
        _nothing_yet(folder, error)
        return
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    left.title(text.TITLE)
    with right:
        query = st.text_input(
            text.SEARCH, key="q", type="search", placeholder=text.SEARCH_HINT, live=True, bind="query-params"
        )
    chosen = st.query_params.get("article")
    if query and query.strip():
        st.query_params.pop("article", None)  # a search leaves the article
        _results(shop, query.strip())
    elif chosen:
        _article(shop, chosen)
    else:
        _landing(shop)


@st.cache_resource(max_entries=2, show_spinner=False)
def _open(data: str, images: str, state: tuple[tuple[str, int], ...]) -> Shop:
    """One shop for all sessions; read again when an artefact was replaced."""
    return open_shop(DataFolder(Path(data)), Path(images))


def _nothing_yet(folder: DataFolder, error: StyloError) -> None:
    st.header(text.NOTHING_YET)
    if folder.has("articles.parquet"):
        st.error(plain(f"{error.problem} {error.cure}"))
    else:
        st.markdown(text.NOTHING_YET_HELP.format(data=folder.root))


def _landing(shop: Shop) -> None:
    if shop.as_of:
        st.header(text.LANDING)
        st.caption(text.LANDING_CAPTION.format(as_of=shop.as_of))
    else:
        st.header(text.CATALOGUE)
        st.caption(text.CATALOGUE_CAPTION)
    _photo_notice(shop)
    grid("landing", ((row, "") for row in shop.bestsellers(_SHOWN)), shop, scroll=False)


def _results(shop: Shop, query: str) -> None:
    count, rows = shop.search(query, _SHOWN)
    if not count:
        st.info(plain(text.NO_RESULTS.format(query=query)))
        return
    words = text.RESULTS if count <= len(rows) else text.RESULTS_CUT
    st.caption(words.format(count=count, shown=len(rows)))
    grid("results", ((row, "") for row in rows), shop, scroll=False)


def _article(shop: Shop, article_id: str) -> None:
    try:
        row = shop.article(article_id)
    except BadIdentifier:
        st.error(plain(text.NOT_AN_ID.format(article=article_id)))
        _landing(shop)
        return
    except UnknownArticle:
        st.error(plain(text.UNKNOWN_ARTICLE.format(article=article_id)))
        _landing(shop)
        return
    st.button(text.BACK, icon=":material/arrow_back:", type="tertiary", on_click=close_article)
    left, right = st.columns([1, 2], gap="large")
    with left, st.container(key="photo"):
        photo(shop, row)
    with right:
        _facts(row)
    _photo_notice(shop)
    if shop.as_of:
        st.caption(text.AS_OF.format(as_of=shop.as_of))
    for strategy, (title, caption) in text.SHELVES.items():
        _shelf(shop, row, strategy, title, caption)


def _facts(row: dict[str, Any]) -> None:
    st.header(plain(row["prod_name"]), anchor=False)
    st.markdown(plain(row["detail_desc"] or text.NO_DESCRIPTION))
    price = text.NO_PRICE if row["price"] is None else text.PRICE_VALUE.format(price=row["price"])
    st.metric(text.PRICE, price, help=text.PRICE_HELP)
    lines = [f"**{label}** {plain(str(row[column]))}" for column, label in text.FACTS.items()]
    half = (len(lines) + 1) // 2
    for column, part in zip(st.columns(2), (lines[:half], lines[half:]), strict=True):
        column.markdown("  \n".join(part))


def _shelf(shop: Shop, row: dict[str, Any], strategy: str, title: str, caption: str) -> None:
    st.subheader(title, anchor=False)
    st.caption(caption)
    if (error := shop.problems.get(_MADE_FROM[strategy])) is not None:
        st.info(plain(f"{text.SHELF_MISSING} {error.problem} {error.cure}"))
        return
    rows = shop.shelf(row["article"], strategy)
    if not rows:
        st.caption(text.NO_TWINS if strategy == VisualTwins.name else text.NO_NEIGHBOURS)
        return
    if shop.untrained and any(VisualTwins.name in near["proposed_by"] for near in rows):
        st.caption(f":material/info: {text.UNTRAINED}")
    grid(
        strategy.replace(" ", "-"),
        ((near, _reason(strategy, near)) for near in rows),
        shop,
        scroll=True,
    )


def _reason(strategy: str, row: dict[str, Any]) -> str:
    if strategy == VisualTwins.name:
        return text.match(row["score"])
    if strategy == HYBRID:
        return " · ".join(text.PROPOSED_BY[name] for name in row["proposed_by"])
    return ""


def _photo_notice(shop: Shop) -> None:
    if (error := shop.problems.get("photos")) is not None:
        words = text.THUMBNAILS_ONLY if shop.thumbnails.any() else text.NO_PHOTOS
        st.info(plain(words.format(reason=f"{error.problem} {error.cure}")))
