"""Requests that make no sense are refused with a problem that says what is wrong, and never with a defect."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from offline import event

from stylo.service.problems import Problem

JSON = {"content-type": "application/json"}
ARTICLE = "0794071001"
WHO = "0" * 64


def problem(answer: httpx2.Response, status: int) -> Problem:
    """The problem that an answer holds."""
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    told = Problem.model_validate_json(answer.content, strict=True)
    assert told.status == answer.status_code
    assert told.request_id == answer.headers["x-request-id"]
    assert told.detail
    return told


@pytest.mark.parametrize(
    ("path", "wrong", "where"),
    [
        ("recommendations", {"k": 0}, "query.k"),
        ("recommendations", {"k": -1}, "query.k"),
        ("recommendations", {"k": 101}, "query.k"),
        ("recommendations", {"k": 10**9}, "query.k"),
        ("recommendations", {"k": 10**400}, "query.k"),
        ("recommendations", {"k": "twelve"}, "query.k"),
        ("recommendations", {"k": "1.5"}, "query.k"),
        ("recommendations", {"k": ""}, "query.k"),
        ("recommendations", {"k": "٣٣٣"}, "query.k"),
        ("recommendations", {"explain": "perhaps"}, "query.explain"),
        ("recommendations", {"as_of": "2020-13-01"}, "query.as_of"),
        ("recommendations", {"as_of": "10000-01-01"}, "query.as_of"),
        ("recommendations", {"as_of": "0"}, "query.as_of"),
        ("recommendations", {"as_of": "2020-09-01T00:00:00"}, "query.as_of"),
        ("recommendations", {"price_min": "NaN"}, "query.price_min"),
        ("recommendations", {"price_max": "Infinity"}, "query.price_max"),
        ("recommendations", {"price_max": "-1"}, "query.price_max"),
        ("recommendations", {"price_max": "1e400"}, "query.price_max"),
        ("recommendations", {"new": "None"}, "query.new"),
        ("recommendations", {"colour": "x" * 201}, "query.colour.0"),
        ("recommendations", {"colour": ["Black"] * 51}, "query.colour"),
        ("recommendations", {"color": "Black"}, "query.color"),
        ("recommendations", {"limit": 3}, "query.limit"),
        ("articles", {"limit": 0}, "query.limit"),
        ("articles", {"offset": -1}, "query.offset"),
        ("articles", {"offset": 10**30}, "query.offset"),
        ("articles", {"q": "x" * 1001}, "query.q"),
        ("articles", {"page": 2}, "query.page"),
        ("similar", {"by": "magic"}, "query.by"),
        ("similar", {"look": 1.5}, "query.look"),
        ("similar", {"shape": "nan"}, "query.shape"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_parameter_that_makes_no_sense_is_named(
    client: httpx2.Client, customers: list[str], path: str, wrong: dict[str, Any], where: str
) -> None:
    places = {
        "recommendations": f"/v1/customers/{customers[0]}/recommendations",
        "articles": "/v1/articles",
        "similar": f"/v1/articles/{ARTICLE}/similar",
    }
    told = problem(client.get(places[path], params=wrong), 422)
    assert [each.where for each in told.errors] == [where]


@pytest.mark.parametrize(
    "wrong",
    [
        "x",
        "0" * 63,
        "0" * 65,
        "G" * 64,
        "ABCDEF01" * 8,
        "' OR 1=1; DROP TABLE events; --",
        "%00",
        "0" * 63 + "%00",
        "0" * 64 + "%0A",
        "%FF%FE",
        "%F0%9F%91%97",
        "٠" * 64,
        "0" * 60_000,
    ],
    ids=lambda value: value[:20],
)
def test_what_is_no_id_is_refused(client: httpx2.Client, wrong: str) -> None:
    for path in paths_with(wrong):
        problem(client.get(path), 422)


def test_an_id_with_slashes_is_an_address_that_does_not_exist(client: httpx2.Client) -> None:
    for path in paths_with("..%2F..%2Fetc%2Fpasswd"):
        problem(client.get(path), 404)


def paths_with(identifier: str) -> list[str]:
    return [
        f"/v1/customers/{identifier}/recommendations",
        f"/v1/articles/{identifier}",
        f"/v1/articles/{identifier}/similar",
        f"/v1/articles/{identifier}/thumbnail",
    ]


@pytest.mark.parametrize("path", ["/v1/%2e%2e/%2e%2e/etc/passwd", "/v1//articles", "/%FF", "/v1/articles%00"])
def test_an_address_that_does_not_exist_is_not_found(client: httpx2.Client, path: str) -> None:
    problem(client.get(path), 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_another_method_is_refused_and_told_which_there_are(client: httpx2.Client, method: str) -> None:
    answer = client.request(method, "/v1/articles")
    problem(answer, 405)
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    "query", ["q=%FF%FE", "q=%00", "q=%F0%9F%91%97", "q=%27%20OR%201%3D1--", "q=%ED%A0%80"]
)
def test_words_in_any_bytes_find_something_or_nothing(client: httpx2.Client, query: str) -> None:
    answer = client.get(f"/v1/articles?{query}")
    assert answer.status_code == 200
    json.loads(answer.content)


@pytest.mark.parametrize("query", ["%FF=1", "k=%FF", "colour=%00", "%00=%00", "=", "k"])
def test_a_query_of_other_bytes_is_refused(client: httpx2.Client, customers: list[str], query: str) -> None:
    problem(client.get(f"/v1/customers/{customers[0]}/recommendations?{query}"), 422)


def test_a_query_of_separators_asks_for_nothing(client: httpx2.Client, customers: list[str]) -> None:
    path = f"/v1/customers/{customers[0]}/recommendations"
    assert client.get(f"{path}?&&&").json() == client.get(path).json()


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("authorization", 401),
        ("content-type", 422),
        ("idempotency-key", 422),
        ("x-request-id", 201),
        ("accept", 201),
    ],
)
@pytest.mark.parametrize("value", [b"\xff\xfe", b"\xc3\x28", b"", b"a" * 50_000])
def test_headers_of_any_bytes_do_no_harm(
    client: httpx2.Client, customers: list[str], name: str, status: int, value: bytes
) -> None:
    body = json.dumps({"events": [event(customers[0], ARTICLE, "view")]})
    answer = client.post("/v1/events", content=body, headers=JSON | {name: value})
    if status == 201:
        assert answer.status_code == 201
    else:
        problem(answer, status)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b"{",
        b"{}",
        b'"' + b"x" * 10_000 + b'"',
        "{}".encode("utf-16"),
        b'{"events": 1e999999}',
        b"\x00" * 1000,
    ],
    ids=lambda body: f"{body[:12]!r} {len(body)}",
)
@pytest.mark.parametrize("path", ["/v1/events", "/v1/batch", "/v1/admin/models/activate"])
def test_a_body_of_other_json_or_of_none_is_refused(client: httpx2.Client, path: str, body: bytes) -> None:
    problem(client.post(path, content=body, headers=JSON), 422)


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe\x00",
        b'{"events": ' * 100_000,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"events": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"9" * 100_000,
    ],
    ids=lambda body: f"{body[:12]!r} {len(body)}",
)
@pytest.mark.parametrize("path", ["/v1/events", "/v1/batch", "/v1/admin/models/activate"])
def test_a_body_that_cannot_be_read_is_refused(client: httpx2.Client, path: str, body: bytes) -> None:
    """Other bytes than UTF-8, and what is too deep or too long for a parser."""
    problem(client.post(path, content=body, headers=JSON), 400)


@pytest.mark.parametrize("price", ["NaN", "Infinity", "-Infinity", "1e400", "-1", '"1"', "true", "[1]", "{}"])
def test_a_price_that_is_no_number_is_refused(
    client: httpx2.Client, customers: list[str], price: str
) -> None:
    body = json.dumps({"events": [event(customers[0], ARTICLE, price=0)]}).replace(
        '"price": 0', f'"price": {price}'
    )
    told = problem(client.post("/v1/events", content=body, headers=JSON), 422)
    assert told.errors[0].where == "body.events.0.price"


def test_of_a_name_that_comes_twice_the_last_counts_and_is_checked(
    client: httpx2.Client, customers: list[str]
) -> None:
    one = json.dumps({"customers": [customers[0]], "k": 12})
    twice = one.replace('"k": 12', '"k": 12, "k": 3')
    answer = client.post("/v1/batch", content=twice, headers=JSON)
    assert [len(each["recommendations"]) for each in answer.json()["lists"]] == [3]
    problem(client.post("/v1/batch", content=one.replace('"k": 12', '"k": 12, "k": 0'), headers=JSON), 422)


@pytest.mark.parametrize(
    "wrong",
    [{"k": 1.5}, {"k": "3"}, {"k": True}, {"exclude_purchased": 1}, {"customers": WHO}, {"customers": {}}],
    ids=str,
)
def test_a_value_of_another_type_is_refused(client: httpx2.Client, wrong: dict[str, Any]) -> None:
    problem(client.post("/v1/batch", json={"customers": [WHO], "k": 3} | wrong), 422)


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": 1600000000},
        {"at": "1600000000"},
        {"at": True},
        {"at": "2020-09-23"},
        {"channel": True},
        {"channel": "2"},
        {"channel": 2.5},
        {"article_id": 794071001},
        {"kind": ["view"]},
    ],
    ids=str,
)
def test_a_value_of_an_event_is_of_the_type_that_is_described(
    client: httpx2.Client, wrong: dict[str, Any]
) -> None:
    (name,) = wrong
    told = problem(client.post("/v1/events", json={"events": [event(WHO, ARTICLE) | wrong]}), 422)
    assert [each.where for each in told.errors] == [f"body.events.0.{name}"]


def test_lists_have_ends(client: httpx2.Client) -> None:
    for customers in ([], [WHO] * 1001, [WHO] * 10_000):
        told = problem(client.post("/v1/batch", json={"customers": customers}), 422)
        assert [each.where for each in told.errors] == ["body.customers"]
    colours = "&".join(["colour=B"] * 7_000)  # a server takes no longer line
    told = problem(client.get(f"/v1/articles?{colours}"), 422)
    assert [each.where for each in told.errors] == ["query.colour"]


def test_of_ten_thousand_things_that_are_wrong_a_hundred_are_told(client: httpx2.Client) -> None:
    # Those that the description excludes, and those that are no ids of this shop.
    for wrong in ({"customers": [""] * 1000, "k": 0}, {"customers": ["x"] * 1000}):
        told = problem(client.post("/v1/batch", json=wrong), 422)
        assert len(told.errors) == 100


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_body_of_another_type_is_refused(client: httpx2.Client, customers: list[str], kind: str) -> None:
    body = json.dumps({"customers": customers[:1]})
    problem(client.post("/v1/batch", content=body, headers={"content-type": kind}), 422)


def test_a_body_that_is_too_large_is_refused_whether_its_length_is_said_or_not(
    client: httpx2.Client, customers: list[str]
) -> None:
    large = json.dumps({"customers": customers[:1]}).encode() + b" " * 2_000_000
    for body in (large, iter([large[:1_000_000], large[1_000_000:]])):
        told = problem(client.post("/v1/batch", content=body, headers=JSON), 413)
        assert told.detail == "The body may not exceed 2,000,000 bytes."
    for length in ("2000001", "9" * 5000):
        problem(client.post("/v1/batch", content=b"{}", headers=JSON | {"content-length": length}), 413)


def test_a_length_that_is_no_number_is_passed_over(client: httpx2.Client, customers: list[str]) -> None:
    body = json.dumps({"customers": customers[:1]})
    for length in ("-1", "many", ""):
        answer = client.post("/v1/batch", content=body, headers=JSON | {"content-length": length})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("version", "status"),
    [(each, 404) for each in ("../../../etc", "..", ".", "", "/etc/passwd", "é")]
    + [("x" * 101, 422), ("a\x00b", 422)],
)
def test_a_version_that_is_none_is_not_activated(client: httpx2.Client, version: str, status: int) -> None:
    before = client.get("/version").json()
    told = problem(client.post("/v1/admin/models/activate", json={"version": version}), status)
    assert "/tmp" not in told.detail
    assert client.get("/version").json() == before
