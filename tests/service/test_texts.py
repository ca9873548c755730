"""Every text that a request may hold, by its description, with what no database keeps: refused, never a defect."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from in_process import asking
from postgres import PostgresServer
from serving import linked
from starlette.testclient import TestClient

from stylo.service.problems import Problem
from stylo.service.settings import ServiceSettings

#: As JSON has them; in an address their bytes.
NUL, SURROGATE, LONG = "a\0b", "a\ud800b", "x" * 100_000
TEXTS = {"NUL": NUL, "a lone surrogate": SURROGATE, "100 kB": LONG}
LONGEST_URL = 60_000  # of the client in these tests
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def described(
    request: pytest.FixtureRequest, demo_shop: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """A service on each kind of database."""
    data = linked(demo_shop, tmp_path_factory.mktemp("texts") / "shop")
    url = None
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.fresh()
    with asking(ServiceSettings(data=data, images=demo_shop / "images", rate=1e6, database=url)) as client:
        yield client


class Attempt(NamedTuple):
    """A request with one text in a place.   where : how a problem names the place."""

    where: str
    method: str
    path: str
    headers: dict[str, bytes]
    body: Any


def attempts(description: dict[str, Any], text: str) -> Iterator[Attempt]:
    """One for each text of each request: in the address, the query, the headers, and at any depth of the body."""
    for path, methods in description["paths"].items():
        for method, route in methods.items():
            parameters = route.get("parameters", [])
            examples = {
                each["name"]: each["schema"]["examples"][0] for each in parameters if each["in"] == "path"
            }
            body = example(route, description)
            usual = path.format(**{name: quote(value) for name, value in examples.items()})
            for each in parameters:
                name, value = each["name"], escaped(text)
                if each["in"] == "path":
                    asked = path.format(**{**{n: quote(v) for n, v in examples.items()}, name: value})
                    yield Attempt(f"path.{name}", method, asked, {}, body)
                elif each["in"] == "query":
                    yield Attempt(f"query.{name}", method, f"{usual}?{name}={value}", {}, body)
                elif each["in"] == "header":
                    yield Attempt(f"header.{name}", method, usual, {name: octets(text)}, body)
            yield Attempt("query.?", method, f"{usual}?{escaped(text)}=1", {}, body)
            if body is not None:
                for place, changed in changes(body, text):
                    yield Attempt("body" + place, method, usual, {}, changed)


def octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def escaped(text: str) -> str:
    return quote(octets(text[:LONGEST_URL]))


def example(route: dict[str, Any], description: dict[str, Any]) -> Any:
    """A body as the description's examples have it; None where a request has none in JSON."""
    schema = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return None if schema is None else value(schema, description)


def value(schema: dict[str, Any], description: dict[str, Any]) -> Any:
    if "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("examples"):
        return deepcopy(schema["examples"][0])
    if "anyOf" in schema:
        return value(schema["anyOf"][0], description)
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") == "date-time":
        return "2020-09-22T09:30:00+02:00"
    kind = schema.get("type")
    if kind == "object":
        return {name: value(each, description) for name, each in schema["properties"].items()}
    if kind == "array":
        return [value(schema["items"], description)]
    return {"string": "text", "integer": 1, "number": 1.0, "boolean": False}[kind]


def changes(body: Any, text: str, place: str = "") -> Iterator[tuple[str, Any]]:
    """The body once for each text in it, also each name of an object, with the other text in its place."""
    if isinstance(body, str):
        yield place, text
    elif isinstance(body, list):
        for number, each in enumerate(body):
            for where, changed in changes(each, text, f"{place}.{number}"):
                yield where, [*body[:number], changed, *body[number + 1 :]]
    elif isinstance(body, dict):
        yield f"{place}.?", {**body, text: 1}
        for name, each in body.items():
            for where, changed in changes(each, text, f"{place}.{name}"):
                yield where, {**body, name: changed}


def send(client: TestClient, attempt: Attempt) -> Any:
    content = None if attempt.body is None else json.dumps(attempt.body)
    headers = (JSON if content else {}) | attempt.headers
    return client.request(attempt.method, attempt.path, content=content, headers=headers)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_text_anywhere_is_a_defect(described: TestClient, text: str) -> None:
    description = described.get("/openapi.json").json()
    asked = Counter[str]()
    for attempt in attempts(description, text):
        answer = send(described, attempt)
        assert answer.status_code < 500, (attempt.where, attempt.method, attempt.path[:200], answer.text)
        if answer.status_code >= 400:
            Problem.model_validate_json(answer.content, strict=True)
        asked[attempt.where.partition(".")[0]] += 1
    assert asked.keys() == {"path", "query", "header", "body"}
    assert min(asked["query"], asked["body"]) > 25


def refused_at(client: TestClient, path: str, body: dict[str, Any]) -> str:
    """Where a problem says that the request is wrong, and how."""
    answer = client.post(f"/v1/admin/{path}", content=json.dumps(body), headers=JSON)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    return f"{error['where']}: {error['what']}"


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_an_administrative_text_that_cannot_be_kept_is_named(described: TestClient, text: str) -> None:
    def kept() -> tuple[Any, Any]:
        return described.get("/v1/admin/models").json(), described.get("/v1/admin/experiments").json()

    before = kept()
    version = before[0]["live"]
    for path in ("models/publish", "models/rollback", "experiments/a/start", "experiments/a/stop"):
        assert refused_at(described, path, {"reason": text}).startswith("body.reason: ")
    activate = "models/activate"
    assert refused_at(described, activate, {"version": version, "reason": text}).startswith("body.reason: ")
    assert refused_at(described, activate, {"version": text}).startswith("body.version: ")
    assert kept() == before


@pytest.mark.parametrize(
    ("text", "said"), [(NUL, "a NUL character"), (SURROGATE, "half of a surrogate pair")], ids=["NUL", "half"]
)
def test_a_definition_with_a_text_that_cannot_be_kept_is_refused(
    described: TestClient, text: str, said: str
) -> None:
    schemas = described.get("/openapi.json").json()["components"]["schemas"]
    usual = value(schemas["DefinitionRequest"]["properties"]["definition"], {})
    before = described.get("/v1/admin/experiments").json()
    first, *others = usual["variants"]
    variants = [first | {"name": text}, *others]
    for definition, place in (
        (usual | {"name": text}, "name"),
        (usual | {"salt": text}, "salt"),
        (usual | {"variants": variants}, "variants[0].name"),
    ):
        refused = refused_at(described, "experiments/define", {"definition": definition})
        assert refused.startswith("body.definition: ")
        assert f"{place} contains {said}" in refused
    assert described.get("/v1/admin/experiments").json() == before
