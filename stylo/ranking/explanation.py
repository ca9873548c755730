"""Why an article is recommended: who proposed it, what counted most, and a sentence about the shopper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from stylo.candidates.catalogue import PRODUCT, begins, find
from stylo.candidates.customers import Customers, pair_keys
from stylo.candidates.lists import NeighbourLists
from stylo.ranking.pool import Pool
from stylo.ranking.ranker import Ranker
from stylo.ranking.snapshot import Snapshot
from stylo.vectors.ragged import stretches

#: What `reasons` gives: the kind of reason, the id of the purchase that led to it, days since; null where none did.
REASONS = pl.Schema({"reason": pl.String, "because": pl.Int32, "days": pl.Int32})
#: Of rows the purchases that led to them: rows of the catalogue, and days ago; _NONE where there is none.
Purchases = tuple[np.ndarray, np.ndarray]
_NONE = -1
_AGAIN, _VARIANT, _WITHOUT = "again", "variant", "popularity"
_STRONGEST = 5
_WEEK, _MONTH, _YEAR = 7, 30, 365


@dataclass(frozen=True)
class Reason:
    """Why one article is recommended to one customer.

    kind : "again" (owns it), "variant" (owns it in another form), or the strategy that ranked it highest.
    because : id of the purchase that led to it; None where none did.
    days : since that purchase.
    """

    article: int
    kind: str
    because: int | None
    days: int | None

    def sentence(self, names: Mapping[int, tuple[str, str]], past: bool = False) -> str:
        """In words for whoever looks at a shopper's list. `names`: article id → its name and colour.

        past : whether the list was made for a day that is long gone: days count back from it, not from today.
        """
        name, colour = _SOMETHING
        if self.because is not None:
            name, colour = names.get(self.because, _SOMETHING)
        when = ago(self.days, past) if self.days is not None else ""
        if self.kind == _VARIANT:
            in_colour = f"it in {colour}" if colour else "it"
            own = names.get(self.article, ("", ""))[1]
            same = own == colour or not own
            return f"This shopper bought {'this or one like it' if same else in_colour} {when}."
        return _SENTENCES.get(self.kind, "Recommended by the model.").format(name=name, when=when)


@dataclass(frozen=True)
class Explanation(Reason):
    """A reason, and what is behind it.

    proposed_by : (strategy, rank), the best rank first.
    features : (name, value, contribution to the score), the strongest first; empty without a ranker.
    """

    proposed_by: tuple[tuple[str, int], ...]
    features: tuple[tuple[str, float, float], ...]


_SOMETHING = ("another article", "")
_SENTENCES = {
    _AGAIN: "This shopper bought it {when}.",
    "bought together": "Often bought in the same basket as {name}, which this shopper bought {when}.",
    "bought next": "Often bought after {name}, which this shopper bought {when}.",
    "visual twins": "Looks like {name}, which this shopper bought {when}.",
    "new arrivals": "New, and similar to {name}, which this shopper bought {when}.",
    "same style": "In the same style as {name}, which this shopper bought {when}.",
    "matrix factorisation": "Bought by shoppers with similar purchases.",
    "favourites of department": "A bestseller in a department where this shopper buys.",
    "favourites of section": "A bestseller in a section where this shopper buys.",
    "favourites of product type": "A bestseller of a type that this shopper buys.",
    "popularity": "One of the shop’s bestsellers.",
    "pinned": "Placed here by the shop.",
    "popularity by age": "A bestseller among shoppers of the same age.",
}


def ago(days: int, past: bool = False) -> str:
    """1 → yesterday, 15 → 2 weeks ago, 400 → over a year ago; of the past: the day before, 2 weeks before."""
    word = "before" if past else "ago"
    if days <= 1:
        return "the day before" if past else "yesterday"
    if days < 2 * _WEEK:
        return f"{days} days {word}"
    if days < 2 * _MONTH:
        return f"{days // _WEEK} weeks {word}"
    if days < _YEAR:
        return f"{days // _MONTH} months {word}"
    return f"over a year {word}"


def explain(snapshot: Snapshot, pool: Pool, rows: np.ndarray, ranker: Ranker | None) -> list[Explanation]:
    """Of some rows of a pool. About a millisecond each with a ranker: meant for a list, not for a batch."""
    # The ranker orders the lists of customers with purchases alone.
    ranked = np.sort(rows[pool.known[rows]])
    features: dict[int, tuple[tuple[str, float, float], ...]] = {}
    if ranker is not None and len(ranked):
        features = dict(zip(ranked.tolist(), _strongest(ranker, snapshot, pool.only(ranked)), strict=True))
    why = zip(
        snapshot.articles[pool.article[rows]].tolist(), reasons(snapshot, pool, rows).iter_rows(), strict=True
    )
    return [
        Explanation(article, kind, because, days, proposed_by, features.get(row, ()))
        for row, (article, (kind, because, days)), proposed_by in zip(
            rows.tolist(), why, proposers(pool, rows), strict=True
        )
    ]


def _strongest(ranker: Ranker, snapshot: Snapshot, pool: Pool) -> list[tuple[tuple[str, float, float], ...]]:
    features = snapshot.features(pool, ranker.without)
    found = []
    for values, shares in zip(features.values, ranker.contributions(features), strict=True):
        order = np.argsort(-np.abs(shares), kind="stable")[:_STRONGEST]
        found.append(tuple((features.names[n], float(values[n]), float(shares[n])) for n in order))
    return found


def proposers(pool: Pool, rows: np.ndarray) -> list[tuple[tuple[str, int], ...]]:
    """Of each of some rows of a pool the strategies that proposed it, and at which rank; the best first."""
    ranks = pool.rank.take(rows, axis=0)
    order = ranks.argsort(axis=1, kind="stable").tolist()  # NaN comes last
    counts = (ranks == ranks).sum(axis=1).tolist()
    return [
        tuple([(pool.strategies[n], int(mine[n])) for n in best[:count]])
        for best, count, mine in zip(order, counts, ranks.tolist(), strict=True)
    ]


def reasons(snapshot: Snapshot, pool: Pool, rows: np.ndarray) -> pl.DataFrame:
    """REASONS, one for each of some rows of a pool, in their order. Some microseconds each: meant for a batch.

    An article that the customer has, in this form or another, needs no other reason. Else the strategy that ranked it
    highest gives it; one that goes from article to article only if one of the recent purchases speaks for this one.
    """
    customers, customer, article = pool.customers, pool.customer[rows], pool.article[rows]
    rank = pool.rank[rows]
    order = np.argsort(rank, axis=1, kind="stable")  # NaN comes last
    kinds = (*pool.strategies, _AGAIN, _VARIANT, _WITHOUT)
    kind = np.full(len(rows), len(kinds) - 1)
    because, days = np.full((2, len(rows)), _NONE)

    def settle(some: np.ndarray, number: int, purchase: Purchases) -> np.ndarray:
        """Writes down the reason of those of some rows for which there is a purchase; gives back the others."""
        bought, ago = purchase
        led = bought != _NONE
        kind[some[led]], because[some[led]], days[some[led]] = number, bought[led], ago[led]
        return some[~led]

    left = settle(np.arange(len(rows)), kinds.index(_AGAIN), _same(customers, customer, article))
    product = snapshot.known.catalogue.groups[PRODUCT]
    variants = _same(customers, customer[left], article[left], product)
    left = settle(left, kinds.index(_VARIANT), variants)
    for place in range(len(pool.strategies)):
        waiting = left[:0]
        for number, name in enumerate(pool.strategies):
            mine = left[(order[left, place] == number) & ~np.isnan(rank[left, number])]
            strategy = snapshot.strategies[name]
            if isinstance(strategy, NeighbourLists):
                mine = settle(mine, number, _led_to(strategy, customers, customer[mine], article[mine]))
                waiting = np.append(waiting, mine)
            else:
                kind[mine] = number
        left = waiting
    led = pl.lit(pl.Series(because != _NONE))
    frame = {
        "reason": pl.Series(kinds, dtype=pl.String)[kind],
        "because": _at(snapshot.articles, because),
        "days": days,
    }
    return pl.DataFrame(frame, REASONS).with_columns(pl.when(led).then(pl.col("because", "days")))


def _same(
    customers: Customers, customer: np.ndarray, article: np.ndarray, groups: np.ndarray | None = None
) -> Purchases:
    """The last purchase of the article by the customer, or of its group; of one day the article that is first."""
    owned = customers.owned
    bought, days, key = owned.group, owned.days, owned.key
    if groups is not None:
        key = pair_keys(owned.customer, groups[bought])
        order = np.lexsort((days, key))
        order = order[begins(key[order])]
        bought, days, key, article = bought[order], days[order], key[order], groups[article]
    place = find(key, pair_keys(customer, article))
    return _at(bought, place), _at(days, place)


def _led_to(
    lists: NeighbourLists, customers: Customers, customer: np.ndarray, article: np.ndarray
) -> Purchases:
    """Which recent purchase speaks most for an article that its neighbours are proposed for; if equal, the last.

    The pairs of customer and article are distinct. O(customers asked for × RECENT × neighbours).
    """
    whose, bought, days = customers.recent
    asked, sought = np.zeros(len(customers), dtype=bool), np.zeros(len(lists.start) - 1, dtype=bool)
    asked[customer] = sought[article] = True
    whose, bought, days = (each[asked[whose]] for each in (whose, bought, days))
    first = lists.start[bought]
    count = lists.start[bought + 1] - first
    where = stretches(first, count)
    # Most neighbours are nobody's recommendation: they are passed over before the search for pairs.
    some = np.flatnonzero(sought[lists.neighbour[where]])
    where, purchase = where[some], np.repeat(np.arange(len(bought)), count)[some]
    order = np.argsort(pair_keys(customer, article))
    pair = find(pair_keys(customer, article)[order], pair_keys(whose[purchase], lists.neighbour[where]))
    vote = lists.score[where] * 0.5 ** (days[purchase] / lists.half_life)
    speaks = np.flatnonzero((pair >= 0) & (vote > 0))
    best = speaks[np.lexsort((-vote[speaks], pair[speaks]))]
    best = best[begins(pair[best])]
    led = np.full(len(order), _NONE)
    led[order[pair[best]]] = purchase[best]
    return _at(bought, led), _at(days, led)


def _at(values: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The values at some places; _NONE where there is no place."""
    found = np.full(len(place), _NONE)
    found[place >= 0] = values[place[place >= 0]]
    return found
