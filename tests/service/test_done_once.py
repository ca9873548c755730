"""What is asked for is done once or not at all, and no answer says other than what happened, also not in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa
from helpers import slow
from in_process import asking, worker_of
from offline import another_result, event, fewer_candidates
from postgres import fresh_url
from serving import SLOW, count_events, token, until
from starlette.testclient import TestClient

from stylo.service import storage_access
from stylo.service.settings import ServiceSettings
from stylo.storage.database import Database, Queue
from stylo.storage.keys import Scope

ARTICLE = "0794071001"
MODELS, EXPERIMENTS = "/v1/admin/models", "/v1/admin/experiments"
DEFINITION: dict[str, Any] = {
    "name": "twins",
    "layer": "ranking",
    "slot": [0.0, 0.5],
    "salt": "one",
    "variants": [{"name": "control", "share": 0.5}, {"name": "more", "share": 0.5}],
    "metric": "conversion",
    "minimum_effect": 0.1,
    "planned_customers": 1000,
}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, shop: Path) -> str:
    return fresh_url(request, shop / "service" / "service.sqlite")


@pytest.fixture
def settings(shop: Path, demo_shop: Path, url: str) -> ServiceSettings:
    return ServiceSettings(data=shop, images=demo_shop / "images", database=url, predictions=False)


@pytest.fixture
def served(settings: ServiceSettings) -> Iterator[TestClient]:
    with asking(settings) as client:
        yield client


@pytest.fixture
def impatient(settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A service that waits a moment for the database."""
    monkeypatch.setattr(storage_access, "_COMMIT_SECONDS", 0.2)
    with asking(settings.model_copy(update={"patience": 0.2})) as client:
        yield client


