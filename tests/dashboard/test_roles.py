"""Who may look and operate: at this machine, behind a proxy, and by the roles of a log-in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pages import page, words

from stylo.dashboard import roles, text

LOCAL = {"Host": "localhost:8501", "Origin": "http://localhost:8501", "User-Agent": "a browser"}
AUTH = {
    "redirect_uri": "http://localhost:8501/oauth2callback",
    "cookie_secret": "c" * 32,
    "client_id": "stylo",
}
ANNA = {"is_logged_in": True, "iss": "i", "sub": "7", "email": "anna@example.org", "exp": 4e9}


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1:8501", "127.0.0.2", "[::1]:8501"])
def test_a_browser_that_asks_the_machine_itself_sits_at_it(host: str) -> None:
    assert roles.is_direct(LOCAL | {"Host": host, "Origin": f"http://{host}"})


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Forwarded-For": "127.0.0.1"},  # which anybody can write
        {"x-forwarded-host": "localhost"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"X-Real-Ip": "127.0.0.1"},
        {"Cf-Connecting-Ip": "203.0.113.7"},
        {"Host": "shop.example.org"},
        {"Origin": "https://shop.example.org"},  # a proxy that names itself localhost
        {"Host": "localhost.example.org", "Origin": "http://localhost.example.org"},
        {"Host": "127.0.0.1.example.org"},
        {"Host": "192.168.1.5:8501", "Origin": "http://192.168.1.5:8501"},
        {"Host": ""},
        {"Origin": ""},
        {"Origin": "null"},
        {"Host": "[::1"},
    ],
)
def test_what_comes_by_a_proxy_or_under_another_name_does_not(changed: dict[str, str]) -> None:
    assert not roles.is_direct(LOCAL | changed)


def test_a_browser_of_which_nothing_is_known_does_not() -> None:
    assert not roles.is_direct({})


@pytest.fixture
def look(tiny_shop: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Opens the dashboard of a folder without tables; says what the door says."""

    def opened(user: dict[str, Any], **roles_of: Any) -> Any:
        return page(monkeypatch, tiny_shop, user=user, secrets={"auth": AUTH, "roles": roles_of})

    return opened


def test_a_list_of_those_who_may_look_keeps_the_others_out(look: Any) -> None:
    others = look({"is_logged_in": False}, look=["anna@example.org"])
    assert (others.header[0].value, others.button[0].label) == (text.LOG_IN_FIRST, text.LOG_IN)
    assert text.NOTHING_YET not in words(others)
    bob = look(ANNA | {"email": "bob@example.org"}, look=["anna@example.org"])
    assert "You are logged in as bob@example.org" in words(bob)
    assert bob.button[0].label == text.LOG_OUT
    assert text.NOTHING_YET in words(look(ANNA, look=["anna@example.org"]))
    who_operates, everybody = ANNA, {"is_logged_in": False}
    assert text.NOTHING_YET in words(look(who_operates, look=[], operate=["anna@example.org"]))
    assert text.NOTHING_YET in words(look(everybody, operate=["anna@example.org"]))  # there is no list


@pytest.mark.parametrize(
    "wrong", [{"operate": "anna@example.org"}, {"operators": ["anna@example.org"]}, {"look": [7]}]
)
def test_roles_that_make_no_sense_are_told_and_nobody_gets_in(look: Any, wrong: dict[str, Any]) -> None:
    app = look(ANNA, **wrong)
    (error,) = app.error
    said = error.value.replace("\\", "")
    assert ".streamlit/secrets.toml" in said and next(iter(wrong)) in said and "operate = [" in said
    assert text.NOTHING_YET not in words(app)
