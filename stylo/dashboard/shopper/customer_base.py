"""All customers at a glance: how much each bought, when last, and of what kind that makes them. No Streamlit here.

Counted in one pass over the sales, a month at a time: some 60 bytes for each customer, and one month of sales.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import polars as pl

from stylo.artefacts import read_parts, scan_table
from stylo.tables.folder import DataFolder

ACTIVE, NEW, OCCASIONAL, DORMANT, NEVER = KINDS = ("active", "new", "occasional", "dormant", "never")
ACTIVE_DAYS, NEW_DAYS, DORMANT_DAYS, REGULAR = 28, 28, 90, 10
#: How many of each kind are shown as examples.
EXAMPLES: Mapping[str, int] = MappingProxyType({ACTIVE: 3, NEW: 2, OCCASIONAL: 1, DORMANT: 2})
#: Columns by which customers are sorted; from the highest, unless `-up` follows.
SORTS = ("spent", "purchases", "last", "age")
UP = "-up"
#: Ages and days since the last purchase, from and to, both included; None is open.
AGES: Mapping[str, tuple[int, int | None]] = MappingProxyType(
    {
        "-19": (0, 19),
        "20-29": (20, 29),
        "30-39": (30, 39),
        "40-49": (40, 49),
        "50-59": (50, 59),
        "60-": (60, None),
    }
)
RECENCY: Mapping[str, tuple[int, int | None]] = MappingProxyType(
    {"28": (0, 28), "90": (29, 90), "365": (91, 365), "over": (366, None)}
)
#: The share of buyers, those that spent the most first.
SPENDERS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"top-1": (0.0, 0.01), "top-10": (0.0, 0.1), "top-half": (0.0, 0.5), "bottom-half": (0.5, 1.0)}
)


@dataclass(frozen=True)
class Filters:
    """Which customers are wanted; an empty string leaves a question open."""

    kind: str = ""
    age: str = ""
    recency: str = ""
    spent: str = ""


class CustomerBase:
    """Everybody as of the day after the last sale, and the buyers of the week that was scored as they were before it.

    everyone : a row for each customer, in the order of their numbers: `customer`, `age`, `purchases`, `spent` (in
        units of money), `first`, `last` (null without a purchase), `kind` (of KINDS).
    buyers : the same of those who bought in the week from `cutoff`, as of that day; empty without a cutoff.
    """

    def __init__(
        self, as_of: date, everyone: pl.DataFrame, cutoff: date | None, buyers: pl.DataFrame
    ) -> None:
        self.as_of, self.everyone, self.cutoff, self.buyers = as_of, everyone, cutoff, buyers
        self.counts = dict(everyone.group_by("kind").len().iter_rows())
        self.select = lru_cache(maxsize=8)(self._select)

    @property
    def examples_as_of(self) -> date:
        """Before which day the facts of examples lie."""
        return self.cutoff if self.cutoff and self.buyers.height else self.as_of

    def rows(self, numbers: np.ndarray) -> pl.DataFrame:
        """Rows of `everyone`, in the order asked for."""
        return self.everyone[numbers]

    def at_random(self) -> int | None:
        """The number of somebody who bought in the week that was scored; of anybody, where none was."""
        some = self.buyers if self.buyers.height else self.everyone
        return (
            int(some["customer"][int(np.random.default_rng().integers(some.height))]) if some.height else None
        )

    def examples(self, draw: int) -> pl.DataFrame:
        """A few of each kind, as EXAMPLES says; the same for the same draw. Of buyers where there are such."""
        some = self.buyers if self.buyers.height else self.everyone
        chance = np.random.default_rng(draw)
        found = []
        for kind, most in EXAMPLES.items():
            of_kind = some.filter(pl.col("kind") == kind)
            if (with_past := of_kind.filter(pl.col("purchases") > 0)).height >= most:
                of_kind = with_past
            found.append(of_kind[chance.choice(of_kind.height, min(most, of_kind.height), replace=False)])
        return pl.concat(found)

    def _select(self, filters: Filters, sort: str) -> np.ndarray:
        """Numbers, uint32 (n,), of the customers that filters leave, in an order: one of SORTS, or the other way round.

        Those of whom it is not known come last. About 0.2 s for a million.
        """
        asked = self.everyone.lazy()
        if filters.kind in KINDS:
            asked = asked.filter(pl.col("kind") == filters.kind)
        if filters.age in AGES:
            asked = asked.filter(_within(pl.col("age"), *AGES[filters.age]))
        if filters.recency in RECENCY:
            days = (pl.lit(self.as_of) - pl.col("last")).dt.total_days()
            asked = asked.filter(_within(days, *RECENCY[filters.recency]))
        if filters.spent in SPENDERS:
            asked = asked.filter(self._spent(*SPENDERS[filters.spent]))
        column, upwards = sort.removesuffix(UP), sort.endswith(UP)
        order = asked.select("customer", column).sort(
            column, descending=not upwards, nulls_last=True, maintain_order=True
        )
        return order.select("customer").collect()["customer"].to_numpy()

    def _spent(self, most: float, least: float) -> pl.Expr:
        """Those that stand between two places of the buyers by what they spent; 0 is who spent the most."""
        spent = self.everyone.filter(pl.col("purchases") > 0)["spent"]
        high, low = (spent.quantile(1 - share, "higher") for share in (most, least))
        under = pl.col("spent") <= high if most == 0 else pl.col("spent") < high
        return (pl.col("purchases") > 0) & under & (pl.col("spent") >= low)


def _within(what: pl.Expr, least: int, most: int | None) -> pl.Expr:
    return what >= least if most is None else what.is_between(least, most)


def count_customers(folder: DataFolder, cutoff: date | None, window: timedelta) -> CustomerBase:
    """Reads the sales of a folder once. Raises what `DataFolder.scan` raises for customers or transactions.

    cutoff, window : of the week that was scored; None where none was.
    """
    known = folder.scan("customers.parquet").select("customer", "age").collect().sort("customer")
    folder.scan("transactions.parquet")
    totals, before, bought, last = _Totals(known.height), None, np.zeros(known.height, dtype=bool), date.min
    for from_day, until, rows in _months(folder, cutoff, window):
        if cutoff is not None and before is None and from_day >= cutoff:
            before = totals.copy()
        if cutoff is not None and cutoff <= from_day and until < cutoff + window:
            bought[rows["customer"].to_numpy()] = True
        totals.add(rows)
        last = max(last, until)
    as_of = last + timedelta(days=1) if last > date.min else (cutoff or date.min)
    everyone = known.with_columns(totals.columns(as_of, NEVER))
    buyers = everyone.clear()
    if cutoff is not None and bought.any():
        # Who had not bought anything before is new in that week.
        then = known.with_columns((before or _Totals(known.height)).columns(cutoff, NEW))
        buyers = then.filter(pl.Series(bought))
    return CustomerBase(as_of, everyone, cutoff, buyers)


def _months(
    folder: DataFolder, cutoff: date | None, window: timedelta
) -> Iterator[tuple[date, date, pl.DataFrame]]:
    """Sales in order of time, a month at most at once, none of which lies on both sides of an end of the week.

    First day, last day, and for each customer once `customer`, `purchases`, `spent`, `first`, `last`.
    """
    path = folder.path("transactions.parquet")
    ends = [] if cutoff is None else [cutoff, cutoff + window]
    unit = folder.price_unit
    for part in sorted(read_parts(path), key=lambda each: each.first):
        cuts = [
            part.first,
            *(end for end in ends if part.first < end <= part.last),
            part.last + timedelta(days=1),
        ]
        for since, until in pairwise(cuts):
            some = scan_table(path / part.file).filter(
                pl.col("t_dat").is_between(since, until, closed="left")
            )
            rows = some.group_by("customer").agg(
                purchases=pl.len(),
                spent=pl.col("price").sum() * unit,
                first=pl.col("t_dat").min().to_physical(),
                last=pl.col("t_dat").max().to_physical(),
            )
            yield since, until - timedelta(days=1), rows.collect()


class _Totals:
    """Of each customer how many purchases, what they cost, and the first and last day: arrays (customers,)."""

    def __init__(self, customers: int) -> None:
        self.purchases = np.zeros(customers, dtype=np.uint32)
        self.spent = np.zeros(customers, dtype=np.float32)
        self.first = np.full(customers, np.iinfo(np.int32).max, dtype=np.int32)
        self.last = np.full(customers, np.iinfo(np.int32).min, dtype=np.int32)

    def copy(self) -> _Totals:
        other = _Totals(0)
        vars(other).update({name: values.copy() for name, values in vars(self).items()})
        return other

    def add(self, rows: pl.DataFrame) -> None:
        """Rows of `_months`."""
        who = rows["customer"].to_numpy()
        self.purchases[who] += rows["purchases"].to_numpy()
        self.spent[who] += rows["spent"].to_numpy()
        self.first[who] = np.minimum(self.first[who], rows["first"].to_numpy())
        self.last[who] = np.maximum(self.last[who], rows["last"].to_numpy())

    def columns(self, as_of: date, without: str) -> Sequence[pl.Series]:
        """Columns of a CustomerBase; `without` is the kind of those who bought nothing."""
        some = pl.Series(self.purchases > 0)
        days = pl.DataFrame({"first": self.first, "last": self.last}).cast(pl.Date)
        days = days.with_columns(pl.when(some).then(pl.all()))
        kind = _kinds(self, (as_of - date(1970, 1, 1)).days)
        kind[self.purchases == 0] = KINDS.index(without)
        return [
            pl.Series("purchases", self.purchases),
            pl.Series("spent", self.spent),
            *days,
            pl.Series("kind", KINDS, dtype=pl.Enum(KINDS))[kind],
        ]


def _kinds(totals: _Totals, as_of: int) -> np.ndarray:
    """uint32 (customers,): places in KINDS of those with purchases; `as_of` counts days since 1970."""
    since_last, since_first = as_of - totals.last.astype(np.int64), as_of - totals.first.astype(np.int64)
    kind = np.full(len(since_last), KINDS.index(OCCASIONAL), dtype=np.uint32)
    kind[(since_last <= ACTIVE_DAYS) & (totals.purchases >= REGULAR)] = KINDS.index(ACTIVE)
    kind[since_last > DORMANT_DAYS] = KINDS.index(DORMANT)
    kind[since_first <= NEW_DAYS] = KINDS.index(NEW)
    return kind
