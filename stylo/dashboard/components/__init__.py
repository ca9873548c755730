"""What runs in the browser: for each component a style sheet and a script of its own name here.

cards      articles as cards, in a grid or on a shelf
choices    filters with counts
applied    what narrows a list, above it
examples   example shoppers as cards
customers  a table of customers
copy       a button that copies a text
crop       a part of a picture
paste      a picture from the clipboard
map        all articles as points
visit      nothing to be seen: where a page is shown from
tour       three steps through the dashboard, for whoever is here for the first time
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent


def component(name: str, *before: str) -> Any:
    """What mounts a component. `before` names scripts that its own builds upon.

    Registered for each run of a page: Streamlit's tests forget it in between.
    """
    css, js = _sources(name, before)
    return st.components.v2.component(f"stylo.{name}", html='<div class="root"></div>', css=css, js=js)


def heard(key: str, what: str, act: Callable[[Any], None]) -> Callable[[], None]:
    """What a component calls when it says something: the act, with what was said.

    Nothing is done where the page was left in the meantime: a second click may come from what is no longer there.
    """

    def called() -> None:
        if (state := st.session_state.get(key)) is not None and (said := state.get(what)) is not None:
            act(said)

    return called


@cache
def _sources(name: str, before: tuple[str, ...]) -> tuple[str, str]:
    scripts = (_HERE / f"{each}.js" for each in (*before, name))
    return (_HERE / f"{name}.css").read_text("utf-8"), "\n".join(
        script.read_text("utf-8") for script in scripts
    )
