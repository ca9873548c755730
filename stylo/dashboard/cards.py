"""Cards: a photo, a name, a reason. The whole card opens its article."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.text import plain
from stylo.visual.photos import Photos, UnreadablePhoto, thumbnail

CARD_WIDTH, LARGE_WIDTH = 320, 720
ICON = Path(__file__).parent / "hanger.svg"
_NO_PHOTO = ICON.read_text()
_CARD_MIN_WIDTH = 150


def photo(photos: Photos | None, row: dict[str, Any], width: int) -> None:
    """The photo of an article, or a neutral tile."""
    picture = None
    if photos is not None and (stamp := photos.stamps.get(row["article"])):
        picture = _thumbnail(photos, row["article"], stamp, width)
    name = f"{row['prod_name']}, {row['product_type_name']}, {row['colour_group_name']}"
    st.image(picture or _NO_PHOTO, width="stretch", alt=name if picture else f"{text.NO_PHOTO}: {name}")


def grid(shelf: str, rows: Iterable[tuple[dict[str, Any], str]], photos: Photos | None, scroll: bool) -> None:
    """Cards side by side: rows of articles, each with its reason; one row that scrolls, or as many as needed."""
    cards = list(rows)
    columns: Any = max(len(cards), 1) if scroll else "auto"
    with st.grid(columns, min_column_width=_CARD_MIN_WIDTH, wrap=not scroll, key=f"shelf-{shelf}"):
        for row, reason in cards:
            # The key becomes a class name: the style sheet stretches the button over the card.
            with st.container(key=f"card-{shelf}-{row['article_id']}", gap="xxsmall"):
                photo(photos, row, CARD_WIDTH)
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


@st.cache_data(max_entries=4000, show_spinner=False)
def _thumbnail(_photos: Photos, article: int, stamp: str, width: int) -> bytes | None:
    """A photo small enough for its place; None if it cannot be read. A new stamp is a new photo."""
    try:
        return thumbnail(_photos.read(article), width)
    except UnreadablePhoto:
        return None
