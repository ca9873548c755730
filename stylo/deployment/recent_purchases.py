"""Purchases since the model was made, joined to those that it knows: the online side of the features.

    model.bin: 31.7 M purchases ─▶ a slice of arrays ┐
    events: bought a second ago ─▶ a row or two      ┴─▶ Customers ─▶ strategies, assemble(), ranker

The offline side reads Parquet into the same `Customers`; from there on it is one code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from stylo.candidates.customers import Customers, CustomerStore

#: Stands for the number of a customer who is new since the model was made.
NOBODY = np.iinfo(np.uint32).max


@dataclass(frozen=True)
class RecentPurchase:
    """A purchase since the model was made: the article's id, the day, the price in units of money, the channel."""

    article: int
    day: date
    price: float | None = None
    channel: int | None = None


@dataclass(frozen=True)
class ReturnedPurchase:
    """A purchase that the model knows and that was returned: the last of the article from `first` to `last`, if any."""

    article: int
    first: date
    last: date


@dataclass(frozen=True)
class CustomerProfile:
    """What a person tells who is no customer yet; None for what is not told.

    club : as in customers.csv.   sections : those of which articles are asked for.
    """

    age: float | None = None
    club: str | None = None
    sections: tuple[str, ...] = ()


@dataclass(frozen=True)
class CataloguePurchase:
    """The same in the terms of the model: the article's row in its catalogue, and the price of its tables."""

    row: int
    day: date
    price: float
    channel: int


@dataclass(frozen=True)
class CustomerAsOf:
    """A customer on a day: number in the model (None for a new one), and purchases since, in any order.

    returned : row in the catalogue, first and last day of each purchase that was taken back.
    profile : what was told of the customer; where the tables know better, they count.
    """

    number: int | None
    as_of: date
    since: Sequence[CataloguePurchase] = ()
    returned: Sequence[tuple[int, date, date]] = ()
    profile: CustomerProfile | None = None


def customers_as_of(store: CustomerStore, asked: Sequence[CustomerAsOf]) -> Customers:
    """What `Customers.read` would return if the recent purchases were in the tables.

    Only what lies before each customer's own day counts. One may be asked for several times; positions are those of
    `asked`.
    """
    parts = [_bought(store, customer) for customer in asked]
    article, days, price, channel = (np.concatenate(column) for column in zip(*parts, strict=True))
    number = np.array([NOBODY if each.number is None else each.number for each in asked], dtype=np.uint32)
    start = np.append(0, np.cumsum([len(part[0]) for part in parts]))
    members = store.members.only(number)
    profiles = [each.profile for each in asked]
    if any(profiles):
        told = [each or CustomerProfile() for each in profiles]
        members = members.completed([each.age for each in told], [each.club for each in told])
    return Customers(number, members, start, article, days, price, channel)


def _bought(store: CustomerStore, customer: CustomerAsOf) -> list[np.ndarray]:
    """Article, days, price, channel: the newest first, within a day in the order of articles, prices, channels."""
    today = customer.as_of.toordinal()
    mine = slice(0, 0)
    if customer.number is not None and customer.number < len(store.start) - 1:
        mine = slice(store.start[customer.number], store.start[customer.number + 1])
    columns = [store.article[mine], today - store.day[mine], store.price[mine], store.channel[mine]]
    if len(columns[1]) and columns[1][0] < 1:  # a replay of an earlier day
        before = columns[1] >= 1
        columns = [column[before] for column in columns]
    if customer.returned:
        columns = _without(columns, customer, today)
    since = [each for each in customer.since if each.day.toordinal() < today]
    if not since:
        return columns
    rows = [
        np.array([each.row for each in since], dtype=np.int32),
        np.array([today - each.day.toordinal() for each in since], dtype=np.int32),
        np.array([each.price for each in since], dtype=np.float32),
        np.array([each.channel for each in since], dtype=np.uint8),
    ]
    article, days, price, channel = (
        np.concatenate([row, old]) for row, old in zip(rows, columns, strict=True)
    )
    order = np.lexsort((channel, price, article, days))
    return [column[order] for column in (article, days, price, channel)]


def _without(columns: list[np.ndarray], customer: CustomerAsOf, today: int) -> list[np.ndarray]:
    """Purchases but for those that were returned: of each the last that can be meant."""
    article, days = columns[:2]
    kept = np.ones(len(article), dtype=bool)
    for row, first, last in customer.returned:
        ago = today - last.toordinal(), today - first.toordinal()
        meant = np.flatnonzero(kept & (article == row) & (days >= ago[0]) & (days <= ago[1]))
        kept[meant[:1]] = False
    return [column[kept] for column in columns]