def post(
    client: TestClient, path: str, body: dict[str, Any], name: str | None = None, status: int = 201
) -> Any:
    headers = {"idempotency-key": name} if name else {}
    answer = client.post(path, json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def history(client: TestClient) -> list[tuple[str, str]]:
    """What was done to the live version, the newest first."""
    return [(each["action"], each["version"]) for each in client.get(MODELS).json()["history"]]


def states(client: TestClient) -> list[str]:
    return [each["state"] for each in client.get(EXPERIMENTS).json()["experiments"]]


def two_versions(client: TestClient, shop: Path) -> tuple[str, str]:
    """Names of the first and of the second, which is live."""
    ((_, first),) = history(client)
    another_result(shop, fewer_candidates)
    return first, post(client, f"{MODELS}/publish", {})["version"]


def test_each_administrative_request_that_is_sent_again_is_done_once(served: TestClient, shop: Path) -> None:
    first, second = two_versions(served, shop)
    asked: list[tuple[str, dict[str, Any]]] = [
        (f"{MODELS}/rollback", {"reason": "worse"}),
        (f"{MODELS}/activate", {"version": second}),
        (f"{MODELS}/publish", {}),
        (f"{EXPERIMENTS}/define", {"definition": DEFINITION}),
        (f"{EXPERIMENTS}/twins/start", {}),
        (f"{EXPERIMENTS}/twins/stop", {}),
    ]
    answers = [post(served, path, body, f"step {path[-5:]}".replace(" ", "-")) for path, body in asked]
    before = history(served), states(served)
    assert [version for _, version in before[0]] == [second, second, first, second, first]
    for (path, body), answer in zip(asked, answers, strict=True):
        assert answer["repeated"] is False
        again = post(served, path, body, f"step {path[-5:]}".replace(" ", "-"))
        assert again == answer | {"repeated": True}
    assert (history(served), states(served)) == before
    assert served.get("/version").json()["model_version"] == second


def test_without_an_idempotency_key_the_same_is_done_again(served: TestClient, shop: Path) -> None:
    first, second = two_versions(served, shop)
    for _ in range(2):
        assert post(served, f"{MODELS}/activate", {"version": first})["repeated"] is False
    assert [version for _, version in history(served)] == [first, first, second, first]


def test_the_same_idempotency_key_for_another_request_is_a_conflict(served: TestClient, shop: Path) -> None:
    first, second = two_versions(served, shop)
    post(served, f"{MODELS}/activate", {"version": first}, "monday")
    before = history(served)
    for path, body in (("activate", {"version": second}), ("rollback", {}), ("publish", {})):
        assert "idempotency key" in post(served, f"{MODELS}/{path}", body, "monday", 409)["detail"]
    assert history(served) == before


def test_another_api_key_has_idempotency_keys_of_its_own(served: TestClient, shop: Path, url: str) -> None:
    first, _ = two_versions(served, shop)
    post(served, f"{MODELS}/activate", {"version": first}, "monday")
    headers = {"authorization": f"Bearer {token(url, Scope.ADMIN)}", "idempotency-key": "monday"}
    answer = served.post(f"{MODELS}/activate", json={"version": first}, headers=headers)
    assert answer.json()["repeated"] is False
    other = {"authorization": headers["authorization"]}
    done = [
        served.get(f"{MODELS}/outcome", params={"idempotency_key": "monday"}, headers=each).json()["answer"][
            "at"
        ]
        for each in ({}, other)
    ]
    assert done[0] != done[1]


def test_a_retry_is_answered_although_the_version_is_gone_and_another_model_lies_ready(
    served: TestClient, shop: Path
) -> None:
    first, second = two_versions(served, shop)
    published = post(served, f"{MODELS}/publish", {}, "publish")
    activated = post(served, f"{MODELS}/activate", {"version": first}, "activate")
    (shop / "service" / "models" / first / "release.json").unlink()
    another_result(shop, lambda saved: replace(saved, model=replace(saved.model, candidates=10)))
    versions = served.get(MODELS).json()["versions"]
    assert post(served, f"{MODELS}/activate", {"version": first}, "activate") == activated | {
        "repeated": True
    }
    assert post(served, f"{MODELS}/publish", {}, "publish") == published | {"repeated": True}
    assert served.get(MODELS).json()["versions"] == versions == [second]


def test_a_retry_of_a_start_is_answered_although_another_experiment_has_its_customers_by_now(
    served: TestClient,
) -> None:
    post(served, f"{EXPERIMENTS}/define", {"definition": DEFINITION}, "define")
    started = post(served, f"{EXPERIMENTS}/twins/start", {}, "start")
    post(served, f"{EXPERIMENTS}/twins/stop", {})
    post(served, f"{EXPERIMENTS}/define", {"definition": DEFINITION | {"name": "others"}})
    post(served, f"{EXPERIMENTS}/others/start", {})
    assert post(served, f"{EXPERIMENTS}/twins/start", {}, "start") == started | {"repeated": True}
    assert states(served) == ["stopped", "running"]


def test_events_that_are_sent_again_are_not_stored_again_although_the_clock_went_back(
    served: TestClient, customers: list[str]
) -> None:
    worker = worker_of(served)
    now = worker.now()
    body = {"events": [event(customers[0], ARTICLE, at=now.isoformat())]}
    first = post(served, "/v1/events", body, "order-1")
    worker.clock.now = lambda as_of: now - timedelta(hours=1)  # type: ignore[method-assign]
    assert post(served, "/v1/events", body, "order-1") == first | {"repeated": True}
    other = {"events": [event(customers[1], ARTICLE, at=now.isoformat())]}
    post(served, "/v1/events", other, "order-1", 409)
    post(served, "/v1/events", other, "order-2", 422)
    assert count_events(worker.database) == 1


@contextmanager
def held(url: str, queue: Queue) -> Iterator[None]:
    """Another process has the database to itself."""
    other = Database.open(url)
    with other.begin(queue):
        yield
    other.close()


def nothing_goes_on(client: TestClient) -> None:
    """Returns when no thread of the worker waits for the database any more."""
    until(lambda: all(each.done() for each in worker_of(client).storage._hanging))


@pytest.mark.parametrize("step", ["activate", "start"])
def test_what_is_answered_with_503_does_not_take_effect_later(
    impatient: TestClient, url: str, step: str
) -> None:
    ((_, version),) = history(impatient)
    post(impatient, f"{EXPERIMENTS}/define", {"definition": DEFINITION})
    before = history(impatient), states(impatient)
    path, queue, body = {
        "activate": (f"{MODELS}/activate", Queue.DEPLOYMENTS, {"version": version}),
        "start": (f"{EXPERIMENTS}/twins/start", Queue.EXPERIMENTS, {}),
    }[step]
    with held(url, queue):
        problem = post(impatient, path, body, "monday", 503)
        assert problem["type"] == "about:blank"
        assert "find_out" not in problem
    nothing_goes_on(impatient)
    assert (history(impatient), states(impatient)) == before
    assert post(impatient, path, body, "monday")["repeated"] is False


@contextmanager
def stalled(client: TestClient) -> Iterator[None]:
    """Commits that were begun end after the block, as on a disk that hangs."""
    go_on, waiting = Event(), list[int]()

    def stall(_: object) -> None:
        waiting.append(1)
        assert go_on.wait(SLOW)
        waiting.pop()

    engine = worker_of(client).database._engine
    sa.event.listen(engine, "commit", stall)
    try:
        yield
    finally:
        go_on.set()
        nothing_goes_on(client)
        until(lambda: not waiting)
        sa.event.remove(engine, "commit", stall)


Step = tuple[str, dict[str, Any], Callable[[TestClient], Any]]


def steps(customers: list[str], version: str) -> dict[str, Step]:
    """What is asked for, and what shows whether it was done."""

    def stored(client: TestClient) -> int:
        return count_events(worker_of(client).database)

    return {
        "activate": (f"{MODELS}/activate", {"version": version}, history),
        "rollback": (f"{MODELS}/rollback", {}, history),
        "start": (f"{EXPERIMENTS}/twins/start", {}, states),
        "events": ("/v1/events", {"events": [event(customers[0], ARTICLE)]}, stored),
    }


@pytest.mark.parametrize(
    ("step", "named"),
    [
        *((step, True) for step in ("activate", "rollback", "start", "events")),
        *((step, False) for step in ("activate", "events")),
        *slow(("rollback", False), ("start", False)),
    ],
)
def test_of_what_may_be_done_yet_the_answer_says_so_and_where_to_ask(
    impatient: TestClient, shop: Path, customers: list[str], step: str, named: bool
) -> None:
    first, _ = two_versions(impatient, shop)
    post(impatient, f"{EXPERIMENTS}/define", {"definition": DEFINITION})
    path, body, shown = steps(customers, first)[step]
    name = "monday" if named else None
    before = shown(impatient)
    with stalled(impatient):
        problem = post(impatient, path, body, name, 504)
        assert problem["type"] == "urn:stylo:outcome-unknown"
        assert shown(impatient) == before
        assert impatient.get(problem["find_out"]).status_code == 503  # nobody knows yet
    until(lambda: impatient.get(problem["find_out"]).status_code == 200)
    outcome = impatient.get(problem["find_out"]).json()
    assert outcome["done"] is True
    assert datetime.fromisoformat(outcome["at"]).tzinfo is not None
    after = shown(impatient)
    assert after != before
    if named:
        again = post(impatient, path, body, name)
        assert again["repeated"] is True
        told = {field: value for field, value in again.items() if field != "repeated"}
        assert told == {field: outcome["answer"][field] for field in told}
        assert shown(impatient) == after


def test_events_that_waited_behind_a_commit_in_vain_are_not_stored_after_it(
    impatient: TestClient, customers: list[str]
) -> None:
    first, second = ({"events": [event(customers[n], ARTICLE)]} for n in range(2))
    with stalled(impatient):
        unknown = post(impatient, "/v1/events", first, "order-1", 504)
        post(impatient, "/v1/events", second, "order-2", 503)
    until(lambda: impatient.get(unknown["find_out"]).status_code == 200)
    assert post(impatient, "/v1/events", first, "order-1")["repeated"] is True
    assert count_events(worker_of(impatient).database) == 1
    assert post(impatient, "/v1/events", second, "order-2")["repeated"] is False


def test_of_what_nobody_asked_for_nothing_was_done(served: TestClient, url: str) -> None:
    for place in ("/v1/events", MODELS, EXPERIMENTS):
        outcome = served.get(f"{place}/outcome", params={"idempotency_key": "monday"}).json()
        assert outcome == {"done": False, "at": None, "answer": None}
    for key, place in ((Scope.EVENTS, MODELS), (Scope.ADMIN, "/v1/events")):
        headers = {"authorization": f"Bearer {token(url, key)}"}
        answer = served.get(f"{place}/outcome", params={"idempotency_key": "monday"}, headers=headers)
        assert answer.status_code == 403


def test_the_place_to_ask_is_below_the_path_of_the_proxy(
    settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch, customers: list[str]
) -> None:
    monkeypatch.setattr(storage_access, "_COMMIT_SECONDS", 0.2)
    below = settings.model_copy(update={"patience": 0.2, "root_path": "/shop"})
    with asking(below) as client:
        with stalled(client):
            body = {"events": [event(customers[0], ARTICLE)]}
            problem = post(client, "/shop/v1/events", body, "a/b?c&d", 504)
        assert problem["find_out"].startswith("/shop/v1/events/outcome?")
        until(lambda: client.get(problem["find_out"]).status_code == 200)
        assert client.get(problem["find_out"]).json()["answer"]["stored"] == 1
