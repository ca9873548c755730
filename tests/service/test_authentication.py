"""Who may ask for what: every route without a key, with a wrong, an expired, a revoked and a too narrow one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from in_process import worker_of
from serving import token

from stylo.service.authentication import REMEMBERED, KeyCache, RateLimiter
from stylo.service.settings import ServiceSettings
from stylo.storage import keys
from stylo.storage.database import Database
from stylo.storage.keys import Scope

EXAMPLES = {"customer_id": "0" * 64, "article_id": "0999999999", "name": "nothing"}
OPEN = {"/health/live", "/health/ready", "/version", "/metrics", "/openapi.json"}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Clock:
    """Seconds that a test counts."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def routes(client: httpx2.Client) -> list[tuple[str, str]]:
    """Method and path of every route that is described, with ids that nobody has."""
    described = client.get("/openapi.json").json()["paths"]
    return [
        (method.upper(), path.format(**EXAMPLES))
        for path, methods in described.items()
        for method in methods
        if path not in OPEN
    ]


def needed(path: str) -> Scope:
    if path.startswith("/v1/admin/"):
        return Scope.ADMIN
    return Scope.EVENTS if path.startswith("/v1/events") else Scope.READ


def told(answer: httpx2.Response) -> dict[str, Any]:
    """A problem without the number of its request."""
    return {name: value for name, value in answer.json().items() if name != "request_id"}


def asked(client: httpx2.Client, method: str, path: str, key: str | None, **more: Any) -> httpx2.Response:
    headers = {"content-type": "application/json"} | ({"authorization": key} if key is not None else {})
    request = client.build_request(method, path, headers=headers, **more)
    if key is None:
        del request.headers["authorization"]
    return client.send(request)


@pytest.fixture
def expired(settings: ServiceSettings) -> str:
    database = Database.open(settings.state_folder.database_url)
    made = keys.create(
        database, "old", tuple(Scope), now=LONG_AGO, expires_at=datetime(2020, 1, 2, tzinfo=UTC)
    )
    database.close()
    return made[1]


@pytest.fixture
def revoked(settings: ServiceSettings) -> str:
    database = Database.open(settings.state_folder.database_url)
    key, made = keys.create(database, "lost", tuple(Scope), now=LONG_AGO)
    keys.revoke(database, key.id, LONG_AGO)
    database.close()
    return made


def test_there_are_routes_of_every_scope(client: httpx2.Client) -> None:
    assert {needed(path) for _, path in routes(client)} == set(Scope)
    assert len(routes(client)) >= 12


def test_no_route_tells_anything_to_who_has_no_good_key(
    client: httpx2.Client, settings: ServiceSettings, expired: str, revoked: str
) -> None:
    good = token(settings.state_folder.database_url)
    other_secret = good[:-8] + "AAAAAAAA"
    wrong = {
        "none": None,
        "empty": "",
        "no token": "Bearer ",
        "another scheme": f"Basic {good}",
        "no scheme": good,
        "made up": "Bearer stylo_000000000000_" + "A" * 43,
        "another secret": f"Bearer {other_secret}",
        "a piece": f"Bearer {good[:-1]}",
        "too long": "Bearer " + "x" * 10_000,
        "expired": f"Bearer {expired}",
        "revoked": f"Bearer {revoked}",
    }
    unknown = [("GET", "/v1/"), ("GET", "/v1/nothing"), ("DELETE", "/v1/articles"), ("GET", "/v1/%00")]
    for name, key in wrong.items():
        seen = set()
        for method, path in [*routes(client), *unknown]:
            answer = asked(client, method, path, key, content=b"{")
            assert answer.status_code == 401, (name, method, path)
            assert answer.headers["www-authenticate"] == 'Bearer realm="stylo"'
            assert answer.headers["content-type"] == "application/problem+json"
            seen.add(str(told(answer)))
        # One answer for all: it depends neither on the address nor on what was sent.
        assert len(seen) == 1, name


def test_keys_that_are_unknown_expired_and_revoked_cannot_be_told_apart(
    client: httpx2.Client, expired: str, revoked: str
) -> None:
    made_up = "stylo_000000000000_" + "A" * 43
    answers = [asked(client, "GET", "/v1/articles", f"Bearer {key}") for key in (expired, revoked, made_up)]
    assert told(answers[0]) == told(answers[1]) == told(answers[2])


