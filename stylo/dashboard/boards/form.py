"""The form for a board's name and notes, which two people may have open at the same time."""

from __future__ import annotations

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.boards.state import attempt, now, who
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.errors import ChangedBoard
from stylo.storage import boards
from stylo.storage.boards import Board
from stylo.storage.database import Database


def edit(shop: Shop, board: Board) -> None:
    """What is typed stays until it is saved, whatever others do. Who saves second is told, and decides.

    The version that was there when the form was filled in is kept beside it.
    """
    name, notes, seen = (f"board-{board.id}-{part}" for part in ("name", "notes", "seen"))
    if name not in st.session_state:
        st.session_state.update({name: board.name, notes: board.notes, seen: board.version})

    def save() -> None:
        typed, more, me, at = st.session_state[name], st.session_state[notes], who(), now()
        version = st.session_state[seen]

        def act(database: Database) -> Board:
            try:
                return boards.describe(database, board.id, typed, more, seen=version, who=me, now=at)
            except ChangedBoard:
                # Who saves again has seen the other's.
                st.session_state[seen] = boards.one(database, board.id).version
                raise

        saved = attempt(shop, act, text.SAVED)
        if saved is not None:
            st.session_state[seen] = saved.version

    with st.form(f"board-{board.id}", border=False):
        if st.session_state[seen] != board.version:
            st.caption(plain(text.EDITED_SINCE.format(who=board.changed_by, at=board.changed_at)))
        st.text_input(text.BOARD_NAME, key=name)
        st.text_area(text.BOARD_NOTES, key=notes, height=160)
        st.form_submit_button(text.SAVE, on_click=save, type="primary")
