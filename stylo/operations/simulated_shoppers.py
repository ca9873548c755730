"""Shoppers of a rehearsal: who comes on a day, and what they buy, of the list that they are shown and besides.

They know nothing of variants: an article tempts a shopper who buys such articles (of its section and product type) more
often than others do, the more the higher it stands. So a list that fits its shopper sells more, and a rehearsed
experiment finds what there is to find. How often they buy is made up, like the demo shop itself; nothing that comes of
it says anything about real customers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

import numpy as np
import polars as pl

from stylo.tables.folder import DataFolder

_LATELY, _HALF_LIFE, _PRICES = timedelta(days=28), 28, 20
#: Of ten customers, one comes each day; more of a small shop's, or a day might pass without a purchase.
_DAILY_SHARE, _FEWEST = 0.1, 40
# Chosen so that a week has about as many buyers as the weeks before.
_TEMPTATION, _MOST_SPECIAL, _BESIDES, _AND_MORE = 0.0035, 12.0, 0.05, 0.5
_BASKET = 0.28


@dataclass(frozen=True)
class BoughtArticle:
    """price : in units of money, as the service's events have it.   channel : 1 is a shop, 2 online."""

    article: int
    price: float
    channel: int


@dataclass(frozen=True)
class SimulatedShoppers:
    """All customers who ever bought, as their purchases show them. The same days bring the same shoppers.

    customers : their ids.   share : float (customers, corners), of a customer's purchases; a corner of the shop has
    one section and one product type.
    online : float (customers,), share of a customer's purchases.   often : float (customers,), chance to come.
    articles, corner : of each article that was ever sold.   sells : chance to be bought besides.
    paid : what was paid for each the last times, in units of money.
    """

    seed: int
    customers: np.ndarray
    share: np.ndarray
    online: np.ndarray
    often: np.ndarray
    articles: np.ndarray
    corner: np.ndarray
    paid: list[list[float]]
    sells: np.ndarray

    @classmethod
    def of(cls, folder: DataFolder, before: date, seed: int = 1) -> Self:
        """As they are before a day. Raises MissingArtefact, DamagedArtefact, StaleArtefact."""
        place_in_shop = pl.struct("section_no", "product_type_no").rank("dense") - 1
        corners = folder.scan("articles.parquet").select("article", corner=place_in_shop)
        past = folder.scan("transactions.parquet").filter(pl.col("t_dat") < before)
        bought = past.join(corners, on="article").collect()
        people = bought.group_by("customer").agg(
            online=(pl.col("sales_channel_id") == 2).mean(),
            often=(0.5 ** ((before - pl.col("t_dat")).dt.total_days() / _HALF_LIFE)).sum() + 0.2,
        )
        names = folder.scan("customers.parquet").select("customer", "customer_id").collect()
        people = people.join(names, on="customer").sort("customer")
        place = pl.Series("row", np.arange(people.height))
        rows = bought.join(people.select("customer", place), on="customer").select("row", "corner")
        share = np.zeros((people.height, int(rows.select(pl.col("corner").max()).item() or 0) + 1))
        np.add.at(share, (rows["row"].to_numpy(), rows["corner"].to_numpy()), 1)
        chart = (
            bought.sort("t_dat")
            .group_by("article", maintain_order=True)
            .agg(
                pl.col("corner").first(),
                paid=pl.col("price").tail(_PRICES) * folder.price_unit,
                sells=(pl.col("t_dat") >= before - _LATELY).sum(),
            )
            .sort("article")
        )
        return cls(
            seed,
            people["customer_id"].to_numpy(),
            share / share.sum(axis=1, keepdims=True),
            people["online"].to_numpy(),
            people["often"].to_numpy() / people["often"].sum(),
            chart["article"].to_numpy(),
            chart["corner"].to_numpy().astype(int),
            chart["paid"].to_list(),
            chart["sells"].to_numpy().astype(float),
        )

    def day(self, day: date) -> DayOfShopping:
        rng = np.random.default_rng([self.seed, day.toordinal()])
        many = min(max(_FEWEST, round(_DAILY_SHARE * len(self.customers))), len(self.customers))
        come = rng.choice(len(self.customers), many, replace=False, p=self.often)
        return DayOfShopping(self, come, rng)


@dataclass(frozen=True)
class DayOfShopping:
    """Shoppers in the order in which they come."""

    shoppers: SimulatedShoppers
    come: np.ndarray
    rng: np.random.Generator

    def visitors(self) -> list[tuple[int, str]]:
        """Number and id of each."""
        return [(int(number), str(self.shoppers.customers[number])) for number in self.come]

    def buy(self, number: int, shown: Sequence[int], *, surely: bool = False) -> list[BoughtArticle]:
        """What a shopper buys who was shown these articles, the best first; `surely` not nothing."""
        known, rng = self.shoppers, self.rng
        taste, places = known.share[number], np.searchsorted(known.articles, shown)
        places = np.minimum(places, len(known.articles) - 1)
        sold = known.articles[places] == np.asarray(shown, dtype=known.articles.dtype)
        rank = np.arange(1, len(shown) + 1)
        special = taste[known.corner[places]] / known.share.mean(axis=0)[known.corner[places]]
        wanted = _TEMPTATION * np.minimum(special, _MOST_SPECIAL) / np.sqrt(rank)
        taken = places[(rng.random(len(shown)) < wanted) & sold].tolist()
        chance = known.sells * (0.05 + taste[known.corner])
        if rng.random() < (_AND_MORE if taken else _BESIDES):
            many = min(int(rng.geometric(_BASKET)), int((chance > 0).sum()))
            taken += rng.choice(len(chance), many, replace=False, p=chance / chance.sum()).tolist()
        if surely and not taken:
            taken = [int(chance.argmax())]
        channel = 2 if rng.random() < known.online[number] else 1
        bought = list(dict.fromkeys(taken))
        paid = [known.paid[each][rng.integers(len(known.paid[each]))] for each in bought]
        return [
            BoughtArticle(int(known.articles[each]), round(price, 2), channel)
            for each, price in zip(bought, paid, strict=True)
        ]
