"""Notices that every page shows alike: nothing there yet, newer files, photos missing, an untrained network."""

from __future__ import annotations

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.customers import CustomerRecords
from stylo.dashboard.shop import Shop
from stylo.dashboard.site import Site, site
from stylo.dashboard.text import plain
from stylo.errors import StyloError
from stylo.user_paths import quoted


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


def untrained(shop: Shop) -> None:
    """Says that matches by look mean little, where that is so."""
    if shop.untrained:
        st.caption(f":material/info: {text.UNTRAINED}")


def photos_missing(shop: Shop) -> None:
    if (error := shop.problems.get("photos")) is not None:
        words = text.THUMBNAILS_ONLY if shop.pictures.any() else text.NO_PHOTOS
        st.info(plain(words.format(reason=f"{error.problem} {error.cure}")))


def problem(of: Shop | CustomerRecords, artefact: str) -> bool:
    """Whether an artefact is missing or no good; then it is said, with the script to run."""
    error = of.problems.get(artefact)
    if error is not None:
        st.info(plain(f"{text.PART_MISSING} {error.problem} {error.cure}"))
    return error is not None


def _nothing_yet(here: Site, error: StyloError) -> None:
    st.header(text.NOTHING_YET, anchor=False)
    if here.folder.has("articles.parquet"):
        st.error(plain(f"{error.problem} {error.cure}"))
    else:
        st.markdown(text.NOTHING_YET_HELP.format(data=quoted(here.folder.root)))


def _offer_reload(here: Site) -> None:
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.info(text.CHANGED, icon=":material/refresh:")
    if right.button(text.RELOAD, type="primary", width="stretch"):
        try:
            here.reload()
        except StyloError as error:
            st.error(plain(f"{error.problem} {error.cure}"))
        else:
            st.rerun()
