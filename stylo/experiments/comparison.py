"""One variant beside the control, in one metric: numbers to show and to decide by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from stylo.experiments.effects import Effects, Interval
from stylo.experiments.experiment import Experiment
from stylo.experiments.numbers import Numbers
from stylo.experiments.power import comparison_level


class Range(NamedTuple):
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """See `Effects` for how each is made.

    control, mean : of a customer; revenue is adjusted to what all customers bought before (CUPED).
    difference : mean − control.   relative : mean ÷ control − 1.
    fixed, fixed_relative, p_value : for one look at a time that was set before.
    always, always_relative, always_p_value : for as many looks as one likes.
    variance_reduction : by CUPED; 0.2 is worth a quarter more customers.
    progress : what is known, as a share of what the planned size will give.
    level : of confidence, of this comparison alone.
    """

    metric: str
    variant: str
    control: float
    mean: float
    difference: float
    standard_error: float
    fixed: Range
    always: Range
    relative: float
    fixed_relative: Range
    always_relative: Range
    p_value: float
    always_p_value: float
    variance_reduction: float
    progress: float
    level: float


def level_of_each(experiment: Experiment, times: int = 1) -> float:
    """Of confidence, so that all variants' comparisons hold together, in each of `times` groups of customers."""
    return comparison_level(experiment.level, (len(experiment.variants) - 1) * times)


def planned_customers(experiment: Experiment) -> Numbers:
    """(variants,): of each variant, at the planned size."""
    return experiment.planned_customers * np.array(experiment.shares)


def comparisons(
    metric: str, effects: Effects, experiment: Experiment, level: float, row: int
) -> list[Comparison]:
    """Of each variant but the control.

    effects : of shape (groups, variants − 1).   row : of the group.
    """

    def number(values: Numbers, place: int) -> float:
        return float(values[row, place])

    def span(interval: Interval, place: int) -> Range:
        return Range(number(interval.low, place), number(interval.high, place))

    return [
        Comparison(
            metric=metric,
            variant=name,
            control=number(effects.means.mean, 0),
            mean=number(effects.means.mean, place + 1),
            difference=number(effects.difference, place),
            standard_error=number(effects.standard_error, place),
            fixed=span(effects.fixed, place),
            always=span(effects.always, place),
            relative=number(effects.relative, place),
            fixed_relative=span(effects.fixed_relative, place),
            always_relative=span(effects.always_relative, place),
            p_value=number(effects.p_value, place),
            always_p_value=number(effects.always_p_value, place),
            variance_reduction=float(effects.means.reduction[row]),
            progress=number(effects.progress, place),
            level=level,
        )
        for place, name in enumerate(experiment.names[1:])
    ]
