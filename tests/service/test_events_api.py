"""Events over HTTP: stored once, all or none, refused with a reason, and what happens while storage is away."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from in_process import asking, worker_of
from offline import TODAY, UNIT, Bought, Offline, answered, event, ids, post, recommended, scored
from serving import count_events, linked, token

from stylo.candidates.customers import Customers, CustomerStore
from stylo.deployment.recent_purchases import CustomerAsOf, customers_as_of
from stylo.errors import StorageUnavailable
from stylo.service.settings import ServiceSettings
from stylo.storage.keys import Scope

ARTICLE = "0794071001"
NOBODY = "0" * 64


@pytest.fixture(scope="module")
def offline(demo_shop: Path) -> Offline:
    return Offline(demo_shop)


def stored(client: httpx2.Client) -> int:
    """How many events there are."""
    return count_events(worker_of(client).database)


def refused(client: httpx2.Client, *sent: dict[str, Any], status: int = 422) -> dict[str, Any]:
    """The problem with which events are refused; none of them is stored."""
    before = stored(client)
    answer = client.post("/v1/events", json={"events": sent})
    assert answer.status_code == status, answer.text
    assert stored(client) == before
    return answer.json()


def test_the_receipt_counts_the_events_and_numbers_them(client: httpx2.Client, customers: list[str]) -> None:
    before = stored(client)
    receipt = post(client, *(event(customers[0], ARTICLE, kind) for kind in ("view", "click", "purchase")))
    assert stored(client) == before + 3
    assert receipt == {
        "stored": 3,
        "first": receipt["last"] - 2,
        "last": receipt["last"],
        "repeated": False,
    }


def test_the_same_request_is_stored_once(client: httpx2.Client, customers: list[str]) -> None:
    body = {"events": [event(customers[0], ARTICLE), event(customers[1], ARTICLE)]}
    before = stored(client)
    first, second, third = (
        client.post("/v1/events", json=body, headers={"idempotency-key": "order-17"}) for _ in range(3)
    )
    assert stored(client) == before + 2
    assert first.json()["repeated"] is False
    assert second.json() == third.json() == first.json() | {"repeated": True}


def test_the_same_idempotency_key_with_another_body_is_a_conflict(
    client: httpx2.Client, customers: list[str]
) -> None:
    headers = {"idempotency-key": "order-18"}
    client.post("/v1/events", json={"events": [event(customers[0], ARTICLE)]}, headers=headers)
    before = stored(client)
    other = client.post("/v1/events", json={"events": [event(customers[1], ARTICLE)]}, headers=headers)
    assert other.status_code == 409
    assert stored(client) == before


def test_an_idempotency_key_belongs_to_the_key_that_sent_it(
    client: httpx2.Client, settings: ServiceSettings, customers: list[str]
) -> None:
    mine = {"idempotency-key": "order-19"}
    others = mine | {"authorization": f"Bearer {token(settings.state_folder.database_url, Scope.EVENTS)}"}
    body = {"events": [event(customers[0], ARTICLE)]}
    before = stored(client)
    assert client.post("/v1/events", json=body, headers=mine).json()["repeated"] is False
    assert client.post("/v1/events", json=body, headers=others).json()["repeated"] is False
    assert stored(client) == before + 2


@pytest.mark.parametrize("name", ["", "a b", "x" * 201, "ümlaut", "a\tb"])
def test_an_idempotency_key_that_cannot_be_kept_is_refused(
    client: httpx2.Client, customers: list[str], name: str
) -> None:
    before = stored(client)
    answer = client.post(
        "/v1/events",
        json={"events": [event(customers[0], ARTICLE)]},
        headers={"idempotency-key": name.encode("latin-1")},
    )
    assert answer.status_code == 422
    assert stored(client) == before


@pytest.mark.parametrize(
    "at",
    ["2020-09-23T12:06:00Z", "2020-09-24T00:00:00Z", "9999-12-31T23:59:59Z", "1999-12-31T23:59:59Z"],
)
def test_events_of_the_future_and_of_the_last_century_are_refused(
    client: httpx2.Client, customers: list[str], at: str
) -> None:
    # In this shop it is noon of the 23rd, and clocks may differ by five minutes.
    problem = refused(client, event(customers[0], ARTICLE), event(customers[0], ARTICLE, at=at))
    assert [each["where"] for each in problem["errors"]] == ["body.events.1.at"]


@pytest.mark.parametrize(
    "at",
    ["2020-09-23T12:04:00Z", "2020-09-23T14:00:00+02:00", "2000-01-01T00:00:00Z", "2020-02-29T00:00:00Z"],
)
def test_moments_that_can_be_are_taken_in_any_time_zone(
    client: httpx2.Client, customers: list[str], at: str
) -> None:
    post(client, event(customers[0], ARTICLE, "view", at=at))


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": "2020-09-23T10:00:00"},
        {"at": "yesterday"},
        {"at": "2021-02-29T00:00:00Z"},
        {"price": -0.01},
        {"price": 1e6 + 1},
        {"price": "cheap"},
        {"channel": 3},
        {"kind": "wish"},
        {"customer_id": "42"},
        {"customer_id": "A" * 64},
        {"article_id": "794071001"},
        {"article_id": "1794071001"},
        {"quantity": 2},
    ],
    ids=str,
)
def test_one_event_that_is_not_as_it_should_be_stops_all(
    client: httpx2.Client, customers: list[str], wrong: dict[str, Any]
) -> None:
    good = event(customers[0], ARTICLE)
    problem = refused(client, good, good | wrong, good)
    (name,) = wrong
    assert [each["where"] for each in problem["errors"]] == [f"body.events.1.{name}"]


def test_an_article_that_is_not_in_the_catalogue_is_not_found(
    client: httpx2.Client, customers: list[str]
) -> None:
    problem = refused(client, event(customers[0], ARTICLE), event(customers[0], "0999999999"), status=404)
    assert problem["errors"] == [
        {"where": "body.events.1.article_id", "what": "There is no article 0999999999."}
    ]


def test_where_new_articles_are_allowed_they_are_stored_and_never_shown(
    demo_shop: Path, tmp_path: Path, customers: list[str]
) -> None:
    data = linked(demo_shop, tmp_path / "shop")
    with asking(ServiceSettings(data=data, images=demo_shop / "images", new_articles=True)) as client:
        before = recommended(client, customers[0], k=60)
        post(client, event(customers[0], "0999999999", "view"))
        assert recommended(client, customers[0], k=60) == before
        post(client, event(customers[0], "0999999999"), event("7d" * 32, "0999999999"))
        for who in (customers[0], "7d" * 32):
            for asked in ({}, {"exclude_purchased": True}, {"colour": "Black"}, {"explain": True}):
                assert "0999999999" not in ids(recommended(client, who, k=60, **asked))


def test_a_request_has_one_to_a_thousand_events(client: httpx2.Client, customers: list[str]) -> None:
    one = event(customers[2], ARTICLE, "view")
    refused(client, *[one] * 1001)
    refused(client)
    assert post(client, *[one] * 1000)["stored"] == 1000


def test_prices_are_sent_in_units_of_money_and_reach_the_model_as_the_tables_have_them(
    client: httpx2.Client, customers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[CustomerAsOf] = []

    def spied(store: CustomerStore, asked: Sequence[CustomerAsOf]) -> Customers:
        reached.extend(asked)
        return customers_as_of(store, asked)

    monkeypatch.setattr("stylo.deployment.online_model.customers_as_of", spied)
    post(client, event(customers[3], ARTICLE, price=29.5))
    recommended(client, customers[3])
    assert [purchase.price for each in reached for purchase in each.since] == [29.5 / UNIT] == [0.05]


def test_a_purchase_without_a_price_is_taken_for_one_at_the_last_price(client: httpx2.Client) -> None:
    price = client.get(f"/v1/articles/{ARTICLE}").json()["price"]
    without, paid = "4d" * 32, "5d" * 32
    post(client, event(without, ARTICLE), event(paid, ARTICLE, price=price))
    assert scored(recommended(client, without)) == scored(recommended(client, paid))


@pytest.fixture
def storage_is_away(
    client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], pytest.MonkeyPatch]:
    def away(*_: object, **__: object) -> None:
        raise StorageUnavailable(
            "The database fails: no route to db.internal", where="postgresql://db.internal"
        )

    def go() -> pytest.MonkeyPatch:
        for method in ("read", "begin", "check"):
            monkeypatch.setattr(worker_of(client).database, method, away)
        return monkeypatch

    return go


def test_without_storage_events_are_refused_and_recommendations_go_on_flagged(
    client: httpx2.Client,
    offline: Offline,
    customers: list[str],
    storage_is_away: Callable[[], pytest.MonkeyPatch],
) -> None:
    who, number = customers[5], offline.numbers[customers[5]]
    bought = Bought(ARTICLE)
    post(client, bought.event(who))
    known = offline.lists([number], TODAY + timedelta(days=1), [(number, bought)])[number]
    assert scored(recommended(client, who)) == known
    back = storage_is_away()

    answer = client.post("/v1/events", json={"events": [event(who, ARTICLE)]})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert "db.internal" not in answer.text
    for _ in range(2):  # it is not kept: the next may be whole
        degraded = answered(client, who)
        assert degraded.headers["x-cache"] == "miss"
        assert degraded.json()["degraded"] == ["events"]
        assert scored(degraded.json()["recommendations"]) == offline.lists([number], TODAY)[number]
    ready = client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json()["storage"] is False

    back.undo()
    whole = answered(client, who).json()
    assert whole["degraded"] == []
    assert scored(whole["recommendations"]) == known


def test_a_customer_of_whom_only_events_tell_gets_what_sells_while_storage_is_away(
    client: httpx2.Client, storage_is_away: Callable[[], pytest.MonkeyPatch]
) -> None:
    new = "6d" * 32
    post(client, event(new, ARTICLE))
    back = storage_is_away()
    answer = answered(client, new).json()
    assert answer["degraded"] == ["events"]
    assert len(set(ids(answer["recommendations"]))) == 12
    batch = client.post("/v1/batch", json={"customers": [new, NOBODY]}).json()
    assert [each["degraded"] for each in batch["lists"]] == [["events"], ["events"]]
    back.undo()
    assert client.get(f"/v1/customers/{NOBODY}/recommendations").status_code == 404


@pytest.mark.parametrize("around", ['{{"events": [{}], "more": 1}}', "[{}]", "{}", '{{"event": [{}]}}'])
def test_a_body_of_another_shape_is_refused(client: httpx2.Client, customers: list[str], around: str) -> None:
    before = stored(client)
    body = around.format(json.dumps(event(customers[6], ARTICLE)))
    answer = client.post("/v1/events", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert stored(client) == before
