"""Why an article is recommended: who proposed it, what counted most, and a sentence that a shopper understands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stylo.candidates.catalogue import PRODUCT
from stylo.candidates.neighbours import NeighbourLists
from stylo.candidates.shoppers import Shoppers
from stylo.ranking.pool import Pool
from stylo.ranking.ranker import Ranker
from stylo.ranking.snapshot import Snapshot

_STRONGEST = 5
_WEEK, _MONTH, _YEAR = 7, 30, 365


@dataclass(frozen=True)
class Explanation:
    """Of one article for one customer.

    kind : "again" (owns it), "variant" (owns it in another form), or the strategy that ranked it highest.
    because : id of the purchase that led to it; None where none did.
    days : since that purchase.
    proposed_by : (strategy, rank), the best rank first.
    features : (name, value, contribution to the score), the strongest first; empty without a ranker.
    """

    article: int
    kind: str
    because: int | None
    days: int | None
    proposed_by: tuple[tuple[str, int], ...]
    features: tuple[tuple[str, float, float], ...]

    def sentence(self, names: Mapping[int, tuple[str, str]]) -> str:
        """In a shopper's words. `names`: article id → its name and colour."""
        name, colour = names.get(self.because, ("something", "")) if self.because is not None else ("", "")
        when = ago(self.days) if self.days is not None else ""
        if self.kind == "variant":
            in_colour = f" in {colour}" if colour else ""
            own = names.get(self.article, ("", ""))[1]
            same = own == colour or not own
            return f"You bought this{' or one like it' if same else in_colour} {when}."
        return _SENTENCES.get(self.kind, "Chosen for you.").format(name=name, when=when)


_SENTENCES = {
    "again": "You bought this {when}.",
    "bought together": "Often bought with {name}, which you bought {when}.",
    "bought next": "Often bought after {name}, which you bought {when}.",
    "visual twins": "Looks like {name}, which you bought {when}.",
    "new arrivals": "New, and like {name}, which you bought {when}.",
    "same style": "In the style of {name}, which you bought {when}.",
    "matrix factorisation": "People who buy what you buy like it.",
    "favourites of department": "A favourite in a department where you shop.",
    "favourites of section": "A favourite in a section where you shop.",
    "favourites of product type": "A favourite among what you like to buy.",
    "popularity": "Popular right now.",
    "popularity by age": "Popular right now with people of your age.",
}


def ago(days: int) -> str:
    """1 → yesterday, 15 → 2 weeks ago, 400 → over a year ago."""
    if days <= 1:
        return "yesterday"
    if days < 2 * _WEEK:
        return f"{days} days ago"
    if days < 2 * _MONTH:
        return f"{days // _WEEK} weeks ago"
    if days < _YEAR:
        return f"{days // _MONTH} months ago"
    return "over a year ago"


def explain(snapshot: Snapshot, pool: Pool, rows: np.ndarray, ranker: Ranker | None) -> list[Explanation]:
    """Of some rows of a pool. About a millisecond each with a ranker: meant for a list, not for a batch."""
    ascending = np.sort(rows)
    some = pool.only(ascending)
    features: list[tuple[tuple[str, float, float], ...]] = [()] * len(some)
    if ranker is not None and len(some):
        features = _strongest(ranker, snapshot, some)
    place = np.searchsorted(ascending, rows)
    return [_explain(snapshot, some, int(row), features[row]) for row in place]


def _strongest(ranker: Ranker, snapshot: Snapshot, pool: Pool) -> list[tuple[tuple[str, float, float], ...]]:
    features = snapshot.features(pool, ranker.without)
    found = []
    for values, shares in zip(features.values, ranker.contributions(features), strict=True):
        order = np.argsort(-np.abs(shares), kind="stable")[:_STRONGEST]
        found.append(tuple((features.names[n], float(values[n]), float(shares[n])) for n in order))
    return found


def _explain(
    snapshot: Snapshot, pool: Pool, row: int, features: tuple[tuple[str, float, float], ...]
) -> Explanation:
    ranks = pool.rank[row]
    order = [n for n in np.argsort(ranks, kind="stable") if not np.isnan(ranks[n])]
    proposed_by = tuple((pool.strategies[n], int(ranks[n])) for n in order)
    articles, article = snapshot.articles, int(pool.article[row])
    kind, led = _reason(snapshot, pool, int(pool.customer[row]), article, [name for name, _ in proposed_by])
    because, days = (int(articles[led[0]]), led[1]) if led else (None, None)
    return Explanation(int(articles[article]), kind, because, days, proposed_by, features)


def _reason(
    snapshot: Snapshot, pool: Pool, customer: int, article: int, strategies: Sequence[str]
) -> tuple[str, tuple[int, int] | None]:
    """The kind of reason, and the purchase that led to it: row of the catalogue, days ago."""
    shoppers: Shoppers = pool.shoppers
    own = slice(shoppers.start[customer], shoppers.start[customer + 1])
    bought, days = shoppers.article[own], shoppers.days[own]
    product = snapshot.known.catalogue.groups[PRODUCT]
    for kind, same in (("again", bought == article), ("variant", product[bought] == product[article])):
        if same.any():
            last = int(np.argmax(same))  # the newest come first
            return kind, (int(bought[last]), int(days[last]))
    for name in strategies:
        strategy = snapshot.strategies[name]
        if not isinstance(strategy, NeighbourLists):
            return name, None
        led = strategy.led_to(article, bought, days)
        if led is not None:
            return name, (int(bought[led]), int(days[led]))
    return "popularity", None
