"""Planning: sizes as statsmodels and the definition of power have them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from stylo.experiments.power import (
    Amount,
    Proportion,
    comparison_level,
    days_needed,
    detectable_effect,
    planned_size,
    power_of,
)

# 0.00001 of the mean is a tenth of the deviation, and so little that the deviation does not change.
TENTH = Amount(1.0, 0.0001)


@pytest.mark.parametrize(
    ("level", "power", "each"),
    [
        # statsmodels 0.15: NormalIndPower().solve_power(0.1, alpha=1 - level, power=power)
        (0.95, 0.8, 1569.7721),
        (0.975, 0.9, 2482.2414),
    ],
)
def test_the_size_for_a_mean_is_that_of_statsmodels(level: float, power: float, each: float) -> None:
    found = planned_size(TENTH, 0.00001, level=level, power=power)
    assert found.fixed == pytest.approx((each, each), abs=1)


def test_several_variants_share_the_false_alarms() -> None:
    # The same with alpha = 0.05 / 3: 2093.82 customers in each of four variants.
    found = planned_size(TENTH, 0.00001, shares=[0.25] * 4)
    assert found.fixed == pytest.approx((2093.82,) * 4, abs=1)
    assert comparison_level(0.95, 3) == pytest.approx(1 - 0.05 / 3)


def test_baskets_that_grow_by_a_fifth_vary_by_a_fifth_more() -> None:
    # (1.96 + 0.8416)² × (5² + 6²) ÷ 0.2² for a mean of 1.
    expected = (1.959964 + 0.841621) ** 2 * (25 + 36) / 0.04
    assert planned_size(Amount(1, 5), 0.2).fixed == (math.ceil(expected),) * 2


def test_unequal_shares_need_more_customers() -> None:
    # statsmodels: NormalIndPower().solve_power(0.1, alpha=0.05, power=0.8, ratio=3) is 1046.51 of the smaller.
    found = planned_size(TENTH, 0.00001, shares=(0.75, 0.25))
    assert found.fixed == pytest.approx((3 * 1046.51, 1046.51), abs=2)


def test_the_size_for_a_proportion_is_that_of_statsmodels() -> None:
    # samplesize_proportions_2indep_onetail(0.008, 0.08, 0.8, alpha=0.05, alternative="two-sided") is 18871.5. It
    # takes the pooled variance for chance, 0.39229² instead of 0.39224² (power_proportions_2indep): three customers
    # more.
    found = planned_size(Proportion(0.08), 0.1)
    assert found.fixed == pytest.approx((18871.5, 18871.5), rel=5e-4)
    by_hand = (1.959964 + 0.841621) ** 2 * (0.08 * 0.92 + 0.088 * 0.912) / 0.008**2
    assert found.fixed == (math.ceil(by_hand),) * 2


def test_a_covariate_takes_its_correlations_square_off_the_size() -> None:
    plain, cuped = planned_size(Amount(1, 5), 0.1), planned_size(Amount(1, 5, correlation=0.6), 0.1)
    assert cuped.fixed[0] / plain.fixed[0] == pytest.approx(1 - 0.36, rel=1e-4)


def test_looking_daily_costs_as_much_as_its_wider_interval() -> None:
    # At the planned size the interval reaches √(1 + r) standard errors, with r = log(1 + r) − 2 log 0.05: by hand
    # r = 8.2 gives 2.219 + 5.991 = 8.21, so 3.035 instead of 1.960.
    found = planned_size(Amount(1, 5), 0.1)
    expected = ((3.035 + 0.8416) / (1.960 + 0.8416)) ** 2
    assert found.always_valid[0] / found.fixed[0] == pytest.approx(expected, rel=1e-3)


def test_power_is_the_chance_that_a_drawn_difference_is_found() -> None:
    drawn = np.random.default_rng(1)
    low, high = drawn.binomial([[5000], [2000]], [[0.1], [0.12]], (2, 100_000)) / [[5000], [2000]]
    z = (high - low) / np.sqrt(low * (1 - low) / 5000 + high * (1 - high) / 2000)
    found = (z > norm.isf(0.025)).mean()
    # Three standard deviations of 100,000 draws are 0.0046; the rest is the normal approximation's.
    assert power_of(Proportion(0.1), 0.2, [5000, 2000]) == pytest.approx(found, abs=0.01)


@given(
    st.sampled_from([Proportion(0.02), Proportion(0.3), Amount(3.0, 12.0, 0.5)]),
    st.floats(0.01, 0.5),
    st.sampled_from([(0.5, 0.5), (0.8, 0.2), (0.4, 0.3, 0.3)]),
    st.floats(0.6, 0.95),
)
def test_size_power_and_detectable_effect_agree(
    baseline: Proportion | Amount, effect: float, shares: tuple[float, ...], power: float
) -> None:
    customers = planned_size(baseline, effect, shares, power=power).fixed
    assert power_of(baseline, effect, customers) == pytest.approx(power, abs=0.02)
    assert power_of(baseline, effect, customers) >= power - 1e-9
    assert detectable_effect(baseline, customers, power=power) <= effect + 1e-9
    assert detectable_effect(baseline, customers, power=power) == pytest.approx(effect, rel=0.05)


def test_too_few_customers_can_find_nothing_at_all() -> None:
    assert detectable_effect(Proportion(0.5), [3, 3]) == math.inf


def test_days_are_those_of_exposure_and_the_last_window() -> None:
    assert days_needed(10_000, 3000, window_days=7) == 4 + 7
    assert days_needed(9000, 3000, window_days=1) == 3 + 1
