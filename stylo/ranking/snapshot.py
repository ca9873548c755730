"""A snapshot: everything that was learned before a day, from which any customer's candidates and features come."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import numpy as np

from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.candidates.matrix_factorisation import Factors
from stylo.candidates.strategy import Fitted, Strategy, fitted
from stylo.ranking.facts import ArticleFacts
from stylo.ranking.features import Features, FeatureSources, assemble
from stylo.ranking.pool import Pool
from stylo.system.threads import processors

R = TypeVar("R")
# Of so many customers the features of all that is proposed are in memory at a time: some 150 kB each.
SIZE = 2_000
_MOST = 4
#: How many articles of each chart newcomers are proposed.
FOR_NEWCOMERS = 300


def in_chunks(work: Callable[[Customers, int], R], customers: Customers, size: int | None = None) -> list[R]:
    """What `work` gives of each chunk, in order; it is told how many threads it may use (0: one for each core).

    NumPy and LightGBM let other threads run while they compute. What comes out does not depend on their number.
    """
    chunks = list(customers.slices(size or SIZE))
    if len(chunks) == 1:
        return [work(chunks[0], 0)]
    with ThreadPoolExecutor(min(processors(), _MOST)) as threads:
        return list(threads.map(lambda some: work(some, 1), chunks))


@dataclass(frozen=True)
class Snapshot:
    """Strategies and facts of articles as of a day. Needs no history any more."""

    as_of: date
    strategies: Mapping[str, Fitted]
    known: FeatureSources

    @classmethod
    def take(cls, history: History, as_of: date, strategies: Sequence[Strategy]) -> Snapshot:
        learned = {each.name: fitted(each, history, as_of) for each in strategies}
        factors = next((each for each in learned.values() if isinstance(each, Factors)), None)
        facts = ArticleFacts.of(history, as_of)
        return cls(as_of, learned, FeatureSources(history.catalogue, facts, history.vectors, factors))

    @property
    def articles(self) -> np.ndarray:
        """int32: the ids of the articles, by their rows."""
        return self.known.catalogue.articles

    def pool(self, customers: Customers, k: int) -> Pool:
        """What the strategies propose, at most k articles each; to newcomers more of what sells.

        Newcomers, customers without purchases, get nothing but charts: the same k bestsellers would be all that a
        filter can choose from.
        """
        most = np.where(customers.known, k, max(k, FOR_NEWCOMERS))
        proposals = {
            name: each.propose(customers, int(most.max(initial=k))).up_to(most)
            if getattr(each, "for_everyone", False)
            else each.propose(customers, k)
            for name, each in self.strategies.items()
        }
        return Pool.of(customers, proposals)

    def features(self, pool: Pool, without: Collection[str] = ()) -> Features:
        return assemble(pool, self.known, without)
