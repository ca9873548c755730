"""How many customers an experiment needs, what change it can detect, and how many days that takes.

The normal approximation for a difference of two means, each with its own variance (Chow, Shao, Wang and Lokhnygina,
Sample Size Calculations in Clinical Research, 3.2 and 4.2). Of several variants each is compared with the control,
with Bonferroni's correction for the number of comparisons.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import ndtr, ndtri

from stylo.experiments.effects import standard_errors


class MetricBaseline(Protocol):
    """What is known of a metric before the experiment: of customers, within a window."""

    @property
    def mean(self) -> float: ...

    def variance(self, mean: float) -> float:
        """Of one customer's outcome, where the mean is `mean`."""
        ...


@dataclass(frozen=True)
class Proportion:
    """For conversion and hit rate: the share of customers, in (0, 1)."""

    mean: float

    def variance(self, mean: float) -> float:
        return mean * (1 - mean)


@dataclass(frozen=True)
class Amount:
    """For revenue: mean and standard deviation over all customers, those who buy nothing included.

    The deviation is assumed to grow with the mean, as it does if every basket grows by the same factor; if more
    customers buy instead, it grows less, and the size errs on the safe side.

    correlation : with the revenue before the experiment; its square is the share of the variance that CUPED
        removes (Deng, Xu, Kohavi and Walker, WSDM 2013, equation 5).
    """

    mean: float
    deviation: float
    correlation: float = 0.0

    def variance(self, mean: float) -> float:
        return (self.deviation * mean / self.mean) ** 2 * (1 - self.correlation**2)


@dataclass(frozen=True)
class Size:
    """Customers of each variant, in the order of the shares.

    fixed : for a single look at the end.
    always_valid : for the same power at the end with daily looks at always-valid intervals. The experiment may then
        stop earlier, and usually does if the change is larger than the minimum effect.
    """

    fixed: tuple[int, ...]
    always_valid: tuple[int, ...]


def planned_size(
    baseline: MetricBaseline,
    minimum_effect: float,
    shares: Sequence[float] = (0.5, 0.5),
    level: float = 0.95,
    power: float = 0.8,
) -> Size:
    """The number of customers at which a relative change of `minimum_effect` is found with probability `power`.

    shares : of the variants, the control's first.
    """
    change = baseline.mean * minimum_effect
    before, after = baseline.variance(baseline.mean), baseline.variance(baseline.mean + change)
    scatter = before / shares[0] + after / min(shares[1:])
    each = comparison_level(level, len(shares) - 1)
    reaches = -ndtri((1 - each) / 2), float(standard_errors(np.array(1.0), each))
    totals = [((reach + ndtri(power)) / change) ** 2 * scatter for reach in reaches]
    fixed, always_valid = (tuple(math.ceil(share * total) for share in shares) for total in totals)
    return Size(fixed, always_valid)


def power_of(
    baseline: MetricBaseline, effect: float, customers: Sequence[float], level: float = 0.95
) -> float:
    """The probability that a single look at the end finds a relative change, in the right direction.

    customers : of each variant, the control's first; the smallest variant counts.
    """
    change = baseline.mean * effect
    variance = baseline.variance(baseline.mean) / customers[0]
    variance += baseline.variance(baseline.mean + change) / min(customers[1:])
    reach = -ndtri((1 - comparison_level(level, len(customers) - 1)) / 2)
    return float(ndtr(abs(change) / math.sqrt(variance) - reach))


def detectable_effect(
    baseline: MetricBaseline, customers: Sequence[float], level: float = 0.95, power: float = 0.8
) -> float:
    """The smallest relative rise that a single look at the end finds with probability `power`.

    Infinite where no rise is large enough: a proportion cannot exceed one.
    """
    from scipy.optimize import brentq  # half a second, for who asks this only

    largest = (1 - 1e-9) / baseline.mean - 1 if isinstance(baseline, Proportion) else 1e9

    def lacks(effect: float) -> float:
        return power_of(baseline, effect, customers, level) - power

    return float(brentq(lacks, 1e-9, largest)) if lacks(largest) > 0 else math.inf


def days_needed(customers: int, customers_a_day: float, window_days: int) -> int:
    """Days until all have been exposed and the last one's window is over.

    customers_a_day : of the slot and audience, who come for the first time since the start.
    """
    return math.ceil(customers / customers_a_day) + window_days


def comparison_level(level: float, comparisons: int) -> float:
    """The level of each of several comparisons, so that all of them hold jointly (Bonferroni)."""
    return 1 - (1 - level) / comparisons
