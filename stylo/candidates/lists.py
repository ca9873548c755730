"""What a strategy proposes, as arrays, how the best of many scores are found, and lists of neighbours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from stylo.candidates.catalogue import Catalogue, find, other_than_before
from stylo.candidates.customers import Customers, ordered, pair_keys, places
from stylo.candidates.history import best_rows
from stylo.vectors.ragged import stretches

CANDIDATES = pl.Schema({"customer": pl.UInt32, "article": pl.Int32, "rank": pl.UInt16, "score": pl.Float32})
_NOBODY = np.zeros(0, dtype=np.int64)
NEIGHBOURS = pl.Schema({"article": pl.Int32, "neighbour": pl.Int32, "rank": pl.UInt16, "score": pl.Float32})
_VOTING = 24
_SCORE_BITS, _MOST, _NOUGHT = 32, 2**31 - 1, np.float32(0)


@dataclass(frozen=True)
class Candidates:
    """Articles for customers: each customer's together, the best first.

    customer : int64 (m,), positions among the customers, ascending.
    article : int64 (m,), rows of the catalogue.
    rank : int64 (m,), 1 is best.   score : float32 (m,).
    """

    customer: np.ndarray
    article: np.ndarray
    rank: np.ndarray
    score: np.ndarray

    def up_to(self, most: int | np.ndarray) -> Candidates:
        """The first so many of each customer: one number for all, or int (customers,)."""
        kept = self.rank <= (most if isinstance(most, int) else most[self.customer])
        return Candidates(self.customer[kept], self.article[kept], self.rank[kept], self.score[kept])

    def frame(self, customers: Customers, articles: np.ndarray) -> pl.DataFrame:
        """Rows of CANDIDATES, with the ids of customers and articles."""
        return pl.DataFrame(
            {
                "customer": customers.numbers[self.customer],
                "article": articles[self.article],
                "rank": self.rank.astype(np.uint16),
                "score": self.score,
            },
            CANDIDATES,
        )


NOTHING = Candidates(_NOBODY, _NOBODY, _NOBODY, np.zeros(0, dtype=np.float32))


def best(customer: np.ndarray, article: np.ndarray, score: np.ndarray, count: int, k: int) -> Candidates:
    """The k highest scores of each customer; a tie, in float32, goes to the article that comes first.

    The rows come sorted by customer (positions below `count`) and article, each pair once. O(m log m).
    """
    begin = customer.searchsorted(np.arange(count))
    place = np.arange(len(customer)) - begin.take(customer)
    found = _first(customer, place, score.astype(np.float32), count, k, len(customer).bit_length())
    row = begin.take(found.customer) + found.article
    return Candidates(found.customer, article.take(row), found.rank, found.score)


def _first(
    customer: np.ndarray, article: np.ndarray, score: np.ndarray, count: int, k: int, bits: int
) -> Candidates:
    """The same; the rows come sorted by customer alone. `article` is below 2**bits.

    Customer, score and article are packed into one number each, and the numbers are sorted: that takes a fifth of the
    time in which their places are. What does not fit into a number is taken some customers at a time.
    """
    at_a_time = 1 << max(0, 63 - _SCORE_BITS - bits)
    if count > at_a_time:
        ends = customer.searchsorted(np.arange(0, count + at_a_time, at_a_time))
        parts = []
        for number, rows in enumerate(map(slice, ends[:-1], ends[1:])):
            first = number * at_a_time
            part = _first(customer[rows] - first, article[rows], score[rows], at_a_time, k, bits)
            parts.append(replace(part, customer=part.customer + first))
        columns = ("customer", "article", "rank", "score")
        return Candidates(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))
    key = customer << _SCORE_BITS
    key += _low_for_high(score)
    key <<= bits
    key |= article
    key.sort()
    place = places(customer, count)  # as before: the customers' rows stay together
    kept = (place < k).nonzero()[0]
    if len(kept) < len(key):
        key, customer, place = key.take(kept), customer.take(kept), place.take(kept)
    return Candidates(customer, key & ((1 << bits) - 1), place + 1, _high_for_low(key >> bits))


def _low_for_high(score: np.ndarray) -> np.ndarray:
    """int64 (m,): numbers below 2**32, the lower the higher a float32 is.

    The bits of a float32, read as a whole number, are in the order of the floats, but for those below zero.
    """
    bits = (score + _NOUGHT).view(np.int32)  # −0 becomes 0
    return _MOST - (bits ^ ((bits >> 31) & _MOST)).astype(np.int64)


def _high_for_low(key: np.ndarray) -> np.ndarray:
    """float32 (m,): the scores again, from keys whose last 32 bits are theirs."""
    bits = (_MOST - (key & ((1 << _SCORE_BITS) - 1))).astype(np.int32)
    return (bits ^ ((bits >> 31) & _MOST)).view(np.float32)


@dataclass(frozen=True)
class Offers:
    """What leads to articles: of each source (an article, a group of them) the articles it offers.

    start : int64 (sources + 1,): those of source i are start[i] … start[i + 1].
    article : int (m,), rows of the catalogue.   score : float (m,).
    disjoint : whether no article is offered by two sources.
    most : how many of a source's articles, its first, are offered at the most; None for all.
    """

    start: np.ndarray
    article: np.ndarray
    score: np.ndarray
    disjoint: bool = False
    most: int | None = None

    @cached_property
    def bits(self) -> int:
        """Every article is below 2**bits."""
        return int(self.article.max(initial=0)).bit_length()


def best_offers(
    customer: np.ndarray,
    source: np.ndarray,
    weight: np.ndarray,
    offers: Offers,
    count: int,
    k: int,
    without: np.ndarray | None = None,
) -> Candidates:
    """The k best articles of each customer by Σ weight × score over the customer's sources.

    Parameters
    ----------
    customer, source, weight : (m,), the sources of the customers, positions below `count` in ascending order.
    without : sorted `pair_keys` of customers and articles that are not to be proposed.

    It is the product of two sparse matrices, added up in the order of the sources, in float64. O(n log n) for n
    offers that are looked at.
    """
    first = offers.start.take(source)
    many = offers.start.take(source + 1) - first
    if offers.most is not None:
        np.minimum(many, offers.most, out=many)
    where = stretches(first, many)
    whose, article = customer.repeat(many), offers.article.take(where)
    score: np.ndarray = weight.astype(np.float64).repeat(many)
    score *= offers.score.take(where)
    bits = offers.bits
    if not offers.disjoint:
        key, order = ordered((whose << bits) | article, bits + count.bit_length())
        other = other_than_before(key)
        score = np.bincount(other.cumsum() - 1, score.take(order))
        key = key.take(other.nonzero()[0])
        whose, article = key >> bits, key & ((1 << bits) - 1)
    if without is not None:
        left = (find(without, pair_keys(whose, article)) < 0).nonzero()[0]
        whose, article, score = whose.take(left), article.take(left), score.take(left)
    return _first(whose, article, score.astype(np.float32), count, k, bits)


@dataclass(frozen=True)
class NeighbourLists:
    """For each article its neighbours, the nearest first.

    start : int64 (articles + 1,): the neighbours of row i are start[i] … start[i + 1].
    neighbour : int32 (m,), rows of the catalogue.   score : float32 (m,).
    half_life : days in which the weight of a purchase halves when its neighbours are proposed.

    What is proposed: each of a customer's recent articles gives its first 24 neighbours, weighted by how long ago
    it was bought times the neighbour's score; the weights of a neighbour add up.
    """

    start: np.ndarray
    neighbour: np.ndarray
    score: np.ndarray
    half_life: float

    @classmethod
    def of(cls, pairs: pl.DataFrame, catalogue: Catalogue, half_life: float) -> NeighbourLists:
        """From `article`, `neighbour`, `rank`, `score`; pairs of articles that are not here are left out."""
        row, neighbour = (catalogue.rows(pairs[name].to_numpy()) for name in ("article", "neighbour"))
        order = np.lexsort((pairs["rank"].to_numpy(), row))
        order = order[(row[order] >= 0) & (neighbour[order] >= 0)]
        start = np.searchsorted(row[order], np.arange(len(catalogue) + 1))
        return cls(start, neighbour[order], pairs["score"].to_numpy()[order].astype(np.float32), half_life)

    def first(self, k: int) -> NeighbourLists:
        """The k nearest of each article."""
        place = np.arange(len(self.neighbour)) - np.repeat(self.start[:-1], np.diff(self.start))
        near = place < k
        start = np.append(0, np.cumsum(np.minimum(np.diff(self.start), k)))
        return NeighbourLists(start, self.neighbour[near], self.score[near], self.half_life)

    def near(self, rows: np.ndarray) -> Candidates:
        """The neighbours of some articles, as if each were a customer; those of row −1 are none."""
        first = np.where(rows >= 0, self.start[rows], 0)
        count = np.where(rows >= 0, self.start[rows + 1] - first, 0)
        whose = np.repeat(np.arange(len(rows)), count)
        where = stretches(first, count)
        rank = where - first[whose] + 1
        return Candidates(whose, self.neighbour[where].astype(np.int64), rank, self.score[where])

    def propose(self, customers: Customers, k: int) -> Candidates:
        customer, article, days = customers.recent
        return best_offers(customer, article, 0.5 ** (days / self.half_life), self._votes, len(customers), k)

    @cached_property
    def _votes(self) -> Offers:
        """Of each article the neighbours that have a vote. No copy: processes share the model's arrays."""
        return Offers(self.start, self.neighbour, self.score, most=_VOTING)


