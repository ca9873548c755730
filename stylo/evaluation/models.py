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
from stylo.candidates.strategy import Strategy
from stylo.ranking.fusion import cascade


class Model(Protocol):
    """Gives customers a ranked list."""

    @property
    def name(self) -> str: ...

    def recommend(self, history: History, customers: pl.Series, as_of: date, k: int = 12) -> pl.DataFrame:
        """Rows of RANKED: at most k articles for each customer, from what was known before `as_of`."""


@dataclass(frozen=True)
class Baseline:
    """Strategies one after the other: the next fills up what the first left empty."""

    name: str
    strategies: Sequence[Strategy]

    def recommend(self, history: History, customers: pl.Series, as_of: date, k: int = 12) -> pl.DataFrame:
        return cascade({s.name: s.candidates(history, customers, as_of, k) for s in self.strategies}, k)


_REPURCHASE_DAYS = 90

#: Last week's bestsellers; own purchases of 90 days by recency; these, filled up with the bestsellers.
BASELINES: tuple[Baseline, ...] = (
    Baseline("popularity", (Bestsellers(days=7),)),
    Baseline("repurchase", (OwnPurchases(days=_REPURCHASE_DAYS),)),
    Baseline("repurchase_filled", (OwnPurchases(days=_REPURCHASE_DAYS), Bestsellers(days=7))),
)
