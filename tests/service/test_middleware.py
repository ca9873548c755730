"""What every answer has around it: headers, the number of the request, and nothing of the inside."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from in_process import asking, worker_of
from offline import recommended
from serving import linked, token
from starlette.testclient import TestClient

from stylo.deployment.online_model import OnlineModel
from stylo.errors import DamagedArtefact
from stylo.service.logs import LOGGER, JsonLines
from stylo.service.settings import ServiceSettings

OPERATION = ("/health/live", "/health/ready", "/version", "/metrics")
SAFE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
SHOP = "https://shop.example"
SECRET = "/srv/stylo/secret.key: password=hunter2"


@pytest.fixture(scope="module")
def guarded(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """With the opposite of every default that concerns who may see what."""
    data = linked(demo_shop, tmp_path_factory.mktemp("guarded") / "shop")
    settings = ServiceSettings(
        data=data,
        images=demo_shop / "images",
        open_health=False,
        open_metrics=False,
        cors_origins=[SHOP],
        pseudonyms="a secret of the tests",
    )
    with asking(settings) as client:
        yield client


class Lines(logging.Handler):
    """The log as it is written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    def requests(self) -> list[dict[str, Any]]:
        return [line for line in self.all() if line["message"] == "request"]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    lines = Lines()
    monkeypatch.setattr(LOGGER, "level", logging.INFO)
    LOGGER.manager._clear_cache()  # type: ignore[attr-defined]  # loggers remember what they are enabled for
    LOGGER.addHandler(lines)
    yield lines
    LOGGER.removeHandler(lines)


def without_key(client: httpx2.Client, path: str, **more: Any) -> httpx2.Response:
    request = client.build_request("GET", path, **more)
    del request.headers["authorization"]
    return client.send(request)


@pytest.mark.parametrize("path", OPERATION)
def test_health_metrics_and_version_are_open_or_closed_as_the_settings_say(
    client: httpx2.Client, guarded: httpx2.Client, path: str
) -> None:
    assert without_key(client, path).status_code == 200
    assert without_key(guarded, path).status_code == 401
    assert guarded.get(path).status_code == 200


def test_every_answer_has_the_headers_that_keep_browsers_from_harm(client: httpx2.Client) -> None:
    answers = [
        client.get("/health/live"),
        client.get("/v1/articles"),
        client.get("/v1/articles/0137887001/thumbnail"),
        client.get("/v1/articles/0999999999"),
        client.get("/nothing"),
        client.delete("/v1/articles"),
        client.get("/v1/articles/"),
        client.post("/v1/events", content=bytes(2_000_001)),
        without_key(client, "/v1/articles"),
    ]
    assert [each.status_code for each in answers] == [200, 200, 200, 404, 404, 405, 200, 413, 401]
    for answer in answers:
        assert SAFE.items() <= dict(answer.headers).items()
        assert answer.headers["x-request-id"]
        assert "server" not in answer.headers


def test_nothing_is_kept_by_anyone_on_the_way_but_pictures(client: httpx2.Client) -> None:
    assert client.get("/v1/articles").headers["cache-control"] == "no-store"
    picture = client.get("/v1/articles/0137887001/thumbnail")
    assert picture.headers["cache-control"] == "private, max-age=86400"


def test_pages_of_other_origins_may_not_call_unless_they_are_named(
    client: httpx2.Client, guarded: httpx2.Client
) -> None:
    preflight = {"access-control-request-method": "GET", "access-control-request-headers": "authorization"}
    for who, origin, allowed in (
        (client, SHOP, None),
        (guarded, SHOP, SHOP),
        (guarded, "https://elsewhere.example", None),
        (guarded, "null", None),
    ):
        asked = who.get("/v1/articles", headers={"origin": origin})
        assert asked.headers.get("access-control-allow-origin") == allowed
        before = who.options("/v1/articles", headers={"origin": origin, **preflight})
        assert before.headers.get("access-control-allow-origin") == allowed
        assert "access-control-allow-credentials" not in before.headers
    refused = without_key(guarded, "/v1/articles", headers={"origin": SHOP})
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == SHOP  # so that the page can read why


