"""Notices that every page shows alike: nothing there yet, newer files, photos missing, an untrained network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.shop import Shop
from stylo.dashboard.shopper.records import CustomerRecords
from stylo.dashboard.site import Site, site
from stylo.dashboard.text import plain
from stylo.errors import BadIdentifier, StyloError, UnknownArticle
from stylo.user_paths import printable, quoted


def loaded_shop() -> Shop | None:
    """The shop; None where there is nothing to show, which the page then says."""
    here = site()
    try:
        if here.opened() is None:
            with st.spinner(text.OPENING):
                shop = here.shop()
        else:
            shop = here.shop()
    except StyloError as error:
        _nothing_yet(here, error)
        return None
    if here.changed():
        _offer_reload(here)
    return shop


def tell(words: str, show: Callable[[str], Any] = st.info) -> None:
    """Shows a notice, which may hold text from the data, and below it the commands that it names, to be copied."""
    show(plain(words))
    if found := text.commands(words):
        st.code("\n".join(found), language=None)


def no_such_article(shop: Shop, written: str, error: BadIdentifier | UnknownArticle) -> None:
    """Says that what was asked for is no article, and what the ids of this shop look like where that helps."""
    if shop.ids.own:
        words = text.no_such_sku(written, shop.ids.example)
    elif isinstance(error, BadIdentifier):
        words = text.not_an_id(written)
    else:
        words = text.UNKNOWN_ARTICLE.format(article=written)
    st.error(plain(words))


def name_tab(words: str) -> None:
    """Has the browser's tab, its history and its bookmarks say what is shown."""
    st.set_page_config(page_title=text.TAB.format(words=printable(words)))


def untrained(shop: Shop) -> None:
    """Says that matches by look mean little, where that is so."""
    if shop.untrained:
        st.caption(f":material/info: {text.UNTRAINED}")


def photos_missing(shop: Shop) -> None:
    if (error := shop.problems.get("photos")) is not None:
        words = text.THUMBNAILS_ONLY if shop.pictures.any() else text.NO_PHOTOS
        tell(words.format(reason=f"{error.problem} {error.cure}"))


def problem(of: Shop | CustomerRecords, artefact: str) -> bool:
    """Whether an artefact is missing or no good; then it is said, with the script to run."""
    error = of.problems.get(artefact)
    if error is not None:
        tell(f"{text.PART_MISSING} {error.problem} {error.cure}")
    return error is not None


def _nothing_yet(here: Site, error: StyloError) -> None:
    st.header(text.NOTHING_YET, anchor=False)
    if here.folder.has("articles.parquet"):
        tell(f"{error.problem} {error.cure}", st.error)
    else:
        st.markdown(text.NOTHING_YET_HELP.format(data=quoted(here.folder.root)))


def _offer_reload(here: Site) -> None:
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.info(text.CHANGED, icon=":material/refresh:")
    if right.button(text.RELOAD, type="primary", width="stretch"):
        try:
            with st.spinner(text.OPENING):
                here.reload()
        except StyloError as error:
            tell(f"{error.problem} {error.cure}", st.error)
        else:
            st.rerun()
