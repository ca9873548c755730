"""Articles that were never sold before the cutoff: how many are bought, found and recommended."""

from __future__ import annotations

import math
from datetime import timedelta

import polars as pl
import pytest
from helpers import AS_OF, catalogue, transactions

from stylo.candidates.history import History
from stylo.evaluation.breakdowns import ColdArticles, cold_articles, sold_articles

BEFORE = str(AS_OF - timedelta(days=1))
LONG_BEFORE = str(AS_OF - timedelta(days=700))


def shop(*rows: tuple[str, int, int]) -> History:
    return History(transactions(*rows), catalogue())


def ranked(lists: dict[int, list[int]]) -> pl.DataFrame:
    """Lists from customer → articles in order."""
    rows = [
        (who, what, rank) for who, articles in lists.items() for rank, what in enumerate(articles, start=1)
    ]
    return pl.DataFrame(rows, {"customer": pl.UInt32, "article": pl.Int32, "rank": pl.UInt16}, orient="row")


def truth(*rows: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, {"customer": pl.UInt32, "article": pl.Int32}, orient="row")


def test_hits_at_twelve_and_at_a_hundred_are_counted_over_cold_rows() -> None:
    history = shop((BEFORE, 9, 1), (LONG_BEFORE, 9, 2))
    warm = [1, 2] * 50
    lists = ranked(
        {
            1: [71, 1, 2],  # cold at rank 1
            2: [*warm[:12], 72],  # cold at rank 13
            3: [*warm[:100], 73],  # cold at rank 101: nowhere
        }
    )
    bought = truth((1, 71), (1, 71), (1, 74), (1, 1), (2, 72), (3, 73), (4, 2))
    # Customers 1 to 3 bought four cold articles; of distinct recommendations 3 + 2 + 2, one is cold.
    assert cold_articles(lists, bought, history, AS_OF) == ColdArticles(
        bought=4,
        customers=3,
        recall_12=1 / 4,
        recall_100=2 / 4,
        hit_rate_12=1 / 3,
        hit_rate_100=2 / 3,
        recommended=1 / (3 + 2 + 2),
    )


def test_two_hits_of_one_customer_are_one_customer() -> None:
    found = cold_articles(ranked({1: [71, 72]}), truth((1, 71), (1, 72), (2, 71)), shop(), AS_OF)
    assert (found.recall_12, found.hit_rate_12) == (pytest.approx(2 / 3), 1 / 2)


def test_sold_before_means_before_the_cutoff_however_long() -> None:
    history = shop((LONG_BEFORE, 1, 2), (BEFORE, 1, 1), (BEFORE, 2, 1), (str(AS_OF), 1, 3))
    assert sold_articles(history, AS_OF)["article"].to_list() == [1, 2]


def test_sales_from_the_cutoff_on_change_nothing() -> None:
    lists, bought, past = ranked({1: [71, 1]}), truth((1, 71)), (BEFORE, 9, 1)
    expected = cold_articles(lists, bought, shop(past), AS_OF)
    assert cold_articles(lists, bought, shop(past, (str(AS_OF), 1, 71)), AS_OF) == expected
    assert expected.recall_12 == 1


def test_where_nothing_cold_was_bought_there_is_no_recall() -> None:
    found = cold_articles(ranked({1: [1, 71]}), truth((1, 1)), shop((BEFORE, 9, 1)), AS_OF)
    assert (found.bought, found.customers, found.recommended) == (0, 0, 1 / 2)
    assert all(map(math.isnan, found[2:6]))


def test_where_there_are_no_lists_nothing_is_found_or_recommended() -> None:
    found = cold_articles(ranked({}), truth((1, 71)), shop((BEFORE, 9, 1)), AS_OF)
    assert found[:6] == (1, 1, 0, 0, 0, 0)
    assert math.isnan(found.recommended)
