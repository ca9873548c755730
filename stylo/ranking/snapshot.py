"""A snapshot: everything that was learned before a day, from which any customer's candidates and features come."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import numpy as np

from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.candidates.matrix_factorisation import Factors, MatrixFactorisation
from stylo.candidates.strategy import Fitted, Strategy, fitted
from stylo.parallel.workers import LOCAL, Work, Workers
from stylo.ranking.facts import ArticleFacts
from stylo.ranking.features import Features, FeatureSources, assemble
from stylo.ranking.pool import Pool
from stylo.system.threads import processors

R = TypeVar("R")
# Of so many customers the features of all that is proposed are in memory at a time, in each thread: some 150 kB each.
# 200 together cost 1.04 times the processor time of 500, and 2,000 together 1.22 times.
SIZE = 500
_MOST = 4
#: How many articles of each chart newcomers are proposed.
FOR_NEWCOMERS = 300


def in_chunks(work: Work[Customers, R], customers: Customers, workers: Workers = LOCAL) -> list[R]:
    """What `work` gives of each chunk, in order; what comes out does not depend on how customers are cut."""
    # What customers remember of themselves goes with their chunk: no more chunks than needed are made ahead.
    return list(workers.map(work, customers.slices(SIZE), threads=min(processors(), _MOST)))


@dataclass(frozen=True)
class Snapshot:
    """Strategies and facts of articles as of a day. Needs no history any more."""

    as_of: date
    strategies: Mapping[str, Fitted]
    known: FeatureSources

    @classmethod
    def take(cls, history: History, as_of: date, strategies: Sequence[Strategy]) -> Snapshot:
        """The matrix is factorised, on one core, beside all the others."""
        with ThreadPoolExecutor(1) as beside:
            alone = {
                each.name: beside.submit(fitted, each, history, as_of)
                for each in strategies
                if isinstance(each, MatrixFactorisation)
            }
            facts = ArticleFacts.of(history, as_of)
            found = {each.name: fitted(each, history, as_of) for each in strategies if each.name not in alone}
            found |= {name: each.result() for name, each in alone.items()}
        learned = {each.name: found[each.name] for each in strategies}
        factors = next((each for each in learned.values() if isinstance(each, Factors)), None)
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
