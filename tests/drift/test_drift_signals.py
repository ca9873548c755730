"""What is watched: counts by hand of a few purchases, bins of one definition, one pass that agrees with plain loops."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
import weekly_shop

from stylo.drift.signal import Signal, between, most_frequent, quantiles
from stylo.drift.signals import weekly_signals
from stylo.drift.weeks import Weeks
from stylo.vectors.embeddings import Embeddings

LAST_DAY = weekly_shop.LAST_DAY


def watched(sold: pl.DataFrame, count: int, **frames: object) -> dict[str, Signal]:
    tables = (table.lazy() for table in (sold, weekly_shop.customers(), weekly_shop.articles()))
    found = weekly_signals(*tables, Weeks(LAST_DAY, count), **frames)  # type: ignore[arg-type]
    return {signal.name: signal for signal in found}


def few(*rows: tuple[int, int, int, float, int | None]) -> pl.DataFrame:
    """Purchases: weeks before the last day, customer, article, price in money, channel."""
    return pl.DataFrame(
        [(LAST_DAY - timedelta(weeks=ago), who, what, price / 590, how) for ago, who, what, price, how in rows],
        {"t_dat": pl.Date, "customer": pl.UInt32, "article": pl.Int32, "price": pl.Float32,
         "sales_channel_id": pl.UInt8},
        orient="row",
    )  # fmt: skip


def bins_of(signal: Signal, week: int) -> dict[str, float]:
    """The bins that hold anything."""
    return {name: count for name, count in zip(signal.bins, signal.counts[week], strict=True) if count}


def test_a_week_is_counted_as_by_hand() -> None:
    # Customers 1, 9 and 10 are 17, 25 and 26 years old; 10 is no member yet. Article n is of type n % 5.
    signals = watched(few((1, 9, 2, 10, 2), (0, 1, 1, 10, 2), (0, 1, 1, 10, 2), (0, 1, 7, 20, 1), (0, 10, 2, 10, 2),
                          (0, 9, 2, 10, 2)), 2)  # fmt: skip
    assert bins_of(signals["age"], 1) == {"below 20": 1, "25 to 29": 2}
    assert bins_of(signals["purchases_per_buyer"], 1) == {"1": 2, "3": 1}
    assert bins_of(signals["last_purchase"], 1) == {"new to the shop": 2, "1 to 4 weeks ago": 1}
    assert bins_of(signals["new_articles"], 1) == {"first sold within four weeks": 5}
    assert signals["sales"].counts.tolist() == [[1], [5]]
    assert signals["age"].observations.tolist() == [1, 3]


def test_how_long_ago_the_last_purchase_was_is_told_in_weeks() -> None:
    bought = [(ago, 1, 1, 10.0, 2) for ago in (24, 20, 15, 10, 9, 0)]
    since = watched(few(*bought), 25)["last_purchase"]
    names = [next(iter(bins_of(since, 24 - ago))) for ago in (24, 20, 15, 10, 9)]
    assert names == [
        "new to the shop",
        "1 to 4 weeks ago",
        "5 to 13 weeks ago",
        "5 to 13 weeks ago",
        "1 to 4 weeks ago",
    ]
    again = watched(few((16, 1, 1, 10, 2), (2, 1, 1, 10, 2), (0, 2, 2, 10, 2)), 20)["last_purchase"]
    assert bins_of(again, 17) == {"longer ago": 1}


def test_an_article_is_new_in_the_week_of_its_first_sale_and_three_more() -> None:
    new = watched(few(*[(ago, 1, 1, 10.0, 2) for ago in range(6)]), 6)["new_articles"]
    assert new.counts.tolist() == [[1, 0]] * 4 + [[0, 1]] * 2


def test_a_price_is_compared_with_the_same_articles_in_the_last_week_before_in_which_it_was_sold() -> None:
    before = [(11, 1, 4, 10, 2), (3, 1, 1, 10, 2), (2, 1, 1, 20, 2), (2, 1, 2, 5, 2), (2, 1, 2, 15, 2)]
    now = [(0, 1, 1, 21, 2), (0, 2, 2, 8, 2), (0, 2, 2, 6, 2), (0, 1, 3, 99, 2), (0, 1, 4, 10, 2)]
    sold = few(*before, *now, (0, 1, 9999, 10, 2))
    own = watched(sold, 12)["own_price"]
    # 21 to 20 is 105 %; two purchases at 7 on average, to 10, are 70 %; 3 is new, 4 was sold too long ago.
    assert bins_of(own, 11) == {"102 to 110 %": 1, "70 to 90 %": 2}
    assert bins_of(own, 9) == {"130 % and more": 1}
    assert own.grid is not None
    # ln 1.05 is 0.049, ln 0.7 is −0.357.
    assert {int(step) - 150: int(own.grid[11, step]) for step in own.grid[11].nonzero()[0]} == {5: 1, -36: 2}


def test_unknown_customers_articles_channels_and_prices_are_bins_of_their_own() -> None:
    sold = few(*[(ago, 9999, 9999, 10.0, None) for ago in range(3)])
    sold = sold.with_columns(price=pl.when(pl.col("t_dat") == LAST_DAY).then(None).otherwise(pl.col("price")))
    signals = watched(sold, 3)
    for name in ("age", "club_status", "product_type", "section", "colour", "channel", "price"):
        assert bins_of(signals[name], 2) == {"unknown": 1}, name


def test_counts_agree_with_plain_loops_over_the_rows() -> None:
    sold = weekly_shop.purchases(6, seed=3)
    signals = watched(sold, 6)
    sections = weekly_shop.articles().rows_by_key("article", named=True, unique=True)
    for week in range(6):
        first = LAST_DAY - timedelta(weeks=6 - week, days=-1)
        rows = sold.filter(pl.col("t_dat").is_between(first, first + timedelta(days=6))).rows(named=True)
        named = [sections[row["article"]]["section_name"] for row in rows]
        assert bins_of(signals["section"], week) == {name: named.count(name) for name in set(named)}
        online = sum(row["sales_channel_id"] == 2 for row in rows)
        assert bins_of(signals["channel"], week) == {"online": online, "in a store": len(rows) - online}
        assert signals["price"].counts[week].sum() == len(rows)
        assert signals["age"].counts[week].sum() == weekly_shop.BUYERS


def test_weeks_are_counted_back_from_the_last_day_and_days_before_the_first_whole_one_left_out() -> None:
    weeks = Weeks.until(date(2020, 9, 22), date(2020, 9, 2))
    assert (weeks.count, weeks.first_day) == (3, date(2020, 9, 2))
    assert Weeks.until(date(2020, 9, 22), date(2020, 9, 3)).count == 2
    assert weeks.last_days == (date(2020, 9, 8), date(2020, 9, 15), date(2020, 9, 22))
    assert Weeks.until(date(2020, 9, 22), date(2020, 10, 1)).count == 0


def test_rare_values_are_one_bin_and_the_judged_week_has_no_say_in_it() -> None:
    counts = np.array([[90.0, 8, 2, 0], [90, 8, 2, 0], [10, 0, 90, 50]])
    names, folded = most_frequent(["a", "b", "c", None], counts)
    assert names == ("a", "b", "other", "unknown")
    assert folded.tolist() == [[90, 8, 2, 0], [90, 8, 2, 0], [10, 0, 90, 50]]


def test_no_more_than_twenty_values_have_a_bin_of_their_own() -> None:
    names, folded = most_frequent([f"v{n}" for n in range(50)], np.full((3, 50), 100.0))
    assert len(names) == 21
    assert folded[0, -1] == 3000


def test_edges_lie_on_values_and_a_value_belongs_to_the_bin_that_begins_with_it() -> None:
    values, weights = np.array([1.0, 2, 5, 9]), np.array([5.0, 5, 5, 5])
    edges = quantiles(values, weights, 2)
    assert edges.tolist() == [2]
    assert between(weights[None, :], values, edges).tolist() == [[5, 15]]


def test_the_look_of_new_articles_is_told_in_the_week_of_their_first_sale() -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(weekly_shop.ARTICLES, 6)).astype(np.float32)
    vectors[:20, 0] += 20
    vectors[20:, 0] -= 20
    look = Embeddings(np.arange(1, weekly_shop.ARTICLES + 1, dtype=np.int32), vectors)
    early = [(1, 1, article, 10.0, 2) for article in range(1, 21)]
    late = [(0, 1, article, 10.0, 2) for article in range(15, 36)]
    signals = watched(few(*early, *late), 2, embeddings=look)
    first = signals["look_1"]
    # Twenty of the one kind lie on the one side; of the others fifteen are new in the last week, five never sold.
    halves = first.grid.reshape(2, 2, 50).sum(axis=2)  # type: ignore[union-attr]
    assert sorted(halves[0].tolist()) == [0, 20]
    assert sorted(halves[1].tolist()) == [0, 15]
    assert np.argmax(halves[0]) != np.argmax(halves[1])
    assert first.observations.tolist() == [20, 15]


def test_vectors_of_articles_that_the_catalogue_does_not_have_are_passed_over() -> None:
    vectors = np.random.default_rng(0).normal(size=(50, 6))
    look = Embeddings(np.arange(1001, 1051, dtype=np.int32), vectors)
    signals = watched(few((1, 1, 9999, 10, 2), (0, 1, 1, 10, 2)), 2, embeddings=look)
    assert not signals["look_1"].counts.any()


def test_recommendations_are_counted_by_section_age_and_score() -> None:
    sold = few((6, 1, 1, 10, 2), (0, 1, 2, 10, 2))
    shown = pl.DataFrame(
        {"t_dat": [LAST_DAY] * 4, "article": [1, 2, 3, 9999], "score": [0.5, 0.7, None, float("nan")]}
    )
    signals = watched(sold, 7, predictions=shown)
    # Article 1 was first sold six weeks ago, 2 this week, 3 not yet; the fourth is not in the catalogue.
    assert bins_of(signals["recommended_new"], 6) == {
        "first sold within four weeks": 3,
        "longer in the shop": 1,
    }
    assert signals["recommended_section"].counts[6].sum() == 4
    assert bins_of(signals["recommended_score"], 6)["unknown"] == 2
    assert "recommended_score" not in watched(sold, 7, predictions=shown.drop("score"))


def test_hits_of_several_rows_of_a_week_are_added_up_and_other_weeks_left_out() -> None:
    days = [
        LAST_DAY,
        LAST_DAY - timedelta(days=1),
        LAST_DAY - timedelta(weeks=1),
        LAST_DAY + timedelta(days=1),
    ]
    outcomes = pl.DataFrame({"t_dat": days, "lists": [10, 20, 7, 99], "hits": [1, 2, 0, 9]})
    rate = watched(few((1, 1, 1, 10, 2), (0, 1, 1, 10, 2)), 2, outcomes=outcomes)["hit_rate"]
    assert rate.counts.tolist() == [[0, 7], [3, 27]]


@pytest.mark.parametrize("frames", [{}, {"predictions": pl.DataFrame(schema={"t_dat": pl.Date, "article": pl.Int32,
                                                                            "score": pl.Float64})}])  # fmt: skip
def test_weeks_without_anything_are_zeros(frames: dict[str, pl.DataFrame]) -> None:
    signals = watched(few((9, 1, 1, 10, 2)), 3, **frames)
    for signal in signals.values():
        assert not signal.counts.any(), signal.name
        assert signal.counts.shape == (3, len(signal.bins))
