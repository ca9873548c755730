"""Distances between distributions: SciPy's, and sums done by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy, ks_2samp

from stylo.drift.signal import jensen_shannon, kolmogorov_smirnov, log_ratio, psi

COUNTS = st.lists(st.integers(0, 500), min_size=2, max_size=8)
BOTH = COUNTS.flatmap(
    lambda one: st.tuples(st.just(one), st.lists(st.integers(0, 500), min_size=len(one), max_size=len(one)))
).filter(lambda both: all(map(sum, both)))


@given(BOTH)
def test_psi_is_the_relative_entropy_in_both_directions_of_counts_with_half_a_one_added(
    both: tuple[list[int], list[int]],
) -> None:
    one, other = (np.array(counts) + 0.5 for counts in both)
    expected = entropy(one, other) + entropy(other, one)
    assert psi(one - 0.5, other - 0.5) == pytest.approx(expected, abs=1e-12)


@given(BOTH)
def test_jensen_shannon_is_that_of_scipy_to_base_two(both: tuple[list[int], list[int]]) -> None:
    one, other = (np.array(counts, dtype=float) for counts in both)
    assert jensen_shannon(one, other) == pytest.approx(np.nan_to_num(jensenshannon(one, other, 2)), abs=1e-7)


@given(BOTH)
def test_kolmogorov_smirnov_of_counts_is_that_of_the_values_they_count(
    both: tuple[list[int], list[int]],
) -> None:
    one, other = (np.array(counts, dtype=float) for counts in both)
    values = [np.repeat(np.arange(len(counts)), counts) for counts in both]
    assert kolmogorov_smirnov(one, other) == pytest.approx(ks_2samp(*values, method="asymp").statistic)


def test_psi_of_a_tenth_that_moves_is_worked_out_by_hand() -> None:
    # Of a million, half and half against 60 : 40: 0.1 ln 1.2 − 0.1 ln 0.8 = 0.1 ln 1.5.
    distance = psi(np.array([6e5, 4e5]), np.array([5e5, 5e5]))
    assert distance == pytest.approx(0.1 * math.log(1.5), rel=1e-4)


def test_distributions_without_a_common_bin_are_one_apart() -> None:
    one, other = np.array([3.0, 0.0]), np.array([0.0, 7.0])
    assert jensen_shannon(one, other) == kolmogorov_smirnov(one, other) == 1
    assert psi(one, other) > 1


def test_weeks_are_compared_all_at_once() -> None:
    weeks = np.array([[5.0, 5.0], [8.0, 2.0], [0.0, 0.0]])
    reference = np.array([50.0, 50.0])
    for distance in (psi, jensen_shannon, kolmogorov_smirnov):
        together = distance(weeks, reference)
        assert together[0] == 0
        assert together[1] == distance(weeks[1], reference)
        assert np.isnan(together[2])


def test_a_volume_that_doubles_or_halves_is_as_far() -> None:
    before = np.array([1e6])
    assert log_ratio(np.array([2e6]), before) == pytest.approx(math.log(2), rel=1e-5)
    assert log_ratio(np.array([5e5]), before) == pytest.approx(math.log(2), rel=1e-5)
    assert np.isnan(log_ratio(before, np.array([0.0])))
