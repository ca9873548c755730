"""Sums over the customers of each variant, from which every estimate is computed; adjusted by CUPED."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import polars as pl
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


#: Of each metric: a customer's outcome, and what is known of the customer from before, of columns of `outcomes`.
_MEASURED: Mapping[str, tuple[pl.Expr, pl.Expr]] = {
    "conversion": (pl.col("converted").cast(pl.Float64), pl.lit(0.0)),
    "hit_rate": ((pl.col("hits") > 0).cast(pl.Float64), pl.lit(0.0)),
    "revenue": (pl.col("revenue"), pl.col("revenue_before")),
}


@dataclass(frozen=True)
class Sums:
    """Over customers, with the variants along the last axis, the control first; any axes before it.

    customers : how many.   not_zero : those whose outcome is not zero.   outcome, before, … : of the outcome, of what
    was before, of their squares and product.
    """

    customers: Numbers
    not_zero: Numbers
    outcome: Numbers
    outcome_squared: Numbers
    before: Numbers
    before_squared: Numbers
    product: Numbers

    def up_to_each(self, axis: int = 0) -> Sums:
        """Cumulative sums along an axis: what each look sees."""
        return Sums(*(np.cumsum(getattr(self, each.name), axis=axis) for each in fields(self)))


def sums(
    outcomes: pl.LazyFrame | pl.DataFrame,
    metrics: Sequence[str],
    names: Sequence[str],
    by: Sequence[str] = (),
) -> tuple[pl.DataFrame, dict[str, Sums]]:
    """The groups of `by`, ascending, and of each metric the sums of shape (groups, variants).

    Parameters
    ----------
    outcomes : as `outcomes.outcomes` makes them, with the columns of `by`.
    names : of the variants, the control first. Without customers their sums are zero.

    Without `by` there is one group, also of no customers.
    """
    asked = [each for metric in metrics for each in _expressions(metric)]
    table = outcomes.lazy().group_by(*by, "variant").agg(*asked).collect()
    groups = table.select(by).unique().sort(by) if by else pl.DataFrame({"all": [0]})
    every = groups.join(pl.DataFrame({"variant": pl.Series(names, dtype=pl.String)}), how="cross")
    table = table.with_columns(pl.col("variant").cast(pl.String))
    # A segment without a name is a segment, too.
    whole = every.join(table, on=[*by, "variant"], how="left", nulls_equal=True, maintain_order="left")
    whole = whole.fill_null(0.0)
    shape = groups.height, len(names)
    return groups, {
        metric: Sums(
            *(
                whole[f"{metric} {each.name}"].cast(pl.Float64).to_numpy().reshape(shape)
                for each in fields(Sums)
            )
        )
        for metric in metrics
    }


def _expressions(metric: str) -> list[pl.Expr]:
    outcome, before = _MEASURED[metric]
    values = [
        pl.lit(1.0),
        outcome != 0,
        outcome,
        outcome * outcome,
        before,
        before * before,
        outcome * before,
    ]
    names = [each.name for each in fields(Sums)]
    return [
        (pl.len() if name == "customers" else value.sum()).cast(pl.Float64).alias(f"{metric} {name}")
        for name, value in zip(names, values, strict=True)
    ]


@dataclass(frozen=True)
class Means:
    """Variants along the last axis.

    mean : adjusted to what all customers bought before; the plain mean without a covariate.
    variance : of each mean, from its own customers' variation alone.
    shared : the part that all means share: what all customers bought before is an estimate, too.
    reduction : the share of the variance that the covariate removes.
    """

    mean: Numbers
    variance: Numbers
    shared: Numbers
    reduction: Numbers


def adjusted_means(sums: Sums) -> Means:
    """NaN where a variant has no customers (its mean), or one (its variance)."""
    n, total = sums.customers, sums.customers.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, before = sums.outcome / n, sums.before / n
        outcome_scatter = sums.outcome_squared - sums.outcome * mean
        before_scatter = sums.before_squared - sums.before * before
        product_scatter = sums.product - sums.outcome * before
        within = np.nansum(before_scatter, axis=-1)
        coefficient = np.where(within > 0, np.nansum(product_scatter, axis=-1) / within, 0)
        theta = coefficient[..., None]
        left = outcome_scatter - 2 * theta * product_scatter + theta**2 * before_scatter
        everyone = sums.before.sum(axis=-1) / total
        return Means(
            mean=mean - theta * (before - everyone[..., None]),
            variance=np.maximum(left, 0) / (n - 1) / n,
            shared=np.where(total > 1, coefficient**2 * within / (total - 1) / total, 0),
            reduction=np.where(
                within > 0, 1 - np.nansum(left, axis=-1) / np.nansum(outcome_scatter, axis=-1), 0
            ),
        )
