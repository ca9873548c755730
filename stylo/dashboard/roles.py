"""Who looks at the dashboard, under which name, and what they may do.

Without a log-in everybody who reaches the dashboard looks, and only who sits at the machine that serves it operates.
With Streamlit's log-in (`[auth]` in `.streamlit/secrets.toml`), `[roles]` beside it says who may do what, by e-mail
address or by any claim that the log-in sends:

    [roles]
    operate = ["anna@example.org", "groups=stylo-operators"]
    look = ["*@example.org"]            # left out: everybody who reaches the dashboard

A log-in ends when its identity token does; after that one looks, and logs in again to operate.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from stylo.dashboard import text
from stylo.errors import BadOption
from stylo.user_paths import printable

#: 0: without a log-in nobody operates, not even from this machine.
OPERATES = "STYLO_DASHBOARD_OPERATES"
_LONGEST = 120
_MARKS_OF_A_PROXY = {
    "forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "x-original-host", "x-original-url",
    "true-client-ip", "cf-connecting-ip", "fastly-client-ip", "fly-client-ip",
}  # fmt: skip


def may_look() -> bool:
    """Whether whoever opened this session may see the pages. Raises BadOption for roles that make no sense."""
    allowed = _listed("look")
    if not has_log_in() or allowed is None:
        return True
    return logged_in() and (_among(allowed) or _among(_listed("operate") or ()))


def may_operate() -> bool:
    """Whether they may define, start and stop. Raises BadOption for roles that make no sense."""
    if has_log_in():
        return logged_in() and not expired() and _among(_listed("operate") or ())
    if os.environ.get(OPERATES) == "0":
        return False
    return at_this_machine()


def was_operator() -> bool:
    """Whether they may operate as soon as they have logged in again."""
    return has_log_in() and logged_in() and expired() and _among(_listed("operate") or ())


def who() -> str:
    """Under which name it is recorded what they do."""
    if not logged_in():
        return text.BY_PAGE if may_operate() else text.SOMEBODY
    known = [each for name in ("name", "email") if (each := _claim(name))]
    known = known or [_claim("preferred_username") or _claim("sub") or text.SOMEBODY]
    return " · ".join(dict.fromkeys(known))[:_LONGEST]


def identity() -> str:
    """By which the same person is known after logging in again; empty without a log-in."""
    return f"{st.user.get('iss')} {st.user.get('sub') or st.user.get('email')}" if logged_in() else ""


def has_log_in() -> bool:
    """Whether Streamlit's log-in is configured."""
    return "is_logged_in" in st.user


def logged_in() -> bool:
    return st.user.get("is_logged_in") is True


def expired() -> bool:
    """Whether the identity token has run out. Streamlit itself does not look at that."""
    ends = st.user.get("exp")
    return not isinstance(ends, int | float) or isinstance(ends, bool) or ends <= time.time()


def at_this_machine() -> bool:
    """Whether the browser runs on the machine that serves the pages, with nothing in between."""
    # None is how Streamlit gives loopback addresses; a browser that is not known has no headers either.
    return st.context.ip_address is None and is_direct(st.context.headers.to_dict())


def is_direct(headers: Mapping[str, str]) -> bool:
    """Whether a loopback connection's headers are those of a browser that asked this machine itself: no proxy left a
    mark, and the address that the browser shows, and that of its page, are this machine's."""
    names = {name.casefold(): value for name, value in headers.items()}
    if any(name in _MARKS_OF_A_PROXY or name.startswith("x-forwarded") for name in names):
        return False
    return _is_loopback(f"//{names.get('host', '')}") and _is_loopback(names.get("origin", ""))


def _claim(name: str) -> str:
    """What the log-in says of the person, in one line."""
    return " ".join(printable(str(st.user.get(name) or "")).split())


def _is_loopback(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _listed(role: str) -> tuple[str, ...] | None:
    """Who has a role, as `[roles]` says; None where it says nothing of it."""
    if (
        not has_log_in()
    ):  # Streamlit tells people on the page that there are no secrets where one asks for them
        return None
    found: Any = st.secrets.get("roles")
    if found is None:
        return None
    strange = (
        [name for name in found if not is_a_list(name, found[name])] if isinstance(found, Mapping) else ["?"]
    )
    if strange:
        raise BadOption(
            "The roles of the dashboard make no sense, so nobody has one.",
            where=f".streamlit/secrets.toml, [roles], {', '.join(map(str, strange))}",
            cure='Write operate = ["anna@example.org", "groups=stylo-operators"], and look in the same way.',
        )
    return tuple(found[role]) if role in found else None


def is_a_list(role: object, listed: object) -> bool:
    """Whether `[roles]` may say that these people have this role."""
    texts = isinstance(listed, list) and all(isinstance(each, str) for each in listed)
    return texts and role in ("look", "operate")


def _among(allowed: Iterable[str]) -> bool:
    return any(_is(each) for each in allowed)


def _is(entry: str) -> bool:
    """Whether an entry means who has logged in: an e-mail address, `*@example.org`, or `claim=value`."""
    name, equals, value = entry.partition("=")
    if equals:
        claim: Any = st.user.get(name.strip())
        claims = claim if isinstance(claim, list | tuple) else [] if claim is None else [claim]
        return value.strip() in map(str, claims)
    email = st.user.get("email")
    # An address that nobody has checked is anybody's.
    if not isinstance(email, str) or st.user.get("email_verified") is False:
        return False
    return fnmatchcase(email.casefold(), entry.strip().casefold())
