"""A snapshot: everything that was learned before a day, from which any customer's candidates and features come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from stylo.candidates.catalogue import Catalogue
from stylo.candidates.history import History
from stylo.candidates.shoppers import Shoppers
from stylo.candidates.strategy import Fitted, Strategy, fitted
from stylo.ranking.facts import ArticleFacts
from stylo.ranking.features import Features, assemble
from stylo.ranking.pool import Pool


@dataclass(frozen=True)
class Snapshot:
    """Strategies and facts of articles as of a day. Needs no history any more."""

    as_of: date
    catalogue: Catalogue
    strategies: Mapping[str, Fitted]
    facts: ArticleFacts

    @classmethod
    def take(cls, history: History, as_of: date, strategies: Sequence[Strategy]) -> Snapshot:
        learned = {each.name: fitted(each, history, as_of) for each in strategies}
        return cls(as_of, history.catalogue, learned, ArticleFacts.of(history, as_of))

    def pool(self, shoppers: Shoppers, k: int) -> Pool:
        """What the strategies propose, at most k articles each."""
        proposals = {name: each.propose(shoppers, k) for name, each in self.strategies.items()}
        return Pool.of(shoppers, proposals)

    def features(self, pool: Pool, without: frozenset[str] = frozenset()) -> Features:
        return assemble(pool, self.catalogue, self.facts, without)
