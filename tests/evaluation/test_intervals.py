"""The bootstrap: right mean, right width, resampled by customer."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from stylo.evaluation.intervals import bootstrap_mean, bootstrap_means, paired_difference


def test_the_interval_is_as_wide_as_theory_says() -> None:
    values = np.random.default_rng(5).normal(3, 2, 4000)
    scores = pl.DataFrame({"customer": np.arange(4000), "x": values})
    found = bootstrap_mean(scores, "x")
    expected = 1.96 * values.std() / np.sqrt(len(values))
    assert found.mean == pytest.approx(values.mean())
    assert (found.high - found.low) / 2 == pytest.approx(expected, rel=0.1)


def test_rows_of_one_customer_are_drawn_together() -> None:
    values = np.random.default_rng(5).normal(0, 1, 500)
    once = bootstrap_mean(pl.DataFrame({"customer": np.arange(500), "x": values}), "x")
    copied = pl.DataFrame({"customer": np.repeat(np.arange(500), 9), "x": np.repeat(values, 9)})
    assert bootstrap_mean(copied, "x") == pytest.approx(once)


def test_the_mean_weighs_rows_not_customers() -> None:
    scores = pl.DataFrame({"customer": [1, 1, 1, 2], "x": [1.0, 1.0, 1.0, 0.0]})
    assert bootstrap_mean(scores, "x").mean == 0.75


def test_the_same_seed_gives_the_same_interval_in_any_order_of_rows() -> None:
    scores = pl.DataFrame({"customer": range(50), "x": np.linspace(0, 1, 50)})
    assert bootstrap_mean(scores, "x") == bootstrap_mean(scores.reverse(), "x")
    assert bootstrap_mean(scores, "x") != bootstrap_mean(scores, "x", seed=1)


def test_a_paired_difference_is_surer_than_two_means() -> None:
    level = np.random.default_rng(1).normal(0, 5, 300)
    week = pl.Series("cutoff", [date(2020, 9, 16)] * 300)
    ours = pl.DataFrame({"cutoff": week, "customer": range(300), "x": level + 0.1})
    theirs = pl.DataFrame({"cutoff": week, "customer": range(300), "x": level}).reverse()
    assert paired_difference(ours, theirs, "x") == pytest.approx((0.1, 0.1, 0.1))
    assert bootstrap_mean(ours, "x").low < bootstrap_mean(theirs, "x").high


def resampled(values: list[list[float]], seed: int = 0) -> list[float]:
    """The means of 1,000 draws of customers, each with the values of its rows: the definition, as a loop."""
    random, means = np.random.default_rng(seed), []
    for _ in range(1000):
        rows = [value for who in random.integers(0, len(values), len(values)) for value in values[who]]
        means.append(sum(rows) / len(rows))
    return means


@pytest.mark.parametrize("columns", [["x"], ["x", "y"], ["x", "y", "z"]])
def test_columns_that_share_their_draws_get_what_the_definition_says(columns: list[str]) -> None:
    random = np.random.default_rng(2)
    frame = pl.DataFrame({"customer": random.integers(0, 30, 60), **{c: random.random(60) for c in columns}})
    found = bootstrap_means(frame, columns)
    assert list(found) == columns
    for column in columns:
        assert found[column] == bootstrap_mean(frame, column)
        lists = frame.group_by("customer").agg(column).sort("customer")[column].to_list()
        low, high = np.quantile(resampled(lists), [0.025, 0.975])
        assert found[column] == pytest.approx((frame[column].mean(), low, high))


def test_no_customers_have_no_mean() -> None:
    nothing = pl.DataFrame(schema={"customer": pl.UInt32, "x": pl.Float64})
    assert all(np.isnan(bootstrap_mean(nothing, "x")))
