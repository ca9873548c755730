"""Who visits the shop when: a personal rate, a chance that falls with the time since the last visit, seasons.

    chance of a visit in a week = 1 - exp(-rate × warmth(weeks since the last) × season × the week's own luck)

Nobody buys before the first visit, which everyone who ever buys makes at a week drawn beforehand: some were
customers already when the history begins, others join in its course.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from stylo_demo.customers import Floats, Ints

#: H&M's history is so many weeks long; first visits are spread over it, also where a shop shows less of it.
HISTORY_WEEKS = 105
_NEVER_BOUGHT = 0.007
# Visits a week follow a gamma distribution over the customers. These and the other constants here were fitted to
# `hm_figures.json` by the fidelity report.
_RATE_SHAPE, _RATE_MEAN, _RATE_LEAST = 0.625, 0.046, 0.002
_CUSTOMERS_BEFORE = 0.79
# The chance of one more visit in a week with one.
_AGAIN_THIS_WEEK, _MOST_VISITS = 0.14, 4
# Who was just here comes the likelier for some weeks, and less and less likely over a year.
_WARM, _WARM_WEEKS, _COLD, _COOLING_WEEKS = 0.84, 6.0, 0.48, 56.0
# A week's own luck: the deviation of the log of its visits.
_LUCK = 0.13
# From the real sample: shares of Monday to Sunday; visits a day and rows a visit, January to December, by the mean.
_WEEKDAYS = np.array([0.134, 0.123, 0.155, 0.155, 0.148, 0.150, 0.135])
_VISITS = np.array([0.86, 0.91, 0.85, 0.87, 1.05, 1.20, 1.24, 0.99, 0.95, 1.00, 1.01, 1.00])
_APPETITES = np.array([1.03, 0.90, 1.04, 1.24, 1.14, 1.09, 1.02, 1.00, 0.87, 0.94, 0.84, 0.82])


@dataclass(frozen=True)
class Round:
    """Visits of one week, at most one a customer: positions of customers, ascending, and days of the week.

    `appetite` is how full baskets are in this season, against the year's mean.
    """

    customer: Ints
    day: Ints
    appetite: float = 1.0


class Visitors:
    """All customers, and when each was here last. `week_of_visits` must be called week by week."""

    def __init__(self, customers: int, weeks: int, seed: int) -> None:
        self._rng = rng = np.random.default_rng([seed, 5])
        self._rate = (rng.gamma(_RATE_SHAPE, _RATE_MEAN / _RATE_SHAPE, customers) + _RATE_LEAST).astype(
            np.float32
        )
        history = max(weeks, HISTORY_WEEKS)
        first = _first_visits(self._rate, history, rng) - (history - weeks)
        self._first = np.where(rng.random(customers) < _NEVER_BOUGHT, weeks + 1, first).astype(np.int16)
        # Who came first before the weeks that are shown came last at some time since.
        gap = rng.exponential(1 / self._rate).astype(np.int64) + 1
        self._last = np.where(self._first < 0, np.maximum(-gap, self._first), -1).astype(np.int16)
        self._seen = self._first < 0
        away = np.arange(history + weeks + 2)
        self._warmth = (
            _COLD + (1 - _COLD) * np.exp(-away / _COOLING_WEEKS) + _WARM * np.exp(-away / _WARM_WEEKS)
        ).astype(np.float32)
        self._luck = np.exp(np.random.default_rng([seed, 8]).normal(0, _LUCK, weeks))

    def week_of_visits(self, week: int, first_day: date, closed: int = 0) -> list[Round]:
        """The visits of a week in rounds: everyone's first, everyone's second, …, each on a later day.

        Visits on the first `closed` days fall away.
        """
        month = (first_day + timedelta(days=3)).month - 1
        season = np.float32(self._luck[week] * _VISITS[month])
        expected = self._rate * self._warmth[week - self._last.astype(np.int64)] * season
        tempted = self._rng.random(len(expected), dtype=np.float32) < -np.expm1(-expected)
        come = np.flatnonzero((tempted & self._seen) | (self._first == week))
        self._seen[come] = True
        self._last[come] = week
        visits = np.minimum(self._rng.geometric(1 - _AGAIN_THIS_WEEK, len(come)), _MOST_VISITS)
        days = _days(visits, first_day, self._rng)
        return [
            Round(come[open_], days[open_, turn], float(_APPETITES[month]))
            for turn in range(_MOST_VISITS)
            if (open_ := (visits > turn) & (days[:, turn] >= closed)).any()
        ]


def _first_visits(rate: Floats, weeks: int, rng: np.random.Generator) -> Ints:
    """The week of everyone's first visit: the next that an old customer makes, or any for a new one."""
    chance = rng.random(len(rate))
    waiting = -np.log1p(chance * np.expm1(-rate.astype(np.float64) * weeks)) / rate
    joining = weeks * rng.random(len(rate))
    old = rng.random(len(rate)) < _CUSTOMERS_BEFORE
    return np.minimum(np.where(old, waiting, joining).astype(np.int64), weeks - 1)


def _days(visits: Ints, first_day: date, rng: np.random.Generator) -> Ints:
    """Different days of the week for each visit of a customer, ascending: customers by _MOST_VISITS."""
    liking = np.log(np.roll(_WEEKDAYS, -first_day.weekday())) + rng.gumbel(size=(len(visits), 7))
    best = np.argsort(-liking, axis=1)[:, :_MOST_VISITS]
    return np.sort(np.where(np.arange(_MOST_VISITS) < visits[:, None], best, 7), axis=1)


def weeks_of(days: int) -> int:
    """The weeks that hold so many days, counted back from the last; the first may be cut."""
    return -(-days // 7)


def day_of_week_start(week: int, weeks: int, last_day: date) -> date:
    """The first day of a week; the last week ends on the last day."""
    return last_day - timedelta(days=7 * (weeks - week) - 1)
