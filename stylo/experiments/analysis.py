"""The result of an experiment so far: every variant beside the control, in every metric."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stylo.experiments.comparison import Comparison, comparisons, level_of_each, planned_customers
from stylo.experiments.effects import effects
from stylo.experiments.experiment import METRICS, Experiment
from stylo.experiments.guardrails import GuardrailCheck
from stylo.experiments.sample_ratio import SampleRatio, sample_ratio
from stylo.experiments.sums import sums

_DAYS = 7  # of which the customers a day are the mean


@dataclass(frozen=True)
class VariantResult:
    """Of a variant's customers whose window is over, not adjusted.

    exposed : all of its customers.   customers : those whose window is over.
    means : by metric; None without customers.
    """

    name: str
    exposed: int
    customers: int
    means: dict[str, float | None]


@dataclass(frozen=True)
class Analysis:
    """variants : the control first.   comparisons : by metric and variant; the primary metric first.

    customers_a_day : who came for the first time, over the last week.
    """

    experiment: Experiment
    variants: tuple[VariantResult, ...]
    comparisons: tuple[Comparison, ...]
    guardrails: tuple[GuardrailCheck, ...]
    sample_ratio: SampleRatio
    customers_a_day: float

    @property
    def primary(self) -> tuple[Comparison, ...]:
        """Of each variant but the control."""
        return tuple(each for each in self.comparisons if each.metric == self.experiment.metric)


def analyse(customers: pl.DataFrame, experiment: Experiment, unfinished: bool = False) -> Analysis:
    """Compares the variants, as one may every day.

    Parameters
    ----------
    customers : of `Outcomes`.
    unfinished : counts customers whose window is not over as they are by now. What holds at every look then holds
        no more: what a customer buys on the second day depends on the first, and is seen later.

    The sample ratio is that of all customers, finished or not.
    """
    exposed = _counts(customers, experiment)
    seen = customers if unfinished else customers.filter("finished")
    counted = _counts(seen, experiment)
    metrics = [experiment.metric, *(metric for metric in METRICS if metric != experiment.metric)]
    _, added = sums(seen, metrics, experiment.names)
    level = level_of_each(experiment)
    found = {metric: effects(added[metric], planned_customers(experiment), level) for metric in metrics}
    compared = [
        each for metric in metrics for each in comparisons(metric, found[metric], experiment, level, row=0)
    ]
    means = {metric: added[metric].outcome[0] / added[metric].customers[0].clip(1) for metric in metrics}
    return Analysis(
        experiment=experiment,
        variants=tuple(
            VariantResult(
                name=name,
                exposed=exposed[place],
                customers=counted[place],
                means={metric: float(means[metric][place]) if counted[place] else None for metric in metrics},
            )
            for place, name in enumerate(experiment.names)
        ),
        comparisons=tuple(compared),
        guardrails=tuple(
            GuardrailCheck(each, guardrail.margin)
            for guardrail in experiment.guardrails
            for each in compared
            if each.metric == guardrail.metric
        ),
        sample_ratio=sample_ratio(exposed, experiment.shares, experiment.planned_customers),
        customers_a_day=_a_day(customers),
    )


def _counts(customers: pl.DataFrame, experiment: Experiment) -> list[int]:
    counted = customers.group_by("variant").len()
    found = dict(zip(counted["variant"].cast(pl.String), counted["len"], strict=True))
    return [found.get(name, 0) for name in experiment.names]


def _a_day(customers: pl.DataFrame) -> float:
    if customers.is_empty():
        return 0.0
    days = customers["first_exposure"].dt.epoch("d").to_numpy()
    length = min(int(days.max() - days.min()) + 1, _DAYS)
    return float((days > days.max() - length).sum()) / length
