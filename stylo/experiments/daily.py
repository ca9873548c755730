"""How a result has come about: what each day's look saw."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from stylo.experiments.comparison import level_of_each, planned_customers
from stylo.experiments.effects import effects
from stylo.experiments.experiment import Experiment
from stylo.experiments.sums import sums


def daily(customers: pl.DataFrame, experiment: Experiment) -> pl.DataFrame:
    """The primary metric at the end of each day, from the customers whose window was over by then.

    customers : of `Outcomes`.

    `day`, `variant` (all but the control), `customers` (of the variant and the control), `relative`, `fixed_low`,
    `fixed_high`, `always_low`, `always_high`, all relative to the control; by day, then variant. A day without
    customers has no row.
    """
    over = pl.col("first_exposure") + timedelta(days=experiment.window_days)
    finished = customers.filter("finished").with_columns(day=over.dt.date())
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
