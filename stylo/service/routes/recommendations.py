"""What a customer is recommended: one by one, and many at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from stylo.service.identifiers import customers_of, with_slashes
from stylo.service.problems import problem_responses
from stylo.service.recommendation_pipeline import NOBODY, CacheKey
from stylo.service.routes.common import CustomerPath, ScopedRoute, WorkerOf, info_of, needs, note
from stylo.service.schemas import (
    BatchRequest,
    BatchResponse,
    RecommendationRequest,
    RecommendationsResponse,
)
from stylo.service.variants import LIVE
from stylo.service.worker import Worker
from stylo.storage.keys import Scope

_JSON = "application/json"


class CachedRoute(ScopedRoute):
    """Gives the same answer as before, while no event and no other model has made it untrue."""

    async def cached_response(self, request: Request) -> Response | None:
        worker: Worker = request.app.state.worker
        if (form := worker.known_forms.get(request.scope["query_string"])) is None:
            return None
        question = CacheKey(with_slashes(request.path_params.get("customer_id", NOBODY)), form)
        return _answer(await worker.pipeline.from_cache(question, info_of(request)), "hit")


def _answer(body: bytes | None, cache: str) -> Response | None:
    return None if body is None else Response(body, media_type=_JSON, headers={"x-cache": cache})


ROUTER = APIRouter(tags=["recommendations"], route_class=ScopedRoute)
_CACHED = APIRouter(route_class=CachedRoute)


@_CACHED.get(
    "/customers/{customer_id}/recommendations",
    dependencies=needs(Scope.READ),
    responses=problem_responses(404),
    response_model=RecommendationsResponse,
)
async def recommendations(
    request: Request,
    worker: WorkerOf,
    customer_id: CustomerPath,
    asked: Annotated[RecommendationRequest, Query()],
) -> Response:
    """Articles for a customer, the best first.

    An event that was stored is known to the next request, whichever process answers it. A customer whom the shop does
    not know is answered where the request tells something of them: `age`, `club` or `seed_articles`.
    """
    return await _recommended(request, worker, customer_id, asked)


@_CACHED.get(
    "/recommendations",
    dependencies=needs(Scope.READ),
    responses=problem_responses(404),
    response_model=RecommendationsResponse,
)
async def recommendations_for_anybody(
    request: Request, worker: WorkerOf, asked: Annotated[RecommendationRequest, Query()]
) -> Response:
    """Articles for a person without a customer id, the best first: by `age`, `club`, `section` and `seed_articles`.

    Nobody is part of an experiment here, and nothing is remembered of the person.
    """
    return await _recommended(request, worker, NOBODY, asked)


async def _recommended(
    request: Request, worker: Worker, customer_id: str, asked: RecommendationRequest
) -> Response:
    question, written = CacheKey.of(customer_id, asked), request.scope["query_string"]
    if written not in worker.known_forms:
        worker.note_form(written, question.form)
        if (
            known := _answer(await worker.pipeline.from_cache(question, info_of(request)), "hit")
        ) is not None:
            return known
    body = await worker.pipeline.recommend(question, asked, info_of(request))
    return Response(body, media_type=_JSON, headers={"x-cache": "miss"})


ROUTER.include_router(_CACHED)


@ROUTER.post(
    "/batch", dependencies=needs(Scope.READ), responses=problem_responses(), response_model=BatchResponse
)
async def batch(request: Request, worker: WorkerOf, asked: BatchRequest) -> Response:
    """Lists for up to 1,000 customers. For more: `python -m stylo.service.batch`.

    Each customer counts as one request towards the key's rate.
    """
    customers, key = list(dict.fromkeys(asked.customers)), info_of(request).key
    customers_of(worker.release, [(f"body.customers.{n}", each) for n, each in enumerate(asked.customers)])
    note(request, model_version=worker.release.version, variant=LIVE, customers=len(customers))
    async with worker.pipeline.batches.turn():
        if key is not None:
            worker.rates.charge(key.id, len(customers) - 1)
        return Response(await worker.pipeline.recommend_many(customers, asked), media_type=_JSON)
