"""Whether the service is there, whether it can serve, what it is, and what Prometheus is told."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from stylo import __version__
from stylo.errors import StorageUnavailable
from stylo.service import metrics
from stylo.service.answers import Live, Ready, Version
from stylo.service.problems import responses
from stylo.service.routes.common import ServiceOf
from stylo.service.service import Service

API = "v1"
ROUTER = APIRouter(tags=["operation"])


@ROUTER.get("/health/live", response_model=Live, responses=responses())
async def live() -> dict[str, bool]:
    """The process answers. When it does not, start it again."""
    return {"live": True}


@ROUTER.get(
    "/health/ready",
    response_model=Ready,
    responses={**responses(), 503: {"model": Ready, "description": "Not now: send requests elsewhere."}},
)
async def ready(service: ServiceOf) -> Any:
    """The process can serve: a model is loaded. `storage` and `problems` say what it does without."""
    release, storage = service.loaded, await _storage(service)
    content = {
        "ready": release is not None,
        "model_version": release.version if release else None,
        "storage": storage,
        # What is wrong, without the paths that a StyloError names.
        "problems": {} if release is None else dict.fromkeys(release.problems, "unusable; see the log"),
    }
    return content if release is not None else JSONResponse(content, 503, headers={"retry-after": "2"})


async def _storage(service: Service) -> bool:
    try:
        await service.storage.do(service.database.check)
    except StorageUnavailable:
        return False
    return True


@ROUTER.get("/version", response_model=Version, responses=responses())
async def version(service: ServiceOf) -> dict[str, Any]:
    """Which code and which model answer."""
    release = service.loaded
    return {
        "stylo": __version__,
        "api": API,
        "model_version": release.version if release else None,
        "model_as_of": release.as_of if release else None,
    }


@ROUTER.get(
    "/metrics",
    response_class=Response,
    responses={**responses(), 200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def prometheus() -> Response:
    """Latency by route and stage, cache, events, errors, queue, model: for Prometheus."""
    return Response(metrics.exposition(), media_type=metrics.MEDIA_TYPE)
