"""Confidence sequences: the published form, the narrowest at the planned size, and Ville's inequality by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from stylo.experiments.effects import p_value, standard_errors

LEVELS = [0.9, 0.95, 1 - 0.05 / 3]


def published(t: float, rho: float, alpha: float) -> float:
    """Half the width for a standard deviation of one, as it stands in theorem 2.2."""
    inner = t * rho**2 + 1
    return math.sqrt(2 * inner / (t**2 * rho**2) * math.log(math.sqrt(inner) / alpha))


def best_rho(t: float, alpha: float) -> float:
    """The ρ that makes it narrowest at t, by search."""
    found = minimize_scalar(lambda log_rho: published(t, math.exp(log_rho), alpha), (-5, 0))
    return math.exp(found.x)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("t", [50, 1000, 4000])
def test_the_interval_is_the_published_one_tuned_to_the_planned_size(level: float, t: int) -> None:
    expected = published(t, best_rho(1000, 1 - level), 1 - level) * math.sqrt(t)
    assert float(standard_errors(np.array(t / 1000), level)) == pytest.approx(expected, rel=1e-6)


def test_nothing_known_is_an_infinite_interval_and_a_p_value_of_one() -> None:
    assert standard_errors(np.array(0.0), 0.95) == math.inf
    assert p_value(np.array(3.0), np.array(0.0), 0.95) == 1


@given(st.floats(-8, 8), st.floats(0.01, 5), st.sampled_from(LEVELS))
def test_the_p_value_is_small_where_the_interval_leaves_out_zero(
    z: float, progress: float, level: float
) -> None:
    outside = abs(z) > standard_errors(np.array(progress), level)
    assert (p_value(np.array(z), np.array(progress), level) < 1 - level) == outside


def test_the_p_value_is_one_over_the_mixture_of_likelihood_ratios() -> None:
    # Estimates N(δ, 1/n) against N(0, 1/n), δ drawn from N(0, ρ²): n = 500, ρ as planned for 1,000.
    n, estimate, rho = 500, 0.13, best_rho(1000, 0.05)

    def ratio(delta: float) -> float:
        seen = norm(delta, n**-0.5).pdf(estimate) / norm(0, n**-0.5).pdf(estimate)
        return float(seen * norm(0, rho).pdf(delta))

    mixture, _ = quad(ratio, -1, 1, points=[estimate])
    found = p_value(np.array(estimate * n**0.5), np.array(0.5), 0.95)
    assert float(found) == pytest.approx(1 / mixture, rel=1e-6)


def test_a_walk_without_drift_leaves_the_interval_in_at_most_one_run_of_twenty() -> None:
    looks = np.arange(1, 401)
    walks = np.cumsum(np.random.default_rng(3).standard_normal((4000, len(looks))), axis=1)
    z = walks / np.sqrt(looks)
    always = np.abs(z) > standard_errors(looks / 200, 0.95)
    fixed = np.abs(z) > norm.isf(0.025)
    # Five percent and three standard deviations of 4,000 runs. Looking at a fixed interval 400 times is wrong in half.
    assert always.any(axis=1).mean() <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 4000)
    assert fixed.any(axis=1).mean() > 0.4