@pytest.mark.parametrize("harmless", ["a", "2020-09-23_order.17", "A" * 64])
def test_the_number_of_a_request_is_taken_over_if_it_is_harmless(
    client: httpx2.Client, log: Lines, harmless: str
) -> None:
    answer = client.get("/v1/articles/0999999999", headers={"x-request-id": harmless})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == harmless
    assert [line["request_id"] for line in log.requests()] == [harmless]


@pytest.mark.parametrize("harmful", ["", "a b", "A" * 65, "<script>", "../x", "a\tb", 'x"y', "ümlaut"])
def test_a_number_that_could_do_harm_is_replaced(client: httpx2.Client, harmful: str) -> None:
    headers = {"x-request-id": harmful.encode("latin-1")}
    given = [client.get("/version", headers=headers).headers["x-request-id"] for _ in range(2)]
    assert given[0] != given[1]
    assert all(len(each) == 32 and each.isalnum() for each in given)


def test_a_request_leaves_one_line_with_what_an_operator_asks_for(
    client: httpx2.Client, log: Lines, settings: ServiceSettings, customers: list[str]
) -> None:
    made = token(settings.state_folder.database_url)
    path = f"/v1/customers/{customers[0]}/recommendations"
    answer = client.get(path, params={"k": 3}, headers={"authorization": f"Bearer {made}"})
    (line,) = log.requests()
    assert line["level"] == "info"
    assert line["request_id"] == answer.headers["x-request-id"]
    assert line["key_id"] == made.split("_")[1]
    assert line["method"] == "GET"
    assert line["route"] == "/v1/customers/{customer_id}/recommendations"
    assert line["path"] == path
    assert line["status"] == 200
    assert line["milliseconds"] > 0
    assert line["model_version"] == answer.json()["model_version"]
    assert line["variant"] == "live"
    assert line["cache"] == answer.headers["x-cache"]


def test_refused_requests_leave_a_line_too(client: httpx2.Client, log: Lines) -> None:
    without_key(client, "/v1/articles")
    client.get("/v1/nothing")
    client.get("/v1/articles?limit=0")
    assert [(line["route"], line["status"]) for line in log.requests()] == [
        ("unknown", 401),
        ("unknown", 404),
        ("/v1/articles", 422),
    ]


def test_no_line_has_a_token_or_what_was_sent(
    client: httpx2.Client, log: Lines, settings: ServiceSettings, customers: list[str]
) -> None:
    made = token(settings.state_folder.database_url)
    headers = {"authorization": f"Bearer {made}", "idempotency-key": "order-4711"}
    client.get("/v1/articles", params={"q": "my dear diary"}, headers=headers)
    client.post("/v1/events", json={"events": [{"customer_id": customers[0]}]}, headers=headers)
    client.get("/v1/articles", headers={"authorization": f"Bearer {made}x"})
    assert len(log.requests()) == 3
    for secret in (made, made.split("_", 2)[2], "diary", customers[0], "4711"):
        assert secret not in "".join(log.lines)


def test_customers_are_pseudonyms_in_the_log_where_a_secret_is_set(
    guarded: httpx2.Client, log: Lines, customers: list[str]
) -> None:
    for who in (customers[0], customers[0], customers[1]):
        recommended(guarded, who)
    paths = [line["path"] for line in log.requests()]
    assert paths[0] == paths[1] != paths[2]
    assert all(path.startswith("/v1/customers/customer-") for path in paths)
    assert customers[0] not in "".join(log.lines)
    assert customers[0][:16] not in "".join(log.lines)


