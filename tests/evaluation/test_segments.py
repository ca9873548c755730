"""Customers by recency and activity, and a model's score in each segment."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from helpers import AS_OF, catalogue, transactions

from stylo.candidates.history import History
from stylo.evaluation.backtest import Backtest
from stylo.evaluation.breakdowns import (
    ACTIVITIES,
    RECENCIES,
    by_activity,
    by_recency,
    by_segment,
    segments,
    with_segments,
)
from stylo.evaluation.intervals import DIFFERENCE

WEEK_LATER = AS_OF + timedelta(days=7)


def ago(days: int) -> str:
    return str(AS_OF - timedelta(days=days))


def shop(*rows: tuple[str, int, int]) -> History:
    return History(transactions(*rows), catalogue())


def of(history: History, *customers: int, as_of: date = AS_OF) -> list[tuple[int, str, str]]:
    return segments(history, pl.Series(customers, dtype=pl.UInt32), as_of).rows()


def scores(*rows: tuple[date, str, int, float], models: tuple[str, ...] = ("ours", "theirs")) -> pl.DataFrame:
    """Scores from (cutoff, model, customer, MAP@12)."""
    schema = {"cutoff": pl.Date, "model": pl.Enum(models), "customer": pl.UInt32, "map@12": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


@pytest.mark.parametrize(
    ("days", "label"),
    [(1, 0), (7, 0), (8, 1), (30, 1), (31, 2), (90, 2), (91, 3), (2000, 3), (None, 4)],
)
def test_recency_ends_where_its_label_says(days: int | None, label: int) -> None:
    frame = pl.DataFrame({"days": [days]}, schema={"days": pl.Int64})
    assert frame.select(by_recency(pl.col("days"))).item() == RECENCIES[label]


@pytest.mark.parametrize(
    ("articles", "label"),
    [(None, 0), (0, 0), (1, 1), (4, 1), (5, 2), (14, 2), (15, 3), (39, 3), (40, 4), (900, 4)],
)
def test_activity_ends_where_its_label_says(articles: int | None, label: int) -> None:
    frame = pl.DataFrame({"articles": [articles]}, schema={"articles": pl.UInt32})
    assert frame.select(by_activity(pl.col("articles"))).item() == ACTIVITIES[label]


def test_every_customer_has_one_row_by_the_last_purchase_and_distinct_articles() -> None:
    history = shop(
        (ago(8), 1, 5),
        (ago(40), 1, 5),
        *((ago(365), 2, article) for article in range(5)),
        (ago(366), 2, 99),
        (ago(366), 3, 5),
    )
    # 1 bought one article twice; 2 five within the year and one the day before it; 3 none within; 4 never.
    assert of(history, 4, 3, 2, 1, 1) == [
        (1, "8–30", "1–4"),
        (2, "> 90", "5–14"),
        (3, "> 90", "0"),
        (4, "never", "0"),
    ]


def test_what_is_bought_from_the_cutoff_on_changes_no_segment() -> None:
    past = [(ago(20), 1, 5)]
    later = [(str(AS_OF), 1, article) for article in range(10)] + [(str(WEEK_LATER), 2, 5)]
    assert of(shop(*past, *later), 1, 2) == of(shop(*past), 1, 2) == [(1, "8–30", "1–4"), (2, "never", "0")]


def test_without_history_or_without_customers_there_is_nothing_to_tell() -> None:
    assert of(shop(), 7) == [(7, "never", "0")]
    assert of(shop((ago(1), 1, 5))) == []


def test_scores_get_the_segments_of_their_own_cutoff_in_their_order() -> None:
    history = shop((ago(5), 1, 5))
    given = scores((WEEK_LATER, "ours", 1, 0.5), (AS_OF, "ours", 2, 0.25), (AS_OF, "ours", 1, 0.0))
    found = with_segments(given, history)
    assert found.select(given.columns).equals(given)
    # Five days before the first cutoff are twelve before the second.
    assert found["recency"].to_list() == ["8–30", "never", "≤ 7 days"]
    assert found["activity"].to_list() == ["1–4", "0", "1–4"]


def test_means_and_differences_are_those_of_the_lists_of_a_segment() -> None:
    given = with_segments(
        scores(
            *((AS_OF, "ours", who, score) for who, score in ((1, 0.5), (2, 0.25), (3, 1.0))),
            *((AS_OF, "theirs", who, score) for who, score in ((3, 1.0), (2, 0.0), (1, 0.25))),
        ),
        shop((ago(1), 1, 5), (ago(1), 2, 5)),
    )
    found = by_segment(given, "recency", "theirs")
    assert found.select("recency", "model", "lists").rows() == [
        ("≤ 7 days", "ours", 2),
        ("≤ 7 days", "theirs", 2),
        ("never", "ours", 1),
        ("never", "theirs", 1),
    ]
    assert found["map@12"].to_list() == [(0.5 + 0.25) / 2, (0.25 + 0) / 2, 1, 1]
    # Ahead by a quarter for both customers: there is nothing to be unsure of.
    for column in ("difference", "difference_low", "difference_high"):
        assert found[column].to_list() == [0.25, 0, 0, 0]
    # Two customers with 0.5 and 0.25: some of 1,000 draws have either one twice.
    assert found.select("low", "high").row(0) == (0.25, 0.5)


def test_a_segment_that_holds_every_list_gets_the_estimates_of_the_backtest() -> None:
    weeks = (AS_OF, WEEK_LATER)
    lists = [(week, who) for week in weeks for who in range(1, 30) if (who + week.day) % 3]
    given = scores(
        *((week, "ours", who, (who * 7 % 11) / 11) for week, who in lists),
        *((week, "theirs", who, (who * 5 % 13) / 13) for week, who in lists),
    )
    expected = Backtest(weeks, 7, ["ours", "theirs"], metrics(given)).estimates("theirs")
    found = by_segment(given.with_columns(everyone=pl.lit("yes")), "everyone", "theirs")
    for row in found.iter_rows(named=True):
        mean, ahead = expected[row["model"], "map@12"], expected[row["model"], DIFFERENCE]
        assert (row["map@12"], row["low"], row["high"]) == pytest.approx(mean)
        assert (row["difference"], row["difference_low"], row["difference_high"]) == pytest.approx(ahead)


def metrics(given: pl.DataFrame) -> pl.DataFrame:
    return given.with_columns(**{"recall@12": pl.lit(0.0), "ndcg@12": pl.lit(0.0)})


def test_no_scores_have_no_segments() -> None:
    found = by_segment(with_segments(scores(), shop((ago(1), 1, 5))), "activity", "theirs")
    assert found.is_empty()
    assert found.columns[:4] == ["activity", "model", "lists", "map@12"]
