"""A visit: what was open on each page, so that whoever goes elsewhere and comes back finds it as it was left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode

import streamlit as st

from stylo.dashboard.components import component, heard
from stylo.dashboard.links import (
    ARTICLE,
    BOARD,
    CUSTOMER,
    QUERY,
    TAG,
    address,
    by_history,
    put,
    turned,
    value,
)

_KEY = "visit"
# What the key of the button that calls `go_back` begins with; the path of the page that it leads to follows.
_BACK = "back-"
DISCOVER = ""
# In the state of a session: the page that is shown, each page's last address, the page that an article was opened
# from, and where to go next; what is shown, how often something else was, and how often a page was run.
_HERE, _LEFT, _FROM, _NEXT = "here", "left", "from", "next"
_VIEW, _OPENED, _RUNS = "view", "opened", "runs"
Address = Mapping[str, list[str]]


def open_article(article_id: str) -> None:
    """Asks for an article's page; for callbacks. It is gone to when the page runs next."""
    _ask(DISCOVER, {ARTICLE: [article_id]})


def link(path: str, said: Address) -> str:
    """What an HTML link to a page says; it is followed without loading the site again."""
    query = urlencode(said, doseq=True)
    return f"./{path}?{query}" if query else f"./{path}"


def _follow_link(to: str) -> None:
    """Asks for the page of a link, which was chosen: its path and query, seen from the site."""
    path, _, query = to.partition("?")
    _ask(path, parse_qs(query))


def _ask(path: str, said: Address) -> None:
    here = st.session_state.get(_HERE)
    if path == DISCOVER and ARTICLE in said and here is not None and not _at_article(here):
        st.session_state[_FROM] = here
    st.session_state[_NEXT] = (path, said)


def came_from() -> str | None:
    """The path of the page from which the article was opened; None where it was opened by its address."""
    return st.session_state.get(_FROM)


def back_key() -> str:
    """The key of the button that calls `go_back`.

    It says where to: the script in the browser must know at the click, which may come before the page has run to its
    end.
    """
    return f"{_BACK}{came_from() or DISCOVER}"


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
    """Goes to what was asked for, if anything; called with all pages by path, before one shows anything.

    Whoever went back after they had asked gets what they went back to.
    """
    path, said = st.session_state.pop(_NEXT, (None, {}))
    if path in pages and not by_history():
        st.switch_page(pages[path], query_params=said)


def remember(path: str) -> None:
    """Keeps the address of the page that is about to be shown."""
    view = _view(path)
    if view != st.session_state.get(_VIEW):
        st.session_state[_VIEW] = view
        st.session_state[_OPENED] = st.session_state.get(_OPENED, 0) + 1
    st.session_state[_RUNS] = st.session_state.get(_RUNS, 0) + 1
    st.session_state[_HERE] = path
    if not _at_article(path):
        st.session_state.setdefault(_LEFT, {})[path] = address()


def arrive(path: str) -> None:
    """Has the browser show the page from its top, or from where it was left; called when the page has run.

    Its script also has the links between pages lead to them as they were left. It runs whenever a page has run.
    """
    data = {
        "run": st.session_state[_RUNS],
        "opened": st.session_state[_OPENED],
        "turned": turned(),
        "path": path,
        "address": urlencode(address(), doseq=True),
        "kept": {page: _link(page) for page in st.session_state.get(_LEFT, {}) if _left(page)},
    }
    component("visit", "leaving")(
        key=_KEY,
        data=data,
        on_go_change=heard(_KEY, "go", _resume),
        on_link_change=heard(_KEY, "link", _follow_link),
    )


def _resume(path: str) -> None:
    """Asks for a page as it was left; anew, where it is the one that is shown."""
    shown = path == st.session_state.get(_HERE) and not _at_article(path)
    st.session_state[_NEXT] = (path, {} if shown else _left(path))


def _view(path: str) -> str:
    """What is shown, without how: the page, and the one thing that it is about."""
    one = next((name for name in (ARTICLE, CUSTOMER, BOARD, TAG) if value(name)), None)
    return f"{path}?{one}={value(one)}" if one and (one != ARTICLE or _at_article(path)) else path


def _left(path: str) -> Address:
    return dict(st.session_state.get(_LEFT, {}).get(path, {}))


def _link(path: str) -> str:
    return link(path, _left(path))


def _at_article(path: str) -> bool:
    return path == DISCOVER and bool(value(ARTICLE)) and not value(QUERY)
