"""Experiments over HTTP: who is shown what, and that it is noted."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from helpers import SLOW
from in_process import asking
from serving import linked
from starlette.testclient import TestClient

from stylo.experiments.assignment import assign
from stylo.experiments.json_form import from_json
from stylo.recommender import SavedModel
from stylo.service.settings import ServiceSettings
from stylo.storage import exposures
from stylo.storage.database import Database
from stylo.tables.folder import DataFolder

DEFINITION: dict[str, Any] = {
    "name": "twins",
    "layer": "ranking",
    "slot": [0.0, 0.8],
    "salt": "one",
    "variants": [
        {"name": "control", "share": 0.5},
        {"name": "more", "share": 0.5, "settings": {"popularity": 50.0}},
    ],
    "metric": "conversion",
    "minimum_effect": 0.1,
    "planned_customers": 1000,
}


A, B = {"name": "a", "share": 0.5}, {"name": "b", "share": 0.5}


@pytest.fixture(scope="module")
def shop_settings(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> ServiceSettings:
    data = linked(demo_shop, tmp_path_factory.mktemp("experiments") / "shop")
    return ServiceSettings(data=data, images=demo_shop / "images", rate=1e6, follow_seconds=0.05)


@pytest.fixture(scope="module")
def running(shop_settings: ServiceSettings) -> Iterator[TestClient]:
    """With the experiment defined and started; no test may stop it."""
    with with_experiment(shop_settings) as client:
        yield client


@contextmanager
def with_experiment(settings: ServiceSettings) -> Iterator[TestClient]:
    with asking(settings) as client:
        assert defined(client, DEFINITION).status_code == 201
        assert client.post("/v1/admin/experiments/twins/start", json={"reason": "try"}).status_code == 201
        eventually(lambda: client.get("/v1/admin/experiments").json()["experiments"][0]["state"] == "running")
        yield client


def defined(client: TestClient, definition: dict[str, Any]) -> Any:
    return client.post("/v1/admin/experiments/define", json={"definition": definition, "reason": "try"})


def eventually(so: Any) -> None:
    deadline = time.monotonic() + SLOW
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def listed(client: TestClient, customer: str) -> dict[str, Any]:
    answer = client.get(f"/v1/customers/{customer}/recommendations")
    assert answer.status_code == 200
    return dict(answer.json())


def test_each_customer_is_shown_the_variant_that_assignment_says(
    running: TestClient, customers: list[str]
) -> None:
    experiment = from_json(json.dumps(DEFINITION))
    variants = {customer: assign(experiment, customer) for customer in customers[:40]}
    assert {None if each is None else each.name for each in variants.values()} == {None, "control", "more"}
    some = next(customer for customer, variant in variants.items() if variant is not None)
    eventually(lambda: listed(running, some)["variant"] != "live")
    for customer, variant in variants.items():
        assert listed(running, customer)["variant"] == (
            "live" if variant is None else f"twins:{variant.name}"
        )


def test_a_blend_changes_the_list_and_the_control_does_not(
    running: TestClient, shop_settings: ServiceSettings, customers: list[str]
) -> None:
    experiment = from_json(json.dumps(DEFINITION))
    some = next(each for each in customers if (found := assign(experiment, each)) and found.name == "more")
    eventually(lambda: listed(running, some)["variant"] == "twins:more")
    model = SavedModel.open(DataFolder(shop_settings.data))
    snapshot = model.model.snapshot
    popular = snapshot.articles[snapshot.strategies["popularity"].article[:3]].tolist()  # type: ignore[attr-defined]
    # With a weight of 50 against the ranker's 1 the best sellers lead, in their order.
    first = [int(each["article_id"]) for each in listed(running, some)["recommendations"][:3]]
    assert first == popular


def test_the_first_exposure_is_noted_with_the_version(
    running: TestClient, shop_settings: ServiceSettings, customers: list[str]
) -> None:
    experiment = from_json(json.dumps(DEFINITION))
    some = next(each for each in customers if assign(experiment, each) is not None)
    eventually(lambda: listed(running, some)["variant"] != "live")
    answer = listed(running, some)
    database = Database.open(shop_settings.state_folder.database_url)
    eventually(lambda: some in [each.customer_id for each in exposures.of(database, "twins", "one")])
    mine = [each for each in exposures.of(database, "twins", "one") if each.customer_id == some]
    assert [(each.variant, each.model_version) for each in mine] == [
        (answer["variant"].partition(":")[2], answer["model_version"])
    ]
    database.close()


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"name": "gone", "variants": [A | {"model": "1999-01-01-00000000"}, B]}, 422, "There is no version"),
        ({"name": "odd", "variants": [A, B | {"share": 0.4}]}, 422, "add up to 0.9"),
        ({"name": "blend", "variants": [A, B | {"settings": {"magic": 1.0}}]}, 422, "no such strategy"),
        ({"name": "other"}, 409, "of the layer"),
        ({"name": "../etc"}, 422, "cannot be called"),
        ({"slot": [0.0, 0.5]}, 409, "cannot change while it runs"),
    ],
)  # fmt: skip
def test_what_does_not_hold_together_is_refused(
    running: TestClient, change: dict[str, Any], status: int, said: str
) -> None:
    answer = defined(running, DEFINITION | change)
    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_an_unknown_experiment_cannot_be_started(running: TestClient) -> None:
    assert running.post("/v1/admin/experiments/nothing/start", json={}).status_code == 404


def test_once_it_is_stopped_everybody_is_shown_the_live_list(
    shop: Path, shop_settings: ServiceSettings, customers: list[str]
) -> None:
    with with_experiment(shop_settings.model_copy(update={"data": shop})) as client:
        eventually(lambda: {listed(client, each)["variant"] for each in customers[:10]} != {"live"})
        assert client.post("/v1/admin/experiments/twins/stop", json={"reason": "done"}).status_code == 201
        eventually(lambda: {listed(client, each)["variant"] for each in customers[:10]} == {"live"})
