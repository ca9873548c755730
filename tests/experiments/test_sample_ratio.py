"""The sample ratio: SciPy's chi-square, and the Bayes factor of SciPy's Dirichlet multinomial."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import betabinom, binom, chi2, dirichlet_multinomial, multinomial

from stylo.experiments.analysis import always_valid_p_value, sample_ratio
from stylo.experiments.effects import planned_r


def test_the_chi_square_is_as_by_hand() -> None:
    # (5200 − 5000)² / 5000 + (4800 − 5000)² / 5000 = 16
    found = sample_ratio([5200, 4800], [0.5, 0.5], 10_000)
    assert found.expected == (5000, 5000)
    assert found.p_value == pytest.approx(chi2(1).sf(16))
    assert found.broken


def test_the_always_valid_p_value_is_one_over_a_bayes_factor() -> None:
    concentration = 10_000 / planned_r(0.99)
    two = betabinom(5150 + 4850, concentration / 2, concentration / 2).pmf(5150) / binom(10_000, 0.5).pmf(
        5150
    )
    assert sample_ratio([5150, 4850], [0.5, 0.5], 10_000).always_p_value == pytest.approx(1 / two)
    shares, counts = np.array([0.6, 0.3, 0.1]), [620, 260, 120]
    three = dirichlet_multinomial(shares * concentration, 1000).pmf(counts) / multinomial(1000, shares).pmf(
        counts
    )
    assert sample_ratio(counts, shares.tolist(), 10_000).always_p_value == pytest.approx(1 / three)


def test_shares_as_promised_are_not_suspected() -> None:
    found = sample_ratio([6010, 3015, 975], [0.6, 0.3, 0.1], 10_000)
    assert (found.broken, found.always_p_value) == (False, 1.0)


def test_without_customers_nothing_is_suspected() -> None:
    found = sample_ratio([0, 0], [0.5, 0.5], 10_000)
    assert (found.p_value, found.always_p_value) == (1.0, 1.0)


def test_daily_looks_raise_at_most_one_false_alarm_in_a_hundred() -> None:
    daily = np.random.default_rng(4).multinomial(500, [0.5, 0.3, 0.2], (3000, 40))
    looks = always_valid_p_value(daily.cumsum(axis=1).astype(float), np.array([0.5, 0.3, 0.2]), 20_000)
    alarms = (looks < 0.01).any(axis=1).mean()
    assert alarms <= 0.01 + 3 * math.sqrt(0.01 * 0.99 / 3000)


def test_a_loss_of_four_percent_of_one_side_is_found_before_the_planned_size() -> None:
    daily = np.random.default_rng(4).binomial(500, 0.5 * 0.96 / 0.98, (500, 80))
    counts = np.stack([daily, 500 - daily], axis=-1).cumsum(axis=1).astype(float)
    looks = always_valid_p_value(counts, np.array([0.5, 0.5]), 40_000)
    # 19,600 instead of 20,000 at the end: four standard deviations (√(40,000 / 4) = 100) where √(1 + r) = 3.6 and
    # a little chance are needed; more than half are found, most of them before.
    assert (looks < 0.01).any(axis=1).mean() > 0.5
