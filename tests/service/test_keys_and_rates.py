"""Keys that are remembered for a moment, rates that are kept, answers that are kept: by clocks that tests turn."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stylo.errors import StorageUnavailable
from stylo.service.authentication import REMEMBERED, KeyCache, RateLimiter
from stylo.service.cache import AnswerCache
from stylo.storage.keys import Key, Scope

START = datetime(2020, 9, 23, tzinfo=UTC)
GOOD = Key("0123456789ab", "shop", frozenset({Scope.READ}), None, START, None, None)


class Clock:
    """Seconds that a test counts."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Storage:
    """Knows one token, until it is away."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = False
        self.keys: dict[str, Key] = {"good": GOOD}

    def find(self, token: str) -> Key | None:
        self.asked.append(token)
        if self.away:
            raise StorageUnavailable("away")
        return self.keys.get(token)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def storage() -> Storage:
    return Storage()


@pytest.fixture
def ring(storage: Storage, clock: Clock) -> KeyCache:
    return KeyCache(storage.find, clock)


def test_a_key_is_looked_up_once_in_some_seconds(ring: KeyCache, storage: Storage, clock: Clock) -> None:
    assert ring.remembered("good") == (False, None)
    assert ring.look_up("good") == GOOD
    assert ring.remembered("good") == (True, GOOD)
    clock.now += REMEMBERED
    assert ring.remembered("good") == (True, GOOD)
    clock.now += 0.001
    assert ring.remembered("good") == (False, None)
    assert storage.asked == ["good"]


def test_a_token_that_is_none_is_remembered_as_none(ring: KeyCache) -> None:
    assert ring.look_up("bad") is None
    assert ring.remembered("bad") == (True, None)
    assert ring.remembered("good") == (False, None)


def test_while_storage_is_away_a_key_that_was_good_stays_good_for_ten_minutes(
    ring: KeyCache, storage: Storage, clock: Clock
) -> None:
    ring.look_up("good")
    storage.away = True
    clock.now += 599
    assert ring.look_up("good") == GOOD
    clock.now += 2
    with pytest.raises(StorageUnavailable):
        ring.look_up("good")


@pytest.mark.parametrize("token", ["bad", "never seen"])
def test_while_storage_is_away_nobody_else_is_let_in(ring: KeyCache, storage: Storage, token: str) -> None:
    ring.look_up("bad")
    storage.away = True
    with pytest.raises(StorageUnavailable):
        ring.look_up(token)


def test_a_key_that_is_gone_is_gone_when_storage_is_back(ring: KeyCache, storage: Storage) -> None:
    ring.look_up("good")
    storage.away = True
    assert ring.look_up("good") == GOOD
    storage.away = False
    del storage.keys["good"]
    assert ring.look_up("good") is None


def test_no_token_is_kept(ring: KeyCache) -> None:
    ring.look_up("good")
    assert "good" not in repr(vars(ring)["_seen"])


def test_a_second_holds_as_many_requests_as_the_rate_says(clock: Clock) -> None:
    rates = RateLimiter(10.0, clock=clock)
    assert [rates.take("a", None) for _ in range(12)] == [0] * 10 + [1, 1]
    clock.now += 0.25  # 2.5 requests' worth
    assert [rates.take("a", None) for _ in range(3)] == [0, 0, 1]
    clock.now += 100  # it holds one second's worth, however long nobody came
    assert [rates.take("a", None) for _ in range(11)] == [0] * 10 + [1]


def test_a_slow_key_is_told_how_long_to_wait(clock: Clock) -> None:
    rates = RateLimiter(10.0, clock=clock)
    assert rates.take("slow", 0.1) == 0
    assert rates.take("slow", 0.1) == 10
    clock.now += 4
    assert rates.take("slow", 0.1) == 6
    clock.now += 6
    assert rates.take("slow", 0.1) == 0


def test_each_process_has_its_share_of_a_rate(clock: Clock) -> None:
    rates = RateLimiter(10.0, 1 / 5, clock)
    assert [rates.take("a", None) for _ in range(3)] == [0, 0, 1]
    assert [rates.take("b", 50.0) for _ in range(11)] == [0] * 10 + [1]


@given(st.floats(0.1, 1000), st.lists(st.floats(0, 5), max_size=60))
def test_never_more_pass_than_a_second_holds_and_the_time_allows(rate: float, pauses: list[float]) -> None:
    clock = Clock()
    rates, passed = RateLimiter(rate, clock=clock), 0
    for pause in pauses:
        clock.now += pause
        passed += rates.take("a", None) == 0
    assert passed <= max(rate, 1) + rate * sum(pauses) + 1e-6


@given(st.floats(0.1, 1000))
def test_who_waits_as_long_as_told_may_go_on(rate: float) -> None:
    clock = Clock()
    rates = RateLimiter(rate, clock=clock)
    while not (wait := rates.take("a", None)):
        pass
    clock.now += wait
    assert rates.take("a", None) == 0


def test_a_request_that_counts_as_many_is_owed_and_waited_for(clock: Clock) -> None:
    rates = RateLimiter(10.0, clock=clock)
    assert rates.take("a", None) == 0
    rates.charge("a", 39)  # forty in all, of which a second holds ten
    assert rates.take("a", None) == 4  # 30 owed and one to go, at ten a second
    assert rates.take("b", None) == 0
    clock.now += 3.1
    assert rates.take("a", None) == 0
    assert rates.take("a", None) == 1


def size(question: object, answer: int) -> int:
    return answer


def test_an_answer_is_given_again_as_long_as_nothing_has_happened() -> None:
    cache: AnswerCache[int] = AnswerCache(10_000, size)
    cache.keep("who", ("v1", 7), 5)
    assert cache.get("who", ("v1", 7)) == 5
    assert cache.get("who", ("v1", 8)) is None  # an event
    assert cache.get("who", ("v1", 7)) is None  # and it is not true again


def test_the_cache_keeps_what_was_asked_for_last_as_far_as_there_is_room() -> None:
    cache: AnswerCache[int] = AnswerCache(20_000, size)
    for question in (1, 2):
        cache.keep(question, "now", 9_000)
    assert cache.get(1, "now") == 9_000
    cache.keep(3, "now", 9_001)
    assert [cache.get(question, "now") for question in (1, 2, 3)] == [9_000, None, 9_001]
    cache.keep(4, "now", 20_000)  # with what it costs to keep it, too large for all of it
    assert [cache.get(question, "now") for question in (1, 3, 4)] == [9_000, 9_001, None]
    for question in range(10_000):
        cache.keep(question, "now", 0)
    assert len(cache) < 40


def test_a_cache_without_room_and_one_that_was_cleared_have_nothing() -> None:
    none, cleared = AnswerCache[int](0, size), AnswerCache[int](10_000, size)
    for cache in (none, cleared):
        cache.keep(1, "now", 1)
    cleared.clear()
    assert none.get(1, "now") is None
    assert cleared.get(1, "now") is None
