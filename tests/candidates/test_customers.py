"""Customers in arrays against loops over the rows, and the store against what is read from the table."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from helpers import AS_OF, catalogue, members

from stylo.candidates.catalogue import Members
from stylo.candidates.customers import RECENT, Customers, CustomerStore, Runs, ordered, places
from stylo.candidates.history import History

ARTICLES = np.arange(30) * 7 + 100
ASKED = (3, 5, 7, 8, 9, 14, 99)  # 14 has no purchases, 99 is unknown
DAYS = 60

Purchase = tuple[int, int, float, int]  # days ago, row of the catalogue, price, channel


def random_history(seed: int) -> History:
    """600 purchases of customers 1 … 12 from DAYS before AS_OF to 9 days after, in no order, many on one day."""
    random = np.random.default_rng(seed)
    ago = random.integers(-9, DAYS, 600)
    frame = pl.DataFrame(
        {
            "t_dat": [AS_OF - timedelta(days=int(days)) for days in ago],
            "customer": random.integers(1, 13, 600).astype(np.uint32),
            "article": random.choice(ARTICLES, 600).astype(np.int32),
            "price": random.random(600).astype(np.float32),
            "sales_channel_id": random.integers(1, 3, 600).astype(np.uint8),
        }
    )
    ages = members({number: None if number % 4 == 3 else 20.0 + number for number in range(16)})
    shop = catalogue(*((int(article), 1, 1, 1) for article in ARTICLES))
    return History(pl.concat([frame, frame[:40]]), shop, customers=ages)


def by_hand(history: History, customer: int, as_of: date, last: int | None = None) -> list[Purchase]:
    """The purchases of a customer before a day, in the order that Customers promise."""
    found = []
    for row in history.before(date.max).collect().iter_rows(named=True):
        days = (as_of - row["t_dat"]).days
        if row["customer"] == customer and days > 0 and (last is None or days <= last):
            article = ARTICLES.tolist().index(row["article"])
            found.append((days, article, row["price"], row["sales_channel_id"]))
    return sorted(found)


def read(history: History, customers: Sequence[int] = ASKED, as_of: date = AS_OF) -> Customers:
    return Customers.read(history, pl.Series(customers, dtype=pl.UInt32), as_of)


def purchases(customers: Customers, position: int) -> list[Purchase]:
    mine = slice(customers.start[position], customers.start[position + 1])
    columns = (customers.days, customers.article, customers.price, customers.channel)
    return list(zip(*(column[mine].tolist() for column in columns), strict=True))


def arrays(customers: Customers) -> dict[str, np.ndarray]:
    names = ("numbers", "start", "article", "days", "price", "channel")
    of_members = {name: getattr(customers.members, name) for name in ("age", "club", "news")}
    return {name: getattr(customers, name) for name in names} | of_members


def assert_same(one: Customers, other: Customers) -> None:
    for name, array in arrays(one).items():
        assert array.dtype == arrays(other)[name].dtype, name
        np.testing.assert_array_equal(array, arrays(other)[name], err_msg=name)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("last", [None, 1, 20])
def test_each_customer_has_the_own_purchases_the_newest_first(seed: int, last: int | None) -> None:
    history = random_history(seed)
    asked = pl.Series([*reversed(ASKED), 7], dtype=pl.UInt32)
    customers = Customers.read(history, asked, AS_OF, last)
    assert customers.numbers.tolist() == sorted(ASKED)
    for position, customer in enumerate(sorted(ASKED)):
        assert purchases(customers, position) == by_hand(history, customer, AS_OF, last)
    assert customers.whose.tolist() == [
        position for position in range(len(ASKED)) for _ in purchases(customers, position)
    ]


def test_members_are_known_by_their_number_and_strangers_are_unknown_in_everything() -> None:
    frame = pl.DataFrame(
        {
            "customer": [2, 0],
            "age": [None, 30.0],
            "club_member_status": ["PRE-CREATE", "ACTIVE"],
            "fashion_news_frequency": ["Regularly", "of an evening"],
        },
        {
            "customer": pl.UInt32,
            "age": pl.Float32,
            "club_member_status": pl.String,
            "fashion_news_frequency": pl.String,
        },
    )
    found = Members.of(frame).only(np.array([0, 1, 2, 7]))
    unknown = float("nan")
    np.testing.assert_array_equal(found.age, [30, unknown, unknown, unknown])
    np.testing.assert_array_equal(found.club, [2, unknown, 1, unknown])
    np.testing.assert_array_equal(found.news, [unknown, unknown, 2, unknown])
    assert np.isnan(Members.of(pl.DataFrame()).only(np.array([0])).age).all()


@pytest.mark.parametrize("within", [None, 15])
@pytest.mark.parametrize("grouped", [True, False])
def test_totals_count_add_up_and_remember_the_last_purchase(within: int | None, grouped: bool) -> None:
    history = random_history(4)
    groups = (np.arange(len(ARTICLES)) % 5 - 1).astype(np.int32) if grouped else None
    found = read(history).totals(groups, half_life=20.0, within=within)
    ages: dict[tuple[int, int], list[int]] = defaultdict(list)
    for position, customer in enumerate(ASKED):
        for days, article, _, _ in by_hand(history, customer, AS_OF, within):
            group = article if groups is None else int(groups[article])
            if group >= 0:
                ages[position, group].append(days)
    pairs = sorted(ages)
    assert list(zip(found.customer.tolist(), found.group.tolist(), strict=True)) == pairs
    assert found.count.tolist() == [len(ages[pair]) for pair in pairs]
    assert found.days.tolist() == [min(ages[pair]) for pair in pairs]
    assert found.weight == pytest.approx([sum(0.5 ** (age / 20) for age in ages[pair]) for pair in pairs])


def test_a_total_is_found_by_customer_and_group() -> None:
    totals = read(random_history(4)).totals(None, 1.0)
    np.testing.assert_array_equal(totals.find(totals.customer, totals.group), np.arange(len(totals.key)))
    there = set(zip(totals.customer.tolist(), totals.group.tolist(), strict=True))
    free = next(pair for pair in np.ndindex(7, 30) if pair not in there)
    assert totals.find(np.array([free[0], 6]), np.array([free[1], 2**31])).tolist() == [-1, -1]
    nobody = Customers.nobody(np.array([4])).totals(None, 1.0)
    assert nobody.find(np.array([0]), np.array([3])).tolist() == [-1]


def test_totals_are_made_once_for_the_same_groups_and_again_for_others() -> None:
    customers = read(random_history(4))
    groups = np.zeros(len(ARTICLES), dtype=np.int32)
    first = customers.totals(groups, 20.0)
    assert customers.totals(groups, 20.0) is first
    assert customers.totals(groups, 10.0) is not first
    assert customers.totals(groups + 1, 20.0).group.tolist() == [1] * len(first.group)


def test_the_recent_articles_are_the_last_twenty_different_ones() -> None:
    history = random_history(5)
    expected = []
    for position, customer in enumerate(ASKED):
        last: dict[int, int] = {}
        for days, article, _, _ in by_hand(history, customer, AS_OF):
            last.setdefault(article, days)
        newest = sorted((days, article) for article, days in last.items())[:RECENT]
        expected += [(position, article, days) for days, article in newest]
    assert Counter(position for position, _, _ in expected)[0] == RECENT
    customer, article, days = read(history).recent
    assert list(zip(customer.tolist(), article.tolist(), days.tolist(), strict=True)) == expected


def test_visits_are_the_days_of_purchases_and_how_many_there_were() -> None:
    history = random_history(6)
    expected = Counter(
        (position, days)
        for position, customer in enumerate(ASKED)
        for days, _, _, _ in by_hand(history, customer, AS_OF)
    )
    keys, counts = read(history).visits
    assert list(zip((keys >> 32).tolist(), (keys & 0xFFFFFFFF).tolist(), strict=True)) == sorted(expected)
    assert counts.tolist() == [expected[visit] for visit in sorted(expected)]


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_slices_are_the_same_shoppers_some_at_a_time(size: int) -> None:
    history = random_history(7)
    slices = list(read(history).slices(size))
    assert [len(each) for each in slices] == [len(ASKED[first : first + size]) for first in range(0, 7, size)]
    for number, each in enumerate(slices):
        assert_same(each, read(history, ASKED[number * size : (number + 1) * size]))


def test_nobody_is_one_slice_without_purchases() -> None:
    (nobody,) = read(random_history(7), ()).slices(5)
    assert len(nobody) == 0
    assert nobody.recent[0].tolist() == nobody.visits[0].tolist() == []
    assert_same(Customers.nobody(np.array([88, 99])), read(random_history(7), (88, 99)))


def test_what_is_computed_once_is_kept_with_the_shoppers() -> None:
    customers, calls = read(random_history(7)), []
    for _ in range(2):
        assert customers.once("key", lambda: calls.append(1) or 42) == 42
    assert calls == [1]


def test_places_count_from_nought_within_each_customer() -> None:
    assert places(np.array([0, 0, 2, 2, 2, 5]), 6).tolist() == [0, 1, 0, 1, 2, 0]
    assert places(np.zeros(0, dtype=np.int64), 0).tolist() == []


@pytest.mark.parametrize(
    "customers", [ASKED, (5,), (14,), (99,), (2**32 - 1,), (99, 100), (), tuple(range(16))]
)
@pytest.mark.parametrize("as_of", [AS_OF, AS_OF - timedelta(days=25), AS_OF - timedelta(days=200)])
def test_the_store_gives_what_is_read_from_the_table(customers: tuple[int, ...], as_of: date) -> None:
    for seed in range(2):
        history = random_history(seed)
        store = CustomerStore.of(history, AS_OF)
        assert_same(
            store.of_numbers(np.array(customers, dtype=np.uint32), as_of), read(history, customers, as_of)
        )


def test_the_store_takes_customers_in_any_order_and_twice() -> None:
    history = random_history(1)
    store = CustomerStore.of(history, AS_OF + timedelta(days=30))
    found = store.of_numbers(np.array([8, 3, 8, 5]), AS_OF)
    assert_same(found, read(history, (3, 5, 8)))


def test_a_store_of_a_shop_without_purchases_knows_its_members_all_the_same() -> None:
    history = random_history(1)
    store = CustomerStore.of(history, AS_OF - timedelta(days=200))
    found = store.of_numbers(np.array([4, 20]), AS_OF)
    assert len(found.article) == 0
    np.testing.assert_array_equal(found.members.age, [24, float("nan")])


@pytest.mark.parametrize("at_a_time", [1, 40, 10_000])
def test_the_store_is_the_same_however_many_purchases_are_read_at_a_time(
    at_a_time: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylo.candidates.customers._PURCHASES_AT_A_TIME", at_a_time)
    history = random_history(2)
    everybody = tuple(range(16))
    found = CustomerStore.of(history, AS_OF).of_numbers(np.array(everybody), AS_OF)
    assert_same(found, read(history, everybody))


@pytest.mark.parametrize("bits", [3, 40, 62, 63])
def test_keys_are_ordered_and_equal_ones_keep_their_order(bits: int) -> None:
    few = np.random.default_rng(bits).integers(2**bits - 5, 2**bits, 200, dtype=np.int64)
    key, order = ordered(few, bits)
    expected = sorted(range(200), key=lambda place: (int(few[place]), place))
    assert order.tolist() == expected
    assert key.tolist() == [int(few[place]) for place in expected]
    assert [each.tolist() for each in ordered(few[:0], bits)] == [[], []]


def test_runs_are_the_purchases_of_each_group_in_their_order() -> None:
    runs = Runs.of(np.array([5, 2, 5, 5, 2, 7]), bits=3)
    assert runs.key.tolist() == [2, 5, 7]
    assert runs.count.tolist() == [2, 3, 1]
    assert runs.newest.tolist() == [1, 0, 5]
    assert runs.sums(np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])).tolist() == [2 + 16, 1 + 4 + 8, 32]
    # Of purchases some alone may count.
    some = Runs.of(np.array([1, 0]), 1, np.array([3, 9]))
    assert (some.newest.tolist(), some.order.tolist()) == ([9, 3], [9, 3])
