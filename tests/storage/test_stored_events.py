"""Events: each exactly once, all of a submission or none, whoever stores beside and whatever breaks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import count_events
from storage_processes import CUSTOMER, NOW, SPAWN, numbered, send_the_same, store_until_killed, together

from stylo.errors import OtherBody, StorageUnavailable
from stylo.storage import events, keys
from stylo.storage.database import Database
from stylo.storage.events import CustomerEvent, Receipt, StoredEvent, Submission
from stylo.storage.keys import Key, Scope
from stylo.storage.returns import Sale, taken_back
from stylo.storage.schema import microseconds, moment

ALWAYS = datetime(1, 1, 2, tzinfo=UTC)


def view(article: int, at: datetime = NOW, customer: str = CUSTOMER) -> CustomerEvent:
    return CustomerEvent(customer, "view", article, at)


def submission(key: Key, *sent: CustomerEvent, name: str | None = None, digest: str = "body") -> Submission:
    return Submission(key.id, sent, NOW, name, digest)


def articles(database: Database, since: datetime = ALWAYS) -> list[int]:
    return [event.article for event in events.of(database, CUSTOMER, since)]


def test_an_event_comes_back_as_it_was(database: Database, key: Key) -> None:
    bought = CustomerEvent(CUSTOMER, "purchase", 999999999, NOW, 0.0508305084745762, 2)
    clicked = CustomerEvent(CUSTOMER, "click", 108775015, NOW)
    assert events.store(database, [submission(key, bought, clicked)]) == [Receipt(1, 2, 2, repeated=False)]
    assert events.of(database, CUSTOMER, ALWAYS) == [
        StoredEvent(1, "purchase", 999999999, NOW, 0.0508305084745762, 2),
        StoredEvent(2, "click", 108775015, NOW, None, None),
    ]


def test_nobody_has_events_before_the_first(database: Database, key: Key) -> None:
    assert events.store(database, []) == []
    assert events.of(database, CUSTOMER, ALWAYS) == []
    assert count_events(database) == 0


def test_a_customers_events_are_those_since_a_moment_in_the_order_of_their_arrival(
    database: Database, key: Key
) -> None:
    times = [NOW + timedelta(microseconds=after) for after in (2, 0, 1, -1)]
    others = view(9, customer=f"{8:064x}")
    sent = [view(article, at) for article, at in enumerate(times)]
    events.store(database, [submission(key, *sent, others)])
    assert articles(database) == [0, 1, 2, 3]
    assert articles(database, NOW) == [0, 1, 2]
    assert articles(database, times[2]) == [0, 2]
    assert articles(database, times[0] + timedelta(microseconds=1)) == []
    assert count_events(database) == 5


def test_what_was_sold_in_a_span_are_its_purchases_from_the_first_moment_to_before_the_last(
    database: Database, key: Key
) -> None:
    times = [NOW + timedelta(hours=after) for after in (-1, 0, 1, 2)]
    sent = [CustomerEvent(CUSTOMER, "purchase", n, at, 9.5, 1) for n, at in enumerate(times)]
    events.store(database, [submission(key, *sent, view(9))])
    sold = events.sold(database, NOW, NOW + timedelta(hours=2))
    assert sold == [(CUSTOMER, 1, NOW, 9.5, 1), (CUSTOMER, 2, times[2], 9.5, 1)]


def did(kind: str, article: int, hours: float, customer: str = CUSTOMER) -> CustomerEvent:
    return CustomerEvent(customer, kind, article, NOW + timedelta(hours=hours), 9.5, 1)


def test_a_return_takes_back_the_latest_purchase_of_the_article_before_it(
    database: Database, key: Key
) -> None:
    events.store(
        database,
        [
            submission(
                key,
                did("purchase", 1, 0),
                did("purchase", 1, 2),
                did("purchase", 2, 3),
                did("return", 1, 4),
                did("purchase", 1, 5),
                did("return", 1, 1, customer=f"{8:064x}"),  # another customer's takes nothing back
            )
        ],
    )
    kept = [(article, at) for _, article, at, _ in events.purchases(database, NOW)]
    assert kept == [
        (article, microseconds(NOW + timedelta(hours=hours))) for article, hours in ((1, 0), (2, 3), (1, 5))
    ]
    # Sold in the first three hours, and returned after them.
    sold = events.sold(database, NOW, NOW + timedelta(hours=3))
    assert [(article, at) for _, article, at, _, _ in sold] == [(1, NOW)]


@pytest.mark.parametrize("hours", [-1.0, 0.0], ids=["before it", "in the same moment, but stored first"])
def test_a_return_before_its_purchase_is_kept_and_has_no_effect(
    database: Database, key: Key, hours: float
) -> None:
    events.store(database, [submission(key, did("return", 1, hours), did("purchase", 1, 0))])
    assert count_events(database) == 2
    assert [row[1] for row in events.purchases(database, NOW - timedelta(hours=2))] == [1]


def test_a_return_sent_twice_under_one_name_takes_back_one_purchase(database: Database, key: Key) -> None:
    events.store(database, [submission(key, did("purchase", 1, 0), did("purchase", 1, 1))])
    sent = submission(key, did("return", 1, 2), name="return 7")
    events.store(database, [sent])
    (receipt,) = events.store(database, [sent])
    assert isinstance(receipt, Receipt)
    assert receipt.repeated
    assert len(events.purchases(database, NOW)) == 1


def test_what_lasts_is_known_however_long_ago_it_was(database: Database, key: Key) -> None:
    old = [
        did("view", 1, -900),
        did("add_to_basket", 2, -900),
        did("dismiss", 3, -900),
        did("purchase", 4, -901),
    ]
    events.store(database, [submission(key, *old, view(5))])
    # A purchase may have ended the dismissal, or been returned: so it is told, too.
    assert articles(database, NOW) == [2, 3, 4, 5]
    other = f"{8:064x}"
    events.store(database, [submission(key, did("purchase", 4, -900, other), did("view", 6, 0, other))])
    assert [each.article for each in events.of(database, other, NOW)] == [6]


@given(
    st.lists(
        st.tuples(st.sampled_from(["purchase", "return"]), st.integers(0, 2), st.integers(0, 5)), max_size=9
    )
)
def test_every_return_takes_back_one_purchase_before_it_at_most(sales: list[tuple[str, int, int]]) -> None:
    found = taken_back(Sale(article, kind, at, id) for id, (kind, article, at) in enumerate(sales))
    assert len(set(found.values())) == len(found)
    for returned, purchase in found.items():
        assert (sales[returned][0], sales[purchase][0]) == ("return", "purchase")
        assert sales[returned][1] == sales[purchase][1]
        assert (sales[purchase][2], purchase) < (sales[returned][2], returned)
    # One in time order after the other, as a person would do it by hand.
    left: dict[int, int] = {}
    taken = 0
    for _, (kind, article, _) in sorted(enumerate(sales), key=lambda each: (each[1][2], each[0])):
        if kind == "purchase":
            left[article] = left.get(article, 0) + 1
        elif left.get(article, 0):
            left[article] -= 1
            taken += 1
    assert len(found) == taken


@given(st.datetimes(timezones=st.timezones()))
def test_a_moment_is_kept_to_the_microsecond(at: datetime) -> None:
    if (
        timedelta(days=2)
        < at.replace(tzinfo=None) - datetime.min
        < datetime.max - datetime.min - timedelta(2)
    ):
        assert moment(microseconds(at)) == at.astimezone(UTC)


def test_what_no_database_would_keep_as_it_is_is_not_made() -> None:
    usual = view(1)
    for change in (
        {"customer_id": CUSTOMER[1:] + "\0"},
        {"customer_id": CUSTOMER[1:] + "\ud800"},
        {"kind": "wish"},
        {"article": -1},
        {"article": 2**31},
        {"price": float("nan")},
        {"price": float("inf")},
        {"channel": 2**15},
        {"at": NOW.replace(tzinfo=None)},
        {"at": NOW.replace(year=1)},
    ):
        with pytest.raises(ValueError, match="cannot be kept"):
            replace(usual, **change)
    with pytest.raises(ValueError, match="without events"):
        Submission("key", (), NOW, None, "body")


def test_submissions_that_arrive_together_each_get_their_own_receipt(database: Database, key: Key) -> None:
    receipts = events.store(
        database, [submission(key, view(1), view(2)), submission(key, view(3)), submission(key, view(4))]
    )
    assert receipts == [
        Receipt(1, 2, 2, repeated=False),
        Receipt(3, 3, 1, repeated=False),
        Receipt(4, 4, 1, repeated=False),
    ]
    assert articles(database) == [1, 2, 3, 4]


def test_without_an_idempotency_key_the_same_is_stored_again(database: Database, key: Key) -> None:
    same = submission(key, view(1))
    assert events.store(database, [same, same]) == [Receipt(1, 1, 1, False), Receipt(2, 2, 1, False)]
    assert events.store(database, [same]) == [Receipt(3, 3, 1, repeated=False)]


def test_what_is_sent_again_gets_the_first_receipt(database: Database, key: Key) -> None:
    same = submission(key, view(1), view(2), name="a")
    first = Receipt(1, 2, 2, repeated=False)
    again = replace(first, repeated=True)
    assert events.store(database, [same, same]) == [first, again]
    assert events.store(database, [submission(key, view(3)), same]) == [Receipt(3, 3, 1, False), again]
    assert articles(database) == [1, 2, 3]


def test_another_body_under_the_same_idempotency_key_is_refused_alone(database: Database, key: Key) -> None:
    events.store(database, [submission(key, view(1), name="a")])
    before, refused, after, twice, refused_too = events.store(
        database,
        [
            submission(key, view(2)),
            submission(key, view(3), name="a", digest="other"),
            submission(key, view(4), name="b"),
            submission(key, view(4), name="b"),
            submission(key, view(5), name="b", digest="other"),
        ],
    )
    assert (before, after) == (Receipt(2, 2, 1, False), Receipt(3, 3, 1, False))
    assert twice == Receipt(3, 3, 1, repeated=True)
    assert isinstance(refused, OtherBody)
    assert isinstance(refused_too, OtherBody)
    assert "'a'" in refused.problem
    assert articles(database) == [1, 2, 4]


def test_an_idempotency_key_belongs_to_the_api_key_that_sent_it(database: Database, key: Key) -> None:
    other, _ = keys.create(database, "other till", [Scope.EVENTS], now=NOW)
    stored = events.store(
        database, [submission(key, view(1), name="a"), submission(other, view(2), name="a", digest="other")]
    )
    assert stored == [Receipt(1, 1, 1, False), Receipt(2, 2, 1, False)]


def test_whoever_has_seen_an_event_has_seen_all_before_it(database: Database, key: Key) -> None:
    """Four threads store; what a reader sees is always the beginning of what it sees later."""

    def store_ten(thread: int) -> None:
        for number in range(10):
            events.store(database, [submission(key, view(thread), view(number))])

    threads = [threading.Thread(target=store_ten, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    while any(thread.is_alive() for thread in threads):
        now = [event.id for event in events.of(database, CUSTOMER, ALWAYS)]
        assert now[: len(seen)] == seen
        seen = now
    assert count_events(database) == 80


def test_processes_that_send_the_same_at_once_store_it_once(url: str, database: Database, key: Key) -> None:
    answers = together(send_the_same, url, key.id)
    for receipts in zip(*answers, strict=True):
        assert sorted(receipt.repeated for receipt in receipts) == [False, True, True]
        assert len({(receipt.first, receipt.last) for receipt in receipts}) == 1
    assert sorted(articles(database)) == list(range(60))


def test_what_was_acknowledged_survives_a_kill_exactly_once(url: str, database: Database, key: Key) -> None:
    here, there = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=store_until_killed, args=(url, key.id, there))
    process.start()
    there.close()
    while here.recv() < 15:
        pass
    process.kill()
    last = 15
    try:
        while True:
            last = here.recv()
    except EOFError:
        process.join()
    # Its client does not know whether the next was stored, and sends all again.
    resent = events.store(database, [numbered(key.id, number) for number in range(last + 2)])
    assert all(isinstance(receipt, Receipt) for receipt in resent)
    assert [receipt.repeated for receipt in resent[: last + 1] if isinstance(receipt, Receipt)] == [True] * (
        last + 1
    )
    assert articles(database) == list(range(3 * (last + 2)))


def test_a_full_disk_is_told_and_nothing_is_half_stored(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/stylo.db", pool=1)
    database.migrate()
    key, _ = keys.create(database, "till", [Scope.EVENTS], now=NOW)
    limit_pages(database, 60)
    stored = 0
    with pytest.raises(StorageUnavailable, match="Free some space"):
        while True:
            events.store(database, [submission(key, *map(view, range(100)), name=f"{stored}")])
            stored += 1
    assert 0 < stored == count_events(database) / 100
    limit_pages(database, 600)
    (receipt,) = events.store(database, [submission(key, *map(view, range(100)), name=f"{stored}")])
    assert receipt == Receipt(100 * stored + 1, 100 * stored + 100, 100, repeated=False)
    database.close()


def limit_pages(database: Database, pages: int) -> None:
    """A file that may not grow further is, to SQLite, a full disk."""
    with database.begin() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def test_of_many_events_of_a_customer_the_last_are_looked_at(database: Database, key: Key) -> None:
    many = tuple(view(article) for article in range(events.MOST + 5))
    events.store(database, [submission(key, *many)])
    assert articles(database) == list(range(5, events.MOST + 5))


def test_what_happened_last_counts_however_much_of_the_past_arrives_after_it(
    database: Database, key: Key
) -> None:
    past = tuple(view(article, NOW - timedelta(days=9)) for article in range(events.MOST))
    events.store(database, [submission(key, view(10**8)), submission(key, *past)])
    assert articles(database) == [10**8, *range(1, events.MOST)]


def test_baskets_of_long_ago_leave_room_for_dismissals(database: Database, key: Key) -> None:
    filled = (did("add_to_basket", article, -30) for article in range(1000, 1000 + events.MOST))
    bought = did("purchase", 1001, -29)
    events.store(database, [submission(key, did("dismiss", 7, -40)), submission(key, *filled, bought)])
    found = events.of(database, CUSTOMER, NOW)
    kinds = [each.kind for each in found]
    assert kinds == ["dismiss", *["add_to_basket"] * events.MOST_OF_BASKET, "purchase"]


#: Of one customer, all at one moment, so that no order but that of the ids tells them apart.
MANY = f"""INSERT INTO events (customer_id, kind, article, at, key_id, received_at)
    WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 20000)
    SELECT '{CUSTOMER}', 'view', number, {microseconds(NOW)}, keys.id, 0 FROM numbers, keys"""


def _scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The steps of a plan that read an index; there must be no other that read."""
    assert "Scan" not in plan["Node Type"] or plan["Node Type"] in ("Index Scan", "Subquery Scan")
    if plan["Node Type"] == "Index Scan":
        yield plan
    for step in plan.get("Plans", ()):
        yield from _scans(step)


def test_of_a_busy_customer_no_more_is_read_than_is_looked_at(database: Database, key: Key) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql(MANY)
    with database.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
        on_file = connection.dialect.name == "sqlite"
        question = events._OF.compile(dialect=connection.dialect)
        asked = question.params | {"customer": CUSTOMER, "since": 0}
        explain = "EXPLAIN QUERY PLAN" if on_file else "EXPLAIN (ANALYZE, FORMAT JSON)"
        plan = connection.exec_driver_sql(f"{explain} {question}", asked).all()
    if on_file:
        steps = [row[-1] for row in plan if "INDEX" in row[-1]]
        assert len(steps) == 3
        assert "USING INDEX events_by_customer_id_at_id (customer_id=? AND at>?)" in steps[0]
        assert all("USING INDEX events_that_last (customer_id=?)" in step for step in steps[1:])
    else:
        scans = list(_scans(plan[0][0][0]["Plan"]))
        assert [each["Index Name"] for each in scans] == [
            "events_by_customer_id_at_id",
            "events_that_last",
            "events_that_last",
        ]
        assert [each["Actual Rows"] for each in scans] == [events.MOST, 0, 0]
    assert articles(database) == list(range(20000 - events.MOST + 1, 20001))
