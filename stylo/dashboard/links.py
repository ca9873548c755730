"""Addresses: what a person would share is in the address of the page, and it alone decides what is shown.

Only this module reads and changes an address. No widget is bound to it by Streamlit, which lets nobody else change a
name once a widget has it: here a widget shows what the address says, and what it is changed to is `put` there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from stylo.dashboard import text

_MOST_LETTERS = 200
#: The search box. A search and an article are two views; whoever opens one leaves the other.
QUERY = "q"
ARTICLE = "article"
CUSTOMER = "customer"
#: What the page of boards shows: all of them where the address says neither.
BOARD, TAG = "board", "tag"
_PAGE = "page"
_TURNED = "turned"


def address() -> dict[str, list[str]]:
    """All that the address says, by name."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def value(name: str) -> str:
    """What the address says of a name, the last if it stands several times; empty where it says nothing."""
    return (values(name) or [""])[-1]


def values(name: str) -> list[str]:
    """What the address says of a name that may stand several times."""
    return list(dict.fromkeys(st.query_params.get_all(name)))


def number(name: str, least: int, most: int, otherwise: int) -> int:
    """A whole number of the address; another one where it is none, or out of range."""
    said = value(name)
    whole = said.isascii() and said.isdecimal() and len(said) < 10
    return int(said) if whole and least <= int(said) <= most else otherwise


def by_history() -> bool:
    """Whether this run shows an address to which the browser went back or on."""
    run = get_script_run_ctx(suppress_warning=True)
    return run is not None and run.is_history_navigation


def put(wanted: Mapping[str, Sequence[str]]) -> None:
    """Writes names into the address, as one step that the Back button takes back; nothing removes a name.

    Whatever else changes, the page of a list falls back to the first. Whoever changed something and then went back
    before it was seen to has the address that they went back to.
    """
    if by_history():
        return
    wanted = {_PAGE: [], **wanted}
    changed = {
        name: list(said) for name, said in wanted.items() if list(said) != st.query_params.get_all(name)
    }
    if not changed:
        return
    st.query_params.update(changed)
    for name, said in changed.items():
        if not said:
            del st.query_params[name]  # sends the same address again, which is no step


def pick(
    label: str, options: Sequence[str], name: str, shown: Mapping[str, str], help: str | None = None
) -> str:
    """A select box whose choice stands in the address; the first option does not.

    options : at least one.
    shown : what people read of options; those that are not named are shown as they are.
    """
    tied = _choice(name, options)
    return st.selectbox(label, options, format_func=lambda each: shown.get(each, each), help=help, **tied)


def buttons(label: str, options: Sequence[str], name: str, shown: Mapping[str, str]) -> str:
    """The same as a row of buttons, without a visible label."""
    chosen = st.segmented_control(
        label,
        options,
        required=True,
        format_func=lambda each: shown.get(each, each),
        label_visibility="collapsed",
        **_choice(name, options),
    )
    return str(chosen)


def search_box(
    label: str, name: str, hint: str, leaves: Callable[[str], Iterable[str]] = lambda typed: ()
) -> str:
    """What is typed into a box, while it is typed; it stands in the address.

    leaves : the names that go from the address when somebody types, of what is typed.
    """
    typed = st.text_input(
        label,
        type="search",
        placeholder=hint,
        max_chars=_MOST_LETTERS,
        icon=":material/search:",
        live=True,
        label_visibility="collapsed",
        **_tied(name, value(name)[:_MOST_LETTERS], _text, leaves),
    )
    return (typed or "").strip()


def text_box(label: str, name: str, hint: str, most: int) -> str:
    """What was typed into a box of so many letters; it stands in the address."""
    typed = st.text_input(label, placeholder=hint, max_chars=most, **_tied(name, value(name)[:most], _text))
    return (typed or "").strip()


def switch(label: str, name: str) -> bool:
    """A switch that is on unless the address says `false`."""
    return st.toggle(label, **_tied(name, value(name).lower() != "false", lambda on: [] if on else ["false"]))


def option(label: str, name: str, help: str | None = None) -> bool:
    """A switch that is off unless the address says `true`."""
    tied = _tied(name, value(name).lower() == "true", lambda on: ["true"] if on else [])
    return st.toggle(label, help=help, **tied)


def one_of_several(label: str, name: str, what: str) -> bool:
    """A switch that is on where the address names this among others; the page of a list stays."""
    others = [each for each in values(name) if each != what]

    def write(on: bool) -> list[str]:
        return [*others, what] if on else others

    tied = _tied(name, what in values(name), write, key=f"{name}-{what}", keeps=(_PAGE,))
    return st.toggle(label, **tied)


def one_among(
    label: str, options: Sequence[str], name: str, shown: Mapping[str, str], key: str
) -> str | None:
    """Pills of which one or none is chosen; it stands in the address among others of the same name.

    options : at least one.
    key : of the pills, one on the page.
    """
    others = [each for each in values(name) if each not in options]
    now = next((each for each in values(name) if each in options), None)
    tied = _tied(name, now, lambda chosen: [*others, *([chosen] if chosen else [])], key=key)
    return st.pills(label, options, format_func=lambda each: shown.get(each, each), **tied)


