"""What happened since the model was made counts as if it stood in the tables from which the model reads."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import httpx2
import pytest
from offline import Bought, Offline, answered, post, recommended, scored
from serving import linked

from stylo.service.settings import ServiceSettings

# The model knows of what was bought until the 22nd; the shop lives a week later.
SINCE, TODAY = date(2020, 9, 23), date(2020, 9, 30)


@pytest.fixture(scope="module")
def settings(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> ServiceSettings:
    data = linked(demo_shop, tmp_path_factory.mktemp("a-week-later") / "shop")
    return ServiceSettings(data=data, images=demo_shop / "images", rate=1e6, today=TODAY)


@pytest.fixture(scope="module")
def offline(demo_shop: Path) -> Offline:
    return Offline(demo_shop)


def new_customer(number: int) -> str:
    """An id that no customer of the shop has."""
    return f"{number:04x}" + "e" * 60


def day(number: int) -> date:
    """The n-th of September."""
    return date(2020, 9, number)


@pytest.fixture(scope="module")
def someone(customers: list[str]) -> Callable[[str], str]:
    """A customer of a kind about whom no other test has told anything."""
    kinds = {
        "active": iter(customers),
        "hardly active": iter(customers[::-1]),
        "new": (new_customer(number) for number in itertools.count()),
    }
    return lambda kind: next(kinds[kind])


@pytest.mark.parametrize(
    "days",
    [[23], [23, 23, 23], [23, 25, 29], [29, 25, 23], [30]],
    ids=["one", "several on a day", "on later days", "told in another order", "today"],
)
@pytest.mark.parametrize("kind", ["active", "hardly active", "new"])
def test_purchases_since_count_as_those_in_the_tables(
    client: httpx2.Client,
    offline: Offline,
    someone: Callable[[str], str],
    article_ids: list[str],
    kind: str,
    days: list[int],
) -> None:
    who = someone(kind)
    number = offline.numbers.get(who, len(offline.numbers))
    bought = [Bought(article_ids[7 * n + 3], day(each), 5.0 + n) for n, each in enumerate(days)]
    for purchase in bought:
        post(client, purchase.event(who))
    # A purchase of today is seen from tomorrow, as it would be in the tables.
    as_of = max(TODAY, max(day(each) for each in days) + timedelta(days=1))
    expected = offline.lists([number], as_of, [(number, each) for each in bought])
    answer = answered(client, who).json()
    assert answer["as_of"] == str(as_of)
    assert scored(answer["recommendations"]) == expected[number]
    assert expected != offline.lists([number], as_of)  # or the purchases would tell nothing


def test_an_article_bought_again_counts_as_in_the_tables(
    client: httpx2.Client, offline: Offline, someone: Callable[[str], str]
) -> None:
    who = someone("active")
    number = offline.numbers[who]
    owned = offline.transactions.filter(customer=number)["article"][0]
    again = Bought(f"{owned:010d}", day(24), 9.99, 1)
    post(client, again.event(who), again.event(who))
    expected = offline.lists([number], TODAY, [(number, again), (number, again)])
    assert scored(recommended(client, who)) == expected[number]


def test_many_customers_with_purchases_at_random_count_as_in_the_tables(
    client: httpx2.Client, offline: Offline, someone: Callable[[str], str], article_ids: list[str]
) -> None:
    draw = random.Random(7)
    everyone = [someone(kind) for kind in ("active", "hardly active", "new") for _ in range(7)]
    free = len(offline.numbers)
    numbers = {who: offline.numbers.get(who, free + n) for n, who in enumerate(everyone)}
    carts = [
        (who, Bought(draw.choice(article_ids), day(draw.randint(23, 29)), draw.randint(1, 9999) / 100, 1))
        for who in everyone
        for _ in range(draw.randint(1, 8))
    ]
    draw.shuffle(carts)
    post(client, *(bought.event(who) for who, bought in carts))
    rows = [(numbers[who], bought) for who, bought in carts]
    expected = offline.lists(sorted(numbers.values()), TODAY, rows)
    found = {numbers[who]: scored(recommended(client, who)) for who in everyone}
    assert found == expected


def test_a_purchase_of_a_day_that_the_model_knows_is_not_counted_twice(
    client: httpx2.Client, offline: Offline, someone: Callable[[str], str], article_ids: list[str]
) -> None:
    who = someone("active")
    post(client, Bought(article_ids[0], SINCE - timedelta(days=1)).event(who))
    number = offline.numbers[who]
    assert scored(recommended(client, who)) == offline.lists([number], TODAY)[number]
