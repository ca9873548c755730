"""What a customer is recommended: one by one, and many at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
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
from stylo.service.problems import Refused, responses
from stylo.service.release import Release
from stylo.service.routes.common import ScopedRoute, ServiceOf, allowed, key_id, needs, note, request_id
from stylo.service.service import Given, Known, Service
from stylo.service.storage.keys import Scope
from stylo.service.storage.predictions import Prediction
from stylo.tables.ids import article_id

ROUTER = APIRouter(tags=["recommendations"], route_class=ScopedRoute)
VARIANT = "live"
_JSON = "application/json"
_AT_ONCE = 64


@ROUTER.get(
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
    wanted = Visit(
        None,
        release.as_of,
        asked.k,
        allowed=allowed(release, asked),
        without_purchased=asked.exclude_purchased,
        explained=asked.explain,
    )
    visit = service.visit(release, known, wanted, asked.as_of)
    if asked.as_of is not None and asked.as_of > service.visit(release, known, wanted, None).as_of:
        raise Refused(422, "as_of lies in the future.", errors=[{"where": "query.as_of", "what": "too late"}])
    state = (release.version, known.last_event, visit.as_of, visit.looked_at)
    question = (customer_id, asked.model_dump_json(exclude_defaults=True))
    given = None if known.degraded else service.cache.get(question, state)
    cache = "miss" if given is None else "hit"
    metrics.CACHE.labels(cache).inc()
    note(request, model_version=release.version, variant=VARIANT, cache=cache)
    degraded: list[str] = []
    if given is None:
        shown, popular = await service.recommend(release, visit)
        degraded = _degraded(known, popular)
        body = json.dumps(_list(customer_id, visit, release, shown, degraded)).encode()
        given = Given(body, tuple(each.article for each in shown))
        if degraded:
            note(request, degraded=degraded)
        else:
            service.cache.keep(question, state, given)
    service.predictions.add(
        Prediction(
            at=datetime.now(UTC),
            request_id=request_id(request),
            key_id=key_id(request),
            customer_id=customer_id,
            route="recommendations",
            model_version=release.version,
            variant=VARIANT,
            articles=given.articles,
            cached=cache == "hit",
            degraded=",".join(degraded) or None,
        )
    )
    return Response(given.body, media_type=_JSON, headers={"x-cache": cache})


@ROUTER.post("/batch", dependencies=needs(Scope.READ), responses=responses(), response_model=Batch)
async def batch(request: Request, service: ServiceOf, asked: BatchAsked) -> Response:
    """Lists for up to 1,000 customers. For more: `python -m stylo.service.batch`."""
    release = service.release
    note(request, model_version=release.version, variant=VARIANT, customers=len(asked.customers))
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
    wanted = Visit(None, release.as_of, asked.k, without_purchased=asked.exclude_purchased)
    visit = service.visit(release, known, wanted, None)
    shown, popular = await service.recommend(release, visit)
    return _list(customer_id, visit, release, shown, _degraded(known, popular))


def _degraded(known: Known, popular: bool) -> list[str]:
    """What had to be done without."""
    without = [name for name, lacks in (("events", known.degraded), ("model", popular)) if lacks]
    for name in without:
        metrics.DEGRADED.labels(name).inc()
    return without


def _list(
    customer_id: str, visit: Visit, release: Release, shown: Sequence[Shown], degraded: list[str]
) -> dict[str, Any]:
    """A `Recommendations`."""
    return {
        "customer_id": customer_id,
        "as_of": visit.as_of.isoformat(),
        "model_version": release.version,
        "variant": VARIANT,
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
