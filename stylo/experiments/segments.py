"""The result by segment of customers, at a level that allows for how many segments were looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from stylo.experiments.comparison import Comparison, comparisons, level_of_each, planned_customers
from stylo.experiments.effects import effects
from stylo.experiments.experiment import Experiment
from stylo.experiments.sums import sums


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
        """To be read before them."""
        whole, each = (100 * level for level in (self.experiment.level, self.level))
        return (
            f"{len(self.segments)} segments were looked at. Each interval holds at {each:.4g} %, so that all of them"
            f" hold together at {whole:.4g} %. A segment that differs is a question for the next experiment."
        )


def by_segment(customers: pl.DataFrame, experiment: Experiment, columns: Sequence[str]) -> Segments:
    """Compares the variants in the primary metric within each value of each column.

    customers : of `Outcomes`, with the columns beside theirs, that were known before the first exposure: what the
    experiment may have changed makes no segment. Only those whose window is over count.
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
