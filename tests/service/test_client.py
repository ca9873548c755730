"""The client: every address of the service, and patience with a service or a network that fails now and then."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from helpers import REPOSITORY, customer
from PIL import Image
from serving import Server, free_port, linked

from stylo.service import client, client_types, schemas
from stylo.service.admin_client import AdminClient
from stylo.service.client import Client, Event, Refused, Unreachable

READY = {"ready": True, "model_version": "v", "storage": True, "problems": {}}
DEFINITION = schemas.DefinitionRequest.model_fields["definition"].examples[0]
PROBLEM = {"status": 404, "title": "Not Found", "detail": "Nobody knows.", "request_id": "r1", "errors": []}


class Flaky:
    """A service that does what its script says, answer after answer, and remembers what it was asked.

    An answer is (status, headers, body); None hangs up without one. The last is given ever after.
    """

    def __init__(self, *script: tuple[int, dict[str, str], object] | None) -> None:
        self.script, self.asked, self.connections = list(script), list[Any](), set[Any]()
        flaky = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                flaky.asked.append((self.command, self.path, dict(self.headers), body))
                flaky.connections.add(self.client_address)
                said = flaky.script.pop(0) if len(flaky.script) > 1 else flaky.script[0]
                if said is None:
                    self.close_connection = True
                    return
                status, headers, content = said
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in {"content-length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)
                self.close_connection = headers.get("hidden-close") == "yes" or self.close_connection

            do_GET = do_POST = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def flaky() -> Iterator[Callable[..., Flaky]]:
    made: list[Flaky] = []

    def make(*script: tuple[int, dict[str, str], object] | None) -> Flaky:
        made.append(Flaky(*script))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def slept() -> list[float]:
    """The seconds that a client of `asking` would have waited for."""
    return []


@pytest.fixture
def asking(slept: list[float]) -> Iterator[Callable[..., Client]]:
    made: list[Client] = []

    def make(address: str, **more: Any) -> Client:
        made.append(Client(address, "stylo_key", **{"sleep": slept.append, "chance": lambda: 1.0, **more}))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize("status", client.AGAIN)
def test_a_service_that_is_busy_is_asked_again(
    status: int, flaky: Callable[..., Flaky], asking: Callable[..., Client], slept: list[float]
) -> None:
    service = flaky((status, {}, PROBLEM), (status, {}, PROBLEM), (200, {}, {"stylo": "1"}))
    assert asking(service.address).version() == {"stylo": "1"}
    assert len(service.asked) == 3
    assert slept == [0.4, 0.8]  # doubled each time


def test_the_wait_is_a_random_part_of_one_that_doubles_up_to_ten_seconds(
    flaky: Callable[..., Flaky], asking: Callable[..., Client], slept: list[float]
) -> None:
    service, chances = flaky((503, {}, PROBLEM)), iter([0.5, 0.0, 1.0, 0.25, 1.0, 1.0])
    with pytest.raises(Refused):
        asking(service.address, attempts=7, chance=lambda: next(chances)).version()
    assert slept == [0.2, 0.0, 1.6, 0.8, 6.4, 10.0]


def test_the_service_says_how_long_to_wait(
    flaky: Callable[..., Flaky], asking: Callable[..., Client], slept: list[float]
) -> None:
    service = flaky((429, {"retry-after": "7"}, PROBLEM), (200, {}, {"stylo": "1"}))
    asking(service.address, chance=lambda: 0.5).version()
    assert slept == [7.1]


def test_a_service_that_will_be_away_for_long_is_not_waited_for(
    flaky: Callable[..., Flaky], asking: Callable[..., Client], slept: list[float]
) -> None:
    service = flaky((503, {"retry-after": "3600"}, PROBLEM))
    with pytest.raises(Refused):
        asking(service.address).version()
    assert (len(service.asked), slept) == (1, [])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 500])
def test_what_is_refused_is_told_at_once(
    status: int, flaky: Callable[..., Flaky], asking: Callable[..., Client], slept: list[float]
) -> None:
    errors = [{"where": "query.k", "what": "too many"}]
    service = flaky((status, {}, {**PROBLEM, "status": status, "errors": errors}))
    with pytest.raises(
        Refused, match=rf"{status}: Nobody knows. \(request r1\)\n  query.k: too many"
    ) as raised:
        asking(service.address).article("0706016001")
    refused = raised.value
    assert (refused.status, refused.detail, refused.request_id) == (status, "Nobody knows.", "r1")
    assert refused.errors == (("query.k", "too many"),)
    assert (len(service.asked), slept) == (1, [])


def test_a_refusal_of_a_proxy_is_told_as_it_came(
    flaky: Callable[..., Flaky], asking: Callable[..., Client]
) -> None:
    service = flaky((403, {"x-request-id": "p9"}, b"<html>" + b"x" * 10_000))
    with pytest.raises(Refused) as raised:
        asking(service.address).version()
    assert (raised.value.request_id, len(raised.value.detail)) == ("p9", 300)


def test_something_else_at_the_address_is_told(
    flaky: Callable[..., Flaky], asking: Callable[..., Client]
) -> None:
    service = flaky((200, {}, b"<html>Welcome"))
    with pytest.raises(Unreachable, match="something else answers there: <html>Welcome"):
        asking(service.address).version()


def test_a_connection_that_breaks_is_made_again(
    flaky: Callable[..., Flaky], asking: Callable[..., Client], slept: list[float]
) -> None:
    service = flaky(None, None, (200, {}, {"stylo": "1"}))
    asking(service.address).version()
    assert len(service.asked) == 3
    assert slept == [0.4, 0.8]


def test_an_answer_that_was_cut_off_is_asked_for_again(
    flaky: Callable[..., Flaky], asking: Callable[..., Client]
) -> None:
    cut = (200, {"content-length": "1000", "hidden-close": "yes"}, {"stylo": "1"})
    service = flaky(cut, (200, {}, {"stylo": "2"}))
    assert asking(service.address).version() == {"stylo": "2"}


def test_a_connection_that_was_kept_and_closed_meanwhile_costs_no_attempt(
    flaky: Callable[..., Flaky], asking: Callable[..., Client], slept: list[float]
) -> None:
    closing = (200, {"hidden-close": "yes"}, {"stylo": "1"})
    service = flaky(closing, closing)
    shop = asking(service.address, attempts=1)
    for _ in range(3):
        shop.version()
    assert (len(service.connections), slept) == (3, [])


def test_requests_share_a_connection(flaky: Callable[..., Flaky], asking: Callable[..., Client]) -> None:
    service = flaky((200, {}, {"stylo": "1"}))
    shop = asking(service.address)
    for _ in range(5):
        shop.version()
    assert len(service.connections) == 1


def test_threads_may_share_a_client(flaky: Callable[..., Flaky], asking: Callable[..., Client]) -> None:
    service = flaky((200, {}, {"stylo": "1"}))
    shop = asking(service.address)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: shop.version(), range(200)))
    assert found == [{"stylo": "1"}] * 200
    assert len(service.connections) <= 8


def test_nobody_at_the_address_is_told_after_the_last_attempt(
    asking: Callable[..., Client], slept: list[float]
) -> None:
    with pytest.raises(Unreachable, match=r"refused \(3 attempts\)") as raised:
        asking(f"http://127.0.0.1:{free_port()}", attempts=3).version()
    assert raised.value.attempts == 3
    assert len(slept) == 2


def test_a_silent_service_is_given_up(asking: Callable[..., Client]) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes the connection, and says nothing
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Unreachable, match="did not answer in time"):
            asking(address, timeout=0.05, attempts=2).version()


def test_events_that_are_sent_again_have_the_same_key_and_body(
    flaky: Callable[..., Flaky], asking: Callable[..., Client]
) -> None:
    service = flaky((503, {}, PROBLEM), None, (201, {}, {"stored": 1}))
    shop = asking(service.address)
    shop.send([Event(customer(1), "view", "0706016001")])
    shop.send([Event(customer(1), "view", "0706016001")])
    shop.send([Event(customer(1), "view", "0706016001")], idempotency_key="mine")
    keys = [headers["idempotency-key"] for _, _, headers, _ in service.asked]
    assert len({body for *_, body in service.asked}) == 1
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert keys[4] == "mine"


def test_options_are_written_as_the_service_reads_them(
    flaky: Callable[..., Flaky], asking: Callable[..., Client]
) -> None:
    service = flaky((200, {}, {}))
    shop = asking(f"{service.address}/stylo/")
    shop.recommendations(
        "a/../b?",
        5,
        colour=["Black", "Dark Blue"],
        new=True,
        price_max=9.5,
        as_of=date(2020, 9, 1),
        photo=None,
    )
    assert service.asked[0][1] == (
        "/stylo/v1/customers/a%2F..%2Fb%3F/recommendations"
        "?k=5&colour=Black&colour=Dark+Blue&new=true&price_max=9.5&as_of=2020-09-01"
    )
    assert service.asked[0][2]["authorization"] == "Bearer stylo_key"


def test_a_picture_is_sent_as_it_is(flaky: Callable[..., Flaky], asking: Callable[..., Client]) -> None:
    service = flaky((200, {}, {"articles": []}))
    assert asking(service.address).visual_search(b"\x89PNG", "image/png", k=3) == {"articles": []}
    method, path, headers, body = service.asked[0]
    assert (method, path, body) == ("POST", "/v1/visual-search?k=3", b"\x89PNG")
    assert headers["content-type"] == "image/png"


def test_a_service_that_is_not_ready_says_so_at_once(
    flaky: Callable[..., Flaky], asking: Callable[..., Client], slept: list[float]
) -> None:
    service = flaky((503, {"retry-after": "2"}, {**READY, "ready": False}), (503, {}, PROBLEM))
    shop = asking(service.address)
    assert shop.ready()["ready"] is False
    with pytest.raises(Refused):
        shop.ready()
    assert slept == []


@pytest.mark.parametrize(
    ("address", "token", "more"),
    [
        ("stylo.example", "key", {}),
        ("ftp://stylo.example", "key", {}),
        ("http://", "key", {}),
        ("http://stylo.example:port", "key", {}),
        ("http://stylo.example", "", {}),
        ("http://stylo.example", "key\r\nx: y", {}),
        ("http://stylo.example", "ключ", {}),
        ("http://stylo.example", "key", {"attempts": 0}),
    ],
)
def test_what_cannot_be_a_service_or_a_key_is_refused(address: str, token: str, more: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Client(address, token, **more)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        Event(customer(1), "view", "0706016001", at=datetime(2020, 9, 1))


def test_the_key_is_not_shown(flaky: Callable[..., Flaky], asking: Callable[..., Client]) -> None:
    service = flaky((401, {}, PROBLEM))
    shop = asking(service.address)
    with pytest.raises(Refused) as raised:
        shop.version()
    assert "stylo_key" not in f"{raised.value!r} {raised.value} {shop!r}"


def test_answers_have_the_fields_that_the_service_gives() -> None:
    same = {
        "Recommendation": "RecommendedArticle",
        "Recommendations": "RecommendationsResponse",
        "Batch": "BatchResponse",
        "SimilarArticle": "SimilarArticleResponse",
        "Similar": "SimilarResponse",
        "ArticleDetails": "ArticleResponse",
        "Label": "FacetLabel",
        "Articles": "ArticlesResponse",
        "Stored": "EventsResponse",
        "Version": "VersionResponse",
        "Ready": "ReadinessResponse",
        "RequestOutcome": "OutcomeResponse",
        "DeploymentRecord": "DeploymentResponse",
        "Deployed": "DeployedResponse",
        "Models": "ModelsResponse",
        "ExperimentRecord": "ExperimentResponse",
        "ExperimentStep": "ExperimentStepResponse",
        "Experiments": "ExperimentsResponse",
    }
    for ours, theirs in same.items():
        assert set(get_type_hints(getattr(client_types, ours))) == set(getattr(schemas, theirs).model_fields)


def test_the_client_needs_nothing_but_python() -> None:
    program = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); import stylo.service.admin_client"
    done = subprocess.run(
        [sys.executable, "-S", "-I", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def server(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = linked(demo_shop, tmp_path_factory.mktemp("client") / "shop")
    with Server(data, demo_shop / "images", largest_picture=100_000) as running:
        yield running


def test_every_address_of_a_real_service_is_asked(
    server: Server, customers: list[str], article_ids: list[str]
) -> None:
    with Client(server.address, server.token, timeout=60) as shop:
        assert shop.ready()["ready"]
        version = shop.version()["model_version"]
        given = shop.recommendations(customers[0], k=5, exclude_purchased=True)
        assert (given["model_version"], len(given["recommendations"])) == (version, 5)
        someone = shop.recommendations_for_anybody(k=5, age=34, seed_articles=article_ids[:2])
        assert (someone["customer_id"], len(someone["recommendations"])) == (None, 5)
        stored = shop.send(
            [Event(customers[0], "purchase", article_ids[0], at=datetime(2020, 9, 22, tzinfo=UTC), price=9.5)]
        )
        assert (stored["stored"], stored["repeated"]) == (1, False)
        batch = shop.batch([*customers[:3], customer(78)])
        assert [each["customer_id"] for each in batch["lists"]] == customers[:3]
        assert batch["unknown"] == [customer(78)]
        found = shop.search(limit=3, photo=True)
        assert len(found["articles"]) == 3
        article = found["articles"][0]
        assert shop.article(article["article_id"]) == article
        assert shop.similar(article["article_id"], k=4)["article_id"] == article["article_id"]
        picture = shop.thumbnail(article["article_id"])
        assert Image.open(BytesIO(picture)).format == "JPEG"


def test_events_that_were_stored_before_are_not_stored_again(
    server: Server, customers: list[str], article_ids: list[str]
) -> None:
    events = [Event(customers[1], "view", article_ids[1]), Event(customers[1], "click", article_ids[1])]
    with Client(server.address, server.token, timeout=60) as shop:
        first = shop.send(events, idempotency_key="twice")
        assert shop.send(events, idempotency_key="twice") == {**first, "repeated": True}
        with pytest.raises(Refused, match="409"):
            shop.send(events[:1], idempotency_key="twice")


def test_steps_that_were_done_before_are_not_done_again(server: Server) -> None:
    with AdminClient(server.address, server.token, timeout=60) as shop:
        live = shop.models()["live"]
        assert live is not None
        activated = shop.activate(live, reason="sure", idempotency_key="twice")
        assert shop.activate(live, reason="sure", idempotency_key="twice") == {**activated, "repeated": True}
        assert shop.publish()["version"] == live
        with pytest.raises(Refused, match="409"):
            shop.rollback(idempotency_key="twice")
        assert [each["action"] for each in shop.models()["history"]] == ["publish", "activate", "publish"]
        defined = shop.define(DEFINITION)
        assert (defined["state"], defined["repeated"]) == ("defined", False)
        assert shop.start("more twins")["state"] == "running"
        assert shop.stop("more twins")["state"] == "stopped"
        assert [each["name"] for each in shop.experiments()["experiments"]] == ["more twins"]
        outcome = shop.outcome("twice", "models")
        assert (outcome["done"], (outcome["answer"] or {})["version"]) == (True, live)
        assert not shop.outcome("twice", "experiments")["done"]


def test_where_to_ask_after_an_unknown_outcome_is_told(
    flaky: Callable[..., Flaky], asking: Callable[..., Client]
) -> None:
    place = "/v1/events/outcome?idempotency_key=mine"
    # That a later attempt did nothing says nothing about the first.
    service = flaky((504, {}, {**PROBLEM, "find_out": place}), (503, {}, PROBLEM))
    with pytest.raises(Refused, match="504") as raised:
        asking(service.address).send([Event(customer(1), "view", "0706016001")], idempotency_key="mine")
    assert raised.value.find_out == place
    assert {headers["idempotency-key"] for _, _, headers, _ in service.asked} == {"mine"}
    assert len(service.asked) > 1


def test_a_refusal_of_a_real_service_says_why(server: Server, customers: list[str]) -> None:
    with Client(server.address, server.token, timeout=60) as shop:
        with pytest.raises(Refused) as raised:
            shop.recommendations(customers[0], k=1000, color="Black")
        assert raised.value.status == 422
        assert {where for where, _ in raised.value.errors} == {"query.k", "query.color"}
        assert raised.value.request_id
        with pytest.raises(Refused, match="404"):
            shop.recommendations(customer(78))
        with pytest.raises(Refused, match="415"):
            shop.visual_search(b"GIF89a", "image/gif")
        with pytest.raises(Refused, match="413"):
            shop.visual_search(b"x" * 200_000)
    with Client(server.address, "stylo_wrong", timeout=60) as stranger, pytest.raises(Refused, match="401"):
        stranger.article("0706016001")


def test_a_service_that_is_started_again_is_found_again(
    server: Server, customers: list[str], article_ids: list[str]
) -> None:
    event = Event(customers[2], "view", article_ids[2])

    def start_again(_: float) -> None:
        if server.process is None:
            server.start()

    with Client(server.address, server.token, timeout=60, sleep=start_again) as shop:
        first = shop.send([event], idempotency_key="through-a-crash")
        server.kill()
        assert shop.send([event], idempotency_key="through-a-crash") == {**first, "repeated": True}