@pytest.mark.parametrize("lacks", list(Scope))
def test_a_key_opens_the_routes_of_its_scopes_alone(
    client: httpx2.Client, settings: ServiceSettings, lacks: Scope
) -> None:
    narrow = "Bearer " + token(
        settings.state_folder.database_url, *(scope for scope in Scope if scope != lacks)
    )
    for method, path in routes(client):
        answer = asked(client, method, path, narrow, json=None if method == "GET" else {})
        if needed(path) == lacks:
            assert answer.status_code == 403, (method, path)
            assert told(answer) == {
                "type": "about:blank",
                "status": 403,
                "title": "Forbidden",
                "detail": f"The key does not have the scope {lacks.value!r}.",
                "errors": [],
            }
        else:
            assert answer.status_code != 403, (method, path)


def test_a_too_narrow_key_is_not_told_what_is_wrong_with_the_request(
    client: httpx2.Client, settings: ServiceSettings
) -> None:
    narrow = "Bearer " + token(settings.state_folder.database_url, Scope.READ)
    for body in (b"{", b"{}", b"\xff"):
        answer = asked(client, "POST", "/v1/events", narrow, content=body)
        assert answer.status_code == 403
    for path in ("/v1/articles?limit=0", "/v1/articles/nonsense", "/v1/customers/nobody/recommendations"):
        answer = asked(
            client, "GET", path, "Bearer " + token(settings.state_folder.database_url, Scope.EVENTS)
        )
        assert answer.status_code == 403


def test_every_route_of_the_api_is_described_with_the_scope_that_it_needs(client: httpx2.Client) -> None:
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for method, described in methods.items():
            expected = [{"key": [needed(path)]}] if path.startswith("/v1/") else None
            assert described.get("security") == expected, (method, path)


def test_a_key_is_good_until_the_moment_of_its_expiry(
    client: httpx2.Client, settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = datetime(2100, 1, 1, tzinfo=UTC)
    key = f"Bearer {token(settings.state_folder.database_url, expires_at=end)}"
    assert asked(client, "GET", "/v1/articles", key).status_code == 200

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return end

    monkeypatch.setattr("stylo.service.middleware.datetime", Later)
    assert asked(client, "GET", "/v1/articles", key).status_code == 401


def test_a_key_that_is_revoked_is_refused_some_seconds_later(
    client: httpx2.Client, settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, clock = worker_of(client), Clock()
    ring = KeyCache(lambda token: keys.authenticate(service.database, token), clock)
    monkeypatch.setattr(service, "keys", ring)
    made = token(settings.state_folder.database_url, Scope.READ)
    assert asked(client, "GET", "/v1/articles", f"Bearer {made}").status_code == 200
    keys.revoke(service.database, made.split("_")[1], datetime.now(UTC))
    clock.now += REMEMBERED
    assert asked(client, "GET", "/v1/articles", f"Bearer {made}").status_code == 200
    clock.now += 0.1
    assert asked(client, "GET", "/v1/articles", f"Bearer {made}").status_code == 401


def test_the_rate_of_a_key_is_kept_and_retry_after_says_when_to_go_on(
    client: httpx2.Client, settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(worker_of(client), "rates", RateLimiter(3.0, clock=clock))
    usual = "Bearer " + token(settings.state_folder.database_url)
    slow = "Bearer " + token(settings.state_folder.database_url, rate=0.25)

    def statuses(key: str, times: int) -> list[int]:
        return [asked(client, "GET", "/v1/articles?limit=1", key).status_code for _ in range(times)]

    assert statuses(usual, 4) == [200, 200, 200, 429]
    assert statuses(slow, 2) == [200, 429]  # one key's haste is not another's
    refused = asked(client, "GET", "/v1/articles", slow)
    assert refused.headers["retry-after"] == "4"  # a quarter a second
    assert refused.headers["content-type"] == "application/problem+json"
    clock.now += 3.9
    assert statuses(usual, 4) == [200, 200, 200, 429]
    assert statuses(slow, 1) == [429]
    clock.now += 0.2
    assert statuses(slow, 2) == [200, 429]