def several(label: str, options: Sequence[str], name: str, shown: Mapping[str, str]) -> list[str]:
    """Pills of which any may be chosen; they stand in the address, in the order of the options."""
    now = [each for each in options if each in values(name)]
    return list(
        st.pills(
            label,
            options,
            selection_mode="multi",
            format_func=lambda each: shown.get(each, each),
            **_tied(name, now, list),
        )
    )


def slider(label: str, name: str, most: int, step: int, usual: int) -> int:
    """A slider from 0; its usual place does not stand in the address."""

    def write(at: int) -> list[str]:
        return [] if at == usual else [str(at)]

    return st.slider(label, 0, most, step=step, **_tied(name, number(name, 0, most, usual), write))


Span = tuple[float | None, float | None]


def span(label: str, name: str, most: float, ends: tuple[str, str], usual: Span = (None, None)) -> Span:
    """A slider with two ends, from 0 by whole numbers, and a field for each end; None is an end that is open.

    An end of the slider at its limit is open, for there are higher numbers than `most`; a field takes any. The address
    has both numbers, `inf` for an open end.

    usual : what holds where the address says nothing.
    """
    first, last = span_of(name, usual)
    low, high = first or 0.0, math.inf if last is None else last

    def write(wanted: Span) -> list[str]:
        first, last = sorted((wanted[0] or 0.0, math.inf if wanted[1] is None else wanted[1]))
        if (first or None, None if last == math.inf else last) == usual:
            return []
        return [f"{end:.12g}" for end in (first, last)]

    def slid(at: tuple[float, float]) -> list[str]:
        # An end that was not moved stays what it is, also beyond the slider.
        first = low if at[0] == min(low, most) else at[0]
        last = high if at[1] == min(high, most) else at[1] if at[1] < most else math.inf
        return write((first, last))

    now = (min(low, most), min(high, most))
    st.slider(label, 0.0, most, step=1.0, format="%.0f", **_tied(name, now, slid))
    fields = (
        (f"{name}_from", low or None, lambda typed: write((typed, high))),
        (f"{name}_to", None if high == math.inf else high, lambda typed: write((low, typed))),
    )
    for column, words, (key, end, put_end) in zip(st.columns(2), ends, fields, strict=True):
        tied = _tied(name, end, put_end, key=key)
        column.number_input(words, 0.0, value=None, step=1.0, format="%.12g", placeholder=text.ANY, **tied)
    return span_of(name, usual)


def span_of(name: str, usual: Span = (None, None)) -> Span:
    """The two ends of a `span`, as it gives them."""
    if not spans(name):
        return usual
    low, high = _ends(name)
    return low or None, None if high == math.inf else high


def spans(name: str) -> bool:
    """Whether the address says two numbers, the smaller first."""
    return _ends(name) != (0.0, math.inf) or st.query_params.get_all(name) == ["0", "inf"]


def count_box(label: str, name: str, shown: int | None) -> None:
    """A field for a whole number from 1, which then stands in the address; empty for none.

    shown : the number that holds.
    """
    st.number_input(
        label,
        1,
        value=None,
        step=1,
        placeholder=text.ANY,
        **_tied(name, shown, lambda typed: [] if typed is None else [str(typed)], key=f"{name}_box"),
    )


def _ends(name: str) -> tuple[float, float]:
    """The two numbers that the address says, the smaller first; from 0 without an end where it says none."""
    said = [_float(each) for each in st.query_params.get_all(name)]
    fits = len(said) == 2 and 0 <= said[0] <= said[1] and said[0] < math.inf
    return (said[0], said[1]) if fits else (0.0, math.inf)


def page_of(pages: int) -> int:
    """Which of so many pages of a list the address asks for; the first where there is no such page."""
    return number(_PAGE, 1, pages, 1)


def turn_pages(pages: int) -> None:
    """The way to the other pages of a list, if there are any."""
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            st.pagination(pages, **_tied(_PAGE, page_of(pages), _turn))


def turned() -> int:
    """How often this visitor turned to another page of a list."""
    return int(st.session_state.get(_TURNED, 0))


def _turn(at: int) -> list[str]:
    st.session_state[_TURNED] = turned() + 1
    return [] if at == 1 else [str(at)]


def _tied(
    name: str,
    now: Any,
    write: Callable[[Any], list[str]],
    leaves: Callable[[Any], Iterable[str]] = lambda said: (),
    key: str = "",
    keeps: Sequence[str] = (),
) -> dict[str, Any]:
    """What ties a widget to its name: it shows what the address says now, and writes there what it is changed to.

    key : of the widget, where several have one name.
    keeps : names that stay as they are although something else changes.
    """
    key = key or name
    if key not in st.session_state or st.session_state[key] != now:
        st.session_state[key] = now

    def changed() -> None:
        if key in st.session_state:  # else its page was left in the meantime
            said = st.session_state[key]
            kept = {each: st.query_params.get_all(each) for each in keeps}
            put({**kept, **{each: [] for each in leaves(said)}, name: write(said)})

    return {"key": key, "on_change": changed}


def _choice(name: str, options: Sequence[str]) -> dict[str, Any]:
    said = value(name)
    now = said if said in options else options[0]
    return _tied(name, now, lambda chosen: [] if chosen in (None, options[0]) else [chosen])


def _text(typed: str | None) -> list[str]:
    return [typed] if typed else []


def _float(said: str) -> float:
    """A number that an address says; nan where it is none."""
    try:
        return float(said)
    except ValueError:
        return math.nan
