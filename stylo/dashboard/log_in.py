"""The log-in as people see it: the door, the line that says who they are, and what they typed when it ran out."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock

import streamlit as st
from streamlit.errors import StreamlitAPIException

from stylo.dashboard import roles, text
from stylo.dashboard.notices import tell
from stylo.dashboard.text import plain
from stylo.errors import BadOption

_DEFAULT = "default"
# So many people may have something waiting, each so much of it.
_PEOPLE, _CHARACTERS = 100, 50_000
_waiting: dict[str, dict[str, str]] = {}
_lock = Lock()


def admitted() -> bool:
    """Whether the pages may be shown; where not, why not is said, and the log-in offered."""
    try:
        if roles.may_look():
            return True
    except BadOption as error:
        tell(f"{error.problem} {error.where} {error.cure}", st.error)
        return False
    st.header(text.LOG_IN_FIRST, anchor=False)
    if roles.logged_in():
        st.markdown(plain(text.NOT_ADMITTED.format(who=roles.who())))
        st.button(text.LOG_OUT, on_click=st.logout)
    else:
        st.markdown(text.LOG_IN_TO_LOOK)
        log_in_buttons()
    return False


def line() -> None:
    """Who has logged in, or how to; nothing where there is no log-in."""
    if not roles.has_log_in():
        return
    if not roles.logged_in():
        st.markdown(text.LOG_IN_TO_OPERATE)
        log_in_buttons()
        return
    left, right = st.columns([5, 1], vertical_alignment="center")
    with left:
        st.caption(plain(text.LOGGED_IN.format(who=roles.who())))
    with right:
        st.button(text.LOG_OUT, on_click=st.logout, type="tertiary")
    if roles.was_operator():
        st.warning(text.EXPIRED, icon=":material/lock_clock:")
        log_in_buttons()


def log_in_buttons() -> None:
    """One for each provider."""
    providers = _providers()
    for provider in providers:
        label = (
            text.LOG_IN if len(providers) == 1 else text.LOG_IN_WITH.format(provider=provider.capitalize())
        )
        if st.button(label, key=f"log-in-{provider}", type="primary"):
            try:
                st.login(None if provider == _DEFAULT else provider)
            except StreamlitAPIException as error:
                st.error(plain(text.NO_LOG_IN.format(problem=" ".join(str(error).split()))))


def keep(typed: Mapping[str, str]) -> None:
    """Keeps what a person typed whose log-in has run out, until the same person comes back."""
    with _lock:
        _waiting[roles.identity()] = {key: value[:_CHARACTERS] for key, value in typed.items()}
        while len(_waiting) > _PEOPLE:
            del _waiting[next(iter(_waiting))]


def restore() -> bool:
    """Puts back what this person had typed, before the fields of these keys are drawn; whether there was anything."""
    with _lock:
        typed = _waiting.pop(roles.identity(), {}) if roles.may_operate() and roles.logged_in() else {}
    for key, value in typed.items():
        st.session_state[key] = value
    return bool(typed)


def _providers() -> list[str]:
    """Names of the providers in `[auth]`."""
    section = st.secrets.get("auth", {})
    named = [name for name, value in section.items() if isinstance(value, Mapping) and "client_id" in value]
    return [*([_DEFAULT] if "client_id" in section or not named else []), *named]
