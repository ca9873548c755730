"""The purchases week by week, as counts: what is left of 31 million rows is some hundred thousand a week.

    first day                                              last day
    ····|  week 0  |  week 1  |  …                |  week n − 1  |

Weeks are of seven days and counted back from the last one; days before the first whole week are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stylo.tables.schemas import PRICE_UNIT

_WEEK = timedelta(weeks=1)
_WEEKS_AT_A_TIME = 4
_CENTS = 100
_COUNTED = {
    "customer": pl.col("customer"),
    "article": pl.col("article"),
    "price": pl.col("price"),
    "sales_channel_id": pl.col("sales_channel_id"),
}

Counted = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class Weeks:
    """`count` weeks, the last of which ends on `last_day`."""

    last_day: date
    count: int

    @classmethod
    def until(cls, last_day: date, first_day: date) -> Weeks:
        """The whole weeks that end on `last_day` and do not begin before `first_day`; none if it lies before."""
        return cls(last_day, max((last_day - first_day).days + 1, 0) // 7)

    @property
    def first_day(self) -> date:
        return self.last_day + timedelta(days=1) - self.count * _WEEK

    @property
    def last_days(self) -> tuple[date, ...]:
        return tuple(self.first_day + (week + 1) * _WEEK - timedelta(days=1) for week in range(self.count))

    def number(self, day: str) -> pl.Expr:
        """The week of a column of days, from 0; negative before the first."""
        return (pl.col(day) - pl.lit(self.first_day)).dt.total_days().floordiv(7)


@dataclass(frozen=True)
class WeekCounts:
    """One week: each of what was bought, and how many purchases it has; in no order, without zeros.

    customers, articles : their numbers.   prices : in cents.   channels : as in the table; -1 where unknown.
    spent : cents for each of `articles`, in the same order.
    """

    week: int
    customers: Counted
    articles: Counted
    prices: Counted
    channels: Counted
    spent: NDArray[np.int64]

    @property
    def purchases(self) -> int:
        return int(self.articles[1].sum())


def count_weeks(sold: pl.LazyFrame, weeks: Weeks, price_unit: float = PRICE_UNIT) -> Iterator[WeekCounts]:
    """Each week in turn, those without purchases too.

    sold : the columns of transactions.   price_unit : units of money in a price of 1 there.

    O(transactions) in one pass; holds the counts of four weeks.
    """
    counted = _COUNTED | {"price": (pl.col("price") * (price_unit * _CENTS)).round().cast(pl.Int64)}
    for first in range(0, weeks.count, _WEEKS_AT_A_TIME):
        day = weeks.first_day + first * _WEEK
        past = min(day + _WEEKS_AT_A_TIME * _WEEK, weeks.last_day + timedelta(days=1))
        rows = sold.filter(pl.col("t_dat").is_between(day, past, closed="left")).select(
            week=weeks.number("t_dat").cast(pl.Int32), **counted
        )
        sums = [pl.len(), pl.col("price").cast(pl.Int64).sum().alias("spent")]
        groups = [
            rows.group_by("week", name).agg(sums if name == "article" else sums[:1]) for name in _COUNTED
        ]
        frames = pl.collect_all(groups, engine="streaming")
        for week in range(first, min(first + _WEEKS_AT_A_TIME, weeks.count)):
            customers, articles, prices, channels = (frame.filter(pl.col("week") == week) for frame in frames)
            yield WeekCounts(
                week,
                _counted(customers),
                _counted(articles),
                _counted(prices),
                _counted(channels),
                articles["spent"].to_numpy(),
            )


def _counted(frame: pl.DataFrame) -> Counted:
    """The second column, null as -1, and `len`."""
    values = frame.to_series(1).cast(pl.Int64).fill_null(-1)
    return values.to_numpy(), frame["len"].cast(pl.Int64).to_numpy()
