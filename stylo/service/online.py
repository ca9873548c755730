"""The online side of the features: everybody's purchases as the model has them, and what happened since.

    model.bin: 31.7 M purchases ─▶ a slice of arrays ┐
    events: bought a second ago ─▶ a row or two      ┴─▶ Shoppers ─▶ strategies, assemble(), ranker

The offline side reads Parquet into the same `Shoppers`; from there on it is one code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from stylo.candidates.shopper_store import ShopperStore
from stylo.candidates.shoppers import Shoppers

#: Stands for the number of a customer who is new since the model was made.
NOBODY = np.iinfo(np.uint32).max


@dataclass(frozen=True)
class Purchase:
    """Something bought since the model was made: the article's row in the model's catalogue, the day, the rest."""

    row: int
    day: date
    price: float
    channel: int


@dataclass(frozen=True)
class Shopper:
    """A customer as of a day: number in the model (None for a new one), and what was bought since, in any order."""

    number: int | None
    as_of: date
    since: Sequence[Purchase] = ()


def shoppers(store: ShopperStore, asked: Sequence[Shopper]) -> Shoppers:
    """The same as `Shoppers.read` gives of tables to which the purchases since were added.

    Only what lies before each shopper's own day counts. One may be asked for several times; positions are those of
    `asked`.
    """
    parts = [_bought(store, shopper) for shopper in asked]
    article, days, price, channel = (np.concatenate(column) for column in zip(*parts, strict=True))
    number = np.array([NOBODY if each.number is None else each.number for each in asked], dtype=np.uint32)
    start = np.append(0, np.cumsum([len(part[0]) for part in parts]))
    return Shoppers(number, store.members.only(number), start, article, days, price, channel)


def _bought(store: ShopperStore, shopper: Shopper) -> list[np.ndarray]:
    """Article, days, price, channel: the newest first, within a day in the order of articles, prices, channels."""
    today = shopper.as_of.toordinal()
    mine = slice(0, 0)
    if shopper.number is not None and shopper.number < len(store.start) - 1:
        mine = slice(store.start[shopper.number], store.start[shopper.number + 1])
    columns = [store.article[mine], today - store.day[mine], store.price[mine], store.channel[mine]]
    if len(columns[1]) and columns[1][0] < 1:  # a replay of an earlier day
        before = columns[1] >= 1
        columns = [column[before] for column in columns]
    since = [each for each in shopper.since if each.day.toordinal() < today]
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
