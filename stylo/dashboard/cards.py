"""Cards: a photo, a name, a reason. The whole card opens its article."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.visual.photos import Photos, UnreadablePhoto
from stylo.visual.photos import thumbnail as shrink

CARD_WIDTH, LARGE_WIDTH = 320, 720
ICON = Path(__file__).parent / "hanger.svg"
_NO_PHOTO = ICON.read_text()
_CARD_MIN_WIDTH = 150


def photo(shop: Shop, row: dict[str, Any]) -> None:
    """The photo of an article, large; the thumbnail that was kept where there is no photo, or a neutral tile."""
    article = row["article"]
    _image(_shrunk(shop.photos, article, LARGE_WIDTH) or shop.thumbnails.read(article), row)


def thumbnail(shop: Shop, row: dict[str, Any]) -> None:
    """The thumbnail of an article: the one that was kept, else one made from the photo, or a neutral tile."""
    article = row["article"]
    _image(shop.thumbnails.read(article) or _shrunk(shop.photos, article, CARD_WIDTH), row)


def _image(picture: bytes | None, row: dict[str, Any]) -> None:
    name = f"{row['prod_name']}, {row['product_type_name']}, {row['colour_group_name']}"
    st.image(picture or _NO_PHOTO, width="stretch", alt=name if picture else f"{text.NO_PHOTO}: {name}")


def grid(shelf: str, rows: Iterable[tuple[dict[str, Any], str]], shop: Shop, scroll: bool) -> None:
    """Cards side by side: rows of articles, each with its reason; one row that scrolls, or as many as needed."""
    cards = list(rows)
    columns: Any = max(len(cards), 1) if scroll else "auto"
    with st.grid(columns, min_column_width=_CARD_MIN_WIDTH, wrap=not scroll, key=f"shelf-{shelf}"):
        for row, reason in cards:
            # The key becomes a class name: the style sheet stretches the button over the card.
            with st.container(key=f"card-{shelf}-{row['article_id']}", gap="xxsmall"):
                thumbnail(shop, row)
                st.button(
                    plain(row["prod_name"]),
                    key=f"open-{shelf}-{row['article_id']}",
                    type="tertiary",
                    on_click=open_article,
                    args=(row["article_id"],),
                )
                st.caption(plain(f"{row['product_type_name']} · {row['colour_group_name']}"))
                if reason:
                    st.caption(plain(reason))


def open_article(article_id: str) -> None:
    """Goes to an article's page; the address says so and can be shared."""
    st.session_state["q"] = ""
    st.query_params["article"] = article_id


def close_article() -> None:
    """Goes back to all articles."""
    st.session_state["q"] = ""
    st.query_params.pop("article", None)


def _shrunk(photos: Photos | None, article: int, width: int) -> bytes | None:
    """A photo small enough for its place; None if there is none, or it cannot be read."""
    if photos is None or (stamp := photos.stamps.get(article)) is None:
        return None
    return _made(photos, article, stamp, width)


@st.cache_data(max_entries=4000, show_spinner=False)
def _made(_photos: Photos, article: int, stamp: str, width: int) -> bytes | None:
    """A new stamp is a new photo."""
    try:
        return shrink(_photos.read(article), width)
    except UnreadablePhoto:
        return None
