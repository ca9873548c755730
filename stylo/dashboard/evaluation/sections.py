"""What the parts of a page of figures share: a heading that says what is found, an absent part, the colour of names."""

from __future__ import annotations

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.notices import tell
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.user_paths import quoted

#: For charts: no bar of buttons.
NO_BAR = {"displayModeBar": False}


def head(title: str, says: str, help: str | None = None) -> None:
    """A heading, with what its figures mean behind a question mark, and what they say."""
    st.subheader(title, anchor=False, help=help)
    st.markdown(plain(says))


def absent(shop: Shop, title: str) -> None:
    """A heading whose part the report lacks, with the command that adds it."""
    st.subheader(title, anchor=False)
    command = f"python final.py --data {quoted(shop.folder.root)}"
    tell(text.NOT_IN_REPORT.format(command=command), st.caption)


def model_name(name: str) -> str:
    """What people call a model."""
    return text.MODELS.get(name, name)


def ink() -> str:
    """The colour of names in a chart: Plotly's own is too pale for them."""
    return "#ded9d5" if st.context.theme.type == "dark" else "#3b3633"
