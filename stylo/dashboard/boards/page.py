"""Boards: collections of articles with a name and notes, which people share by their address; and tags."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.boards import form
from stylo.dashboard.boards.neighbours import more_like
from stylo.dashboard.boards.state import attempt, now, read, tell_outcome, who
from stylo.dashboard.cards import SHELF, Card, cards
from stylo.dashboard.links import BOARD, TAG, page_of, put, turn_pages, value
from stylo.dashboard.lists import selection
from stylo.dashboard.lists.copying import copy_link
from stylo.dashboard.lists.export import ids_of
from stylo.dashboard.lists.take_along import take_along
from stylo.dashboard.lists.tray import compare
from stylo.dashboard.notices import name_tab, tell
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.errors import StyloError, UnknownBoard
from stylo.storage import boards, tags
from stylo.storage.boards import Board
from stylo.storage.database import Database

_NEW = "new-board"
_A_PAGE = 48
_MORE = 24
_LOOKED_AGAIN_S = 10
# In the state of a session: the board that was just deleted, with its name.
_DELETED = "board-deleted"


def page(shop: Shop) -> None:
    try:
        if wanted := value(BOARD):
            _board(shop, read(shop, lambda database: boards.one(database, wanted)), wanted)
        elif tag := value(TAG):
            _tag(shop, tag)
        else:
            _all(shop)
    except UnknownBoard as error:
        st.title(text.BOARDS, anchor=False)
        st.error(plain(f"{error.problem} {error.cure}"))
        _all_boards()
    except StyloError as error:
        st.title(text.BOARDS, anchor=False)
        tell(f"{error.problem} {error.cure}", st.error)


def _all(shop: Shop) -> None:
    st.title(text.BOARDS, anchor=False)
    st.caption(text.BOARDS_SAY)
    tell_outcome()
    _undo(shop)
    known = read(shop, boards.listed) or []
    words = read(shop, tags.counts) or {}
    with st.form("boards-new", border=False):
        left, right = st.columns([4, 1], vertical_alignment="bottom")
        left.text_input(text.NEW_BOARD, key=_NEW, placeholder=text.NEW_BOARD_HINT)
        right.form_submit_button(text.MAKE_BOARD, on_click=_make, args=(shop,), width="stretch")
    if not known:
        st.info(text.NO_BOARDS, icon=":material/dashboard_customize:")
    for each in known:
        with st.container(horizontal=True, vertical_alignment="center"):
            _link(plain(each.name), {BOARD: each.id}, ":material/dashboard:")
            said = text.BOARD_LISTED.format(articles=text.found(each.articles), at=each.changed_at)
            st.caption(said, width="content")
    if words:
        st.header(text.TAGS, anchor=False)
        with st.container(horizontal=True):
            for word, count in words.items():
                _link(plain(text.TAG_LABEL.format(tag=word, count=count)), {TAG: word}, ":material/sell:")


def _make(shop: Shop) -> None:
    name, me, at = st.session_state.get(_NEW, ""), who(), now()
    made = attempt(
        shop,
        lambda database: boards.make(database, name, [], who=me, now=at),
        lambda made: text.BOARD_MADE.format(name=made.name),
    )
    if made is not None:
        st.session_state[_NEW] = ""
        put({BOARD: [made.id]})


def _undo(shop: Shop) -> None:
    if _DELETED not in st.session_state:
        return
    board, name = st.session_state[_DELETED]

    def restore() -> None:
        attempt(shop, lambda database: boards.restore(database, board), text.RESTORED.format(name=name))
        del st.session_state[_DELETED]

    left, right = st.columns([5, 1], vertical_alignment="center")
    left.info(plain(text.DELETED.format(name=name)), icon=":material/delete:")
    right.button(text.UNDO, key="board-undo", on_click=restore, width="stretch")


def _board(shop: Shop, board: Board | None, wanted: str) -> None:
    if board is None:
        raise boards.unknown(wanted)
    name_tab(text.BOARD_TAB.format(name=board.name))
    _all_boards()
    st.title(plain(board.name), anchor=False)
    tell_outcome()
    articles = read(shop, lambda database: boards.articles_of(database, wanted)) or []
    said = text.BOARD_SAYS.format(
        articles=text.found(len(articles)), who=board.changed_by, at=board.changed_at
    )
    st.caption(plain(said))
    if board.notes:
        st.html(f'<p class="notes">{html.escape(board.notes)}</p>')
    with st.container(key="board-actions", horizontal=True, vertical_alignment="center", gap="small"):
        copy_link("board-link", text.COPY_LINK, f"./boards?{BOARD}={board.id}")
        with st.popover(text.EDIT, icon=":material/edit:", type="tertiary"):
            form.edit(shop, board)
        with st.popover(text.DELETE, icon=":material/delete:", type="tertiary"):
            st.markdown(text.DELETE_ASKS)
            st.button(
                text.DELETE_BOARD, key="board-delete", type="primary", on_click=_delete, args=(shop, board)
            )
        if articles:
            compare(shop, articles)
    _others_work(shop, board.id, (board.version, board.articles, board.last))
    _gone(shop, board, articles)
    if not articles:
        st.info(text.EMPTY_BOARD, icon=":material/dashboard_customize:")
        return
    _listed(
        shop,
        text.ON_BOARD,
        articles,
        board.name,
        text.REMOVE_SELECTED,
        lambda some: attempt(shop, lambda database: boards.remove(database, board.id, some), text.removed),
    )
    st.header(text.MORE_LIKE, anchor=False)
    st.caption(text.MORE_LIKE_SAYS)
    near = more_like(shop, articles, _MORE)
    if near:
        if not take_along(
            shop, "like-board", [row["article"] for row in near], f"{text.MORE_LIKE} {board.name}"
        ):
            cards(shop, "like-board", text.MORE_LIKE, map(Card, near), SHELF)
    else:
        st.caption(text.NOTHING_LIKE)


def _tag(shop: Shop, tag: str) -> None:
    name_tab(text.TAG_TAB.format(tag=tag))
    _all_boards()
    st.title(plain(tag), anchor=False)
    tell_outcome()
    articles = read(shop, lambda database: tags.tagged(database, tag)) or []
    if not articles:
        st.info(plain(text.NO_SUCH_TAG.format(tag=tag)))
        return
    st.caption(text.found(len(articles)))
    _listed(
        shop,
        text.WITH_TAG,
        articles,
        tag,
        text.UNTAG_SELECTED,
        lambda some: attempt(shop, lambda database: tags.untag(database, some, tag), text.removed),
    )


def _listed(
    shop: Shop,
    label: str,
    articles: Sequence[int],
    name: str,
    removal: str,
    remove: Callable[[list[int]], int | None],
) -> None:
    """The articles that are in the catalogue, and the way to take those off that are selected."""
    some = [each for each in selection.selected() if each in set(articles)]
    if some:

        def act() -> None:
            remove(some)

        st.button(
            removal.format(count=len(some)), key="remove-selected", icon=":material/remove:",
            on_click=act,
        )  # fmt: skip
    rows = shop.rows(list(articles))
    if not rows or take_along(shop, "board", [row["article"] for row in rows], name):
        return
    pages = -(-len(rows) // _A_PAGE)
    at = page_of(pages)
    cards(shop, "board", label, map(Card, rows[(at - 1) * _A_PAGE : at * _A_PAGE]))
    turn_pages(pages)


def _gone(shop: Shop, board: Board, articles: list[int]) -> None:
    """The articles that the catalogue does not have, which stay on the board until somebody takes them off."""
    there = {row["article"] for row in shop.rows(articles)}
    gone = [each for each in articles if each not in there]
    if not gone:
        return
    said = text.GONE_ONE if len(gone) == 1 else text.GONE
    st.warning(plain(said.format(count=f"{len(gone):,}", ids=", ".join(ids_of(shop, gone)))))

    def remove() -> None:
        attempt(shop, lambda database: boards.remove(database, board.id, gone), text.removed)

    st.button(text.REMOVE_GONE, key="remove-gone", on_click=remove)


def _delete(shop: Shop, board: Board) -> None:
    at = now()

    def act(database: Database) -> bool:
        boards.delete(database, board.id, now=at)
        return True

    if attempt(shop, act, text.DELETED.format(name=board.name)):
        st.session_state[_DELETED] = (board.id, board.name)
        put({BOARD: []})


@st.fragment(run_every=_LOOKED_AGAIN_S)
def _others_work(shop: Shop, board: str, seen: tuple[int, int, int | None]) -> None:
    """Shows the page anew when somebody else has changed the board."""
    try:
        found = read(shop, lambda database: boards.one(database, board))
    except UnknownBoard:
        st.rerun()  # the page says it
    except StyloError:
        return  # the page says it when it next runs
    if found is not None and (found.version, found.articles, found.last) != seen:
        st.rerun()


def _all_boards() -> None:
    _link(text.ALL_BOARDS, {}, ":material/arrow_back:")


def _link(label: str, query: dict[str, str], icon: str) -> None:
    """The way to another part of this page. A link of Streamlit's would leave the address as it is."""
    names = {name: [query[name]] if name in query else [] for name in (BOARD, TAG)}
    key = "to-" + "-".join(query.values() or ["all"])
    st.button(label, key=key, icon=icon, type="tertiary", on_click=put, args=(names,))
