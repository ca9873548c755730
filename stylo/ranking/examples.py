"""Examples to learn from: what was proposed before a day, and what of it was bought in the days after."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from stylo.candidates.history import History
from stylo.candidates.rows import find, hashes
from stylo.candidates.shoppers import Shoppers, pair_keys, places
from stylo.ranking.chunks import in_chunks
from stylo.ranking.pool import Pool
from stylo.ranking.snapshot import Snapshot

_CUSTOMERS_AT_A_TIME = 5_000


@dataclass(frozen=True)
class Examples:
    """Lists of articles, one for each customer and day who bought something that was proposed.

    names, groups : of the features.
    values : float32 (rows, features).
    bought : bool (rows,).
    lists : int64 (lists,), how many rows each list has, in order.
    weights : float32 (lists,), how much each list counts.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    values: np.ndarray
    bought: np.ndarray
    lists: np.ndarray
    weights: np.ndarray

    @classmethod
    def join(cls, parts: Sequence[Examples]) -> Examples:
        arrays = ("values", "bought", "lists", "weights")
        joined = (np.concatenate([getattr(part, name) for part in parts]) for name in arrays)
        return cls(parts[0].names, parts[0].groups, *joined)

    def weighing(self, weight: float) -> Examples:
        """The same, each list counting so much."""
        return replace(self, weights=np.full(len(self.lists), weight, dtype=np.float32))


def examples(
    snapshot: Snapshot,
    history: History,
    days: int,
    candidates: int,
    negatives: int,
    without: Collection[str] = (),
) -> Examples:
    """What the buyers of the `days` from the snapshot's day were proposed, with all that they bought of it.

    `negatives` is how many articles of a list that were not bought are kept, drawn by a hash of customer and
    article, so that the draw is the same each time and everywhere. `without` names groups of features that are
    not made.
    """
    truth = history.bought(snapshot.as_of, snapshot.as_of + timedelta(days=days))
    customers, articles = truth["customer"].to_numpy(), truth["article"].to_numpy()
    keys = np.sort(pair_keys(customers, snapshot.known.catalogue.rows(articles)))
    everyone = Shoppers.read(history, truth["customer"].unique(), snapshot.as_of)

    def part(shoppers: Shoppers, _: int) -> Examples:
        pool = snapshot.pool(shoppers, candidates)
        bought = find(keys, pair_keys(shoppers.customers[pool.customer], pool.article)) >= 0
        kept = _sample(pool, bought, negatives)
        features = snapshot.features(pool.only(kept), without)
        lists = np.bincount(pool.customer[kept], minlength=len(shoppers))
        lists = lists[lists > 0]
        each = np.ones(len(lists), dtype=np.float32)
        return Examples(features.names, features.groups, features.values, bought[kept], lists, each)

    return Examples.join(in_chunks(part, everyone, _CUSTOMERS_AT_A_TIME))


def _sample(pool: Pool, bought: np.ndarray, negatives: int) -> np.ndarray:
    """Rows of customers who bought something: all that they bought, and `negatives` of the others, in order."""
    hits = np.bincount(pool.customer, bought, len(pool.shoppers))[pool.customer] > 0
    others = np.flatnonzero(hits & ~bought)
    customer = pool.customer[others]
    order = np.lexsort((hashes(pool.shoppers.customers[customer], pool.article[others]), customer))
    drawn = others[order[places(customer[order], len(pool.shoppers)) < negatives]]
    return np.sort(np.concatenate([np.flatnonzero(bought), drawn]))
