"""The engine: what a customer is shown now, from the model, the purchases since, and what was just looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from stylo.artefacts import let_go
from stylo.assortment import Assortment
from stylo.candidates.rows import find
from stylo.candidates.shoppers import Shoppers, pair_keys
from stylo.ranking.explanation import Explanation, explain, proposers
from stylo.ranking.pool import Pool
from stylo.recommender import SavedModel
from stylo.service.neighbours import Neighbours
from stylo.service.online import Purchase, Shopper, shoppers
from stylo.tables.prices import PRICE_UNIT

#: Why an article is in a list that no strategy proposed for this customer.
POPULAR, LOOKED_AT = "popularity", "looked at"
_ONLINE = 2
# A view counts as a strategy that proposes what goes with the article, beside the ranked list: Σ weight / (c + rank).
# H&M's data have no views: the weight is a guess, not a measurement, and small enough to move few places.
_VIEW_WEIGHT, _CONSTANT, _FORGOTTEN = 0.5, 3.0, 0.5
_LOOKED_AT_MOST = 5


@dataclass(frozen=True)
class Bought:
    """A purchase since the model was made: the article's id, the day, the price in units of money, the channel."""

    article: int
    day: date
    price: float | None = None
    channel: int | None = None


@dataclass(frozen=True)
class Visit:
    """A customer who is to be shown something.

    customer : number in the model; None for one who is new since.
    since : what was bought since the model was made.
    looked_at : ids of articles looked at of late and not bought, the last first.
    allowed : bool (articles,), which articles of the assortment may be shown; None for all.
    blend : strategy → how much its vote counts beside the ranker's list; empty for the list as it is.
    """

    customer: int | None
    as_of: date
    k: int = 12
    since: tuple[Bought, ...] = ()
    looked_at: tuple[int, ...] = ()
    allowed: np.ndarray | None = None
    without_purchased: bool = False
    explained: bool = False
    blend: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Shown:
    """One article of a list. The score is None where no ranker gave one; `why` stands where it was asked for."""

    article: int
    score: float | None
    proposed_by: tuple[str, ...]
    why: Explanation | None = None


