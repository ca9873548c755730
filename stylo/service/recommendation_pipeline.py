"""The path of every request for recommendations, from a customer's id to the answer.

    customer ─▶ events ─▶ variant of experiments ─▶ context ─┬─▶ cache ─────────────────────┬─▶ answer, logged
                                                             └─▶ batching ─▶ online model ──┘

HTTP asks here for one customer or for many; the batch command builds the same contexts (`ContextBuilder`).
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from stylo.deployment.online_model import OnlineModel, RankedArticle, RequestContext
from stylo.deployment.popularity_fallback import PopularityFallback
from stylo.deployment.release import Release
from stylo.errors import StorageUnavailable
from stylo.service import metrics
from stylo.service.batching import Batching
from stylo.service.cache import AnswerCache
from stylo.service.context import ContextBuilder, RequestInfo, ShopClock
from stylo.service.event_meaning import EventMeaning
from stylo.service.filters import may_be_shown
from stylo.service.identifiers import articles_of, customer_of
from stylo.service.live_model import LiveModel
from stylo.service.live_rules import LiveRules
from stylo.service.logs import log_line, traced
from stylo.service.problems import ProblemError
from stylo.service.responses import recommendations_response
from stylo.service.schemas import BatchRequest, RecommendationRequest
from stylo.service.settings import ServiceSettings
from stylo.service.storage_access import BackgroundWriter, EventReader, StorageThreads
from stylo.service.turns import Turns
from stylo.service.variants import NO_VARIANT, AssignedVariants
from stylo.storage import exposures, predictions
from stylo.storage.database import Database
from stylo.storage.events import StoredEvent
from stylo.storage.exposures import Exposure
from stylo.storage.predictions import Prediction
from stylo.storage.returns import PURCHASE

# Larger batches cost less a list, and let everyone in them wait for the last: measured, see docs/performance.md.
_LARGEST_BATCH = 4
# Batches of many customers at a time, and customers of each: others are served in between.
_BATCHES, _AT_ONCE = 2, 8
# Bytes of what Python keeps of an id in a list of articles.
_ID = 40


#: The customer id of a person who has none.
NOBODY = ""


class CachedAnswer(NamedTuple):
    """An answer as it was sent, the articles in it, the day of which it is a replay, and the basket it is for."""

    body: bytes
    articles: tuple[int, ...]
    as_of: date | None
    basket: tuple[int, ...]


class CacheKey(NamedTuple):
    """What was asked, in the one form that all ways to write it have.

    customer_id : as it was written: the answer repeats it. NOBODY for who has none.
    """

    customer_id: str
    form: str

    @classmethod
    def of(cls, customer_id: str, asked: RecommendationRequest) -> CacheKey:
        return cls(customer_id, normal_form(asked))


def normal_form(asked: RecommendationRequest) -> str:
    """The same for the same request, however it was written."""
    given = asked.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(
        {name: sorted(set(value)) if isinstance(value, list) else value for name, value in given.items()},
        sort_keys=True,
    )


def _size(question: Hashable, answer: CachedAnswer) -> int:
    assert isinstance(question, CacheKey)
    return len(answer.body) + _ID * len(answer.articles) + len(question.customer_id) + len(question.form)


@dataclass(frozen=True)
class KnownCustomer:
    """What is known of a customer at this moment.

    number : in the model; None for one who is new since.
    degraded : whether the events could not be read.
    """

    number: int | None
    events: Sequence[StoredEvent]
    degraded: bool = False

    @property
    def last_event(self) -> int:
        return self.events[-1].id if self.events else 0


class RecommendationPipeline:
    """Recommends for customers. For one event loop."""

    def __init__(
        self,
        settings: ServiceSettings,
        database: Database,
        storage: StorageThreads,
        live: LiveModel,
        clock: ShopClock,
        rules: LiveRules,
    ) -> None:
        self._events, self._live, self._clock = EventReader(database, storage), live, clock
        self._rules = rules
        self.contexts = ContextBuilder(EventMeaning.of(settings), clock.zone)
        self.cache: AnswerCache[CachedAnswer] = AnswerCache(settings.cache_bytes, _size)
        log = (lambda rows: predictions.log(database, rows)) if settings.predictions else None
        self._predictions: BackgroundWriter[Prediction] = BackgroundWriter(log, metrics.LOST_PREDICTIONS)
        self._exposures: BackgroundWriter[Exposure] = BackgroundWriter(
            lambda rows: exposures.log(database, rows), metrics.LOST_EXPOSURES
        )
        self._batching = Batching(
            _answers, _LARGEST_BATCH, settings.waiting, settings.patience, settings.threads_of_each
        )
        #: The turns of requests for many customers.
        self.batches = Turns("batches", settings.waiting, settings.patience, _BATCHES)

    def start(self) -> None:
        self._batching.start()
        self._predictions.start()
        self._exposures.start()

    async def stop(self) -> None:
        """Finishes what was begun."""
        await self._batching.stop()
        await self._predictions.stop()
        await self._exposures.stop()

    @property
    def logs(self) -> bool:
        """Whether what is recommended is logged, as far as is known."""
        return not (self._predictions.failing or self._exposures.failing)

    async def recommend(self, question: CacheKey, asked: RecommendationRequest, info: RequestInfo) -> bytes:
        """The answer to a request, as JSON.

        Raises ProblemError for a customer whom nobody knows and of whom nothing is told, a day that is yet to come,
        an article that there is not and filters that make no sense; Overloaded.
        """
        live = self._live.release
        customer_id = _key(live, question)
        customer = await self._customer(live, customer_id)
        if customer is None:
            if not asked.introduced:
                raise ProblemError(404, "This customer is unknown: there are no purchases and no events.")
            customer = KnownCustomer(None, ())
        release, customer, variants = self._assigned(live, customer_id, customer)
        if asked.as_of is not None and asked.as_of > self._context(release, customer).as_of:
            late = [{"where": "query.as_of", "what": "too late"}]
            raise ProblemError(422, "as_of is in the future.", errors=late)
        in_basket = articles_of(release, [("query.seed_articles", each) for each in asked.seed_articles])
        basket = tuple(sorted(set(in_basket)))
        context = self._context(
            release,
            customer,
            asked.as_of,
            basket,
            profile=asked.profile,
            k=asked.k,
            allowed=may_be_shown(release, asked),
            exclude_purchased=asked.exclude_purchased,
            explain=asked.explain,
            blend=variants.blend,
            diversity=asked.diversity,
        )
        ranked, degraded = await self._ranked(release, customer, context)
        content = recommendations_response(
            question.customer_id or None, context, release, variants.variant, ranked, degraded
        )
        shown = tuple(each.article for each in ranked)
        answer = CachedAnswer(json.dumps(content).encode(), shown, asked.as_of, basket)
        if degraded:
            info.log["degraded"] = degraded
        else:
            self.cache.keep(question, _state(release, customer, context, variants), answer)
        self._record(customer_id, release, variants, answer, info, hit=False, degraded=degraded)
        return answer.body

    async def from_cache(self, question: CacheKey, info: RequestInfo) -> bytes | None:
        """The answer to the same question as before, if no event and no other model has made it untrue."""
        live = self._live.loaded
        if live is None or question not in self.cache:
            return None
        customer_id = _key(live, question)
        customer = await self._customer(live, customer_id)
        before = self.cache.peek(question)
        if before is None:
            return None
        # Who is unknown has an answer there only if something was told of them.
        customer = customer or KnownCustomer(None, ())
        if customer.degraded:
            return None
        release, customer, variants = self._assigned(live, customer_id, customer)
        context = self._context(release, customer, before.as_of, before.basket)
        answer = self.cache.get(question, _state(release, customer, context, variants))
        if answer is None:
            return None
        self._record(customer_id, release, variants, answer, info, hit=True)
        return answer.body

    async def recommend_many(self, customers: Sequence[str], asked: BatchRequest) -> bytes:
        """A `BatchResponse` of the live model, as JSON: no experiment, no cache. Raises Overloaded."""
        release = self._live.release
        lists: list[bytes] = []
        unknown: list[str] = []
        for first in range(0, len(customers), _AT_ONCE):
            some = customers[first : first + _AT_ONCE]
            found = await asyncio.gather(*(self._one_of_many(release, each, asked) for each in some))
            for customer_id, answer in zip(some, found, strict=True):
                if answer is None:
                    unknown.append(customer_id)
                else:
                    lists.append(answer)
        # A list at a time is turned into JSON: all of them together would stop the event loop.
        beside = json.dumps({"model_version": release.version, "unknown": unknown}).encode()
        return beside.removesuffix(b"}") + b', "lists": [' + b", ".join(lists) + b"]}"

    async def _one_of_many(self, release: Release, written: str, asked: BatchRequest) -> bytes | None:
        customer = await self._customer(release, customer_of(release, written))
        if customer is None:
            return None
        context = self._context(release, customer, k=asked.k, exclude_purchased=asked.exclude_purchased)
        ranked, degraded = await self._ranked(release, customer, context, hurry=False)
        variant = NO_VARIANT.variant
        content = recommendations_response(written, context, release, variant, ranked, degraded)
        return json.dumps(content).encode()

    async def _customer(self, release: Release, customer_id: str) -> KnownCustomer | None:
        """None for a customer of whom neither the model nor an event knows."""
        if customer_id == NOBODY:
            return KnownCustomer(None, ())
        number, degraded = release.customers.find(customer_id), False
        since = self.contexts.since(release)
        try:
            with metrics.stage("events"):
                found = await self._events.of(customer_id, since)
        except StorageUnavailable:
            found, degraded = [], True
        if number is None and not found and not degraded:
            return None
        return KnownCustomer(number, found, degraded)

    def _assigned(
        self, live: Release, customer_id: str, customer: KnownCustomer
    ) -> tuple[Release, KnownCustomer, AssignedVariants]:
        """The release that answers and the customer as it knows them, by the experiments that the customer is in."""
        variants = NO_VARIANT if customer_id == NOBODY else self._variants(live, customer_id, customer)
        if (release := variants.release) is None:
            return live, customer, variants
        return release, replace(customer, number=release.customers.find(customer_id)), variants

    def _variants(self, release: Release, customer_id: str, customer: KnownCustomer) -> AssignedVariants:
        running = self._live.experiments
        if not running.experiments:
            return NO_VARIANT
        zone = self._clock.zone
        bought = (each.at for each in customer.events if each.kind == PURCHASE)
        last = max((zone.day(at).toordinal() for at in bought), default=0)
        if isinstance(release.model, OnlineModel) and customer.number is not None:
            last = max(last, release.model.last_purchase(customer.number) or 0)
        days = self._clock.today(self._live.release.as_of).toordinal() - last if last else None
        return running.assigned(customer_id, customer.number is not None, days)

    def _context(
        self,
        release: Release,
        customer: KnownCustomer,
        replayed: date | None = None,
        basket: Sequence[int] = (),
        **options: Any,
    ) -> RequestContext:
        now = self._clock.now(self._live.release.as_of)
        options["rules"] = self._rules.of(release)
        return self.contexts.context(
            release, customer.number, customer.events, now, replayed, basket, **options
        )

    async def _ranked(
        self, release: Release, customer: KnownCustomer, context: RequestContext, *, hurry: bool = True
    ) -> tuple[list[RankedArticle], list[str]]:
        """The list, and what it had to be made without. Raises Overloaded."""
        metrics.WAITING.set(self._batching.depth + 1)
        try:
            with metrics.stage("model"):
                ranked, without_model = await self._batching.ask((release, context), hurry=hurry)
        finally:
            metrics.WAITING.set(self._batching.depth)
        lacks = (("events", customer.degraded), ("model", without_model))
        degraded = [name for name, lacking in lacks if lacking]
        for name in degraded:
            metrics.DEGRADED.labels(name).inc()
        return ranked, degraded

    def _record(
        self,
        customer_id: str,
        release: Release,
        variants: AssignedVariants,
        answer: CachedAnswer,
        info: RequestInfo,
        *,
        hit: bool,
        degraded: Sequence[str] = (),
    ) -> None:
        """Notes an answer in the metrics, in the log line of the request, and in the database."""
        cache = "hit" if hit else "miss"
        metrics.CACHE.labels(cache).inc()
        info.log |= {"model_version": release.version, "variant": variants.variant, "cache": cache}
        now = self._clock.now(self._live.release.as_of)
        if answer.as_of is None and not degraded:
            self._exposures.add(*variants.exposures(customer_id, release.version, now))
        self._predictions.add(
            Prediction(
                at=now,
                request_id=info.id,
                key_id=info.key_id,
                customer_id=customer_id or None,
                route="recommendations" if answer.as_of is None else "replay",
                model_version=release.version,
                variant=variants.variant,
                articles=answer.articles,
                cached=hit,
                degraded=",".join(degraded) or None,
                milliseconds=1000 * (time.perf_counter() - info.started),
            )
        )


def _key(release: Release, question: CacheKey) -> str:
    """The 64 hex characters of who asks, or NOBODY. Raises ProblemError, 422, for what is no id."""
    return question.customer_id and customer_of(release, question.customer_id)


def _state(
    release: Release, customer: KnownCustomer, context: RequestContext, variants: AssignedVariants
) -> Hashable:
    """That in which an answer is true."""
    blend = tuple(sorted(variants.blend.items()))
    events = customer.last_event, context.viewed, context.hidden
    return release.version, events, context.as_of, context.rules, variants.variant, blend


Question = tuple[Release, RequestContext]
Answer = tuple[list[RankedArticle], bool]


def _answers(questions: Sequence[Question]) -> list[Answer | Exception]:
    """Contexts of one release together."""
    found: list[Answer | Exception] = [ProblemError(500, "")] * len(questions)
    releases = {id(release): release for release, _ in questions}
    for release in releases.values():
        places = [n for n, question in enumerate(questions) if question[0] is release]
        contexts = [questions[n][1] for n in places]
        for n, answer in zip(places, _of_release(release, contexts), strict=True):
            found[n] = answer
    return found


def _of_release(release: Release, contexts: Sequence[RequestContext]) -> list[Answer]:
    """Lists, and whether they were made without the model: where it fails, what sells best is recommended."""
    degraded = isinstance(release.model, PopularityFallback)
    try:
        return [(ranked, degraded) for ranked in release.model.recommend(contexts)]
    except Exception as error:
        log_line("the model failed", logging.ERROR, version=release.version, error=traced(error))
        popular = PopularityFallback(release.assortment, release.as_of)
        return [(ranked, True) for ranked in popular.recommend(contexts)]
