"""Many experiments of a made-up shop, looked at every day: whether what the analysis promises is so.

They go through the same sums, effects and intervals as a real one; only the customers are drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stylo.experiments.effects import Interval
from stylo.experiments.sums import Numbers, Sums

# So that a week is like one of the H&M sample's last twelve: 6 % of the customers buy, and 21 % of those who bought in
# the week before; revenue varies by 6.2 times its mean, among buyers by 1.2 times, and correlates with that of the week
# before by 0.16. Here these are 5.9 %, 21 %, 6.4, 1.2 and 0.16.
_VISITS_SHAPE, _VISITS_SCALE = 0.31, 0.22  # gamma, of visits that end with a purchase, a week
_BASKET, _CUSTOMER = (
    0.55,
    0.75,
)  # standard deviations of the logarithm: of a basket, of a customer's mean basket


@dataclass(frozen=True)
class Shop:
    """What customers paid in the windows before and after; most of them nothing, in either.

    before, after : (active,), of those who paid in one of the two.   customers : with those who did not.
    """

    before: Numbers
    after: Numbers
    customers: int

    @property
    def mean(self) -> float:
        return float(self.after.sum()) / self.customers

    @property
    def deviation(self) -> float:
        return math.sqrt(float((self.after**2).sum()) / self.customers - self.mean**2)

    @property
    def correlation(self) -> float:
        """Between before and after."""
        mean = float(self.before.sum()) / self.customers
        deviation = math.sqrt(float((self.before**2).sum()) / self.customers - mean**2)
        product = float(self.before @ self.after) / self.customers
        return (product - mean * self.mean) / deviation / self.deviation


def shop(customers: int = 500_000, seed: int = 0) -> Shop:
    """Customers with visits at a rate of their own, and baskets around a mean of their own."""
    draw = np.random.default_rng(seed)
    rate = draw.gamma(_VISITS_SHAPE, _VISITS_SCALE, customers)
    basket = draw.lognormal(0, _CUSTOMER, customers)
    before, after = (basket * _paid(draw, draw.poisson(rate)) for _ in range(2))
    active = (before > 0) | (after > 0)
    return Shop(before[active], after[active], customers)


def _paid(draw: np.random.Generator, visits: np.ndarray) -> Numbers:
    """(customers,): the sum of the baskets of each one's visits."""
    baskets = draw.lognormal(0, _BASKET, int(visits.sum()))
    paid = np.bincount(np.repeat(np.arange(len(visits)), visits), baskets, len(visits))
    return paid.astype(np.float64)


def arrivals(
    draw: np.random.Generator, experiments: int, days: int, customers_a_day: int, shares: tuple[float, ...]
) -> np.ndarray:
    """int64 (experiments, days, variants): customers who come for the first time."""
    return draw.multinomial(customers_a_day, shares, (experiments, days))


def conversions(draw: np.random.Generator, customers: np.ndarray, rates: Numbers) -> Sums:
    """What each look sees of conversion, of the shape of `customers`.   rates : of each variant."""
    bought = draw.binomial(customers, rates).astype(np.float64)
    nothing = np.zeros_like(bought)
    each = Sums(customers.astype(np.float64), bought, bought, bought, nothing, nothing, nothing)
    return each.up_to_each(axis=1)


def revenues(draw: np.random.Generator, customers: np.ndarray, shop: Shop) -> Sums:
    """What each look sees of revenue, of the shape of `customers`, in variants that do not differ.

    Only those who bought are drawn: the others add nothing but their number. O(active customers), a part at a time.
    """
    share = len(shop.after) / shop.customers
    parts = [_drawn(draw, draw.binomial(some, share), shop) for some in customers]
    totals = np.stack(parts, axis=1)
    return Sums(customers.astype(np.float64), *totals).up_to_each(axis=1)


def _drawn(draw: np.random.Generator, active: np.ndarray, shop: Shop) -> Numbers:
    """(6, days, variants): the sums of what `active` customers of each day and variant paid."""
    row = draw.integers(0, len(shop.after), int(active.sum()))
    after, before = shop.after[row], shop.before[row]
    cell = np.repeat(np.arange(active.size), active.ravel())
    values = [after > 0, after, after * after, before, before * before, after * before]
    summed = [np.bincount(cell, value, active.size).reshape(active.shape) for value in values]
    return np.stack(summed)


def lifted(sums: Sums, effect: float) -> Sums:
    """The same, had each customer of every variant but the control paid `effect` more, relatively."""
    factor = np.where(np.arange(sums.outcome.shape[-1]) > 0, 1 + effect, 1.0)
    return replace(
        sums,
        outcome=sums.outcome * factor,
        outcome_squared=sums.outcome_squared * factor**2,
        product=sums.product * factor,
    )


def without_covariate(sums: Sums) -> Sums:
    """The same, had nothing been known of the time before."""
    nothing = np.zeros_like(sums.before)
    return replace(sums, before=nothing, before_squared=nothing, product=nothing)


def finds(interval: Interval) -> NDArray[np.bool_]:
    """bool (experiments, looks): the interval of a variant leaves out zero."""
    outside: NDArray[np.bool_] = (interval.low > 0) | (interval.high < 0)
    return np.any(outside, axis=-1)


def covers(interval: Interval, truth: float) -> NDArray[np.bool_]:
    """bool (experiments, looks): the intervals of all variants hold the truth."""
    inside: NDArray[np.bool_] = (interval.low <= truth) & (truth <= interval.high)
    return np.all(inside, axis=-1)


def first_find(found: NDArray[np.bool_]) -> Numbers:
    """(experiments,): the number of the first look that finds something, from one; NaN where none does."""
    return np.where(found.any(axis=1), found.argmax(axis=1) + 1.0, np.nan)