class Engine:
    """Lists for visits. Made once of a model; any thread may ask, one at a time is fastest."""

    def __init__(self, saved: SavedModel, assortment: Assortment, neighbours: Neighbours | None) -> None:
        self._saved, self._assortment, self._neighbours = saved, assortment, neighbours
        catalogue = saved.model.snapshot.known.catalogue
        self._catalogue = catalogue
        # Where the rows of the model's catalogue stand in the assortment, and the other way round.
        self._place = assortment.places(catalogue.articles)
        self._row = catalogue.rows(assortment.articles["article"].to_numpy())
        prices = assortment.articles["price"].to_numpy() / PRICE_UNIT
        self._price = np.where(self._place >= 0, prices[self._place], np.nan)

    @property
    def as_of(self) -> date:
        return self._saved.as_of

    def let_go(self) -> None:
        """Frees the memory of pages of the model that were looked at; those that are needed come back at once."""
        let_go(self._saved.store.day)

    def last_purchase(self, customer: int) -> int | None:
        """The day (ordinal) on which a customer bought last, as the model knows; None without a purchase."""
        store = self._saved.store
        if customer >= len(store.start) - 1 or store.start[customer] == store.start[customer + 1]:
            return None
        return int(store.day[store.start[customer]])

    def recommend(self, visits: Sequence[Visit]) -> list[list[Shown]]:
        """For each visit at most k articles, the best first; the same alone as among others."""
        asked = shoppers(self._saved.store, [self._shopper(visit) for visit in visits])
        model = self._saved.model
        pool = self._allowed(model.pool(asked), asked, visits)
        score = _blended(pool, model.score(pool, threads=1), visits)
        best = pool.best(score, max(visit.k for visit in visits))
        ends = np.searchsorted(best.customer, np.arange(len(visits) + 1))
        return [
            self._list(visit, n, asked, pool, best.article[first:last], best.score[first:last])
            for n, (visit, first, last) in enumerate(zip(visits, ends[:-1], ends[1:], strict=True))
        ]

    def _shopper(self, visit: Visit) -> Shopper:
        rows = self._catalogue.rows(np.array([each.article for each in visit.since], dtype=np.int64))
        since = [
            Purchase(int(row), each.day, self._paid(each, int(row)), each.channel or _ONLINE)
            for row, each in zip(rows, visit.since, strict=True)
            if row >= 0
        ]
        return Shopper(visit.customer, visit.as_of, since)

    def _paid(self, bought: Bought, row: int) -> float:
        if bought.price is not None:
            return bought.price / PRICE_UNIT
        usual = float(self._price[row])
        return 0.0 if np.isnan(usual) else usual

    def _allowed(self, pool: Pool, asked: Shoppers, visits: Sequence[Visit]) -> Pool:
        """What of the pool may be shown."""
        fine = np.ones(len(pool), dtype=bool)
        for n, visit in enumerate(visits):
            if visit.allowed is None and not visit.without_purchased:
                continue
            mine = slice(*np.searchsorted(pool.customer, [n, n + 1]))
            if visit.allowed is not None:
                fine[mine] &= self._passes(visit.allowed, pool.article[mine])
            if visit.without_purchased:
                owned = asked.owned
                fine[mine] &= owned.find(pool.customer[mine], pool.article[mine]) < 0
        return pool if fine.all() else pool.only(np.flatnonzero(fine))

    def _passes(self, allowed: np.ndarray, rows: np.ndarray) -> np.ndarray:
        place = self._place[rows]
        return (place >= 0) & allowed[place]

    def _list(
        self, visit: Visit, position: int, asked: Shoppers, pool: Pool, rows: np.ndarray, score: np.ndarray
    ) -> list[Shown]:
        rows, score = rows[: visit.k], score[: visit.k]
        # Not by Arrow, which loads pandas where it is there: 100 MB in each process.
        names = [tuple(name for name, _ in proposers(pool, row)) for row in rows]
        why: Sequence[Explanation | None] = [None] * len(rows)
        if visit.explained and len(rows):
            model = self._saved.model
            why = explain(model.snapshot, pool, rows, model.ranker)
        articles = self._catalogue.articles[pool.article[rows]].tolist()
        shown = [
            Shown(article, value, strategies, reason)
            for article, value, strategies, reason in zip(articles, score.tolist(), names, why, strict=True)
        ]
        if visit.looked_at and self._neighbours:
            shown = self._with_looks(visit, position, asked, shown)
        if len(shown) < visit.k:
            shown += self._popular(visit, position, asked, {each.article for each in shown})
        return shown

    def _with_looks(self, visit: Visit, position: int, asked: Shoppers, shown: list[Shown]) -> list[Shown]:
        """The list with what goes with articles just looked at, fused by reciprocal rank."""
        assert self._neighbours is not None
        known = {each.article: each for each in shown}
        votes = {each.article: 1 / (_CONSTANT + rank) for rank, each in enumerate(shown, 1)}
        for age, article in enumerate(visit.looked_at[:_LOOKED_AT_MOST]):
            near = self._fine(visit, position, asked, np.append(article, self._neighbours.of(article)[0]))
            for rank, other in enumerate(near, 1):
                vote = _VIEW_WEIGHT * _FORGOTTEN**age / (_CONSTANT + rank)
                votes[other] = votes.get(other, 0.0) + vote
        best = sorted(votes, key=lambda article: (-votes[article], article))[: visit.k]
        return [known.get(article) or Shown(article, None, (LOOKED_AT,)) for article in best]

    def _popular(self, visit: Visit, position: int, asked: Shoppers, there: set[int]) -> list[Shown]:
        """What sells best of all that may be shown, to fill a list."""
        chart = self._assortment.articles["article"].to_numpy()
        if visit.allowed is not None:
            chart = chart[visit.allowed]
        wanted = visit.k - len(there)
        # Whoever owns hundreds of them is looked at a little further down.
        candidates = [article for article in chart[: visit.k + 1000].tolist() if article not in there]
        fine = self._fine(visit, position, asked, np.array(candidates, dtype=np.int64))
        return [Shown(article, None, (POPULAR,)) for article in fine[:wanted]]

    def _fine(self, visit: Visit, position: int, asked: Shoppers, articles: np.ndarray) -> list[int]:
        """Those that may be shown, in their order; never one that is not in this model's catalogue."""
        place = self._assortment.places(articles)
        fine = place >= 0
        if visit.allowed is not None:
            fine &= visit.allowed[place]
        if visit.without_purchased:
            rows = self._catalogue.rows(articles)
            owned = asked.owned
            fine &= find(owned.key, pair_keys(np.full(len(rows), position), np.maximum(rows, 0))) < 0
        return articles[fine].tolist()


def _blended(pool: Pool, score: np.ndarray, visits: Sequence[Visit]) -> np.ndarray:
    """Scores; of visits with a blend the reciprocal ranks of the ranker's list and of strategies, added up."""
    for n, visit in enumerate(visits):
        if not visit.blend:
            continue
        mine = slice(*np.searchsorted(pool.customer, [n, n + 1]))
        place = np.empty(mine.stop - mine.start)
        place[np.argsort(-score[mine], kind="stable")] = np.arange(1, len(place) + 1)
        votes = 1 / (_CONSTANT + place)
        for number, name in enumerate(pool.strategies):
            votes += np.nan_to_num(visit.blend.get(name, 0.0) / (_CONSTANT + pool.rank[mine, number]))
        score[mine] = votes
    return score


class Bestsellers:
    """What is shown when the model cannot be used: what sells best, the same for everybody."""

    def __init__(self, assortment: Assortment, as_of: date) -> None:
        self._articles, self.as_of = assortment.articles["article"].to_numpy(), as_of

    def recommend(self, visits: Sequence[Visit]) -> list[list[Shown]]:
        """The first k that may be shown; what a customer bought is not known."""
        return [
            [
                Shown(article, None, (POPULAR,))
                for article in (self._articles if visit.allowed is None else self._articles[visit.allowed])[
                    : visit.k
                ].tolist()
            ]
            for visit in visits
        ]
