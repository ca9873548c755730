"""What a visitor has selected, in all lists and on all pages, until it is cleared or the tab is closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st

from stylo.errors import BadIdentifier
from stylo.tables.ids import article_id, article_number

#: So many articles can be selected at the same time.
MOST = 5000
# In the state of a session: the articles' numbers, the last change that the browser told, and whether this run of a
# page began with a change that the rest of the page does not show yet.
_SELECTED, _NUMBER, _CHANGED = "selected-articles", "selected-number", "selected-anew"


def selected() -> list[int]:
    """The articles, in the order in which they were selected."""
    return list(st.session_state.get(_SELECTED, ()))


def known() -> dict[str, Any]:
    """What the browser is told; see `selection.js`."""
    return {"number": st.session_state.get(_NUMBER, 0), "articles": [article_id(each) for each in selected()]}


def take(said: Any) -> None:
    """What the browser tells, for callbacks: all that is selected now. What is no such message is passed over."""
    try:
        number, articles = int(said["number"]), [article_number(each) for each in said["articles"][:MOST]]
    except (BadIdentifier, AttributeError, KeyError, TypeError, ValueError):
        return
    st.session_state[_NUMBER] = number
    put(articles)


def put(articles: Iterable[int]) -> None:
    """Selects these articles and no others; for callbacks."""
    st.session_state[_SELECTED] = list(dict.fromkeys(articles))[:MOST]
    st.session_state[_CHANGED] = True


def put_of(shown: Sequence[int], chosen: Iterable[int]) -> None:
    """Selects these of the articles that a list shows; what is selected elsewhere stays. For callbacks."""
    put([*(each for each in selected() if each not in set(shown)), *chosen])


def changed() -> bool:
    """Whether it was changed and the whole page does not know yet, as where a part of it runs alone; asked once."""
    return bool(st.session_state.pop(_CHANGED, False))