@pytest.mark.parametrize(
    "written",
    [
        str.upper,
        lambda who: who[:63],
        lambda who: who[:17],
        lambda who: who[:7],
        lambda who: who + "0",
        lambda who: 9 * who,
        lambda who: f"{who[:30]} {who[30:]}",
        lambda who: f"{who[:30]}%2F{who[30:]}",
        lambda who: f"/{who}",
        lambda who: f"{who}%0A",
        lambda who: "Erika Mustermann",
    ],
    ids=["upper", "63", "17", "7", "65", "576", "blank", "slash", "slashes", "newline", "name"],
)
def test_so_are_ids_that_are_none(
    guarded: httpx2.Client, log: Lines, customers: list[str], written: Callable[[str], str]
) -> None:
    who = written(customers[0])
    answer = guarded.get(f"/v1/customers/{who}/recommendations")
    assert 400 <= answer.status_code < 500
    (line,) = log.requests()
    assert line["path"].startswith("/v1/customers/customer-")
    for part in (who, customers[0][:7], customers[0][-7:], "Erika"):
        assert part.lower() not in "".join(log.lines).lower()


def test_an_id_where_no_id_belongs_is_a_pseudonym_too(
    guarded: httpx2.Client, log: Lines, customers: list[str]
) -> None:
    recommended(guarded, customers[0])
    for path in (f"/v1/articles/{customers[0].upper()}", f"/v1/customer/{customers[0]}"):
        assert guarded.get(path).status_code in (404, 422)
    shown = [line["path"].rpartition("customer-")[2].partition("/")[0] for line in log.requests()]
    assert len(shown) == 3
    assert len(set(shown)) == 1
    assert customers[0][:7].lower() not in "".join(log.lines).lower()


@pytest.mark.parametrize("error", [RuntimeError(SECRET), KeyError("a" * 64), OSError(2, SECRET, SECRET)])
def test_a_defect_tells_the_caller_its_number_and_the_log_where_it_was(
    guarded: httpx2.Client,
    log: Lines,
    customers: list[str],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr("stylo.service.recommendation_pipeline.recommendations_response", broken)
    answer = guarded.get(f"/v1/customers/{customers[5]}/recommendations")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert SAFE.items() <= dict(answer.headers).items()
    assert answer.json() == {
        "type": "about:blank",
        "status": 500,
        "title": "Internal Server Error",
        "detail": "An unexpected error occurred; see the log for details.",
        "request_id": answer.headers["x-request-id"],
        "errors": [],
    }
    (line,) = [line for line in log.all() if line["level"] == "error"]
    assert line["request_id"] == answer.headers["x-request-id"]
    assert line["error"].startswith(f"{type(error).__name__} in broken (test_middleware.py:")
    for secret in (SECRET, "hunter2", "a" * 64, customers[5], "/work", "/tmp"):
        assert secret not in "".join(log.lines)


def test_a_model_that_fails_is_replaced_by_what_sells_and_the_log_tells_no_secret(
    client: httpx2.Client, log: Lines, customers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(OnlineModel, "recommend", broken)
    answer = client.get(f"/v1/customers/{customers[6]}/recommendations", params={"explain": True})
    assert answer.status_code == 200
    assert answer.json()["degraded"] == ["model"]
    assert [each["proposed_by"] for each in answer.json()["recommendations"]] == [["popularity"]] * 12
    assert [line["level"] for line in log.all()] == ["error", "info"]
    assert "hunter2" not in "".join(log.lines)


def test_a_version_that_is_damaged_is_refused_without_its_place(
    client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = worker_of(client)

    def damaged(*_: object, **__: object) -> None:
        raise DamagedArtefact("/srv/stylo/models/model.bin is not a model.", where=SECRET, cure=SECRET)

    monkeypatch.setattr(service.releases, "open", damaged)
    answer = client.post("/v1/admin/models/activate", json={"version": "2020-01-01-00000000"})
    assert answer.status_code == 409
    detail = "Version 2020-01-01-00000000 is damaged; keeping the old one: model.bin is not a model."
    assert answer.json()["detail"] == detail
    assert client.get("/version").json()["model_version"] == service.release.version
