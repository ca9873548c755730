"""The analysis: counts, metrics and levels; by day and by segment the same as of those customers alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm
from shoppers import START, customers
from trials import HALVES, experiment

from stylo.experiments.analysis import analyse, daily
from stylo.experiments.comparison import BROKEN, HELD, UNCLEAR, by_segment
from stylo.experiments.experiment import METRICS, Guardrail, Variant

TRIAL = experiment(guardrails=(Guardrail("revenue", 0.1), Guardrail("hit_rate", 0.5)))
BOTH = pl.concat(
    [
        customers("control", 5000, buyers=400, hits=100, price=2.0, unfinished=50),
        customers("blend", 5200, buyers=520, hits=104, price=1.0),
    ]
)


def test_customers_whose_window_is_over_are_compared_in_every_metric() -> None:
    found = analyse(BOTH, TRIAL)
    assert [(each.name, each.exposed, each.customers) for each in found.variants] == [
        ("control", 5000, 4950),
        ("blend", 5200, 5200),
    ]
    assert found.variants[0].means == pytest.approx(
        {"conversion": 400 / 4950, "hit_rate": 100 / 4950, "revenue": 800 / 4950}
    )
    assert {each.metric for each in found.comparisons} == set(METRICS)
    (conversion,) = found.primary
    assert (conversion.control, conversion.mean) == pytest.approx((400 / 4950, 0.1))
    assert conversion.relative == pytest.approx(0.1 / (400 / 4950) - 1)
    variance = 400 * 4550 / 4950**2 / 4949 + 0.1 * 0.9 / 5199
    assert conversion.fixed.low == pytest.approx(conversion.difference - 1.959964 * variance**0.5)
    assert conversion.always.low < conversion.fixed.low < conversion.fixed.high < conversion.always.high


def test_the_unfinished_may_be_counted_as_they_are() -> None:
    assert analyse(BOTH, TRIAL, unfinished=True).variants[0].customers == 5000


def test_the_sample_ratio_is_that_of_all_who_were_exposed() -> None:
    found = analyse(BOTH, TRIAL).sample_ratio
    assert (found.customers, found.expected) == ((5000, 5200), (5100, 5100))


def test_guardrails_are_held_or_broken_by_their_margin() -> None:
    revenue, hits = analyse(BOTH, TRIAL).guardrails
    assert revenue.comparison.relative == pytest.approx(0.1 / (800 / 4950) - 1)  # −38 %
    assert (revenue.state, hits.state) == (BROKEN, HELD)
    wide, narrow = replace(revenue, margin=0.9), replace(hits, margin=0.01)
    assert (wide.state, narrow.state) == (HELD, UNCLEAR)


def test_several_variants_share_the_level_and_the_plan() -> None:
    thirds = (Variant("control", 0.25), Variant("blend", 0.25), Variant("new", 0.5))
    table = pl.concat([BOTH, customers("new", 10_000, buyers=900)])
    found = analyse(table, experiment(variants=thirds, planned_customers=40_000))
    blend, new = found.primary
    assert blend.level == new.level == pytest.approx(0.975)
    assert (blend.fixed.high - blend.difference) / blend.standard_error == pytest.approx(norm.isf(0.0125))
    # Planned are 10,000, 10,000 and 20,000; harmonically 1 ÷ (1/4950 + 1/5200) of 5,000, and so on.
    assert blend.progress == pytest.approx(1 / (1 / 4950 + 1 / 5200) / 5000)
    assert new.progress == pytest.approx(1 / (1 / 4950 + 1 / 10_000) / (1 / (1 / 10_000 + 1 / 20_000)))


def test_what_was_bought_before_is_taken_off_and_the_gain_told() -> None:
    # Who bought before bought now, as much: nothing is left to chance, and nothing of a difference.
    table = pl.concat([customers("control", 900, 90, before=1.0), customers("blend", 1000, 50, before=1.0)])
    revenue = analyse(table, experiment(metric="revenue")).comparisons[0]
    assert revenue.variance_reduction == pytest.approx(1)
    assert revenue.difference == pytest.approx(0, abs=1e-12)
    assert revenue.mean == pytest.approx(140 / 1900)


def test_new_customers_a_day_are_those_of_the_last_week() -> None:
    late = customers("blend", 70, 0, days=1).with_columns(first_exposure=START + timedelta(days=9))
    # 10,200 customers over ten days, and 70 on the last.
    assert analyse(pl.concat([BOTH, late]), TRIAL).customers_a_day == pytest.approx(1020 + 70 / 7)
    two_days = customers("blend", 100, 0, days=2)
    assert analyse(two_days, TRIAL).customers_a_day == 50


@pytest.mark.parametrize("table", [BOTH.clear(), BOTH.filter(pl.col("variant") == "control")])
def test_without_customers_there_is_nothing_to_compare_and_no_error(table: pl.DataFrame) -> None:
    found = analyse(table, TRIAL)
    assert found.variants[1].means == dict.fromkeys(METRICS)
    assert found.primary[0].always_relative == (-1, float("inf"))
    assert {check.state for check in found.guardrails} == {UNCLEAR}


def segmented() -> pl.DataFrame:
    place = pl.int_range(pl.len())
    return BOTH.with_columns(
        club=pl.when(place % 3 > 0).then((place % 3).cast(pl.String)), old=place % 2 == 0
    )


def test_a_segment_is_compared_as_its_customers_alone() -> None:
    found = by_segment(segmented(), TRIAL, ["club", "old"])
    assert [(each.column, each.value) for each in found.segments] == [
        ("club", None),
        ("club", "1"),
        ("club", "2"),
        ("old", "false"),
        ("old", "true"),
    ]
    alone = analyse(segmented().filter(pl.col("club") == "2"), replace(TRIAL, level=1 - 0.05 / 5)).primary[0]
    assert found.segments[2].comparisons[0] == alone
    assert sum(sum(each.customers) for each in found.segments[:3]) == 4950 + 5200


def test_segments_tell_how_many_were_looked_at_and_at_which_level() -> None:
    found = by_segment(segmented(), TRIAL, ["club", "old"])
    assert found.level == pytest.approx(0.99)
    assert found.note.startswith("5 segments were looked at. Each interval is at 99 %")


def test_no_customers_have_no_segments() -> None:
    assert by_segment(segmented().clear(), TRIAL, ["club"]).segments == ()


def test_each_days_look_sees_the_windows_that_were_over() -> None:
    days = daily(BOTH, TRIAL)
    first = START.date() + timedelta(days=7)
    assert days["day"].to_list() == [first + timedelta(days=day) for day in range(10)]
    assert days["variant"].unique().to_list() == ["blend"]
    whole = analyse(BOTH, TRIAL).primary[0]
    last = days.row(-1, named=True)
    assert (last["always_low"], last["always_high"]) == pytest.approx(whole.always_relative)
    assert last["customers"] == 4950 + 5200
    third = BOTH.filter(pl.col("first_exposure").dt.date() <= date(2020, 9, 3))
    assert days.row(2, named=True)["relative"] == pytest.approx(analyse(third, TRIAL).primary[0].relative)


def test_the_days_of_two_variants_stand_one_after_the_other() -> None:
    three = (*HALVES[:1], Variant("blend", 0.25), Variant("new", 0.25))
    table = pl.concat([BOTH, customers("new", 2000, buyers=300)])
    days = daily(table, experiment(variants=three))
    assert days["variant"].to_list() == ["blend", "new"] * 10
    assert np.isfinite(days.filter(pl.col("variant") == "new")["always_high"].to_numpy()).any()
