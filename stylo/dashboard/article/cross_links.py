"""The ways from an article to the other pages that can show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.links import ARTICLE
from stylo.dashboard.shop import Shop

#: The paths of pages, and the name by which each is told of an article.
PHOTO, MAP, COMPARE, BOARDS = "photo", "map", "compare", "boards"
ON_MAP, COMPARED = "show", "id"


def links_of(shop: Shop, row: Mapping[str, Any]) -> None:
    """Search by its photo, its place on the map, and a comparison that begins with it; each where it can be had."""
    number = row["article_id"]
    with st.container(horizontal=True, key="article-links"):
        if row["has_photo"] and shop.lookalikes is not None:
            _link(PHOTO, text.SEARCH_BY_PHOTO, ":material/image_search:", ARTICLE, number)
        if shop.map is not None and (shop.map.articles["article"] == row["article"]).any():
            _link(MAP, text.ON_THE_MAP, ":material/map:", ON_MAP, number)
        _link(COMPARE, text.COMPARE_WITH, ":material/compare_arrows:", COMPARED, number)


def _link(path: str, label: str, icon: str, name: str, number: str) -> None:
    st.page_link(
        st.Page(_elsewhere, title=label, url_path=path), label=label, icon=icon, query_params={name: number}
    )


def _elsewhere() -> None:
    """Never run: it stands for the page of its path."""
