"""The shop's day: what happens now is known to the next recommendation, in every time zone and at every moment."""

from __future__ import annotations

import itertools
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from helpers import run_script
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from hypothesis import strategies as st
from in_process import asking, worker_of
from offline import TODAY, Bought, Offline, answered, event, ids, post, recommended, scored
from serving import linked
from starlette.testclient import TestClient

from stylo.deployment.shop_day import shop_day
from stylo.service.context import counted_from
from stylo.service.settings import ServiceSettings
from stylo.time_zone import TimeZone

NUMBERS = itertools.count()
STOCKHOLM = TimeZone("Europe/Stockholm")
#: The moment at which a shop in Stockholm has no purchase that the model does not know.
MIDNIGHT = datetime(2020, 9, 22, 22, tzinfo=UTC)
ZONES = st.sampled_from(sorted(zoneinfo.available_timezones() - {"Factory", "localtime"}))


def somebody_new() -> str:
    return f"{next(NUMBERS):04x}" + "d" * 60


@pytest.fixture(scope="module")
def settings(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> ServiceSettings:
    data = linked(demo_shop, tmp_path_factory.mktemp("days") / "shop")
    return ServiceSettings(data=data, images=demo_shop / "images", rate=1e6, time_zone="Europe/Stockholm")


@pytest.fixture(scope="module")
def offline(demo_shop: Path) -> Offline:
    return Offline(demo_shop)


class Clock:
    """Sets a service's clock, its zone, and when its model's tables were made."""

    def __init__(self, client: TestClient) -> None:
        self.worker = worker_of(client)

    def set(self, at: datetime, zone: str, made_at: datetime) -> None:
        object.__setattr__(self.worker.release, "made_at", made_at)
        self.tell(lambda: at, TimeZone(zone))

    def tell(self, real: Callable[[], datetime], zone: TimeZone) -> None:
        worker = self.worker
        worker.clock.real, worker.clock.zone = real, zone
        worker.pipeline.contexts = replace(worker.pipeline.contexts, zone=zone)
        worker.pipeline.cache.clear()


@pytest.fixture
def clock(client: TestClient) -> Iterator[Clock]:
    clock = Clock(client)
    worker = clock.worker
    real, zone, made_at = worker.clock.real, worker.clock.zone, worker.release.made_at
    yield clock
    clock.tell(real, zone)
    object.__setattr__(worker.release, "made_at", made_at)


def test_a_purchase_after_midnight_is_known_to_the_next_recommendation(
    client: TestClient, offline: Offline, article_ids: list[str]
) -> None:
    who = somebody_new()
    post(client, event(who, article_ids[5], at="2020-09-23T00:30:00+02:00", price=12.5, channel=2))
    number = len(offline.numbers)
    bought = Bought(article_ids[5], date(2020, 9, 23))
    expected = offline.lists([number], date(2020, 9, 24), [(number, bought)])
    answer = answered(client, who).json()
    assert answer["as_of"] == "2020-09-24"
    assert scored(answer["recommendations"]) == expected[number]


def test_a_purchase_before_midnight_stands_in_the_tables(client: TestClient, article_ids: list[str]) -> None:
    who = somebody_new()
    post(client, event(who, article_ids[5], at="2020-09-22T23:59:59+02:00"))
    assert client.get(f"/v1/customers/{who}/recommendations").status_code == 404


@pytest.mark.parametrize("minutes", [-121, -120, -1, 0, 1, 599])
def test_features_at_the_boundary_of_a_day_are_those_of_rows_dated_in_the_shops_zone(
    client: TestClient, offline: Offline, article_ids: list[str], minutes: int
) -> None:
    """Around midnight of 22 to 23 September in Stockholm, and around that of UTC two hours later."""
    who, number = somebody_new(), len(offline.numbers)
    at = MIDNIGHT + timedelta(minutes=120 + minutes)
    post(client, event(who, article_ids[7], at=at.isoformat(), price=12.5, channel=2))
    if at < MIDNIGHT:
        assert client.get(f"/v1/customers/{who}/recommendations").status_code == 404
        return
    rows = [(number, Bought(article_ids[7], date(2020, 9, 23)))]
    assert scored(recommended(client, who)) == offline.lists([number], date(2020, 9, 24), rows)[number]


@bounded(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zone=ZONES,
    hours=st.floats(-72, 72),
    made_before=st.floats(0.001, 72),
    ahead=st.none() | st.floats(-0.001, 5 / 60),
)
def test_what_is_bought_now_is_known_to_the_next_recommendation_in_any_zone_at_any_moment(
    client: TestClient,
    clock: Clock,
    article_ids: list[str],
    zone: str,
    hours: float,
    made_before: float,
    ahead: float | None,
) -> None:
    """Also where the tables hold rows of today, or the zone is not that of their dates, or clocks differ."""
    now = MIDNIGHT + timedelta(hours=hours)
    clock.set(now, zone, made_at=now - timedelta(hours=made_before))
    who = somebody_new()
    when = {} if ahead is None else {"at": (now + timedelta(hours=ahead)).isoformat()}
    post(client, event(who, article_ids[3], **when))
    asked = {"explain": True, "exclude_purchased": True}
    answer = answered(client, who, **asked).json()  # and not 404: nobody else knows this customer
    assert article_ids[3] not in {each["article_id"] for each in answer["recommendations"]}
    assert date.fromisoformat(answer["as_of"]) >= TODAY


@pytest.mark.parametrize("today", ["2020-09-20", "2020-09-23", "2020-12-24", "data"])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/New_York"])
def test_what_is_bought_on_a_day_that_was_set_is_known(
    demo_shop: Path, tmp_path: Path, article_ids: list[str], today: str, zone: str
) -> None:
    data = linked(demo_shop, tmp_path / "shop")
    with asking(ServiceSettings(data=data, images=tmp_path / "none", today=today, time_zone=zone)) as client:
        post(client, event("e" * 64, article_ids[3]))
        assert answered(client, "e" * 64).json()["as_of"] > max("2020-09-23", today.replace("data", ""))


def test_events_count_from_the_models_day_on_or_from_when_its_tables_were_made() -> None:
    as_of = date(2020, 9, 23)
    later, earlier = MIDNIGHT + timedelta(hours=5), MIDNIGHT - timedelta(hours=5)
    assert counted_from(as_of, later, STOCKHOLM) == MIDNIGHT
    assert counted_from(as_of, earlier, STOCKHOLM) == earlier


def test_a_day_that_was_set_before_the_models_stands_for_that() -> None:
    as_of = date(2020, 9, 23)
    assert shop_day(date(2020, 9, 1), as_of, date(2020, 9, 24)) == as_of
    assert shop_day(date(2020, 9, 1), None, date(2020, 9, 24)) == date(2020, 9, 1)
    assert shop_day(date(2021, 9, 1), as_of, date(2020, 9, 24)) == date(2021, 9, 1)


def test_the_batch_gives_what_the_service_gives_after_midnight(
    client: TestClient, settings: ServiceSettings, article_ids: list[str], tmp_path: Path
) -> None:
    who = somebody_new()
    post(client, event(who, article_ids[9], at="2020-09-23T00:30:00+02:00"))
    (tmp_path / "ids").write_text(who + "\n")
    out = tmp_path / "lists.csv"
    for zone, expected in (("Europe/Stockholm", ids(recommended(client, who))), ("UTC", None)):
        done = run_script(
            "-m", "stylo.service.batch", "--data", settings.data, "--customers", tmp_path / "ids", "--out", out,
            "--time-zone", zone,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        lines = out.read_text().splitlines()[1:]
        assert lines == ([f"{who},{' '.join(expected)}"] if expected else [])
