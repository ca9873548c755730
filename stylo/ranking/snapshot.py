"""A snapshot: everything that was learned before a day, from which any customer's candidates and features come."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from stylo.candidates.history import History
from stylo.candidates.matrix_factorisation import Factors
from stylo.candidates.shoppers import Shoppers
from stylo.candidates.strategy import Fitted, Strategy, fitted
from stylo.ranking.facts import ArticleFacts
from stylo.ranking.features import Features, Known, assemble
from stylo.ranking.pool import Pool


@dataclass(frozen=True)
class Snapshot:
    """Strategies and facts of articles as of a day. Needs no history any more."""

    as_of: date
    strategies: Mapping[str, Fitted]
    known: Known

    @classmethod
    def take(cls, history: History, as_of: date, strategies: Sequence[Strategy]) -> Snapshot:
        learned = {each.name: fitted(each, history, as_of) for each in strategies}
        factors = next((each for each in learned.values() if isinstance(each, Factors)), None)
        facts = ArticleFacts.of(history, as_of)
        return cls(as_of, learned, Known(history.catalogue, facts, history.vectors, factors))

    @property
    def articles(self) -> np.ndarray:
        """int32: the ids of the articles, by their rows."""
        return self.known.catalogue.articles

    def pool(self, shoppers: Shoppers, k: int) -> Pool:
        """What the strategies propose, at most k articles each."""
        proposals = {name: each.propose(shoppers, k) for name, each in self.strategies.items()}
        return Pool.of(shoppers, proposals)

    def features(self, pool: Pool, without: Collection[str] = ()) -> Features:
        return assemble(pool, self.known, without)
