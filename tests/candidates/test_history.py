"""What History lets its callers see, and what it reads for that."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier

import numpy as np
import polars as pl
import pytest
from helpers import AS_OF, catalogue, transactions
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from stylo.candidates.history import History
from stylo.candidates.personal import OwnPurchases
from stylo.candidates.strategy import candidates
from stylo.evaluation.backtest import BASELINES, backtest

ROWS = [
    ("2020-09-05", 2, 21),
    ("2020-05-01", 1, 10),
    ("2020-09-05", 1, 11),
    ("2020-09-07", 1, 12),
    ("2020-09-07", 3, 12),
    ("2020-09-08", 1, 13),
    ("2020-09-09", 2, 13),
]


def numbers(*customers: int) -> pl.Series:
    return pl.Series(customers, dtype=pl.UInt32)


def articles(rows: pl.LazyFrame) -> list[int]:
    return rows.collect()["article"].sort().to_list()


@pytest.fixture
def history() -> History:
    return History(transactions(*ROWS), catalogue())


def test_history_shows_only_what_lies_before_the_day(history: History) -> None:
    assert articles(history.before(AS_OF)) == [10, 11, 12, 12, 21]
    assert articles(history.before(AS_OF, days=3)) == [11, 12, 12, 21]
    assert articles(history.before(AS_OF, days=2)) == [12, 12]
    assert articles(history.before(date(2019, 1, 1))) == []


def test_the_rows_of_customers_are_theirs_alone(history: History) -> None:
    assert articles(history.of(numbers(1), AS_OF)) == [10, 11, 12]
    assert articles(history.of(numbers(2, 3), AS_OF, days=3)) == [12, 21]
    assert articles(history.of(numbers(4), AS_OF)) == []


@pytest.mark.parametrize("days", [None, 1, 3, 200])
@pytest.mark.parametrize("customers", [(1,), (1, 2), (1, 2, 3), (2, 99)])
def test_a_focus_changes_nothing_that_is_seen(
    history: History, customers: tuple[int, ...], days: int | None
) -> None:
    focused = history.focus(numbers(1, 2))  # covers some of the customers asked for, but not all
    for as_of in (AS_OF, date(2020, 9, 6), date(2020, 9, 10)):
        seen, expected = (each.of(numbers(*customers), as_of, days).collect() for each in (focused, history))
        assert_frame_equal(seen, expected, check_row_order=False)


def test_a_focus_holds_each_row_once_however_far_back_it_is_asked_for(history: History) -> None:
    focused = history.focus(numbers(1, 2))
    for days in (1, 3, 2, 200, None, 3):
        seen = articles(focused.of(numbers(1), AS_OF, days))
        assert seen == articles(history.of(numbers(1), AS_OF, days))


def test_days_that_nobody_asks_for_are_not_read(tmp_path: Path) -> None:
    # The days lie in a file each. What the oldest holds is destroyed, but for the statistics at its end, which
    # say of what day it is.
    frame = transactions(*ROWS)
    files = [tmp_path / f"{day}.parquet" for day in sorted(set(frame["t_dat"]))]
    for file in files:
        frame.filter(pl.col("t_dat") == date.fromisoformat(file.stem)).write_parquet(file)
    old, *_ = files
    rows = pl.concat(pl.scan_parquet(file) for file in files)
    history = History(rows, catalogue())
    whole = old.read_bytes()
    body = len(whole) - int.from_bytes(whole[-8:-4], "little") - 8
    old.write_bytes(b"PAR1" + b"\0" * (body - 4) + whole[body:])
    assert articles(history.before(AS_OF, days=30)) == [11, 12, 12, 21]
    assert articles(history.focus(numbers(1)).of(numbers(1), AS_OF, days=30)) == [11, 12]
    with pytest.raises(pl.exceptions.PolarsError):
        history.before(AS_OF).collect()


def test_the_newest_days_are_whole_and_hold_no_more_rows_than_asked_for(history: History) -> None:
    assert articles(history.newest(AS_OF, rows=4)) == [11, 12, 12, 21]
    assert articles(history.newest(AS_OF, rows=3)) == [12, 12]
    assert articles(history.newest(AS_OF, rows=1)) == []
    assert articles(history.newest(AS_OF, rows=1000)) == [10, 11, 12, 12, 21]
    assert articles(history.newest(date(2019, 1, 1), rows=5)) == []


def test_the_last_day_is_that_of_all_the_data(history: History) -> None:
    assert history.last_day == date(2020, 9, 9)


def test_the_truth_of_a_window_is_sorted_and_without_twins() -> None:
    rows = [*ROWS, ("2020-09-08", 1, 13), ("2020-09-08", 1, 5)]
    bought = History(transactions(*rows), catalogue()).bought(AS_OF, AS_OF + timedelta(days=2))
    assert bought.rows() == [(1, 5), (1, 13), (2, 13)]


def test_what_was_not_asked_for_longest_is_forgotten_first(history: History) -> None:
    made: list[int] = []

    def ask(key: int) -> None:
        history.once(key, lambda: made.append(key) or pl.DataFrame())  # type: ignore[func-returns-value]

    for key in range(32):
        ask(key)
    ask(0)
    ask(32)  # the thirty-third: 1 has to go, not 0
    ask(0)
    ask(1)
    assert made == [*range(33), 1]


def test_what_is_let_go_of_is_made_again_and_what_holds_for_any_day_is_not(history: History) -> None:
    made: list[str] = []
    for _ in range(2):
        history.once("of a day", lambda: made.append("of a day"))
        history.of_the_shop("of the shop", lambda: made.append("of the shop"))
        history.asked_for(np.array([5])).of_the_shop("of the shop", lambda: made.append("of the shop"))
        history.forget()
    assert made == ["of a day", "of the shop", "of a day"]


def test_threads_that_ask_for_the_same_make_it_once(history: History) -> None:
    made: list[int] = []
    both = Barrier(2)

    def make() -> int:
        made.append(1)
        return 7

    def ask(_: int) -> int:
        both.wait()
        return history.once("key", make)

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(ask, range(2))) == [7, 7]
    assert made == [1]


def test_only_what_is_asked_for_leads_anywhere(history: History) -> None:
    rows = history.before(AS_OF)
    assert_frame_equal(history.sources(rows).collect(), rows.collect())
    assert set(history.asked_for(np.array([12, 5, 12])).sources(rows).collect()["article"]) == {12}


def test_the_baselines_look_back_a_quarter_and_no_more() -> None:
    first_days: list[date] = []

    class Noting(History):
        def before(self, as_of: date, days: int | None = None) -> pl.LazyFrame:
            first_days.append(as_of - timedelta(days=days) if days is not None else date.min)
            return super().before(as_of, days)

        def of(self, customers: pl.Series, as_of: date, days: int | None = None) -> pl.LazyFrame:
            first_days.append(as_of - timedelta(days=days) if days is not None else date.min)
            return super().of(customers, as_of, days)

    backtest(BASELINES, Noting(transactions(*ROWS), catalogue()), [AS_OF], 7)
    assert min(first_days) == AS_OF - timedelta(days=90)


def test_own_purchases_see_the_same_with_and_without_a_focus(history: History) -> None:
    everyone = numbers(1, 2, 3)
    for days in (None, 30):
        strategy = OwnPurchases(days=days)
        found = candidates(strategy, history.focus(everyone), everyone, AS_OF, 12)
        assert_frame_equal(found, candidates(strategy, history, everyone, AS_OF, 12))


def days_of_sales(days: list[int]) -> pl.DataFrame:
    first = date(2000, 1, 1)
    return transactions(*((str(first + timedelta(days=day)), 1, 1) for day in days))


@given(
    st.lists(st.integers(0, 900), min_size=1, max_size=12),
    st.integers(0, 1000),
    st.integers(1, 9),
    st.integers(1, 20),
    st.integers(0, 40),
)
def test_cutoffs_are_those_that_a_walk_through_all_weeks_would_find(
    days: list[int], last: int, step: int, window: int, known: int
) -> None:
    sold = sorted(set(days))
    expected = []
    for cutoff in range(last, -window - 1, -step):
        inside = [day for day in sold if cutoff <= day < cutoff + window]
        # The first day of the sales that are no more than 366 days apart, back from one in the window.
        for day in inside:
            start = day
            while before := [other for other in sold if other < start and start - other <= 366]:
                start = before[-1]
            if cutoff >= start + known:
                expected.append(cutoff)
                break
    first = date(2000, 1, 1)
    found = History(days_of_sales(days), catalogue()).cutoffs(
        first + timedelta(days=last), step, window, known
    )
    assert [(day - first).days for day in found] == expected


def test_empty_centuries_are_not_gone_through() -> None:
    rows = [("1900-01-01", 1, 1), ("2020-08-01", 1, 1), ("2020-09-01", 1, 1), ("2199-12-31", 1, 1)]
    history = History(transactions(*rows), catalogue())
    assert list(history.cutoffs(date(2199, 12, 25), 7, 7, 20)) == [date(2020, 8, 26)]
