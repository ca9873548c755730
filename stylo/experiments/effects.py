"""How much each variant differs from the control, in absolute and relative terms, and with what certainty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import lambertw, ndtr, ndtri

from stylo.experiments import effects as always_valid
from stylo.experiments.sums import Means, Numbers, Sums, adjusted_means

#: Below so many customers with an outcome, in a variant and the control together, nothing is concluded: the normal
#: approximation has nothing to stand on.
FEWEST_OUTCOMES = 30


def standard_errors(progress: Numbers, level: float) -> Numbers:
    """Half-width of the interval in standard errors; infinite where nothing is known.

    progress : information, as a share of what the planned size will give.   level : of confidence.
    """
    r = planned_r(level) * np.asarray(progress, dtype=np.float64)
    with np.errstate(divide="ignore"):
        return np.sqrt((1 + 1 / r) * (np.log1p(r) - 2 * np.log(1 - level)))


def p_value(z: Numbers, progress: Numbers, level: float) -> Numbers:
    """Below 1 − level exactly where the interval excludes zero. Valid whenever the experiment is stopped.

    z : estimate ÷ standard error.
    """
    r = planned_r(level) * np.asarray(progress, dtype=np.float64)
    return np.minimum(1, np.exp((np.log1p(r) - np.square(z) * r / (1 + r)) / 2))


def planned_r(level: float) -> float:
    """The r for the planned size: the interval is narrowest where r = log(1 + r) − 2 log α, by Lambert's W."""
    alpha = 1 - level
    return float(-lambertw(-(alpha**2) / np.e, -1).real - 1)


class Interval(NamedTuple):
    low: Numbers
    high: Numbers


@dataclass(frozen=True)
class Effects:
    """Of each variant but the control, along the last axis; other axes as the sums had.

    means : of all variants, adjusted by CUPED.
    difference, relative : to the control; relative 0.1 is 10 % more.
    fixed, fixed_relative, p_value : for a single look at a time fixed in advance.
    always, always_relative, always_p_value : valid for any number of looks.
    progress : what is known, as a share of what the planned size will give.

    Where too little is known an interval is (−∞, ∞), a relative one (−1, ∞), and a p-value 1.
    """

    means: Means
    difference: Numbers
    relative: Numbers
    standard_error: Numbers
    fixed: Interval
    fixed_relative: Interval
    p_value: Numbers
    always: Interval
    always_relative: Interval
    always_p_value: Numbers
    progress: Numbers


def effects(sums: Sums, planned: Numbers, level: float) -> Effects:
    """Compares each variant with the first.

    Parameters
    ----------
    planned : customers of each variant at the planned size, for which the always-valid intervals are tuned.
    level : of confidence, of each comparison.
    """
    means = adjusted_means(sums)
    difference = means.mean[..., 1:] - means.mean[..., :1]
    standard_error = np.sqrt(means.variance[..., 1:] + means.variance[..., :1])
    enough = (sums.not_zero[..., 1:] + sums.not_zero[..., :1] >= FEWEST_OUTCOMES) & (standard_error > 0)
    progress = _information(sums.customers) / _information(planned)
    once = np.where(enough, -ndtri((1 - level) / 2), np.inf)
    always = np.where(enough, always_valid.standard_errors(progress, level), np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = means.mean[..., 1:] / means.mean[..., :1] - 1
        z = np.where(enough, difference / standard_error, 0)
    return Effects(
        means=means,
        difference=difference,
        relative=relative,
        standard_error=standard_error,
        fixed=_around(difference, standard_error, once),
        fixed_relative=_relative(means, once),
        p_value=2 * ndtr(-np.abs(z)),
        always=_around(difference, standard_error, always),
        always_relative=_relative(means, always),
        always_p_value=always_valid.p_value(z, progress, level),
        progress=progress,
    )


def _information(customers: Numbers) -> Numbers:
    """1 ÷ (1/control + 1/variant): the inverse of a difference's variance, up to a factor."""
    control, variant = customers[..., :1], customers[..., 1:]
    return control * variant / np.maximum(control + variant, 1)


def _around(difference: Numbers, standard_error: Numbers, reach: Numbers) -> Interval:
    known = np.isfinite(reach)
    half = np.where(known, reach, 0) * standard_error
    return Interval(np.where(known, difference - half, -np.inf), np.where(known, difference + half, np.inf))


def _relative(means: Means, reach: Numbers) -> Interval:
    """Fieller's interval: the ratios q for which variant − q × control is within reach of zero.

    Fieller, "Some problems in interval estimation" (JRSS B 16, 1954). Any reach will do, so the interval is always
    valid if the reach is. It excludes 0 exactly where the interval of the difference does.
    """
    known = np.isfinite(reach)
    squared = np.where(known, reach, 0) ** 2
    control, variant = means.mean[..., :1], means.mean[..., 1:]
    shared = means.shared[..., None]
    # a q² − 2 b q + c ≤ 0
    a = control**2 - squared * (means.variance[..., :1] + shared)
    b = control * variant - squared * shared
    c = variant**2 - squared * (means.variance[..., 1:] + shared)
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(np.maximum(b**2 - a * c, 0))
        low, high = (b - root) / a, (b + root) / a
    known = known & (a > 0)
    return Interval(np.where(known, np.maximum(low - 1, -1), -1), np.where(known, high - 1, np.inf))
