"""A visit: what was open on each page, so that whoever goes elsewhere and comes back finds it as it was left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from stylo.dashboard.components import component, heard
from stylo.dashboard.links import ARTICLE, BOARD, QUERY, TAG, address, put, turned, value

_KEY = "visit"
#: The key of the button that calls `go_back`.
BACK = "back"
DISCOVER = ""
# In the state of a session: the page that is shown, each page's last address, the page that an article was opened
# from, and where to go next.
_HERE, _LEFT, _FROM, _NEXT = "here", "left", "from", "next"
Address = Mapping[str, list[str]]


def open_article(article_id: str) -> None:
    """Asks for an article's page; for callbacks. It is gone to when the page runs next."""
    here = st.session_state.get(_HERE)
    if here is not None and not _at_article(here):
        st.session_state[_FROM] = here
    st.session_state[_NEXT] = (DISCOVER, {ARTICLE: [article_id]})


def came_from() -> str | None:
    """The path of the page from which the article was opened; None where it was opened by its address."""
    return st.session_state.get(_FROM)


def go_back() -> None:
    """Goes to where the article was opened, as it was left; for callbacks."""
    here = came_from()
    if here in (None, DISCOVER):
        put({ARTICLE: [], **_left(DISCOVER)} if here is not None else {ARTICLE: []})
    else:
        _resume(str(here))


def asked() -> bool:
    """Whether another page was asked for: a fragment must then have the whole page run."""
    return _NEXT in st.session_state


def follow(pages: Mapping[str, Any]) -> None:
    """Goes to what was asked for, if anything; called with all pages by path, before one shows anything."""
    path, said = st.session_state.pop(_NEXT, (None, {}))
    if path in pages:
        st.switch_page(pages[path], query_params=said)


def remember(path: str) -> None:
    """Keeps the address of the page that is about to be shown."""
    st.session_state[_HERE] = path
    if not _at_article(path):
        st.session_state.setdefault(_LEFT, {})[path] = address()


def arrive(path: str) -> None:
    """Has the browser show the page from its top, or from where it was left; called when the page has run.

    Its script also has the links between pages lead to them as they were left.
    """
    view = f"{path}?{ARTICLE}={value(ARTICLE)}" if _at_article(path) else f"{path}{value(BOARD)}{value(TAG)}"
    back = came_from()
    data = {
        "view": view,
        "turned": turned(),
        "address": urlencode(address(), doseq=True),
        "kept": {page: _link(page) for page in st.session_state.get(_LEFT, {}) if _left(page)},
        "back": None if back is None else _link(back),
    }
    component("visit", "leaving")(key=_KEY, data=data, on_go_change=heard(_KEY, "go", _resume))


def _resume(path: str) -> None:
    """Asks for a page as it was left; anew, where it is the one that is shown."""
    shown = path == st.session_state.get(_HERE) and not _at_article(path)
    st.session_state[_NEXT] = (path, {} if shown else _left(path))


def _left(path: str) -> Address:
    return dict(st.session_state.get(_LEFT, {}).get(path, {}))


def _link(path: str) -> str:
    query = urlencode(_left(path), doseq=True)
    return f"./{path}?{query}" if query else f"./{path}"


def _at_article(path: str) -> bool:
    return path == DISCOVER and bool(value(ARTICLE)) and not value(QUERY)
