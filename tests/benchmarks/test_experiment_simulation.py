"""What the analysis promises, by simulation: false alarms, coverage and power as promised, with a fixed seed.

Bounds are three standard deviations of the binomial on the promised side: a sound analysis fails once in some 700.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from benchmarks.experiment_simulation import (
    Shop,
    arrivals,
    conversions,
    covers,
    finds,
    first_find,
    lifted,
    revenues,
    shop,
    without_covariate,
)
from stylo.experiments.effects import Effects, effects
from stylo.experiments.power import Amount, Proportion, Size, planned_size
from stylo.experiments.sums import Sums

EXPERIMENTS = 1500
END = 28  # the day at which the size planned for one look is reached
HALVES = (0.5, 0.5)
EFFECT = 0.2


def above(share: float, count: int = EXPERIMENTS) -> float:
    """The most that chance makes of a share."""
    return share + 3 * math.sqrt(share * (1 - share) / count)


def below(share: float, count: int = EXPERIMENTS) -> float:
    return share - 3 * math.sqrt(share * (1 - share) / count)


@cache
def town() -> Shop:
    return shop(200_000)


@cache
def size() -> Size:
    return planned_size(Amount(town().mean, town().deviation), EFFECT)


@cache
def without_difference() -> Sums:
    """Revenue of A/A experiments, day by day until the size planned for daily looks."""
    a_day = round(sum(size().fixed) / END)
    days = round(sum(size().always_valid) / a_day)
    draw = np.random.default_rng(12)
    return revenues(draw, arrivals(draw, EXPERIMENTS, days, a_day, HALVES), town())


def looked_at(sums: Sums) -> Effects:
    return effects(sums, np.array(size().always_valid, dtype=np.float64), 0.95)


@pytest.mark.parametrize("cuped", [True, False])
def test_daily_looks_at_equal_variants_raise_false_alarms_in_at_most_one_of_twenty(cuped: bool) -> None:
    sums = without_difference() if cuped else without_covariate(without_difference())
    found = looked_at(sums)
    assert finds(found.always).any(axis=1).mean() <= above(0.05)
    assert finds(found.always_relative).any(axis=1).mean() <= above(0.05)


def test_one_look_is_wrong_in_one_of_twenty_and_daily_ones_in_five() -> None:
    once = finds(looked_at(without_difference()).fixed)
    assert below(0.05) <= once[:, END - 1].mean() <= above(0.05)
    assert once[:, :END].any(axis=1).mean() > 0.2


@pytest.mark.parametrize("effect", [0.0, EFFECT])
def test_intervals_cover_the_truth_as_often_as_they_say(effect: float) -> None:
    found = looked_at(lifted(without_difference(), effect))
    truth = effect * town().mean
    for interval, value in [(found.fixed, truth), (found.fixed_relative, effect)]:
        assert below(0.95) <= covers(interval, value)[:, END - 1].mean() <= above(0.95)
    for interval, value in [(found.always, truth), (found.always_relative, effect)]:
        assert covers(interval, value).all(axis=1).mean() >= below(0.95)


def test_power_is_as_planned_for_one_look_and_for_daily_ones() -> None:
    found = looked_at(lifted(without_covariate(without_difference()), EFFECT))
    # The means of revenue this far out in the tail are not quite normal: a hundredth is allowed for it.
    assert below(0.8) - 0.01 <= finds(found.fixed)[:, END - 1].mean() <= above(0.8) + 0.01
    always = finds(found.always)
    assert always.any(axis=1).mean() >= below(0.8) - 0.01
    # Half of those that find it have found it before seven tenths of the days.
    assert np.nanmedian(first_find(always)) < 0.7 * always.shape[1]


def test_what_was_before_makes_differences_vary_less_by_its_correlation() -> None:
    plain = looked_at(without_covariate(without_difference())).difference[:, -1, 0]
    cuped = looked_at(without_difference())
    expected = 1 - town().correlation ** 2
    assert cuped.means.reduction[:, -1].mean() == pytest.approx(1 - expected, rel=0.1)
    # Two variances of 1,500 correlated values: their ratio has a standard deviation of some 2 √((1 − ρ²) / 1500) ρ.
    rho = math.sqrt(expected)
    bound = 3 * 2 * math.sqrt((1 - rho**2) / EXPERIMENTS)
    assert cuped.difference[:, -1, 0].var() / plain.var() == pytest.approx(expected, abs=bound)


def test_three_rare_conversions_compared_with_a_control_share_their_false_alarms() -> None:
    shares, rates = (0.4, 0.2, 0.2, 0.2), np.full(4, 0.01)
    planned = np.array(planned_size(Proportion(0.01), 0.3, shares).always_valid, dtype=np.float64)
    draw = np.random.default_rng(5)
    customers = arrivals(draw, 4000, 40, round(planned.sum() / 40), shares)
    found = effects(conversions(draw, customers, rates), planned, 1 - 0.05 / 3)
    assert finds(found.always).any(axis=1).mean() <= above(0.05, 4000)
    assert finds(found.fixed)[:, -1].mean() <= above(0.05, 4000)


def test_the_sums_are_those_of_customers_drawn_one_by_one() -> None:
    small = Shop(before=np.array([0.0, 2.0]), after=np.array([3.0, 0.0]), customers=4)
    draw = np.random.default_rng(0)
    found = revenues(draw, np.full((2000, 2, 1), 8), small)
    # Of eight customers two each bought before or after, two for 3 after: 6 on the first day, 12 after the second.
    assert found.customers[:, 1].tolist() == [[16.0]] * 2000
    assert found.outcome.mean(axis=0).ravel() == pytest.approx([6, 12], rel=0.05)
    assert (found.outcome_squared == 3 * found.outcome).all() and (found.product == 0).all()
    assert (found.not_zero * 3 == found.outcome).all()


def test_the_shop_is_like_the_sample_of_real_customers() -> None:
    large = shop(500_000)
    assert (large.after > 0).sum() / large.customers == pytest.approx(0.06, abs=0.003)
    assert large.deviation / large.mean == pytest.approx(6.2, abs=0.6)
    assert large.correlation == pytest.approx(0.16, abs=0.03)
    both = (large.after > 0) & (large.before > 0)
    assert both.sum() / (large.before > 0).sum() == pytest.approx(0.21, abs=0.02)
