"""The result of an experiment so far: every variant beside the control, in every metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
from scipy.special import chdtrc, gammaln

from stylo.experiments.comparison import (
    Comparison,
    GuardrailCheck,
    comparisons,
    level_of_each,
    planned_customers,
)
from stylo.experiments.effects import effects, planned_r
from stylo.experiments.experiment import METRICS, Experiment
from stylo.experiments.sums import Numbers, sums
from stylo.records.experiments import VariantResult
from stylo.time_zone import TimeZone

_LEVEL = 0.99  # one false alarm in a hundred experiments, over all looks of each
_UTC = TimeZone()
_DAYS = 7  # of which the customers a day are the mean


@dataclass(frozen=True)
class SampleRatio:
    """customers, expected : of each variant.

    p_value : of the chi-square test, for one look.   always_p_value : for as many looks as one likes.
    """

    customers: tuple[int, ...]
    expected: tuple[float, ...]
    p_value: float
    always_p_value: float

    @property
    def broken(self) -> bool:
        return self.always_p_value < 1 - _LEVEL


def sample_ratio(customers: Sequence[int], shares: Sequence[float], planned_customers: int) -> SampleRatio:
    """Compares the customers of the variants with the shares, in the same order."""
    counts, parts = np.array(customers, dtype=np.float64), np.array(shares) / sum(shares)
    expected = parts * counts.sum()
    return SampleRatio(
        customers=tuple(int(count) for count in customers),
        expected=tuple(expected.tolist()),
        p_value=_chi_square_p_value(counts, expected) if counts.sum() else 1.0,
        always_p_value=float(always_valid_p_value(counts, parts, planned_customers)),
    )


def _chi_square_p_value(counts: Numbers, expected: Numbers) -> float:
    """Pearson's; SciPy's own function would load all its distributions, which takes a second."""
    return float(chdtrc(len(counts) - 1, ((counts - expected) ** 2 / expected).sum()))


def always_valid_p_value(customers: Numbers, shares: Numbers, planned_customers: int) -> Numbers:
    """The inverse Bayes factor of shares drawn from a Dirichlet around the planned ones, against the planned ones.

    Lindon and Malek, "Anytime-valid inference for multinomial count data" (NeurIPS 2022).
    The Dirichlet's width is the one that finds a deviation soonest around the planned size (`effects.planned_r`).

    customers : variants along the last axis.
    """
    prior = shares * max(planned_customers / planned_r(_LEVEL), 1)
    drawn = _log_beta(prior + customers) - _log_beta(prior)
    return np.minimum(1, np.exp((customers * np.log(shares)).sum(axis=-1) - drawn))


def _log_beta(alpha: Numbers) -> Numbers:
    return gammaln(alpha).sum(axis=-1) - gammaln(alpha.sum(axis=-1))


def daily(customers: pl.DataFrame, experiment: Experiment, zone: TimeZone = _UTC) -> pl.DataFrame:
    """The primary metric at the end of each day, from the customers whose window was over by then.

    customers : of `Outcomes`; `first_exposure` in UTC.   zone : in which days begin and end.

    `day`, `variant` (all but the control), `customers` (of the variant and the control), `relative`, `fixed_low`,
    `fixed_high`, `always_low`, `always_high`, all relative to the control; by day, then variant. A day without
    customers has no row.
    """
    finished = customers.filter("finished")
    over = finished["first_exposure"] + timedelta(days=experiment.window_days)
    finished = finished.with_columns(day=zone.days(over))
    days, added = sums(finished, [experiment.metric], experiment.names, by=["day"])
    seen = added[experiment.metric].up_to_each()
    found = effects(seen, planned_customers(experiment), level_of_each(experiment))
    columns = {
        "customers": (seen.customers[:, 1:] + seen.customers[:, :1]).astype(int),
        "relative": found.relative,
        "fixed_low": found.fixed_relative.low,
        "fixed_high": found.fixed_relative.high,
        "always_low": found.always_relative.low,
        "always_high": found.always_relative.high,
    }
    variants = pl.DataFrame({"variant": pl.Series(experiment.names[1:], dtype=pl.String)})
    rows = days.join(variants, how="cross")
    return rows.with_columns(pl.Series(name, values.ravel()) for name, values in columns.items())


@dataclass(frozen=True)
class Analysis:
    """variants : the control first.   comparisons : by metric and variant; the primary metric first.

    customers_a_day : who came for the first time; mean over the last week.
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
    """Compares the variants; it may be called every day.

    Parameters
    ----------
    customers : of `Outcomes`.
    unfinished : counts customers whose window is not over as they are by now. The guarantee for every look is then
        lost: what a customer buys on the second day depends on the first, and is seen later.

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
