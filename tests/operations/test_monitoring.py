"""Monitoring: what was shown, judged by what was bought."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stylo.operations.monitoring import figures, monitor
from stylo.operations.workspace import Workspace
from stylo.service.settings import ServiceSettings
from stylo.storage import deployments, events, keys, predictions
from stylo.storage.deployments import Action
from stylo.storage.events import CustomerEvent, Submission
from stylo.storage.keys import Scope
from stylo.storage.predictions import Prediction

NOW = datetime(2020, 9, 24, 12, tzinfo=UTC)


def customer(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def shown(number: int, articles: tuple[int, ...], at: datetime, **more: object) -> Prediction:
    facts = {
        "model_version": "v1",
        "variant": "live",
        "cached": False,
        "degraded": None,
        "milliseconds": 10.0,
    }
    return Prediction(
        at=at, request_id=f"r{number}{at}", key_id=None, customer_id=customer(number),
        route="recommendations", articles=articles, **(facts | more),
    )  # type: ignore[arg-type] # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    place = Workspace(ServiceSettings(data=tmp_path))
    key, _ = keys.create(place.database, "test", [Scope.EVENTS], now=NOW)
    lists = [shown(n, (1, 2, 3), NOW) for n in range(40)]
    lists += [
        shown(n, (9, 9), NOW + timedelta(hours=1)) for n in range(40)
    ]  # the day's second list does not count
    lists += [shown(100 + n, (7,), NOW, model_version="v2", degraded="events") for n in range(2)]
    predictions.log(place.database, lists)

    def bought(number: int, article: int, days: float) -> CustomerEvent:
        return CustomerEvent(customer(number), "purchase", article, NOW + timedelta(days=days), 10.0)

    # Of forty, thirty buy: ten the first article, ten the second, five something else, five after the window.
    made = [bought(n, 1, 1) for n in range(10)] + [bought(n, 2, 2) for n in range(10, 20)]
    made += [bought(n, 5, 1) for n in range(20, 25)] + [bought(n, 1, 8) for n in range(25, 30)]
    made += [bought(n, 1, -1) for n in range(30, 40)]  # before it was shown
    events.store(place.database, [Submission(key.id, tuple(made), NOW, None, "d")])
    deployments.record(place.database, "v1", Action.PUBLISH, who="x", reason="", now=NOW)
    return place


def test_hit_rate_and_map_are_over_the_lists_of_those_who_bought(place: Workspace) -> None:
    found = {each.version: each for each in monitor(place, now=NOW + timedelta(days=10)).qualities}
    one = found["v1"]
    assert (one.lists, one.buyers) == (40, 25)
    assert one.hit_rate is not None
    assert one.hit_rate[0] == pytest.approx(20 / 25)
    assert one.map12 is not None
    assert one.map12[0] == pytest.approx((10 * 1 + 10 * 0.5) / 25)
    assert one.hit_rate[1] <= one.hit_rate[0] <= one.hit_rate[2]


def test_what_is_too_little_is_not_judged(place: Workspace) -> None:
    two = {each.version: each for each in monitor(place, now=NOW + timedelta(days=10)).qualities}["v2"]
    assert (two.lists, two.buyers, two.hit_rate, two.map12, two.degraded) == (2, 0, None, None, 1.0)


def test_purchases_after_the_moment_are_not_seen(place: Workspace) -> None:
    found = {each.version: each for each in monitor(place, now=NOW + timedelta(days=1, hours=1)).qualities}
    assert found["v1"].buyers == 15


def test_figures_are_those_of_the_live_version_beside_what_was_expected(place: Workspace) -> None:
    place.lineage.mkdir(parents=True)
    (place.lineage / "v1.json").write_text(json.dumps({"scores": {"map@12": 0.99, "ci95": [0.98, 1.0]}}))
    found = figures(monitor(place, now=NOW + timedelta(days=10)), place)
    assert found["lists"] == 40
    assert found["buyers"] == 25
    assert found["map@12"] == pytest.approx(0.6)
    assert found["map@12 at best against expected"] < 0.8


def test_a_shop_in_which_nothing_was_shown_has_figures_of_nothing(tmp_path: Path) -> None:
    place = Workspace(ServiceSettings(data=tmp_path))
    monitored = monitor(place)
    assert monitored.qualities == ()
    assert figures(monitored, place) == {"purchases": 0.0}


@pytest.mark.parametrize(("zone", "lists"), [("UTC", 1), ("Europe/Stockholm", 2)])
def test_the_first_list_of_a_day_is_that_of_the_shops_day(tmp_path: Path, zone: str, lists: int) -> None:
    """21:30 and 22:30 UTC are one day in Greenwich, and before and after midnight in Stockholm."""
    place = Workspace(ServiceSettings(data=tmp_path, time_zone=zone))
    before = NOW.replace(hour=21, minute=30)
    predictions.log(place.database, [shown(1, (1,), before), shown(1, (2,), before + timedelta(hours=1))])
    (found,) = monitor(place, now=NOW + timedelta(days=1)).qualities
    assert found.lists == lists
