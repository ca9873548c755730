"""The hybrid under observation: the candidates behind its lists, and why each article is in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.candidates.lists import Candidates
from stylo.evaluation.breakdowns import packed
from stylo.parallel.workers import LOCAL, Shared, Workers
from stylo.ranking.explanation import reasons
from stylo.ranking.model import Model
from stylo.ranking.pool import Pool
from stylo.ranking.snapshot import in_chunks
from stylo.recommender import Recommender
from stylo.tables.schemas import LIST_LENGTH

#: How long the beginning of the order is that is remembered.
LONG = 100


@dataclass
class Watched:
    """The hybrid, with a record of all its candidates and of its first hundred.

    candidates : by the day, in parts: `customer`, `article`; `strategies` that proposed it, and `first_12`: those
        that had it among their own first twelve. Both `packed`, in the order of their names.
    long_lists : by the day, in parts: `customer`, `article`, `rank`; `strategies`, and `first`: the number of the
        one that ranked it highest.

    workers : who makes the lists.

    12 bytes for each candidate of each list, as long as there are no more than 16 strategies. Its lists are those of
    the recommender alone.
    """

    recommender: Recommender
    workers: Workers = LOCAL
    candidates: dict[date, list[pl.DataFrame]] = field(default_factory=lambda: defaultdict(list))
    long_lists: dict[date, list[pl.DataFrame]] = field(default_factory=lambda: defaultdict(list))

    def __getstate__(self) -> dict[str, Any]:
        """For another process, which makes lists alone and gives its own records back."""
        return {"recommender": self.recommender, "workers": LOCAL} | {
            name: defaultdict(list) for name in ("candidates", "long_lists")
        }

    def records(self, as_of: date) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
        """Candidates and long lists of a day. Lets go of them."""
        return self.candidates.pop(as_of, []), self.long_lists.pop(as_of, [])

    def add_records(self, as_of: date, records: tuple[list[pl.DataFrame], list[pl.DataFrame]]) -> None:
        """What was recorded in another process."""
        for mine, others in zip((self.candidates, self.long_lists), records, strict=True):
            mine[as_of] += others

    @property
    def name(self) -> str:
        return self.recommender.name

    @property
    def strategies(self) -> list[str]:
        """Their names, in the order in which they are packed."""
        return sorted(each.name for each in self.recommender.strategies)

    def recommend(
        self, history: History, customers: pl.Series, as_of: date, k: int = LIST_LENGTH
    ) -> pl.DataFrame:
        """As `Recommender.recommend`, with REASONS in addition."""
        work = _Observation(self.workers.share(self.recommender.model(history, as_of)), k)
        seen = in_chunks(work, Customers.read(history, customers, as_of), self.workers)
        lists, long_lists, candidates = zip(*seen, strict=True)
        self.long_lists[as_of] += long_lists
        self.candidates[as_of] += candidates
        return pl.concat(lists)


@dataclass(frozen=True)
class _Observation:
    """A `Work`: lists of a chunk of customers with REASONS, their long lists, and their candidates."""

    model: Shared[Model]
    k: int

    def open(self) -> Callable[[Customers], tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]]:
        model = self.model.get()
        articles = model.snapshot.articles

        def seen(customers: Customers) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
            pool = model.pool(customers)
            order = pool.best(model.score(pool, threads=1), max(self.k, LONG))
            short, long = order.up_to(self.k), order.up_to(LONG)
            why = reasons(model.snapshot, pool, short.article)
            lists = pool.listed(short, articles).hstack(why)
            return lists, _long_list(pool, long, articles), _candidates(pool, articles)

        return seen


def _long_list(pool: Pool, order: Candidates, articles: np.ndarray) -> pl.DataFrame:
    rank = pool.rank[order.article]
    columns = {
        "customer": pool.customers.numbers[order.customer],
        "article": articles[pool.article[order.article]],
        "rank": order.rank.astype(np.uint16),
        "strategies": packed(~np.isnan(rank)),
        # Of equal ranks the first by name, as `proposed_by` has it.
        "first": np.where(np.isnan(rank), np.inf, rank).argmin(axis=1).astype(np.uint8),
    }
    return pl.DataFrame(columns)


def _candidates(pool: Pool, articles: np.ndarray) -> pl.DataFrame:
    columns = {
        "customer": pool.customers.numbers[pool.customer],
        "article": articles[pool.article],
        "strategies": packed(~np.isnan(pool.rank)),
        "first_12": packed(pool.rank <= LIST_LENGTH),
    }
    return pl.DataFrame(columns)
