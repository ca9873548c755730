"""The way to boards and tags, which lie in the service's database; the first board makes it where there is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import streamlit as st

from stylo.dashboard import roles, text
from stylo.dashboard.operations.state import Place, place_of
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.errors import NotMigrated, StorageUnavailable, StyloError
from stylo.storage.database import Database

T = TypeVar("T")
# In the state of a session: what is to be said of what was just done, and where.
_DONE, _WRONG = "boards-done", "boards-wrong"
PAGE = "page"


def read(shop: Shop, ask: Callable[[Database], T]) -> T | None:
    """What the database says; None where it holds no boards yet. Raises BadOption, StorageUnavailable."""
    place = place_of(shop.folder)
    if place.missing_database() is not None:
        _never_lost(place)
        return None
    database = place.open_database(pool=1)
    try:
        return ask(database)
    except NotMigrated:
        return None
    finally:
        database.close()


def write(shop: Shop, act: Callable[[Database], T]) -> T:
    """Changes the database; makes it, or its newest tables, where they are not there.

    Raises BadOption, CannotWrite, StorageUnavailable, ForeignStorage, and what `act` raises.
    """
    place = place_of(shop.folder)
    missing = place.missing_database() is not None
    if missing:
        _never_lost(place)
        place.require_data()
    database = place.open_database(pool=1, migrate=missing)
    try:
        try:
            return act(database)
        except NotMigrated:
            database.migrate()
            return act(database)
    finally:
        database.close()


def attempt(
    shop: Shop, act: Callable[[Database], T], said: str | Callable[[T], str], where: str = PAGE
) -> T | None:
    """Changes the database, for callbacks; `tell_outcome` tells there what came of it. None if it was not done."""
    try:
        done = write(shop, act)
    except StyloError as error:
        st.session_state[_WRONG] = (where, f"{error.problem} {error.cure}")
        return None
    st.session_state[_DONE] = said if isinstance(said, str) else said(done)
    return done


def tell_outcome(where: str = PAGE) -> None:
    """What came of what was just done, once."""
    if (done := st.session_state.pop(_DONE, "")) != "":
        st.toast(plain(done), icon=":material/check:")
    there, wrong = st.session_state.get(_WRONG, ("", ""))
    if there == where:
        del st.session_state[_WRONG]
        st.error(plain(wrong), icon=":material/error:")


def who() -> str:
    """Who does something, as others read it: the name with which somebody logged in."""
    return roles.who() if roles.logged_in() else text.SOMEONE


def now() -> datetime:
    return datetime.now(UTC)


def _never_lost(place: Place) -> None:
    """Raises StorageUnavailable where the service had a database that is gone: a new one would hide that."""
    if place.noted_live.exists():
        raise StorageUnavailable(
            f"The database {place.missing_database()} is gone.",
            cure="Put it back, or start the service, which makes a new one: python serve.py",
        )
