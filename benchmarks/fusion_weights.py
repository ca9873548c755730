"""The weights of a fusion, learned from lists of which it is known what was bought."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stylo.candidates.customers import Customers
from stylo.ranking.pool import Pool, reciprocal_rank_fusion
from stylo.tables.schemas import LIST_LENGTH

#: What a list is worth, float64 (lists,), by its hits, bool (lists, k), best place first, and how many articles were
#: wanted, int (lists,), 1 at least. A list without a hit is worth nothing.
Metric = Callable[[np.ndarray, np.ndarray], np.ndarray]

_FACTORS = (0.0, 0.25, 0.5, 0.7, 0.85, 1.2, 1.4, 2.0, 4.0)
# What a strategy without a weight starts to be tried at, against the largest weight.
_FOOT_IN_THE_DOOR = 0.25
_ROUNDS = 10
# Sums of the same hits, added up in another order, differ by less.
_LEAST_GAIN = 1e-7


def recall(hits: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Hits ÷ wanted."""
    return hits.sum(axis=1) / wanted


def average_precision(hits: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Σ (hits up to r) / r over the ranks r of the hits ÷ min(k, wanted), as Kaggle's MAP@12 has it."""
    places = np.arange(1, hits.shape[1] + 1)
    return (hits * hits.cumsum(axis=1) / places).sum(axis=1) / np.minimum(hits.shape[1], wanted)


@dataclass(frozen=True)
class Judged:
    """A pool of which it is known what was bought.

    bought : bool (m,), of each row of the pool.
    wanted : int (lists,), how many articles each list should have held, found or not; 0 does not count.
    """

    pool: Pool
    bought: np.ndarray
    wanted: np.ndarray

    def hits(self, score: np.ndarray, k: int = LIST_LENGTH) -> np.ndarray:
        """bool (lists, k): whether what comes at a place of a list was bought."""
        found = self.pool.best(score, k)
        hits = np.zeros((len(self.pool.customers), k), dtype=bool)
        hits[found.customer, found.rank - 1] = self.bought[found.article]
        return hits

    def only(self, rows: np.ndarray) -> Judged:
        """Some of the rows, in ascending order; all of the lists."""
        return Judged(self.pool.only(rows), self.bought[rows], self.wanted)


def fit_weights(
    judged: Sequence[Judged],
    start: Mapping[str, float],
    constant: float,
    metric: Metric = average_precision,
    k: int = LIST_LENGTH,
    caution: float = 2.0,
) -> dict[str, float]:
    """The weights of `reciprocal_rank_fusion` by which the lists are worth most, as far as steps uphill lead.

    Parameters
    ----------
    judged : one or several pools of the same strategies; a week each, say. Every list counts once.
    start : the weight of each strategy that may have one, where the search begins. One of 0 is tried, too; a
        strategy that is not named keeps none.
    constant : of the fusion.
    metric : `average_precision` for lists of a customer, `recall` for neighbours of an article.
    k : how long the lists are.
    caution : how many of its standard errors over the lists the gain of a step must exceed; 0 takes any gain.

    Coordinate ascent: one strategy after the other, by name, tries its weight times 0, 0.25, 0.5, 0.7, 0.85, 1.2,
    1.4, 2 and 4, and takes the best of them if it is a gain that can be told from chance; until a round changes
    nothing, ten rounds at most. The result is the same each time, and scaled to the start's largest weight, since
    only ratios count; where nothing helps it is the start. How good it is, later lists tell, not these.

    O(rounds × strategies × m log m) for the m rows of lists that hold anything that was bought: others are worth
    nothing however they are ordered.
    """
    weights = dict(start)
    lists = _worth_ordering(judged)
    if lists is None:
        return weights

    def worth(tried: Mapping[str, float]) -> np.ndarray:
        return metric(lists.hits(reciprocal_rank_fusion(lists.pool, tried, constant), k), lists.wanted)

    reached = worth(weights)
    for _ in range(_ROUNDS):
        before = reached
        for name in sorted(weights):
            options = [{**weights, name: weight} for weight in _tries(name, weights)]
            worths = [worth(option) for option in options]
            first = int(np.argmax([each.sum() for each in worths]))
            gain = worths[first] - reached
            # Lists that are worth nothing either way add nothing to the sum or to its error.
            if gain.sum() > max(_LEAST_GAIN, caution * np.sqrt(np.square(gain).sum())):
                weights, reached = options[first], worths[first]
        if reached is before:
            break
    return _scaled(weights, max(start.values(), default=0.0))


def _worth_ordering(judged: Sequence[Judged]) -> Judged | None:
    """The lists that count and hold something that was bought, as one pool; None where there is no such list."""
    pools, bought, wanted, first = [], [], [], 0
    for each in judged:
        holds = np.bincount(each.pool.customer, each.bought, len(each.wanted)) > 0
        holds &= each.wanted > 0
        rows = np.flatnonzero(holds[each.pool.customer])
        number = np.cumsum(holds) - 1 + first
        some = each.pool.only(rows)
        pools.append((number[some.customer], some.article, some.rank))
        bought.append(each.bought[rows])
        wanted.append(each.wanted[holds])
        first += int(holds.sum())
    if not first:
        return None
    strategies = judged[0].pool.strategies
    assert all(each.pool.strategies == strategies for each in judged)
    columns = (np.concatenate(arrays) for arrays in zip(*pools, strict=True))
    pool = Pool(Customers.nobody(np.arange(first)), strategies, *columns)
    return Judged(pool, np.concatenate(bought), np.concatenate(wanted))


def _tries(name: str, weights: Mapping[str, float]) -> list[float]:
    base = weights[name] or _FOOT_IN_THE_DOOR * (max(weights.values()) or 1.0)
    return [base * factor for factor in _FACTORS]


def _scaled(weights: dict[str, float], largest: float) -> dict[str, float]:
    now = max(weights.values(), default=0.0)
    if now in (0.0, largest) or not largest:
        return weights
    return {name: weight * largest / now for name, weight in weights.items()}
