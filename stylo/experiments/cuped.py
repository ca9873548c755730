"""CUPED: what customers bought before explains some of what they buy now, and is taken off.

Deng, Xu, Kohavi and Walker, "Improving the sensitivity of online controlled experiments by utilizing pre-experiment
data" (WSDM 2013), section 3. One coefficient for all variants, from the scatter within them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stylo.experiments.numbers import Numbers
from stylo.experiments.sums import Sums


@dataclass(frozen=True)
class Means:
    """Variants along the last axis.

    mean : adjusted to what all customers bought before; the plain mean without a covariate.
    variance : of each mean, of its own customers' chance alone.
    shared : of what all means have in common: what all customers bought before is known with an error, too.
    reduction : the share of the variance that the covariate has taken away.
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
