"""Goes with it or instead of it: questions and recall that can be counted by hand."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from helpers import catalogue, transactions, twins

from benchmarks.article_neighbours import Questions, estimates, judge, only_of, score_blends
from stylo.candidates.bought_together import BoughtNext, BoughtTogether
from stylo.candidates.history import History
from stylo.candidates.similar_articles import SameStyle, VisualTwins

SINCE, UNTIL = date(2020, 9, 1), date(2020, 9, 15)
# Articles 10 and 11 of one product (0), 1010 and 1011 of another (1), 2010 of a third.
ARTICLES = catalogue(*((article, 1, article % 2, 5) for article in (10, 11, 1010, 1011, 2010)))
STRATEGIES: list[Any] = [BoughtTogether(), BoughtNext(), SameStyle(), VisualTwins()]
PAST = [("2020-08-20", who, what) for who in (7, 8) for what in (10, 1010)]


def shop(*rows: tuple[str, int, int]) -> History:
    return History(
        transactions(*PAST, *rows), ARTICLES, twins((10, 11, 0.9), (10, 2010, 0.8), (1010, 10, 0.7))
    )


def asked(questions: Questions) -> dict[tuple[str, int, int], set[int]]:
    """(day, customer, article) → what is wanted."""
    rows = questions.asked.with_row_index("question").join(
        questions.wanted.rename({"article": "other"}), on="question"
    )
    found: dict[tuple[str, int, int], set[int]] = {}
    for day, who, what, other in rows.select("t_dat", "customer", "article", "other").iter_rows():
        found.setdefault((str(day), who, what), set()).add(other)
    return found


def test_what_is_bought_on_the_day_and_in_seven_days_after_it_is_wanted() -> None:
    history = shop(
        ("2020-09-01", 1, 10),
        ("2020-09-01", 1, 11),
        ("2020-09-01", 1, 11),
        ("2020-09-08", 1, 1010),  # seven days later
        ("2020-09-09", 1, 10),  # eight: bought again, and wanted with 1010
        ("2020-09-01", 2, 2010),  # alone
    )
    questions = Questions.of(history, SINCE, UNTIL)
    assert asked(questions) == {
        ("2020-09-01", 1, 10): {11, 1010},
        ("2020-09-01", 1, 11): {10, 1010},
        ("2020-09-08", 1, 1010): {10},
    }
    assert questions.asked["as_of"].to_list() == [date(2020, 9, 1), date(2020, 9, 1), date(2020, 9, 8)]


def test_nothing_outside_the_window_is_looked_at() -> None:
    history = shop(("2020-08-31", 1, 10), ("2020-09-01", 1, 11), ("2020-09-03", 1, 1010))
    assert asked(Questions.of(history, SINCE, date(2020, 9, 4))) == {("2020-09-01", 1, 11): {1010}}
    assert asked(Questions.of(history, SINCE, date(2020, 9, 3))) == {}


def test_variants_of_the_product_can_be_left_out() -> None:
    history = shop(*(("2020-09-01", 1, article) for article in (10, 11, 1010)))
    questions = Questions.of(history, SINCE, UNTIL, variants=False)
    assert asked(questions) == {
        ("2020-09-01", 1, 10): {1010},
        ("2020-09-01", 1, 11): {1010},
        ("2020-09-01", 1, 1010): {10, 11},
    }
    (week,) = judge([VisualTwins()], history, questions)
    ids = history.catalogue.articles
    rows = zip(week.pool.customer.tolist(), ids[week.pool.article].tolist(), strict=True)
    # The twin 11 of 10 is of the same product.
    assert sorted(rows) == [(0, 2010), (2, 10)]


def test_a_sample_is_bounded_the_same_each_time_and_keeps_all_that_is_wanted() -> None:
    rows = [("2020-09-02", who, what) for who in range(20) for what in (10, 1010, 2010)]
    everything = asked(Questions.of(shop(*rows), SINCE, UNTIL))
    some = asked(Questions.of(shop(*rows), SINCE, UNTIL, most=10))
    again = asked(Questions.of(shop(*reversed(rows)), SINCE, UNTIL, most=10))
    assert len(everything) == 60
    assert len(some) == 10
    assert some == again
    assert some.items() <= everything.items()
    assert len({who for _, who, _ in some}) > 3


def test_recall_is_hits_by_wanted_of_each_source_alone_and_of_a_blend() -> None:
    history = shop(*(("2020-09-01", 1, article) for article in (10, 1010, 2010)))
    questions = Questions.of(history, SINCE, UNTIL)
    judged = list(judge(STRATEGIES, history, questions))
    twins_alone, together = {"visual twins": 1.0}, {"bought together": 1.0}
    scores = score_blends(
        judged, questions, {"twins": twins_alone, "together": together, "both": twins_alone | together}
    )
    # 10 wants 1010 and 2010: the twins are 11 and 2010. 1010 wants 10 and 2010: the twin is 10. 2010 has none.
    assert scores["twins"].to_list() == [1 / 2, 1 / 2, 0]
    # Before that day 10 and 1010 were bought together, nothing else.
    assert scores["together"].to_list() == [1 / 2, 1 / 2, 0]
    assert scores["both"].to_list() == [1, 1 / 2, 0]
    assert scores["customer"].to_list() == [1, 1, 1]


def test_a_source_alone_is_not_filled_up_by_others() -> None:
    history = shop(*(("2020-09-01", 1, article) for article in (10, 1010)))
    (week,) = judge(STRATEGIES, history, Questions.of(history, SINCE, UNTIL))
    alone = only_of(week, ["visual twins"])
    twin = week.pool.strategies.index("visual twins")
    assert not np.isnan(alone.pool.rank[:, twin]).any()
    assert len(alone.pool) == np.count_nonzero(~np.isnan(week.pool.rank[:, twin])) < len(week.pool)


def test_estimates_are_means_and_paired_differences() -> None:
    scores = pl.DataFrame({"customer": [1, 1, 2], "ours": [1.0, 0.5, 0.0], "theirs": [0.5, 0.5, 0.5]})
    found = estimates(scores, "theirs")
    mean, difference = found["ours"]
    assert mean.mean == pytest.approx(0.5)
    assert difference.mean == pytest.approx(0)
    assert mean.low <= mean.mean <= mean.high
    assert found["theirs"][1] == (0, 0, 0)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_rows_on_or_after_the_first_day_of_a_week_change_nothing_about_neighbours(strategy: Any) -> None:
    rows = [("2020-09-02", 1, 10), ("2020-09-02", 1, 2010), ("2020-09-09", 2, 1010), ("2020-09-09", 2, 11)]
    history = shop(*rows)
    questions = Questions.of(history, SINCE, UNTIL)
    first, second = judge([strategy], history, questions)
    # On the first day of the second week others buy otherwise; what was asked stays.
    other = shop(*rows, *(("2020-09-08", who, what) for who in range(20, 40) for what in (11, 2010)))
    for ours, theirs in zip((first, second), judge([strategy], other, questions), strict=True):
        assert np.array_equal(ours.pool.article, theirs.pool.article)
        assert np.array_equal(ours.pool.rank, theirs.pool.rank, equal_nan=True)
        assert np.array_equal(ours.bought, theirs.bought)


def test_without_questions_there_is_nothing_to_score() -> None:
    history = shop(("2020-09-01", 1, 10))
    questions = Questions.of(history, SINCE, UNTIL)
    judged = list(judge(STRATEGIES, history, questions))
    assert judged == []
    scores = score_blends(judged, questions, {"twins": {"visual twins": 1.0}})
    assert scores.columns == ["customer", "twins"]
    assert scores.is_empty()
    assert math.isnan(estimates(scores, "twins")["twins"][0].mean)
