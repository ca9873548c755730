"""What a customer is recommended: one by one, and many at once."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from stylo.service.problems import problem_responses
from stylo.service.routes.common import ScopedRoute, WorkerOf, info_of, needs, note
from stylo.service.schemas import (
    CUSTOMER,
    BatchRequest,
    BatchResponse,
    RecommendationRequest,
    RecommendationsResponse,
)
from stylo.service.variants import LIVE
from stylo.service.worker import Worker
from stylo.storage.keys import Scope
from stylo.tables.ids import CUSTOMER_ID

_JSON = "application/json"


def _question(request: Request) -> tuple[str, bytes]:
    """What was asked, as it was written: by it an answer is found again without reading the parameters."""
    return request.path_params["customer_id"], request.scope["query_string"]


class CachedRoute(ScopedRoute):
    """Gives the same answer as before, while no event and no other model has made it untrue."""

    async def cached_response(self, request: Request) -> Response | None:
        worker: Worker = request.app.state.worker
        question = _question(request)
        body = await worker.pipeline.from_cache(question[0], question, info_of(request))
        return None if body is None else Response(body, media_type=_JSON, headers={"x-cache": "hit"})


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
    customer_id: Annotated[
        str, Path(pattern=f"^{CUSTOMER_ID}$", examples=[CUSTOMER], description="64 hexadecimal characters.")
    ],
    asked: Annotated[RecommendationRequest, Query()],
) -> Response:
    """Articles for a customer, the best first.

    A purchase, view or click that was stored is known to the next request, whichever process answers it.
    """
    body = await worker.pipeline.recommend(customer_id, asked, _question(request), info_of(request))
    return Response(body, media_type=_JSON, headers={"x-cache": "miss"})


ROUTER.include_router(_CACHED)


@ROUTER.post(
    "/batch", dependencies=needs(Scope.READ), responses=problem_responses(), response_model=BatchResponse
)
async def batch(request: Request, worker: WorkerOf, asked: BatchRequest) -> Response:
    """Lists for up to 1,000 customers. For more: `python -m stylo.service.batch`."""
    note(request, model_version=worker.release.version, variant=LIVE, customers=len(asked.customers))
    content = await worker.pipeline.recommend_many(asked)
    return Response(json.dumps(content), media_type=_JSON)
