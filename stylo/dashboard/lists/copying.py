"""A button that copies a text to the clipboard; what is long is made and sent only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.components import component, heard


def copy_text(key: str, label: str, words: str, name: str) -> None:
    """A button that copies words.

    key : one on the page.
    name : says what the button does where its label does not.
    """
    _button(key, label, {"text": words, "link": None, "name": name})


def copy_link(key: str, label: str, link: str) -> None:
    """A button that copies the whole address of a page, which is named from here: `boards?board=1`."""
    _button(key, label, {"text": None, "link": link})


@st.fragment
def copy_later(key: str, label: str, make: Callable[[], str]) -> None:
    """A button that copies what is made when somebody presses it."""
    wanted = f"{key}-wanted"
    number = st.session_state.pop(wanted, None)
    data = {"text": None if number is None else make(), "link": None, "number": number}
    _button(key, label, data, lambda said: st.session_state.update({wanted: said}))


def _button(key: str, label: str, data: dict[str, Any], act: Callable[[Any], None] | None = None) -> None:
    words = {"label": label} | {name: text.CARD_WORDS[name] for name in ("copied", "failed")}
    component("copy", "copying")(
        key=key,
        data=data | {"words": words},
        width="content",
        on_wanted_change=heard(key, "wanted", act or (lambda _: None)),
    )
