"""Whoever waits for the database waits in a thread: the event loop, which everybody needs, never does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from in_process import asking
from offline import event
from serving import linked
from starlette.testclient import TestClient

from stylo.service.settings import ServiceSettings
from stylo.storage.database import Database

ARTICLE = "0794071001"
NAMED = "experiments/more twins"
#: Requests that are answered by or without the database; each is what the application can do with it.
REQUESTS: dict[str, Callable[[TestClient, str], Any]] = {
    "new": lambda client, who: client.get(f"/v1/customers/{who}/recommendations"),
    "cached": lambda client, who: client.get(f"/v1/customers/{who}/recommendations"),
    "batch": lambda client, who: client.post("/v1/batch", json={"customers": [who]}),
    "events": lambda client, who: client.post("/v1/events", json={"events": [event(who, ARTICLE, "view")]}),
    "search": lambda client, _: client.get("/v1/articles?q=dress"),
    "models": lambda client, _: client.get("/v1/admin/models"),
    "publish": lambda client, _: client.post("/v1/admin/models/publish", json={}),
    "rollback": lambda client, _: client.post("/v1/admin/models/rollback", json={}),
    "experiments": lambda client, _: client.get("/v1/admin/experiments"),
    "start": lambda client, _: client.post("/v1/admin/experiments/none/start", json={}),
    "stop": lambda client, _: client.post("/v1/admin/experiments/none/stop", json={}),
    "ready": lambda client, _: client.get("/health/ready"),
    "metrics": lambda client, _: client.get("/metrics"),
}


@pytest.fixture(scope="module")
def used(monkeypatch_module: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """Each use of a database, and whether it was in an event loop."""
    used: list[tuple[str, bool]] = []

    def noting(name: str) -> Callable[..., Any]:
        real = getattr(Database, name)

        def noted(self: Database, *arguments: Any) -> Any:
            running = False
            # The service's loop has a thread of its own; one of the main thread belongs to the browser of other tests.
            if threading.current_thread() is not threading.main_thread():
                with suppress(RuntimeError):
                    running = asyncio.get_running_loop() is not None
            used.append((name, running))
            return real(self, *arguments)

        return noted

    for name in ("read", "begin"):
        monkeypatch_module.setattr(Database, name, noting(name))
    return used


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def watched(
    demo_shop: Path, tmp_path_factory: pytest.TempPathFactory, used: list[tuple[str, bool]]
) -> Iterator[TestClient]:
    data = linked(demo_shop, tmp_path_factory.mktemp("watched") / "shop")
    with asking(ServiceSettings(data=data, images=demo_shop / "images", follow_seconds=0.05)) as client:
        yield client
    assert not [name for name, in_loop in used if in_loop]  # nor at the end


@pytest.mark.parametrize("request_of", REQUESTS.values(), ids=REQUESTS)
def test_no_request_asks_the_database_in_the_event_loop(
    watched: TestClient,
    used: list[tuple[str, bool]],
    customers: list[str],
    request_of: Callable[[TestClient, str], Any],
) -> None:
    answer = request_of(watched, customers[0])
    assert answer.status_code < 500
    assert used
    assert not [name for name, in_loop in used if in_loop]