def best_neighbours(scored: pl.LazyFrame, k: int) -> pl.DataFrame:
    """The k best of (`article`, `neighbour`, `score`), ranked, itself left out; ties by neighbour."""
    others = scored.filter(pl.col("article") != pl.col("neighbour"))
    return best_rows(others, "article", "neighbour", k).select(*NEIGHBOURS).cast(NEIGHBOURS).collect()


@dataclass(frozen=True)
class GroupOffers:
    """Articles of groups, and how much each appeals.

    group : int32 (articles,), the group of each row of the catalogue, −1 for none.
    article, appeal : int32, float32 (m,): what is offered, each article in its own group.
    half_life : days in which a purchase in a group comes to count half as much.
    share : whether a customer's groups count by their share of the purchases, which takes no account of how
        much and how lately the customer bought.
    owned : whether what the customer has is offered again.
    """

    group: np.ndarray
    article: np.ndarray
    appeal: np.ndarray
    half_life: float
    share: bool
    owned: bool

    def propose(self, customers: Customers, k: int) -> Candidates:
        totals = customers.totals(self.group, self.half_life)
        weight = totals.weight
        if self.share:
            weight = weight / np.bincount(totals.customer, weight, len(customers)).take(totals.customer)
        own = None if self.owned else customers.owned.key
        return best_offers(
            totals.customer, totals.group, weight, self._offers, len(customers), k, without=own
        )

    @cached_property
    def _offers(self) -> Offers:
        """Of each group its articles."""
        groups = int(self.group.max(initial=-1)) + 1
        order = np.argsort(self.group[self.article], kind="stable")
        start = np.searchsorted(self.group[self.article][order], np.arange(groups + 1))
        return Offers(start, self.article[order], self.appeal[order], disjoint=True)


def offers(
    scored: pl.DataFrame, catalogue: Catalogue, attribute: str, half_life: float, *, share: bool, owned: bool
) -> GroupOffers:
    """From (`article`, `score`), in the groups of an attribute of the catalogue."""
    scored = scored.sort("article")  # so that model.bin is the same each time
    row = catalogue.rows(scored["article"].to_numpy())
    group = catalogue.groups[attribute]
    here = (row >= 0) & (group[row] >= 0)
    appeal = scored["score"].to_numpy().astype(np.float32)
    return GroupOffers(group, row[here], appeal[here], half_life, share, owned)
