"""Addresses: what a person would share is in the address of the page, and it alone decides what is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

_OPENED = "opened"
_MOST_LETTERS = 200
#: The search box. A search and an article are two views; whoever opens one leaves the other.
QUERY = "q"
ARTICLE = "article"
CUSTOMER = "customer"


def open_article(article_id: str) -> None:
    """Asks for an article's page; for callbacks. It is gone to when the page runs next."""
    st.session_state[_OPENED] = article_id


def asked() -> bool:
    """Whether an article was asked for: a fragment must then have the whole page run."""
    return _OPENED in st.session_state


def follow(discover: Any) -> None:
    """Goes to the article that was asked for, if one was; called before a page shows anything."""
    if (article_id := st.session_state.pop(_OPENED, None)) is not None:
        st.session_state[QUERY] = ""
        st.switch_page(discover, query_params={ARTICLE: article_id})


def values(name: str) -> list[str]:
    """What the address says of a name that may stand several times."""
    return list(dict.fromkeys(st.query_params.get_all(name)))


def put(name: str, wanted: list[str]) -> None:
    """Writes it into the address; nothing removes the name."""
    if wanted:
        st.query_params[name] = wanted
    else:
        st.query_params.pop(name, None)


def pick(label: str, options: Sequence[str], name: str, shown: Mapping[str, str]) -> str:
    """A select box whose choice stands in the address; the first option does not.

    shown : what people read of options; those that are not named are shown as they are.
    """
    key, said = f"pick-{name}", st.query_params.get(name)
    st.session_state[key] = said if said in options else options[0]

    def picked() -> None:
        chosen = st.session_state[key]
        put(name, [] if chosen == options[0] else [chosen])

    return st.selectbox(
        label, options, key=key, format_func=lambda each: shown.get(each, each), on_change=picked
    )


def search_box(label: str, name: str, hint: str) -> str:
    """What is typed into a box, while it is typed; it stands in the address."""
    typed = st.text_input(
        label,
        key=name,
        type="search",
        placeholder=hint,
        max_chars=_MOST_LETTERS,
        icon=":material/search:",
        live=True,
        bind="query-params",
        label_visibility="collapsed",
    )
    return (typed or "").strip()


def number(name: str, least: int, most: int, otherwise: int) -> int:
    """A whole number of the address; another one where it is none, or out of range."""
    said = st.query_params.get(name, "")
    return int(said) if said.isdecimal() and len(said) < 10 and least <= int(said) <= most else otherwise
