"""Everybody's purchases in compact arrays, from which one customer's come in microseconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from stylo.candidates.history import History
from stylo.candidates.members import Members
from stylo.candidates.rows import stretches
from stylo.candidates.shoppers import Shoppers

_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class ShopperStore:
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
    def of(cls, history: History, as_of: date) -> ShopperStore:
        """What was bought before a day. O(n log n) time; some 60 bytes a purchase while it is made."""
        columns = ["customer", "t_dat", "article", "price", "sales_channel_id"]
        rows = history.before(as_of).select(columns)
        bought = rows.sort(columns, descending=[False, True, False, False, False]).collect()
        customer = bought["customer"].to_numpy()
        count = max(int(customer.max(initial=0)) + 1 if len(customer) else 0, len(history.members.age))
        return cls(
            history.members,
            np.searchsorted(customer, np.arange(count + 1)),
            history.catalogue.rows(bought["article"].to_numpy()),
            bought["t_dat"].cast(pl.Int32).to_numpy() + _EPOCH,
            bought["price"].to_numpy(),
            bought["sales_channel_id"].to_numpy(),
        )

    def shoppers(self, customers: np.ndarray, as_of: date) -> Shoppers:
        """The same as `Shoppers.read` gives; nobody that is not here has bought anything."""
        wanted = np.unique(customers).astype(np.uint32)
        known = wanted < len(self.start) - 1
        number = np.where(known, wanted, 0)
        first = np.where(known, self.start[number], 0)
        count = np.where(known, self.start[number + 1] - first, 0)
        rows, whose = stretches(first, count), np.repeat(np.arange(len(wanted)), count)
        before = self.day[rows] < as_of.toordinal()
        rows, whose = rows[before], whose[before]
        return Shoppers(
            wanted,
            self.members.only(wanted),
            np.searchsorted(whose, np.arange(len(wanted) + 1)),
            self.article[rows],
            as_of.toordinal() - self.day[rows],
            self.price[rows],
            self.channel[rows],
        )
