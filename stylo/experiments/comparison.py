"""One variant beside the control, in one metric: numbers to show and to decide by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from stylo.experiments.effects import Effects, Interval, effects
from stylo.experiments.experiment import Experiment
from stylo.experiments.power import comparison_level
from stylo.experiments.sums import Numbers, sums

HELD, BROKEN, UNCLEAR = "held", "broken", "unclear"


@dataclass(frozen=True)
class Segment:
    """column, value : which customers; None are those without a value.   customers : by variant.

    comparisons : in the primary metric.
    """

    column: str
    value: str | None
    customers: tuple[int, ...]
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class Segments:
    """segments : by column, then by value.   level : of confidence, of each comparison."""

    segments: tuple[Segment, ...]
    level: float
    experiment: Experiment

    @property
    def note(self) -> str:
        """A note to read first."""
        whole, each = (100 * level for level in (self.experiment.level, self.level))
        return (
            f"{len(self.segments)} segments were looked at. Each interval is at {each:.4g} %, so that all of them"
            f" hold together at {whole:.4g} %. A segment that differs is a question for the next experiment."
        )


def by_segment(customers: pl.DataFrame, experiment: Experiment, columns: Sequence[str]) -> Segments:
    """Compares the variants in the primary metric within each value of each column.

    customers : of `Outcomes`, with the columns beside theirs, all known before the first exposure: what the
    experiment may have changed cannot define a segment. Only those whose window is over count.
    """
    finished = customers.filter("finished").with_columns(pl.col(columns).cast(pl.String))
    tables = [sums(finished, [experiment.metric], experiment.names, by=[column]) for column in columns]
    count = sum(groups.height for groups, _ in tables)
    level = level_of_each(experiment, max(count, 1))
    found = []
    for column, (groups, added) in zip(columns, tables, strict=True):
        mine = added[experiment.metric]
        compared = effects(mine, planned_customers(experiment), level)
        for row, value in enumerate(groups[column]):
            each = comparisons(experiment.metric, compared, experiment, level, row)
            found.append(Segment(column, value, tuple(mine.customers[row].astype(int).tolist()), tuple(each)))
    return Segments(tuple(found), level, experiment)


class Range(NamedTuple):
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """See `Effects` for how each is made.

    control, mean : of a customer; revenue is adjusted to what all customers bought before (CUPED).
    difference : mean − control.   relative : mean ÷ control − 1.
    fixed, fixed_relative, p_value : for a single look at a time fixed in advance.
    always, always_relative, always_p_value : valid for any number of looks.
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


@dataclass(frozen=True)
class GuardrailCheck:
    """A metric that must not fall by its margin: a test of non-inferiority.

    A variant must hold all of its guardrails, so that none of them needs a correction for their number (Berger,
    "Multiparameter hypothesis testing and acceptance sampling", Technometrics 24, 1982).

    state : HELD, surely not as much as the margin below the control; BROKEN, surely more; or UNCLEAR.

    margin : relative to the control.
    """

    comparison: Comparison
    margin: float

    @property
    def state(self) -> str:
        if self.comparison.always_relative.low > -self.margin:
            return HELD
        return BROKEN if self.comparison.always_relative.high < -self.margin else UNCLEAR
