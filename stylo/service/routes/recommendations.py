"""What a customer is recommended: one by one, and many at once."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from stylo.ranking.explanation import Explanation
from stylo.service import metrics
from stylo.service.answers import (
    CUSTOMER,
    Batch,
    BatchAsked,
    Recommendations,
    RecommendationsAsked,
)
from stylo.service.engine import LOOKED_AT, Shown, Visit
from stylo.service.experimenting import LIVE, NOBODYS
from stylo.service.experimenting import Shown as Variants
from stylo.service.problems import Refused, responses
from stylo.service.release import Release
from stylo.service.routes.common import ScopedRoute, ServiceOf, allowed, key_id, needs, note, request_id
from stylo.service.service import Given, Known, Service
from stylo.storage.keys import Scope
from stylo.storage.predictions import Prediction
from stylo.tables.ids import article_id


class RememberedRoute(ScopedRoute):
    """Gives the answer that it gave before, while no event and no other model has made it untrue."""

    async def answered_before(self, request: Request) -> Response | None:
        service: Service = request.app.state.service
        question, release = _question(request), service.loaded
        if release is None or question not in service.cache:
            return None
        known = await service.known(release, question[0])
        before = service.cache.peek(question)
        if known is None or known.degraded or before is None:
            return None
        variants = service.shown(release, question[0], known)
        visit = service.visit(release, known, before.as_of)
        given = service.cache.get(question, _state(variants.release or release, known, visit, variants))
        return (
            None if given is None else _answer(request, variants.release or release, variants, given, "hit")
        )


ROUTER = APIRouter(tags=["recommendations"], route_class=ScopedRoute)
_REMEMBERED = APIRouter(route_class=RememberedRoute)
_JSON = "application/json"
_AT_ONCE = 64


@_REMEMBERED.get(
    "/customers/{customer_id}/recommendations",
    dependencies=needs(Scope.READ),
    responses=responses(404),
    response_model=Recommendations,
)
async def recommendations(
    request: Request,
    service: ServiceOf,
    customer_id: Annotated[
        str,
        Path(pattern=r"^[0-9a-f]{64}$", examples=[CUSTOMER], description="64 hexadecimal characters."),
    ],
    asked: Annotated[RecommendationsAsked, Query()],
) -> Response:
    """Articles for a customer, the best first.

    A purchase, view or click that was stored is known to the next request, whichever process answers it.
    """
    release = service.release
    known = await service.known(release, customer_id)
    if known is None:
        raise Refused(404, "Nobody knows this customer: no purchase, no event.")
    variants = service.shown(release, customer_id, known)
    if variants.release is not None:
        release = variants.release
        known = replace(known, number=release.customers.find(customer_id))
    visit = service.visit(release, known, asked.as_of)
    if asked.as_of is not None and asked.as_of > service.visit(release, known).as_of:
        raise Refused(422, "as_of lies in the future.", errors=[{"where": "query.as_of", "what": "too late"}])
    visit = replace(
        visit,
        k=asked.k,
        allowed=allowed(release, asked),
        without_purchased=asked.exclude_purchased,
        explained=asked.explain,
        blend=variants.blend,
    )
    shown, popular = await service.recommend(release, visit)
    degraded = _degraded(known, popular)
    body = json.dumps(_list(customer_id, visit, release, variants, shown, degraded)).encode()
    given = Given(body, tuple(each.article for each in shown), asked.as_of)
    if degraded:
        note(request, degraded=degraded)
    else:
        service.cache.keep(_question(request), _state(release, known, visit, variants), given)
    return _answer(request, release, variants, given, "miss", degraded)


def _question(request: Request) -> tuple[str, bytes]:
    """What was asked, as it was written: by it an answer is found again without reading the parameters."""
    return request.path_params["customer_id"], request.scope["query_string"]


def _state(release: Release, known: Known, visit: Visit, variants: Variants) -> Hashable:
    """That in which an answer is true."""
    blend = tuple(sorted(variants.blend.items()))
    return release.version, known.last_event, visit.as_of, visit.looked_at, variants.variant, blend


def _answer(
    request: Request,
    release: Release,
    variants: Variants,
    given: Given,
    cache: str,
    degraded: Sequence[str] = (),
) -> Response:
    metrics.CACHE.labels(cache).inc()
    note(request, model_version=release.version, variant=variants.variant, cache=cache)
    service: Service = request.app.state.service
    customer_id = request.path_params["customer_id"]
    if given.as_of is None and not degraded:
        service.exposures.add(*variants.exposures(customer_id, release.version, service.now()))
    service.predictions.add(
        Prediction(
            at=service.now(),
            request_id=request_id(request),
            key_id=key_id(request),
            customer_id=customer_id,
            route="recommendations" if given.as_of is None else "replay",
            model_version=release.version,
            variant=variants.variant,
            articles=given.articles,
            cached=cache == "hit",
            degraded=",".join(degraded) or None,
            milliseconds=1000 * (time.perf_counter() - request.state._state["started"]),
        )
    )
    return Response(given.body, media_type=_JSON, headers={"x-cache": cache})


ROUTER.include_router(_REMEMBERED)


@ROUTER.post("/batch", dependencies=needs(Scope.READ), responses=responses(), response_model=Batch)
async def batch(request: Request, service: ServiceOf, asked: BatchAsked) -> Response:
    """Lists for up to 1,000 customers. For more: `python -m stylo.service.batch`."""
    release = service.release
    note(request, model_version=release.version, variant=LIVE, customers=len(asked.customers))
    customers = list(dict.fromkeys(asked.customers))
    lists, unknown = [], []
    # Some at a time: requests for one customer are served in between.
    for first in range(0, len(customers), _AT_ONCE):
        some = customers[first : first + _AT_ONCE]
        for customer_id, answer in zip(
            some, await asyncio.gather(*(_one(service, release, each, asked) for each in some)), strict=True
        ):
            if answer is None:
                unknown.append(customer_id)
            else:
                lists.append(answer)
    content = {"model_version": release.version, "lists": lists, "unknown": unknown}
    return Response(json.dumps(content), media_type=_JSON)


async def _one(
    service: Service, release: Release, customer_id: str, asked: BatchAsked
) -> dict[str, Any] | None:
    known = await service.known(release, customer_id)
    if known is None:
        return None
    visit = replace(service.visit(release, known), k=asked.k, without_purchased=asked.exclude_purchased)
    shown, popular = await service.recommend(release, visit)
    return _list(customer_id, visit, release, NOBODYS, shown, _degraded(known, popular))


def _degraded(known: Known, popular: bool) -> list[str]:
    """What had to be done without."""
    without = [name for name, lacks in (("events", known.degraded), ("model", popular)) if lacks]
    for name in without:
        metrics.DEGRADED.labels(name).inc()
    return without


def _list(
    customer_id: str,
    visit: Visit,
    release: Release,
    variants: Variants,
    shown: Sequence[Shown],
    degraded: list[str],
) -> dict[str, Any]:
    """A `Recommendations`."""
    return {
        "customer_id": customer_id,
        "as_of": visit.as_of.isoformat(),
        "model_version": release.version,
        "variant": variants.variant,
        "degraded": degraded,
        "recommendations": [
            {
                "rank": rank,
                "article_id": article_id(each.article),
                "score": each.score,
                "proposed_by": list(each.proposed_by),
                "why": _why(each, release) if visit.explained else None,
            }
            for rank, each in enumerate(shown, 1)
        ],
    }


def _why(shown: Shown, release: Release) -> dict[str, Any]:
    """A `Why`."""
    why = shown.why
    if why is None:
        looked = LOOKED_AT in shown.proposed_by
        sentence = "Goes with what you have just looked at." if looked else "Popular right now."
        kind = shown.proposed_by[0]
        return {
            "kind": kind, "sentence": sentence, "because": None, "days": None, "strategies": [], "features": [],
        }  # fmt: skip
    rows = release.assortment.rows([each for each in (why.article, why.because) if each is not None])
    names = {row["article"]: (row["prod_name"] or "", row["colour_group_name"] or "") for row in rows}
    return {
        "kind": why.kind,
        "sentence": why.sentence(names),
        "because": None if why.because is None else article_id(why.because),
        "days": why.days,
        "strategies": [{"strategy": name, "rank": rank} for name, rank in why.proposed_by],
        "features": _features(why),
    }


def _features(why: Explanation) -> list[dict[str, Any]]:
    # NaN, which JSON does not have, is a value that is not known.
    return [
        {"name": name, "value": None if value != value else value, "added": added}
        for name, value, added in why.features
    ]
