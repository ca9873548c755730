"""What is scored: the baselines that every model must beat, and the contract that the hybrid shares with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import polars as pl

from stylo.candidates.history import History
from stylo.candidates.own_purchases import OwnPurchases
from stylo.candidates.popularity import Bestsellers
from stylo.candidates.shoppers import Shoppers
from stylo.candidates.strategy import Strategy, fitted
from stylo.ranking.fusion import cascade
from stylo.ranking.pool import Pool


class Model(Protocol):
    """Gives customers a ranked list."""

    @property
    def name(self) -> str: ...

    def recommend(self, history: History, customers: pl.Series, as_of: date, k: int = 12) -> pl.DataFrame:
        """Rows of RANKED: at most k articles for each customer, from what was known before `as_of`."""


@dataclass(frozen=True)
class Baseline:
    """Strategies one after the other: the next fills up what the first left empty.

    `days` is how far back a customer's purchases are looked at; None is all the way.
    """

    name: str
    strategies: Sequence[Strategy]
    days: int | None = None

    def recommend(self, history: History, customers: pl.Series, as_of: date, k: int = 12) -> pl.DataFrame:
        shoppers = Shoppers.read(history, customers, as_of, self.days)
        proposals = {s.name: fitted(s, history, as_of).propose(shoppers, k) for s in self.strategies}
        pool = Pool.of(shoppers, proposals)
        return pool.ranked(cascade(pool, list(proposals)), k, history.catalogue.articles)


_REPURCHASE_DAYS = 90

#: Last week's bestsellers; own purchases of 90 days by recency; these, filled up with the bestsellers.
BASELINES: tuple[Baseline, ...] = (
    Baseline("popularity", (Bestsellers(days=7),), days=0),
    Baseline("repurchase", (OwnPurchases(),), _REPURCHASE_DAYS),
    Baseline("repurchase_filled", (OwnPurchases(), Bestsellers(days=7)), _REPURCHASE_DAYS),
)
