"""Intervals and p-values that hold at every look at once, so that one may look daily and stop when one likes.

The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit
theory and asymptotic confidence sequences" (Annals of Statistics 52, 2024; arXiv 2103.06476), theorem 2.2. With r
for their t ρ², it is the interval of

    √( (1 + 1/r) (log(1 + r) − 2 log α) )

standard errors around the estimate, and 1/Λ with log Λ = ½ (z² r / (1 + r) − log(1 + r)) is the p-value to it, that
of Robbins' normal mixture (the mSPRT). r grows with what is known; it is set so that the interval is narrowest
when the experiment has its planned size, which costs half as much again in width as a test made once.
"""

from __future__ import annotations

import numpy as np
from scipy.special import lambertw

from stylo.experiments.numbers import Numbers


def standard_errors(progress: Numbers, level: float) -> Numbers:
    """How many standard errors the interval reaches to either side; infinitely many where nothing is known.

    progress : information, as a share of what the planned size will give.   level : of confidence.
    """
    r = planned_r(level) * np.asarray(progress, dtype=np.float64)
    with np.errstate(divide="ignore"):
        return np.sqrt((1 + 1 / r) * (np.log1p(r) - 2 * np.log(1 - level)))


def p_value(z: Numbers, progress: Numbers, level: float) -> Numbers:
    """Below 1 − level exactly where the interval leaves out zero. Holds at any moment that one stops at.

    z : estimate ÷ standard error.
    """
    r = planned_r(level) * np.asarray(progress, dtype=np.float64)
    return np.minimum(1, np.exp((np.log1p(r) - np.square(z) * r / (1 + r)) / 2))


def planned_r(level: float) -> float:
    """The r at the planned size: the width is least where r = log(1 + r) − 2 log α, by Lambert's W."""
    alpha = 1 - level
    return float(-lambertw(-(alpha**2) / np.e, -1).real - 1)
