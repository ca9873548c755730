"""The online model: what a customer is recommended now, from the trained model, purchases since, and recent views."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import repeat
from typing import NamedTuple

import numpy as np
import polars as pl

from stylo.artefacts import let_go
from stylo.assortment import Assortment
from stylo.candidates.catalogue import find
from stylo.candidates.customers import Customers, pair_keys
from stylo.candidates.popularity import PopularityByAge
from stylo.deployment.recent_purchases import (
    CataloguePurchase,
    CustomerAsOf,
    CustomerProfile,
    RecentPurchase,
    ReturnedPurchase,
    customers_as_of,
)
from stylo.deployment.release_arrays import Neighbours
from stylo.ranking.explanation import Explanation, explain, proposers
from stylo.ranking.pool import Pool
from stylo.recommender import SavedModel
from stylo.rules.arranging import Arranged, RulePlan
from stylo.rules.compiled import CompiledRules
from stylo.rules.touches import RuleTouch

#: Why an article is in a list that no strategy proposed for this customer.
POPULAR, LOOKED_AT, IN_BASKET, PINNED = "popularity", "looked at", "in the basket", "pinned"
_ONLINE = 2
# A view counts as a strategy that proposes what goes with the article, beside the ranked list: Σ weight / (c + rank).
_CONSTANT = 3.0
# Of a person who has bought nothing and told their age: what sells to people of that age, beside what sells.
# `python -m benchmarks.cold_start`
_BY_AGE, _AGE_WEIGHT = PopularityByAge().name, 1.0
#: A list of each customer. A score is null where no ranker gave one.
LISTS = pl.Schema({"customer": pl.Int64(), "article": pl.List(pl.Int32()), "score": pl.List(pl.Float32())})
_ROWS = pl.Schema({"customer": LISTS["customer"], "article": pl.Int32(), "score": pl.Float32()})


class ArticleVote(NamedTuple):
    """An article that votes for itself and what goes with it. `why` : LOOKED_AT or IN_BASKET."""

    article: int
    weight: float
    why: str = LOOKED_AT


@dataclass(frozen=True)
class RequestContext:
    """What the online model needs to know to recommend for one customer.

    customer : number in the model; None for a customer who is new since.
    as_of : only purchases before this day count.
    since : purchases since the model was made.
    returned : purchases that the model knows and that were taken back.
    viewed : votes of articles viewed lately and not bought, and of those in the basket.
    hidden : ids of articles that must not be recommended: dismissed, or in the basket.
    profile : what was told of the customer, where the model does not know it.
    allowed : bool (articles,), which articles of the assortment may be recommended; None for all.
    blend : strategy → how much its vote counts beside the ranker's list; empty for the list as it is.
    rules : those that are live, for the articles of the model's assortment; None for the list as it is.
    diversity : λ that is asked for in place of the rules'; `rules` is there then.
    """

    customer: int | None
    as_of: date
    k: int = 12
    since: tuple[RecentPurchase, ...] = ()
    returned: tuple[ReturnedPurchase, ...] = ()
    viewed: tuple[ArticleVote, ...] = ()
    hidden: tuple[int, ...] = ()
    profile: CustomerProfile | None = None
    allowed: np.ndarray | None = None
    exclude_purchased: bool = False
    explain: bool = False
    blend: Mapping[str, float] = field(default_factory=dict)
    rules: CompiledRules | None = None
    diversity: float | None = None

    @property
    def ruled(self) -> CompiledRules | None:
        """The rules, unless they leave every list as it is."""
        return None if self.rules is None or (self.rules.idle and not self.diversity) else self.rules


@dataclass(frozen=True)
class RankedArticle:
    """One article of a list. `score` is None where no ranker gave one; `why` is there when it was asked for; `rules`
    are those that touched its place."""

    article: int
    score: float | None
    proposed_by: tuple[str, ...]
    why: Explanation | None = None
    rules: tuple[RuleTouch, ...] = ()


class OnlineModel:
    """The trained model with what happened since. Any thread may call it; one at a time is fastest."""

    def __init__(self, saved: SavedModel, assortment: Assortment, neighbours: Neighbours | None) -> None:
        self._saved, self._assortment, self._neighbours = saved, assortment, neighbours
        catalogue = saved.model.snapshot.known.catalogue
        self._catalogue = catalogue
        # Where the rows of the model's catalogue stand in the assortment.
        self._place = assortment.places(catalogue.articles)
        self._ids = assortment.articles["article"].to_numpy()
        self._unit = assortment.folder.price_unit
        prices = assortment.articles["price"].to_numpy() / self._unit
        self._price = np.where(self._place >= 0, prices[self._place], np.nan)

    @property
    def as_of(self) -> date:
        return self._saved.as_of

    def let_go(self) -> None:
        """Frees the memory of pages of the model that were read; those that are needed again come back at once."""
        let_go(self._saved.store.day)

    def warm_up(self) -> None:
        """Makes what the first customer would wait for: the trees as tables, and LightGBM's, which explain."""
        if (ranker := self._saved.model.ranker) is not None:
            _ = ranker.forest, ranker.boosters, ranker.first and ranker.first.forest
        self.recommend([RequestContext(0, self.as_of, explain=True)])

    def last_purchase(self, customer: int) -> int | None:
        """The day (ordinal) on which a customer bought last, as the model knows; None without a purchase."""
        store = self._saved.store
        if customer >= len(store.start) - 1 or store.start[customer] == store.start[customer + 1]:
            return None
        return int(store.day[store.start[customer]])

    def recommend(self, contexts: Sequence[RequestContext]) -> list[list[RankedArticle]]:
        """For each context at most k articles, the best first. A list does not depend on the others."""
        contexts = [without_hidden(context, self._assortment) for context in contexts]
        asked = customers_as_of(self._saved.store, [self._shopper(context) for context in contexts])
        model = self._saved.model
        pool = self._allowed(model.pool(asked), asked, contexts)
        score = _blended(pool, model.score(pool, threads=1), [_with_age(each) for each in contexts])
        # Rules may lift or drop any candidate.
        ruled = any(context.ruled for context in contexts)
        best = pool.best(score, len(pool) if ruled else max(context.k for context in contexts))
        ends = np.searchsorted(best.customer, np.arange(len(contexts) + 1))
        return [
            self._list(context, n, asked, pool, best.article[first:last], best.score[first:last])
            for n, (context, first, last) in enumerate(zip(contexts, ends[:-1], ends[1:], strict=True))
        ]

    def lists(
        self,
        customers: np.ndarray,
        as_of: date,
        k: int,
        *,
        exclude_purchased: bool = False,
        rules: CompiledRules | None = None,
    ) -> pl.DataFrame:
        """What `recommend` gives customers of whom nothing is known since the model was made, for some hundred of them.

        customers : by number, in any order; each gets one row of LISTS, in ascending order.
        """
        context = RequestContext(None, as_of, k, exclude_purchased=exclude_purchased, rules=rules)
        asked, model = self._saved.store.of_numbers(customers, as_of), self._saved.model
        pool = model.pool(asked)
        if context.exclude_purchased:
            pool = pool.only(np.flatnonzero(asked.owned.find(pool.customer, pool.article) < 0))
        best = pool.best(model.score(pool, threads=1), len(pool) if context.ruled else context.k)
        articles = self._catalogue.articles[pool.article[best.article]]
        count = np.bincount(best.customer, minlength=len(asked))
        start = np.append(0, np.cumsum(count))
        parts = [] if context.ruled else [_rows(asked.numbers[best.customer], articles, best.score)]
        short = np.arange(len(asked)) if context.ruled else np.flatnonzero(count < context.k)
        for n in short.tolist():
            mine = slice(start[n], start[n + 1])
            if context.ruled:
                listed, score = self._ruled_list(context, n, asked, articles[mine], best.score[mine])
                parts.append(_rows(asked.numbers[[n] * len(listed)], listed, score))
                continue
            popular = self._popular(context, n, asked, set(articles[mine].tolist()))
            more = np.array([each.article for each in popular], dtype=np.int32)
            parts.append(_rows(asked.numbers[[n] * len(more)], more, None))
        lists = pl.concat(parts) if parts else pl.DataFrame(schema=_ROWS)
        lists = lists.group_by("customer", maintain_order=True).agg("article", "score")
        everyone = pl.DataFrame({"customer": asked.numbers}, {"customer": LISTS["customer"]})
        return everyone.join(lists, on="customer", how="left", maintain_order="left").with_columns(
            pl.col("article", "score").fill_null([])
        )

    def _shopper(self, context: RequestContext) -> CustomerAsOf:
        rows = self._catalogue.rows(np.array([each.article for each in context.since], dtype=np.int64))
        since = [
            CataloguePurchase(int(row), each.day, self._paid(each, int(row)), each.channel or _ONLINE)
            for row, each in zip(rows, context.since, strict=True)
            if row >= 0
        ]
        gone = self._catalogue.rows(np.array([each.article for each in context.returned], dtype=np.int64))
        returned = [
            (int(row), each.first, each.last) for row, each in zip(gone, context.returned, strict=True)
        ]
        return CustomerAsOf(context.customer, context.as_of, since, returned, context.profile)

    def _paid(self, bought: RecentPurchase, row: int) -> float:
        if bought.price is not None:
            return bought.price / self._unit
        usual = float(self._price[row])
        return 0.0 if np.isnan(usual) else usual

    def _allowed(self, pool: Pool, asked: Customers, contexts: Sequence[RequestContext]) -> Pool:
        """What of the pool may be shown."""
        eligible = np.ones(len(pool), dtype=bool)
        for n, context in enumerate(contexts):
            if context.allowed is None and not context.exclude_purchased:
                continue
            mine = slice(*np.searchsorted(pool.customer, [n, n + 1]))
            if context.allowed is not None:
                eligible[mine] &= self._passes(context.allowed, pool.article[mine])
            if context.exclude_purchased:
                owned = asked.owned
                eligible[mine] &= owned.find(pool.customer[mine], pool.article[mine]) < 0
        return pool if eligible.all() else pool.only(np.flatnonzero(eligible))

    def _passes(self, allowed: np.ndarray, rows: np.ndarray) -> np.ndarray:
        place = self._place[rows]
        return (place >= 0) & allowed[place]

    def _list(
        self,
        context: RequestContext,
        position: int,
        asked: Customers,
        pool: Pool,
        rows: np.ndarray,
        score: np.ndarray,
    ) -> list[RankedArticle]:
        if context.ruled:
            return self._ruled(context, position, asked, pool, rows, score)
        rows, score = rows[: context.k], score[: context.k]
        ranked = self._ranked(context, pool, rows, score)
        if context.viewed and self._neighbours:
            known = {each.article: each for each in ranked}
            fused = self._with_viewed(context, position, asked, list(known), context.k)
            ranked = [known.get(each) or RankedArticle(each, None, (why,)) for each, why in fused.items()]
        if len(ranked) < context.k:
            ranked += self._popular(context, position, asked, {each.article for each in ranked})
        return ranked

    def _ranked(
        self,
        context: RequestContext,
        pool: Pool,
        rows: np.ndarray,
        score: np.ndarray,
        rules: Iterable[tuple[RuleTouch, ...]] = repeat(()),
    ) -> list[RankedArticle]:
        why: Sequence[Explanation | None] = [None] * len(rows)
        if context.explain and len(rows):
            model = self._saved.model
            why = explain(model.snapshot, pool, rows, model.ranker)
        articles = self._catalogue.articles[pool.article[rows]].tolist()
        # Not by Arrow, which loads pandas where it is there: 100 MB in each process.
        named = proposers(pool, rows)
        return [
            RankedArticle(article, value, tuple([name for name, _ in proposed_by]), reason, touched)
            for article, value, proposed_by, reason, touched in zip(
                articles, score.tolist(), named, why, rules, strict=False
            )
        ]

    def _ruled(
        self,
        context: RequestContext,
        position: int,
        asked: Customers,
        pool: Pool,
        rows: np.ndarray,
        score: np.ndarray,
    ) -> list[RankedArticle]:
        """A list by the rules. Only of what is in it names and reasons are looked up."""
        fused, articles = dict[int, str](), list[int]()
        in_catalogue = pool.article.take(rows)
        if context.viewed and self._neighbours:
            ranked = self._catalogue.articles.take(in_catalogue).tolist()
            origin = {article: n for n, article in enumerate(ranked)}
            fused = self._with_viewed(context, position, asked, ranked, len(ranked) + context.k)
            articles = list(fused)
            listed = self._arranged(context, position, asked, self.places(articles))
            places = [
                origin.get(articles[each.candidate], -1) if each.candidate >= 0 else -1 for each in listed
            ]
        else:
            listed = self._arranged(context, position, asked, self._place.take(in_catalogue))
            places = [each.candidate for each in listed]
        kept = np.array([n for n in places if n >= 0], dtype=np.int64)
        touched = [each.rules for each, n in zip(listed, places, strict=True) if n >= 0]
        proposed = self._ranked(context, pool, rows.take(kept), score.take(kept), touched)
        if len(proposed) == len(listed):
            return proposed
        own, found = iter(proposed), list[RankedArticle]()
        for each, n in zip(listed, places, strict=True):
            if n >= 0:
                found.append(next(own))
                continue
            viewed = each.candidate >= 0
            article = articles[each.candidate] if viewed else int(self._ids[each.place])
            why = fused[article] if viewed else why_listed(each.rules)
            found.append(RankedArticle(article, None, (why,), rules=each.rules))
        return found

    def _ruled_list(
        self,
        context: RequestContext,
        position: int,
        asked: Customers,
        articles: np.ndarray,
        score: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The same without names: int32 articles, and float32 scores, NaN where no ranker gave one."""
        listed = self._arranged(context, position, asked, self._assortment.places(articles))
        candidate = np.array([each.candidate for each in listed], dtype=np.int64)
        place = np.array([each.place for each in listed], dtype=np.int64)
        known = candidate >= 0
        found = np.where(known, np.append(articles, 0)[candidate], self._ids[place]).astype(np.int32)
        return found, np.where(known, np.append(score, np.nan)[candidate], np.nan).astype(np.float32)

    def plan_of(self, context: RequestContext) -> RulePlan:
        """The rules that hold for a customer on the day of the context, which has rules."""
        return self._plan(context, 0, customers_as_of(self._saved.store, [self._shopper(context)]))

    def places(self, articles: Sequence[int]) -> np.ndarray:
        """Where articles stand among the columns of the rules."""
        return self._assortment.places(np.array(articles, dtype=np.int64))

    def _plan(self, context: RequestContext, position: int, asked: Customers) -> RulePlan:
        assert context.rules is not None
        told = context.profile.sections if context.profile is not None else ()
        facts = context.rules.facts(asked, position, self._place, told)
        return context.rules.plan(facts, context.as_of, context.diversity)

    def _arranged(
        self, context: RequestContext, position: int, asked: Customers, candidates: np.ndarray
    ) -> list[Arranged]:
        """What the rules make of candidates, by their places in the assortment, in the model's order."""
        plan = self._plan(context, position, asked)

        def may_show(places: list[int]) -> list[int]:
            if context.allowed is None and not context.exclude_purchased:
                return places
            eligible = self._eligible(context, position, asked, self._ids[places])
            return self._assortment.places(np.array(eligible, dtype=np.int64)).tolist()

        return plan.arrange(
            candidates,
            context.k,
            may_show,
            lambda: self._chart(context, position, asked, plan),
        )

    def _chart(self, context: RequestContext, position: int, asked: Customers, plan: RulePlan) -> np.ndarray:
        """Places of what sells best of all that may be shown."""
        allowed = np.ones(len(self._ids), dtype=bool)
        for mask in (context.allowed, plan.allowed):
            if mask is not None:
                allowed &= mask[: len(allowed)]
        some = allowed.nonzero()[0][: context.k + 1000]
        eligible = self._eligible(context, position, asked, self._ids[some])
        return self._assortment.places(np.array(eligible, dtype=np.int64))

    def _with_viewed(
        self, context: RequestContext, position: int, asked: Customers, ranked: list[int], k: int
    ) -> dict[int, str]:
        """The first k of a list with what goes with articles just looked at or in the basket, fused by reciprocal rank;
        each with which of the two speaks for it most."""
        assert self._neighbours is not None
        votes = {article: 1 / (_CONSTANT + rank) for rank, article in enumerate(ranked, 1)}
        strongest: dict[int, tuple[float, str]] = {}
        for article, weight, why in context.viewed:
            near = self._eligible(
                context, position, asked, np.append(article, self._neighbours.of(article)[0])
            )
            for rank, other in enumerate(near, 1):
                vote = weight / (_CONSTANT + rank)
                votes[other] = votes.get(other, 0.0) + vote
                strongest[other] = max(strongest.get(other, (0.0, why)), (vote, why))
        best = sorted(votes, key=lambda article: (-votes[article], article))[:k]
        return {article: strongest[article][1] if article in strongest else LOOKED_AT for article in best}

    def _popular(
        self, context: RequestContext, position: int, asked: Customers, listed: set[int]
    ) -> list[RankedArticle]:
        """What sells best of all that may be shown, to fill a list."""
        chart = self._assortment.articles["article"].to_numpy()
        if context.allowed is not None:
            chart = chart[context.allowed]
        wanted = context.k - len(listed)
        # Whoever owns hundreds of them is looked at a little further down.
        candidates = [article for article in chart[: context.k + 1000].tolist() if article not in listed]
        eligible = self._eligible(context, position, asked, np.array(candidates, dtype=np.int64))
        return [RankedArticle(article, None, (POPULAR,)) for article in eligible[:wanted]]

    def _eligible(
        self, context: RequestContext, position: int, asked: Customers, articles: np.ndarray
    ) -> list[int]:
        """Those that may be shown, in their order; never one that is not in this model's catalogue."""
        place = self._assortment.places(articles)
        eligible = place >= 0
        if context.allowed is not None:
            eligible &= context.allowed[place]
        if context.exclude_purchased:
            rows = self._catalogue.rows(articles)
            owned = asked.owned
            eligible &= find(owned.key, pair_keys(np.full(len(rows), position), np.maximum(rows, 0))) < 0
        return articles[eligible].tolist()


def why_listed(rules: Sequence[RuleTouch]) -> str:
    """Why an article is in a list that no strategy proposed."""
    return PINNED if any(touch.kind == "pin" for touch in rules) else POPULAR


def without_hidden(context: RequestContext, assortment: Assortment) -> RequestContext:
    """The same in which articles that must not be shown are not allowed."""
    if not context.hidden:
        return context
    allowed = (
        np.ones(len(assortment.articles), dtype=bool) if context.allowed is None else context.allowed.copy()
    )
    places = assortment.places(np.array(context.hidden, dtype=np.int64))
    allowed[places[places >= 0]] = False
    return replace(context, allowed=allowed)


def _with_age(context: RequestContext) -> RequestContext:
    """The same with a vote of what sells to people of an age that was told, where nothing was bought."""
    profile = context.profile
    if profile is None or profile.age is None or context.customer is not None or context.since:
        return context
    return replace(context, blend={_BY_AGE: _AGE_WEIGHT, **context.blend})


def _blended(pool: Pool, score: np.ndarray, contexts: Sequence[RequestContext]) -> np.ndarray:
    """Scores; of contexts with a blend the reciprocal ranks of the ranker's list and of strategies, added up."""
    for n, context in enumerate(contexts):
        if not context.blend:
            continue
        mine = slice(*np.searchsorted(pool.customer, [n, n + 1]))
        place = np.empty(mine.stop - mine.start)
        place[np.argsort(-score[mine], kind="stable")] = np.arange(1, len(place) + 1)
        votes = 1 / (_CONSTANT + place)
        for number, name in enumerate(pool.strategies):
            votes += np.nan_to_num(context.blend.get(name, 0.0) / (_CONSTANT + pool.rank[mine, number]))
        score[mine] = votes
    return score


def _rows(customer: np.ndarray, article: np.ndarray, score: np.ndarray | None) -> pl.DataFrame:
    rows = pl.DataFrame({"customer": customer, "article": article, "score": score}, _ROWS)
    return rows if score is None else rows.with_columns(pl.col("score").fill_nan(None))
