"""Nothing grows without bound: what is kept of answers, of uploads, and of those who wait."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from in_process import asking, worker_of
from loops import in_a_loop
from offline import answered
from serving import SLOW, Server, linked, token, until
from starlette.testclient import TestClient

from stylo.service import worker
from stylo.service.batching import Overloaded
from stylo.service.routes import articles
from stylo.service.settings import ServiceSettings
from stylo.service.turns import Turns


@pytest.fixture
def settings(shop: Path, demo_shop: Path) -> ServiceSettings:
    return ServiceSettings(data=shop, images=demo_shop / "images", rate=1e6)


@pytest.fixture
def client(settings: ServiceSettings) -> Iterator[TestClient]:
    with asking(settings) as client:
        yield client


WRITTEN = [
    "price_min=0",
    "price_min=0.0",
    "price_min=0." + 10_000 * "0",
    "price_min=0&k=12",
    "k=12&price_min=0e3",
    "&&price_min=%30&&",
    "price_min=0&exclude_purchased=false",
]


def test_what_is_the_same_question_is_kept_once_however_it_is_written(
    client: TestClient, customers: list[str]
) -> None:
    path = f"/v1/customers/{customers[0]}/recommendations"
    cache = worker_of(client).pipeline.cache
    for _ in range(2):
        found = [client.get(f"{path}?{each}") for each in WRITTEN]
        assert {each.status_code for each in found} == {200}
        assert len({each.text for each in found}) == 1
        assert len(cache) == 1
    assert [each.headers["x-cache"] for each in found] == ["hit"] * len(WRITTEN)
    colours = ["colour=Black&colour=White", "colour=White&colour=Black&colour=Black"]
    assert len({client.get(f"{path}?{each}").text for each in colours}) == 1
    assert len(cache) == 2
    client.get(f"{path}?k=13")
    assert len(cache) == 3


def test_what_is_noted_of_how_a_question_is_written_is_bounded(
    settings: ServiceSettings, customers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert worker._KNOWN_FORMS <= 10_000
    monkeypatch.setattr(worker, "_KNOWN_FORMS", 40)
    with asking(settings) as client:
        forms = worker_of(client).known_forms
        for number in range(50):
            client.get(f"/v1/customers/{customers[0]}/recommendations?price_max={number}")
        assert len(forms) == 40
        assert max(map(len, forms)) < 1_000
        answered(client, customers[0], price_max="1" + 1_000 * "0" + "e-1000")
        assert max(map(len, forms)) < 1_000


def test_a_batch_counts_as_many_requests_as_it_names_customers(
    client: TestClient, settings: ServiceSettings, customers: list[str]
) -> None:
    slow = {"authorization": f"Bearer {token(settings.state_folder.database_url, rate=2.0)}"}
    asked = {"customers": [*customers[:100], customers[0]]}
    assert client.post("/v1/batch", json=asked, headers=slow).status_code == 200
    refused = client.get("/v1/articles", headers=slow)
    assert refused.status_code == 429
    # A hundred at two a second, of which a second held two.
    assert 40 < int(refused.headers["retry-after"]) <= 50
    assert client.get("/v1/articles").status_code == 200  # other keys owe nothing


def test_the_answer_to_a_batch_is_what_each_is_recommended(client: TestClient, customers: list[str]) -> None:
    some = [*customers[:40], "f" * 64]
    told = client.post("/v1/batch", json={"customers": some, "k": 5}).json()
    assert told["unknown"] == ["f" * 64]
    assert [each["customer_id"] for each in told["lists"]] == customers[:40]
    for each in told["lists"][::13]:
        assert each == answered(client, each["customer_id"], k=5).json()
    assert client.post("/v1/batch", json={"customers": ["f" * 64]}).json()["lists"] == []


def test_who_searches_waits_his_turn_and_no_longer_than_his_patience(
    shop: Path, demo_shop: Path, customers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on, real = threading.Event(), articles.search

    def slow(*asked: object) -> object:
        assert may_go_on.wait(SLOW)
        return real(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(articles, "search", slow)
    settings = ServiceSettings(data=shop, images=demo_shop / "images", rate=1e6, patience=0.1, threads=1)
    with asking(settings) as client:
        answers: list[httpx2.Response] = []
        first = threading.Thread(target=lambda: answers.append(client.get("/v1/articles?q=black")))
        first.start()
        try:
            until(lambda: worker_of(client).search._turns.locked())
            for path in ("/v1/articles", "/v1/articles/0794071001/similar"):
                refused = client.get(path)
                assert refused.status_code == 503
                assert refused.json()["detail"] == "The service is overloaded."
                assert int(refused.headers["retry-after"]) >= 1
            answered(client, customers[0])  # others are served meanwhile
        finally:
            may_go_on.set()
            first.join()
        assert answers[0].status_code == 200
        assert client.get("/v1/articles").status_code == 200


def test_more_batches_than_can_be_worked_on_are_turned_away(
    shop: Path, demo_shop: Path, customers: list[str]
) -> None:
    settings = ServiceSettings(data=shop, images=demo_shop / "images", rate=1e6, patience=0.1)
    with asking(settings) as client:
        turns = worker_of(client).pipeline.batches

        async def leave_none() -> None:
            while not turns._turns.locked():
                await turns._turns.acquire()

        client.portal.call(leave_none)  # type: ignore[union-attr]
        refused = client.post("/v1/batch", json={"customers": customers[:3]})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        answered(client, customers[0])
        client.portal.call(turns._turns.release)  # type: ignore[union-attr]
        assert client.post("/v1/batch", json={"customers": customers[:3]}).status_code == 200


def test_so_many_may_wait_for_a_turn_and_no_more() -> None:
    may_go_on = threading.Event()

    async def test() -> None:
        turns = Turns("test", 2, SLOW)
        asked = [asyncio.create_task(turns.do(lambda: may_go_on.wait(SLOW))) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await turns.do(lambda: True)
        may_go_on.set()
        assert await asyncio.gather(*asked) == [True] * 3
        assert await turns.do(lambda: 5) == 5
        turns.shutdown()

    in_a_loop(test())


def test_uploads_beyond_what_is_held_at_a_time_are_turned_away_and_others_are_not(
    demo_shop: Path, tmp_path: Path
) -> None:
    data = linked(demo_shop, tmp_path / "shop")
    bounds = {
        "upload_bytes": 100_000,
        "largest_body": 80_000,
        "largest_picture": 90_000,
        "body_seconds": 10_000,
    }

    begun, over = threading.Semaphore(0), threading.Event()
    whole = {
        path: {"url": path, "content": bytes(60_000), "headers": {"content-type": kind}}
        for path, kind in (("/v1/events", "application/json"), ("/v1/visual-search", "image/png"))
    }

    def half() -> Iterator[bytes]:
        """A body that stops in the middle until the test is over."""
        yield bytes(60_000)
        begun.release()
        assert over.wait(SLOW)

    with Server(data, demo_shop / "images", **bounds) as server, server.client() as client:

        def send(path: str) -> None:
            with server.client() as sender:
                sender.post(**{**whole[path], "content": half()})

        def refused(path: str) -> bool:
            answer = client.post(**whole[path])
            return (answer.status_code, answer.headers.get("retry-after")) == (503, "1")

        senders = [threading.Thread(target=send, args=[path]) for path in whole]
        try:
            for each in senders:
                each.start()
                assert begun.acquire(timeout=SLOW)
            for path in whole:
                until(lambda path=path: refused(path))  # once the server has read what was sent
            assert client.post("/v1/batch", json={"customers": ["f" * 64]}).status_code == 200
        finally:
            over.set()
            for each in senders:
                each.join()
        until(lambda: not any(map(refused, whole)))


def test_a_redirect_leads_to_where_the_caller_is_whatever_host_says(client: TestClient) -> None:
    for host in ("evil.example", "evil.example:8000", ""):
        led = client.get("/v1/articles/?q=a%20b", headers={"host": host}, follow_redirects=False)
        assert (led.status_code, led.headers["location"]) == (307, "/v1/articles?q=a%20b")
    assert "evil" not in client.get("//evil.example/v1/articles/", follow_redirects=False).headers.get(
        "location", ""
    )
