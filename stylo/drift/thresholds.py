"""When a week is unlike the weeks before it: by how much weeks differ from each other anyway, in the shop's own past.

    ·············|— the eight weeks before —|  week  |          its distance to these eight, taken together
    ···|— the distances of earlier weeks, each to its own eight —|

A distance is an alarm if it is beyond its threshold, large enough to matter, and not what the season brings: then the
week is as near to one of the same weeks a year before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import stdtrit

from stylo.drift.signal import Numbers, Signal, jensen_shannon, kolmogorov_smirnov, log_ratio, psi

#: One alarm, of whatever signal, in twenty weeks in which nothing happened; shared out evenly among all distances.
FAMILY_LEVEL = 0.05
#: Weeks that a week is compared with.
REFERENCE_WEEKS = 8
#: Past distances that a threshold needs at least, and that it takes at most.
LEAST_HISTORY, MOST_HISTORY = 20, 104

_EFFICIENCY_OF_QN = 0.82
_A_YEAR_BEFORE = (51, 52, 53)  # weeks: a feast is not always in the same one


@dataclass(frozen=True)
class Measure:
    """A distance and what is known of it.

    least : below it a distance is no alarm, however unusual it is.
    power : the distance to this power is a quadratic form in the differences of the shares.
    from_chance : from the number of bins, what that form comes to on average, times n, if n are drawn from the same
        distribution.
    """

    name: str
    title: str
    of: Callable[[Numbers, Numbers], Numbers]
    least: float
    power: int
    from_chance: Callable[[int], float]


# From chance: PSI is Pearson's χ² to the second order (Yurdakul, Statistical properties of population stability index,
# 2018), the Jensen–Shannon divergence an eighth of it, in bits; the square of the Kolmogorov distribution has the mean
# π²/12; a count of n has a variance of n.
PSI = Measure("psi", "PSI", psi, 0.01, 1, lambda bins: bins - 1)
JENSEN_SHANNON = Measure(
    "jensen_shannon", "Jensen–Shannon", jensen_shannon, 0.04, 2, lambda bins: (bins - 1) / (8 * np.log(2))
)
KOLMOGOROV_SMIRNOV = Measure(
    "kolmogorov_smirnov", "Kolmogorov–Smirnov", kolmogorov_smirnov, 0.02, 2, lambda bins: np.pi**2 / 12
)
LOG_RATIO = Measure("log_ratio", "Ratio (logarithm)", log_ratio, float(np.log(1.25)), 2, lambda bins: 1.0)


@dataclass(frozen=True)
class Judged:
    """A distance of a signal week by week; all are (weeks,), and NaN where there is nothing to say.

    distance : to the eight weeks before.   threshold : from the past of each week alone.
    year_before : to the nearest of the same weeks a year before.
    ordinary : the median of the past distances.   alarm : bool.
    """

    measure: Measure
    distance: Numbers
    threshold: Numbers
    year_before: Numbers
    ordinary: Numbers
    alarm: np.ndarray


def measures_of(signal: Signal) -> list[Measure]:
    if signal.is_volume:
        return [LOG_RATIO]
    return [PSI, JENSEN_SHANNON, *([KOLMOGOROV_SMIRNOV] if signal.grid is not None else [])]


def judge(signal: Signal, level: float) -> list[Judged]:
    """Every distance of a signal, in every week with what was known then.

    level : the share of ordinary weeks in which one distance may be an alarm.
    """
    judged = []
    for measure in measures_of(signal):
        counts = signal.grid if measure is KOLMOGOROV_SMIRNOV and signal.grid is not None else signal.counts
        before = _before(counts, mean=signal.is_volume)
        distance = measure.of(counts, before)
        distance[: signal.from_week + REFERENCE_WEEKS] = np.nan
        year_before = _nearest_a_year_before(measure, counts, signal.from_week)
        bins = int((signal.counts.sum(axis=0) > 0).sum())
        chance = measure.from_chance(max(bins, 2)) * _one_over_observations(signal.observations)
        threshold, ordinary = _thresholds(distance, chance, measure.power, level)
        beyond = (distance > threshold) & (distance >= measure.least)
        alarm = beyond & ~(year_before <= threshold)
        if signal.is_volume:
            alarm |= (counts[:, 0] == 0) & (before[:, 0] > 0)
        judged.append(Judged(measure, distance, threshold, year_before, ordinary, alarm))
    return judged


def family_level(signals: list[Signal]) -> float:
    """The level of each distance, so that all of them together keep FAMILY_LEVEL (Bonferroni)."""
    return FAMILY_LEVEL / max(sum(len(measures_of(signal)) for signal in signals), 1)


def before_and_now(signal: Signal) -> tuple[Numbers, Numbers]:
    """What the last week is compared with, and the last week: counts (bins,)."""
    return _before(signal.counts, mean=signal.is_volume)[-1], signal.counts[-1]


def _before(counts: Numbers, mean: bool = False) -> Numbers:
    """The sum or mean of the eight weeks before each week, of fewer at the beginning: (weeks, bins)."""
    summed = np.concatenate([np.zeros((1, counts.shape[1])), np.cumsum(counts, axis=0)])
    last = np.arange(len(counts))
    first = np.maximum(last - REFERENCE_WEEKS, 0)
    before = summed[last] - summed[first]
    return before / np.maximum(last - first, 1)[:, None] if mean else before


def _nearest_a_year_before(measure: Measure, counts: Numbers, from_week: int) -> Numbers:
    nearest = np.full(len(counts), np.nan)
    for weeks in _A_YEAR_BEFORE:
        later = np.arange(weeks + from_week, len(counts))
        nearest[later] = np.fmin(nearest[later], measure.of(counts[later], counts[later - weeks]))
    return nearest


def _one_over_observations(observations: Numbers) -> Numbers:
    """(weeks,) 1 / n of the week + 1 / n of its reference."""
    before = _before(observations[:, None])[:, 0]
    return 1 / np.maximum(observations, 1) + 1 / np.maximum(before, 1)


def _thresholds(distance: Numbers, chance: Numbers, power: int, level: float) -> tuple[Numbers, Numbers]:
    """The threshold and the median of the past distances, for each week from those before it.

    An ordinary distance is in part what chance makes of so few buyers, and for the rest how the shop changes from
    week to week. Distances are divided by the sum of the two, so that a week of few buyers has a higher threshold.
    The cube root of a quadratic form is nearly normal (Wilson and Hilferty, The distribution of chi-square, 1931):
    the threshold is the prediction limit of a normal variable with the median and the scale Qn of the past, which
    events among them hardly move.
    """
    threshold, ordinary = np.full(len(distance), np.nan), np.full(len(distance), np.nan)
    form = distance**power
    for week in range(len(distance)):
        past = np.flatnonzero(np.isfinite(form[:week]))[-MOST_HISTORY:]
        if len(past) < LEAST_HISTORY:
            continue
        ordinary[week] = np.median(distance[past])
        usual = _usual(form[past], chance[past])
        cube_roots = np.cbrt(form[past] / usual(chance[past]))
        limit = np.median(cube_roots) + _limit(len(past), level) * qn(cube_roots)
        threshold[week] = (limit**3 * usual(chance[week : week + 1])[0]) ** (1 / power)
    return threshold, ordinary


def _usual(form: Numbers, chance: Numbers) -> Callable[[Numbers], Numbers]:
    """What is usual with so much chance: chance explains as much of the median as it can, change the rest."""
    middle, by_chance = np.median(form), np.median(chance)
    share = min(middle / by_chance, 1.0)
    change = middle - share * by_chance
    return lambda much: np.maximum(change + share * much, np.finfo(float).tiny)


@cache
def _limit(count: int, level: float) -> float:
    """How many scales above the median: Student's quantile, widened since the median itself is estimated.

    Qn is as sure as the standard deviation of 82 % as many values, of which neighbours share weeks of their references:
    each counts half. The variance of the median is π/2 that of the mean.
    """
    freedom = _EFFICIENCY_OF_QN * (count - 1) / 2
    return float(-stdtrit(freedom, level) * np.sqrt(1 + np.pi / 2 / count))


def qn(values: Numbers) -> float:
    """A scale that half of the values cannot spoil; of normal ones their standard deviation.

    Rousseeuw and Croux, Alternatives to the median absolute deviation (1993): the quarter of all differences of two,
    with the factors for small samples of Croux and Rousseeuw (1992). O(n²).
    """
    count = len(values)
    half = count // 2 + 1
    first, second = np.triu_indices(count, 1)
    place = half * (half - 1) // 2 - 1
    quarter = np.partition(np.abs(values[first] - values[second]), place)[place]
    return float(2.2219 * quarter * (count / (count + (1.4 if count % 2 else 3.8))))
