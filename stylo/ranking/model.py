"""What recommends as of a day: a snapshot and the ranker that orders its candidates; and how it is kept in a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, MutableMapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from stylo.candidates.catalogue import Catalogue, Members
from stylo.candidates.customers import Customers, CustomerStore
from stylo.candidates.lists import GroupOffers, NeighbourLists
from stylo.candidates.matrix_factorisation import Factors
from stylo.candidates.personal import OwnPurchases
from stylo.candidates.popularity import AgeCharts, ChannelCharts, Chart
from stylo.parallel.workers import LOCAL, Shared, Workers
from stylo.ranking import snapshot
from stylo.ranking.explanation import Explanation, explain
from stylo.ranking.facts import ArticleFacts
from stylo.ranking.features import FeatureSources
from stylo.ranking.pool import Pool, reciprocal_rank_fusion
from stylo.ranking.ranker import Ranker
from stylo.ranking.shortlist import ranked
from stylo.ranking.snapshot import Snapshot, in_chunks


@dataclass(frozen=True)
class Model:
    """The hybrid as of one day.

    ranker : orders what is proposed; None for a fusion by reciprocal rank with `weights` and `constant`.
    candidates : how many articles each strategy may propose.
    """

    snapshot: Snapshot
    ranker: Ranker | None
    weights: Mapping[str, float]
    constant: float
    candidates: int

    def recommend(
        self, customers: Customers, k: int, threads: int = 0, workers: Workers = LOCAL
    ) -> pl.DataFrame:
        """Rows of RANKED: at most k articles for each customer, the same alone as among others.

        threads : for the ranker, where customers are few; 0 is one for each core.
        workers : who makes the lists of many.
        """
        if len(customers) <= snapshot.SIZE:
            return self.lists(customers, k, threads)
        return pl.concat(in_chunks(_ChunkLists(workers.share(self), k), customers, workers))

    def lists(self, customers: Customers, k: int, threads: int = 1) -> pl.DataFrame:
        """The same for few customers, together."""
        pool = self.pool(customers)
        return pool.ranked(self.score(pool, threads), k, self.snapshot.articles)

    def pool(self, customers: Customers) -> Pool:
        """All that is proposed to them."""
        return self.snapshot.pool(customers, self.candidates)

    def score(self, pool: Pool, threads: int = 0) -> np.ndarray:
        """float64 (m,): what the rows of a pool are worth, within each customer.

        The ranker has learned from customers with purchases and orders theirs; newcomers get what sells, in the order
        of the charts. `threads` for the ranker; 0 is one for each core.
        """
        known = pool.known
        if self.ranker is None or not known.any():
            return reciprocal_rank_fusion(pool, self.weights, self.constant)
        if known.all():
            return ranked(self.ranker, self.snapshot, pool, threads)
        score = reciprocal_rank_fusion(pool, self.weights, self.constant)
        score[known] = ranked(self.ranker, self.snapshot, pool.only(np.flatnonzero(known)), threads)
        return score

    def explain(self, customers: Customers, k: int, without: Collection[int] = ()) -> list[Explanation]:
        """Why each customer gets what `recommend` gives, in the same order.

        without : ids of articles that are passed over; the next best take their place.
        """
        pool = self.pool(customers)
        score = self.score(pool)
        kept = np.flatnonzero(~np.isin(self.snapshot.articles[pool.article], list(without)))
        rows = kept[pool.only(kept).best(score[kept], k).article]
        return explain(self.snapshot, pool, rows, self.ranker)


@dataclass(frozen=True)
class _ChunkLists:
    """A `Work`: the lists of a chunk of customers."""

    model: Shared[Model]
    k: int

    def open(self) -> Callable[[Customers], pl.DataFrame]:
        model = self.model.get()
        return lambda customers: model.lists(customers, self.k)


#: The name of each class in a file, which stays when the class is renamed.
_KINDS: dict[str, type] = {
    "AgeCharts": AgeCharts,
    "ArticleFacts": ArticleFacts,
    "Catalogue": Catalogue,
    "ChannelCharts": ChannelCharts,
    "Chart": Chart,
    "Factors": Factors,
    "GroupOffers": GroupOffers,
    "Known": FeatureSources,
    "Members": Members,
    "Model": Model,
    "NeighbourLists": NeighbourLists,
    "OwnPurchases": OwnPurchases,
    "Ranker": Ranker,
    "ShopperStore": CustomerStore,
    "Snapshot": Snapshot,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def take_apart(value: Any, arrays: MutableMapping[str, np.ndarray], name: str = "") -> Any:
    """Puts every array of a value into `arrays`, once, and gives what remains as JSON."""
    if isinstance(value, np.ndarray):
        name = next((known for known, array in arrays.items() if array is value), name)
        arrays[name] = value
        return {"array": name}
    if is_dataclass(value):
        kept = {
            each.name: take_apart(getattr(value, each.name), arrays, f"{name}/{each.name}")
            for each in fields(value)
        }
        return {"kind": _NAMES[type(value)], "fields": kept}
    if isinstance(value, Mapping):
        return {"mapping": {key: take_apart(each, arrays, f"{name}/{key}") for key, each in value.items()}}
    if isinstance(value, tuple):
        return {"tuple": [take_apart(each, arrays, f"{name}/{n}") for n, each in enumerate(value)]}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return {"value": value}


def put_together(facts: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """The value again; parts of the same arrays and facts are one object again, so that what it keeps is there once.

    Raises KeyError, TypeError, ValueError or AttributeError where the facts are not those of `take_apart`.
    """
    return _put_together(facts, arrays, {})


def _put_together(facts: Any, arrays: Mapping[str, np.ndarray], made: dict[str, Any]) -> Any:
    """made : by its facts, each object of a kind."""
    (what, content), *others = facts.items()
    if what == "array":
        return arrays[content]
    if what == "kind":
        (kept,) = (each for _, each in others)
        if (key := json.dumps(facts, sort_keys=True)) not in made:
            parts = {name: _put_together(each, arrays, made) for name, each in kept.items()}
            made[key] = _KINDS[content](**parts)
        return made[key]
    if what == "mapping":
        return {key: _put_together(each, arrays, made) for key, each in content.items()}
    if what == "tuple":
        return tuple(_put_together(each, arrays, made) for each in content)
    if what == "date":
        return date.fromisoformat(content)
    if what == "value":
        return content
    raise ValueError(f"{what!r} is nothing that was taken apart")
