"""What the description promises, the service does: thousands of requests made up from it find no difference."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx2
import numpy as np
import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from schemathesis.engine.recorder import CheckNode
from schemathesis.python.asgi import shutdown_lifespans
from serving import token

from stylo.deployment.releases import Releases
from stylo.service.app import application
from stylo.service.server import prepare
from stylo.service.settings import ServiceSettings
from stylo.storage.database import Database

CHECKS = {
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
    "unsupported_method",
}


class Blind:
    """Stands for the network, which takes seconds to load."""

    def __init__(self, dimensions: int) -> None:
        self._dimensions = dimensions

    def encode(self, pictures: np.ndarray) -> np.ndarray:
        return np.ones((len(pictures), self._dimensions), dtype=np.float32)


@pytest.fixture(scope="module")
def described(settings: ServiceSettings) -> Iterator[schemathesis.BaseSchema]:
    """The description, with the application behind it and the settings of a run."""
    database = Database.open(settings.state_folder.database_url)
    prepare(settings, database)
    app = application(settings, database, Releases.of(settings.state_folder, settings.images))
    config = SchemathesisConfig.from_dict(
        {
            "seed": 20200923,
            "request-timeout": 120,
            "auth": {"openapi": {"key": {"bearer": token(settings.state_folder.database_url)}}},
            # What fits the description may still be an event of the future, or a label that no article has.
            "checks": {"positive_data_acceptance": {"enabled": False}},
            "generation": {"max-examples": 15, "database": "none", "deterministic": True, "no-shrink": True},
        }
    )
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config)
    assortment = app.state.worker.release.assortment
    vars(assortment)["encoder"] = Blind(len(assortment.lookalikes.index.unit(0)))
    yield schema
    shutdown_lifespans()


def requests_made_up(schema: schemathesis.BaseSchema) -> Iterator[tuple[str, list[CheckNode]]]:
    """The operation of each request that was made, and what was found of its answer."""
    for event in from_schema(schema).execute():
        if isinstance(event, NonFatalError | FatalError):
            raise AssertionError(str(event))
        if isinstance(event, ScenarioFinished):
            for case, checks in event.recorder.checks.items():
                yield event.recorder.cases[case].value.operation.label, checks


def test_every_answer_is_as_described(described: schemathesis.BaseSchema) -> None:
    asked: Counter[str] = Counter()
    made: set[str] = set()
    differences = []
    for operation, checks in requests_made_up(described):
        asked[operation] += 1
        made |= {check.name for check in checks}
        differences += [
            f"{check.name}: {found.failure}\n{found.code_sample}"
            for check in checks
            if (found := check.failure_info) is not None
        ]
    assert not differences, "\n\n".join(differences)
    assert made >= CHECKS
    # GET /health/live takes nothing, and can be asked in few ways; others in hundreds.
    assert len(asked) == 31
    assert min(asked.values()) >= 10
    assert sum(asked.values()) >= 800


def described_by(client: httpx2.Client) -> dict[str, Any]:
    return client.get("/openapi.json").json()


def told(parameter: dict[str, Any]) -> bool:
    """Whether a reader learns what it is: by words, or by an example beside a telling name."""
    return any(parameter.get(name) for name in ("description", "example", "examples"))


def test_every_route_says_what_it_does(client: httpx2.Client) -> None:
    for path, methods in described_by(client)["paths"].items():
        for method, route in methods.items():
            assert len(route["description"]) > 20, (method, path)
            assert all(answer["description"] for answer in route["responses"].values())


def test_every_parameter_and_every_field_of_a_body_is_explained(client: httpx2.Client) -> None:
    description = described_by(client)
    bodies = set()
    for path, methods in description["paths"].items():
        for method, route in methods.items():
            for parameter in route.get("parameters", []):
                assert told(parameter) or told(parameter["schema"]), (method, path, parameter["name"])
            for content in route.get("requestBody", {}).get("content", {}).values():
                bodies.add(content["schema"].get("$ref", "").rpartition("/")[2])
    assert bodies == {
        "",
        "BatchRequest",
        "EventsRequest",
        "ReasonRequest",
        "RulesRequest",
        "RulesRollbackRequest",
        "ActivationRequest",
        "DefinitionRequest",
    }
    for name in (bodies | {"EventRequest"}) - {""}:
        for field, schema in description["components"]["schemas"][name]["properties"].items():
            assert told(schema), (name, field)


def test_every_id_in_an_address_has_an_example_that_fits(client: httpx2.Client) -> None:
    for methods in described_by(client)["paths"].values():
        for route in methods.values():
            for parameter in route.get("parameters", []):
                if parameter["in"] == "path":
                    schema = parameter["schema"]
                    for example in schema["examples"]:
                        assert re.search(schema.get("pattern", ""), example)
                        assert schema.get("minLength", 0) <= len(example) <= schema.get("maxLength", 1000)


def test_every_problem_that_is_told_is_a_problem(client: httpx2.Client) -> None:
    description = described_by(client)
    for path, methods in description["paths"].items():
        for route in methods.values():
            for status, answer in route["responses"].items():
                if status >= "400" and (path, status) != ("/health/ready", "503"):
                    assert list(answer["content"]) == ["application/problem+json"]
    assert {"Problem", "InvalidField"} <= description["components"]["schemas"].keys()
    assert not {"HTTPValidationError", "ValidationError"} & description["components"]["schemas"].keys()
