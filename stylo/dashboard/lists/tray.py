"""The tray: how many articles are selected, and what can be done with them. It is there while any are."""

from __future__ import annotations

from functools import partial

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.boards import state as boards_state
from stylo.dashboard.links import BOARD
from stylo.dashboard.lists import export, selection
from stylo.dashboard.lists.copying import copy_later
from stylo.dashboard.lists.take_along import export_button
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.errors import StyloError
from stylo.storage import boards, tags
from stylo.storage.boards import Board

_COMPARED = range(2, 5)
_BOARDS, _BOARD, _NAME = "tray-boards", "tray-board", "tray-name"
_TAGS, _TAG = "tray-tags-popover", "tray-tag"
# In the state of a session: the board to which something was added last.
_LAST = "tray-last-board"


def tray(shop: Shop) -> None:
    """Shows it; called when the page has run."""
    chosen = [row["article"] for row in shop.rows(selection.selected())]
    if not chosen:
        return
    with st.container(
        key="tray", horizontal=True, vertical_alignment="center", horizontal_alignment="center", gap="small"
    ):
        st.markdown(f"**{text.selected(len(chosen))}**", width="content")
        export_button(shop, "tray-export", chosen, text.SELECTION)
        copy_later("tray-copy", text.COPY_IDS, partial(export.ids, shop, chosen))
        compare(shop, chosen)
        boards_of = st.popover(
            text.ADD_TO_BOARD,
            icon=":material/dashboard_customize:",
            type="tertiary",
            key=_BOARDS,
            on_change="rerun",
        )
        tags_of = st.popover(
            text.ADD_TAG, icon=":material/sell:", type="tertiary", key=_TAGS, on_change="rerun"
        )
        st.button(
            text.CLEAR_SELECTION,
            key="tray-clear",
            icon=":material/close:",
            type="tertiary",
            on_click=selection.put,
            args=([],),
        )
    # The database is asked only while somebody looks.
    if boards_of.open:
        with boards_of:
            _boards(shop, chosen)
    if tags_of.open:
        with tags_of:
            _tags(shop, chosen)


def compare(shop: Shop, articles: list[int]) -> None:
    """The way to the comparison of two to four articles."""
    st.page_link(
        # The page of this address, whoever shows it.
        st.Page(_elsewhere, title=text.COMPARE_SELECTED, url_path="compare"),
        label=text.COMPARE_SELECTED,
        icon=":material/compare_arrows:",
        help=None if len(articles) in _COMPARED else text.COMPARE_SELECTED_HELP,
        disabled=len(articles) not in _COMPARED,
        query_params={"id": export.ids_of(shop, articles)},
    )


def _boards(shop: Shop, chosen: list[int]) -> None:
    """A board of those that are there, or a new one."""
    boards_state.tell_outcome(_BOARDS)
    try:
        known = {each.id: each for each in boards_state.read(shop, boards.listed) or []}
    except StyloError as error:
        st.error(plain(f"{error.problem} {error.cure}"))
        return
    if (last := known.get(st.session_state.get(_LAST, ""))) is not None:
        st.page_link(
            st.Page(_elsewhere, title=text.BOARDS, url_path="boards"),
            label=plain(text.OPEN_BOARD.format(name=last.name)),
            icon=":material/dashboard:",
            query_params={BOARD: last.id},
        )
    if known:
        names = {each.id: each.name for each in known.values()}
        with st.form("tray-add", border=False):
            st.selectbox(text.BOARD, names, key=_BOARD, format_func=lambda each: names.get(each, ""))
            st.form_submit_button(text.ADD, on_click=_add, args=(shop, known, chosen), type="primary")
    with st.form("tray-new", border=False):
        st.text_input(text.NEW_BOARD, key=_NAME, placeholder=text.NEW_BOARD_HINT)
        st.form_submit_button(text.MAKE_BOARD, on_click=_make, args=(shop, chosen))


def _add(shop: Shop, known: dict[str, Board], chosen: list[int]) -> None:
    board = known.get(st.session_state.get(_BOARD, ""))
    if board is None:
        return
    who, now = boards_state.who(), boards_state.now()
    added = boards_state.attempt(
        shop,
        lambda database: boards.add(database, board.id, chosen, who=who, now=now),
        lambda added: text.added(added, len(chosen), board.name),
        _BOARDS,
    )
    if added is not None:
        st.session_state[_LAST] = board.id


def _make(shop: Shop, chosen: list[int]) -> None:
    name, who, now = st.session_state.get(_NAME, ""), boards_state.who(), boards_state.now()
    made = boards_state.attempt(
        shop,
        lambda database: boards.make(database, name, chosen, who=who, now=now),
        lambda made: text.added(made.articles, len(chosen), made.name),
        _BOARDS,
    )
    if made is not None:
        st.session_state.update({_LAST: made.id, _NAME: ""})


def _tags(shop: Shop, chosen: list[int]) -> None:
    boards_state.tell_outcome(_TAGS)
    with st.form("tray-tags", border=False):
        st.text_input(text.TAG, key=_TAG, placeholder=text.TAG_HINT)
        st.form_submit_button(text.ADD, on_click=_tag, args=(shop, chosen), type="primary")


def _tag(shop: Shop, chosen: list[int]) -> None:
    word, who, now = st.session_state.get(_TAG, ""), boards_state.who(), boards_state.now()
    kept = boards_state.attempt(
        shop,
        lambda database: tags.tag(database, chosen, word, who=who, now=now),
        lambda kept: text.tagged(len(chosen), kept),
        _TAGS,
    )
    if kept is not None:
        st.session_state[_TAG] = ""


def _elsewhere() -> None:
    """Never run: it stands for the page of its address."""
