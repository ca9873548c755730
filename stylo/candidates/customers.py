"""Some customers and what they bought before a day, as arrays: what strategies and features look at."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import polars as pl

from stylo.candidates.catalogue import Members, begins, find
from stylo.candidates.history import History, age_in_days
from stylo.tables.odd_days import EPOCH
from stylo.vectors.ragged import stretches

T = TypeVar("T")

#: Purchases of a customer that count as recent: the last so many different articles.
RECENT = 20
_LOW_BITS = 32
_EPOCH = EPOCH.toordinal()
_PURCHASES_AT_A_TIME = 2_000_000


@dataclass(frozen=True)
class Customers:
    """Customers and their purchases before a day, the newest first.

    numbers : uint32 (n,), those of customers.parquet, ascending.
    members : of these customers, in their order.
    start : int64 (n + 1,): the purchases of the customer at position i are start[i] … start[i + 1].
    article : int32 (m,), rows of the catalogue; a customer's in the order of `days`, then of the article.
    days : int32 (m,), whole days from the purchase to the day: 1 is the day before.
    price, channel : float32, uint8 (m,).
    """

    numbers: np.ndarray
    members: Members
    start: np.ndarray
    article: np.ndarray
    days: np.ndarray
    price: np.ndarray
    channel: np.ndarray
    _results: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, history: History, customers: pl.Series, as_of: date, days: int | None = None) -> Customers:
        """From the transactions, which may lie in any order; those of the last `days` days if given."""
        wanted = np.unique(customers.to_numpy()).astype(np.uint32)
        rows = history.of(pl.Series(wanted), as_of, days).select(
            "customer",
            age_in_days(as_of).cast(pl.Int32).alias("days"),
            "article",
            "price",
            "sales_channel_id",
        )
        bought = rows.sort("customer", "days", "article", "price", "sales_channel_id").collect()
        return cls(
            wanted,
            history.members.only(wanted),
            np.searchsorted(bought["customer"].to_numpy(), np.append(wanted, 2**32)),
            history.catalogue.rows(bought["article"].to_numpy()),
            bought["days"].to_numpy(),
            bought["price"].to_numpy(),
            bought["sales_channel_id"].to_numpy(),
        )

    @classmethod
    def nobody(cls, customers: np.ndarray) -> Customers:
        """Of whom nothing is known."""
        nothing, free = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
        unknown = np.full(len(customers), np.nan, dtype=np.float32)
        members, start = Members(unknown, unknown, unknown), np.zeros(len(customers) + 1, dtype=np.int64)
        channel = np.zeros(0, dtype=np.uint8)
        return cls(customers.astype(np.uint32), members, start, nothing, nothing, free, channel)

    def __len__(self) -> int:
        return len(self.numbers)

    def slices(self, size: int) -> Iterator[Customers]:
        """The same customers, `size` at a time; nobody is one slice."""
        for first in range(0, max(len(self), 1), size):
            yield self.only(first, min(first + size, len(self)))

    def only(self, first: int, last: int) -> Customers:
        """Those at the positions first … last − 1. No copy of purchases."""
        whom, what = slice(first, last), slice(self.start[first], self.start[last])
        start = self.start[first : last + 1] - self.start[first]
        arrays = (self.article[what], self.days[what], self.price[what], self.channel[what])
        return Customers(self.numbers[whom], self.members.at(whom), start, *arrays)

    def with_purchases(self) -> Customers:
        """Those who have bought anything. No copy of purchases."""
        if self.known.all():
            return self
        numbers, start = self.numbers[self.known], np.append(self.start[:-1][self.known], self.start[-1])
        purchases = (self.article, self.days, self.price, self.channel)
        return Customers(numbers, self.members.at(self.known), start, *purchases)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives of these customers, remembered under `key` as long as they are."""
        if key not in self._results:
            self._results[key] = make()
        return self._results[key]

    @cached_property
    def known(self) -> np.ndarray:
        """bool (n,): who has bought anything."""
        return self.bought > 0

    @cached_property
    def bought(self) -> np.ndarray:
        """int64 (n,): how many purchases each has."""
        return self.start[1:] - self.start[:-1]

    @cached_property
    def whose(self) -> np.ndarray:
        """int64 (m,): the position of the customer of each purchase."""
        return np.arange(len(self)).repeat(self.bought)

    @cached_property
    def visits(self) -> tuple[np.ndarray, np.ndarray]:
        """Days on which customers bought, and how many articles: int64 `pair_keys` of position and days ago."""
        keys = pair_keys(self.whose, self.days)  # in order, as the purchases are
        first = begins(keys)
        return keys[first], _lengths(first, len(keys))

    def totals(self, groups: np.ndarray | None, half_life: float, within: int | None = None) -> Totals:
        """What each customer bought of each group of articles.

        Parameters
        ----------
        groups : int32 (articles,), the group of each row of the catalogue; below zero counts to none. None: each
            article is a group.
        half_life : days in which the weight of a purchase halves.
        within : how many days back purchases count; None is all the way.

        Remembered as long as the customers are. O(m log m).
        """
        key = ("totals", None if groups is None else id(groups), half_life, within)
        # The groups are kept with the result: another array could come to have their id.
        return self.once(key, lambda: (groups, self._totals(groups, half_life, within)))[1]

    def _totals(self, groups: np.ndarray | None, half_life: float, within: int | None) -> Totals:
        runs = self.runs(groups, within)
        return Totals(runs.key, runs.count, self.days.take(runs.newest), runs.sums(self.decay(half_life)))

    def decay(self, half_life: float) -> np.ndarray:
        """float64 (m,): what each purchase counts when its weight halves every so many days; remembered."""
        return self.once(("decay", half_life), lambda: 0.5 ** (self.days / half_life))

    def runs(self, groups: np.ndarray | None, within: int | None = None) -> Runs:
        """The purchases behind `totals` in their order; remembered."""
        key = ("runs", None if groups is None else id(groups), within)
        return self.once(key, lambda: (groups, self._sorted(groups, within)))[1]

    def _sorted(self, groups: np.ndarray | None, within: int | None) -> Runs:
        group = self.article if groups is None else groups.take(self.article)
        key, bits = pair_keys(self.whose, group), _LOW_BITS + len(self).bit_length()
        counts = group >= 0
        if within is not None:
            counts &= self.days <= within
        if counts.all():
            return Runs.of(key, bits)
        some = counts.nonzero()[0]
        return Runs.of(key[some], bits, some)

    @property
    def owned(self) -> Totals:
        """Which articles each customer has bought. The weights of the totals are of no use."""
        return self.totals(None, half_life=1.0)

    @cached_property
    def recent(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The last RECENT different articles of each customer: position, row of the catalogue, days ago.

        Ordered by position, the newest first.
        """
        # The last purchase of each article, in the order of purchases.
        newest = self.runs(None).newest.copy()
        newest.sort()
        customer = self.whose.take(newest)
        some = places(customer, len(self)) < RECENT
        if not some.all():
            newest, customer = newest[some], customer[some]
        return customer, self.article.take(newest), self.days.take(newest)


@dataclass(frozen=True)
class Runs:
    """Purchases in the order of the groups that they count to, for sums of any weights.

    key : int64 (t,), of each group that occurs, ascending.   begins : where its purchases begin in `order`.
    order : int64 (m,), the purchases, those of a group together, in the order in which they were.
    """

    key: np.ndarray
    begins: np.ndarray
    order: np.ndarray

    @classmethod
    def of(cls, key: np.ndarray, bits: int, purchases: np.ndarray | None = None) -> Runs:
        """By the group of each purchase, int64 below 2**bits. `purchases`: which they are; None for all, in order."""
        key, order = ordered(key, bits)
        first = begins(key)
        return cls(key.take(first), first, order if purchases is None else purchases.take(order))

    @cached_property
    def count(self) -> np.ndarray:
        """int64 (t,): how many purchases each group has."""
        return _lengths(self.begins, len(self.order))

    @cached_property
    def newest(self) -> np.ndarray:
        """int64 (t,): the first purchase of each group."""
        return self.order.take(self.begins)

    def sums(self, weight: np.ndarray) -> np.ndarray:
        """float64 (t,): the sum over each group, of a weight of each purchase."""
        return np.add.reduceat(weight.take(self.order), self.begins) if len(self.key) else np.zeros(0)


@dataclass(frozen=True)
class Totals:
    """What customers bought of groups of articles, one row for each pair that occurs, in order.

    key : int64 (t,), `pair_keys` of the customer's position and the group.
    count : how many purchases.   days : since the last of them.   weight : their decayed sum.
    """

    key: np.ndarray
    count: np.ndarray
    days: np.ndarray
    weight: np.ndarray

    @cached_property
    def customer(self) -> np.ndarray:
        return self.key >> _LOW_BITS

    @cached_property
    def group(self) -> np.ndarray:
        return self.key & (2**_LOW_BITS - 1)

    def find(self, customer: np.ndarray, group: np.ndarray) -> np.ndarray:
        """The row of each pair; −1 where nothing was bought. O(pairs × log t)."""
        return find(self.key, pair_keys(customer, group))


def pair_keys(customer: np.ndarray, other: np.ndarray | int) -> np.ndarray:
    """int64: one number for each pair, in the order of the customer first. `other` is from 0 to 2**32 − 1."""
    return (customer.astype(np.int64) << _LOW_BITS) + other


def ordered(key: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """int64 keys, from 0 to 2**bits − 1, in ascending order, and where each was; of equal ones the first comes first.

    O(m log m). To sort numbers that hold their place takes a fifth of the time in which places are sorted.
    """
    shift = len(key).bit_length()
    if bits + shift > 63:
        order = key.argsort(kind="stable")
        return key.take(order), order
    packed = key << shift
    packed |= np.arange(len(key))
    packed.sort()
    return packed >> shift, packed & ((1 << shift) - 1)


def _lengths(begins: np.ndarray, count: int) -> np.ndarray:
    """int64: how long each run is, of runs that begin there and fill so many places together."""
    ends = np.empty_like(begins)
    ends[:-1], ends[-1:] = begins[1:], count
    return ends - begins


def places(customer: np.ndarray, count: int) -> np.ndarray:
    """0, 1, 2 … within each customer of an ascending array of positions below `count`."""
    begins = customer.searchsorted(np.arange(count))
    return np.arange(len(customer)) - begins.take(customer)


@dataclass(frozen=True)
class CustomerStore:
    """All purchases, customer by customer, the newest first. 11 bytes a purchase.

    members : of all customers, by number.
    start : int64 (customers + 1,): those of customer number c are start[c] … start[c + 1].
    article : int32, rows of the catalogue.   day : int32, ordinal of the date (1 is 0001-01-01).
    price, channel : float32, uint8.
    """

    members: Members
    start: np.ndarray
    article: np.ndarray
    day: np.ndarray
    price: np.ndarray
    channel: np.ndarray

    @classmethod
    def of(cls, history: History, as_of: date) -> CustomerStore:
        """What was bought before a day. O(n log n) time, and memory for two of it.

        Some millions of purchases are read and sorted at a time.
        """
        columns = ["customer", "t_dat", "article", "price", "sales_channel_id"]
        rows = history.before(as_of).select(columns)
        bought = rows.group_by("customer").len().collect(engine="streaming")
        customer = bought["customer"].to_numpy()
        count = max(int(customer.max(initial=0)) + 1 if len(customer) else 0, len(history.members.age))
        start = np.zeros(count + 1, dtype=np.int64)
        start[customer + np.int64(1)] = bought["len"].to_numpy()
        start = start.cumsum()
        parts: tuple[list[np.ndarray], ...] = ([], [], [], [])
        for first, last in _shares(start, _PURCHASES_AT_A_TIME):
            some = rows.filter(pl.col("customer").is_between(first, last, closed="left"))
            bought = some.sort(columns, descending=[False, True, False, False, False]).collect()
            parts[0].append(history.catalogue.rows(bought["article"].to_numpy()))
            parts[1].append(bought["t_dat"].cast(pl.Int32).to_numpy() + _EPOCH)
            parts[2].append(bought["price"].to_numpy())
            parts[3].append(bought["sales_channel_id"].to_numpy())
        return cls(history.members, start, *(_joined(each) for each in parts))

    def of_numbers(self, numbers: np.ndarray, as_of: date) -> Customers:
        """The same as `Customers.read` gives; nobody that is not here has bought anything."""
        wanted = np.unique(numbers).astype(np.uint32)
        known = wanted < len(self.start) - 1
        number = np.where(known, wanted, 0)
        first = np.where(known, self.start[number], 0)
        count = np.where(known, self.start[number + 1] - first, 0)
        rows, whose = stretches(first, count), np.repeat(np.arange(len(wanted)), count)
        before = self.day[rows] < as_of.toordinal()
        rows, whose = rows[before], whose[before]
        return Customers(
            wanted,
            self.members.only(wanted),
            np.searchsorted(whose, np.arange(len(wanted) + 1)),
            self.article[rows],
            as_of.toordinal() - self.day[rows],
            self.price[rows],
            self.channel[rows],
        )


def _shares(start: np.ndarray, most: int) -> Iterator[tuple[int, int]]:
    """The first customer and the one after the last of each share, of `most` purchases or those of one customer."""
    first, everyone = 0, len(start) - 1
    while True:
        last = max(int(np.searchsorted(start, start[first] + most, "right")) - 1, first + 1)
        last = min(last, everyone)
        yield first, last
        if last >= everyone:
            return
        first = last


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    """The parts as one array; lets go of them."""
    whole = np.concatenate(parts)
    parts.clear()
    return whole
