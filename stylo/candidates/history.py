"""What is known before a day: the only way by which strategies and features see transactions."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import date, timedelta

import polars as pl

from stylo.tables.folder import DataFolder

_REMEMBERED = 16


class History:
    """Transactions, articles and visual twins, read by `as_of`.

    Parameters
    ----------
    transactions : columns of `transactions.parquet`.
    articles : columns of `articles.parquet`.
    twins : columns of `visual_reccs.parquet`; None where no photo was looked at.
    """

    def __init__(
        self, transactions: pl.DataFrame, articles: pl.DataFrame, twins: pl.DataFrame | None = None
    ) -> None:
        self._transactions = transactions.sort("t_dat", maintain_order=True)
        self.articles = articles
        self.twins = twins
        self._results: OrderedDict[Hashable, pl.DataFrame] = OrderedDict()

    @classmethod
    def open(cls, folder: DataFolder, with_twins: bool = True) -> History:
        """Both sides of the split, the articles, and the twins if they are wanted and there.

        Raises MissingArtefact, StaleArtefact or DamagedArtefact, naming the script to run.
        """
        sides = [folder.scan(name) for name in ("train_split.parquet", "valid_split.parquet")]
        wanted = with_twins and folder.has("visual_reccs.parquet")
        twins = folder.scan("visual_reccs.parquet").collect() if wanted else None
        return cls(pl.concat(sides).collect(), folder.scan("articles.parquet").collect(), twins)

    def before(self, as_of: date, days: int | None = None) -> pl.DataFrame:
        """Transactions with `t_dat < as_of`, of the last `days` days if given; sorted by date. No copy."""
        dates = self._transactions["t_dat"]
        end = dates.search_sorted(as_of, side="left")
        start = dates.search_sorted(as_of - timedelta(days=days), side="left") if days is not None else 0
        return self._transactions.slice(start, end - start)

    @property
    def last_day(self) -> date:
        """The last day on which anything is known to have been bought."""
        return self._transactions["t_dat"][-1]

    def bought(self, since: date, until: date) -> pl.DataFrame:
        """The truth of a window: distinct (`customer`, `article`) with `since <= t_dat < until`, sorted.

        For evaluation only; a strategy has no business here.
        """
        days = (until - since).days
        return self.before(until, days).select("customer", "article").unique().sort("customer", "article")

    def once(self, key: Hashable, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """What `make` gives, remembered under `key` for the next chunk of customers; the oldest are forgotten."""
        if key not in self._results:
            self._results[key] = make()
            if len(self._results) > _REMEMBERED:
                self._results.popitem(last=False)
        return self._results[key]


def age_in_days(as_of: date) -> pl.Expr:
    """Whole days from `t_dat` to `as_of`: 1 is the day before."""
    return (pl.lit(as_of) - pl.col("t_dat")).dt.total_days()


def exact_sum(weights: pl.Expr) -> pl.Expr:
    """Sum of weights up to about 1,000 in steps of 2**-40: whole numbers add up the same in any order.

    A sum of floats depends on which thread comes first, and ties and near ties with it.
    """
    return (weights * 2**40).round().cast(pl.Int64).sum() / 2**40


def decay(as_of: date, half_life: float) -> pl.Expr:
    """Weight of a row that halves every `half_life` days: 0.5 ** (age / half_life)."""
    return pl.lit(0.5).pow(age_in_days(as_of) / half_life)
