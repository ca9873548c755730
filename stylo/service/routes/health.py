"""Whether the service is there, whether it can serve, what it is, and what Prometheus is told."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from stylo import __version__
from stylo.errors import StorageUnavailable
from stylo.service import metrics
from stylo.service.problems import problem_responses
from stylo.service.routes.common import WorkerOf
from stylo.service.schemas import LivenessResponse, ReadinessResponse, VersionResponse
from stylo.service.worker import Worker

API = "v1"
ROUTER = APIRouter(tags=["operation"])


@ROUTER.get("/health/live", response_model=LivenessResponse, responses=problem_responses())
async def live() -> dict[str, bool]:
    """The process answers. When it does not, start it again."""
    return {"live": True}


@ROUTER.get(
    "/health/ready",
    response_model=ReadinessResponse,
    responses={
        **problem_responses(),
        503: {"model": ReadinessResponse, "description": "Not ready: send requests elsewhere."},
    },
)
async def ready(worker: WorkerOf) -> Any:
    """The process can serve: a model is loaded. `storage` and `problems` say what it does without."""
    release, storage = worker.live.loaded, await _storage(worker)
    # What is wrong, without the paths that a StyloError names.
    problems = {} if release is None else dict.fromkeys(release.problems, "unusable; see the log")
    if not worker.live.follows:
        problems["new versions"] = "not taken up; see the log"
    if not worker.pipeline.logs:
        problems["log"] = "not written whole; see the log"
    content = {
        "ready": release is not None,
        "model_version": release.version if release else None,
        "storage": storage,
        "problems": problems,
    }
    return content if release is not None else JSONResponse(content, 503, headers={"retry-after": "2"})


async def _storage(worker: Worker) -> bool:
    try:
        await worker.storage.do(worker.database.check)
    except StorageUnavailable:
        return False
    return True


@ROUTER.get("/version", response_model=VersionResponse, responses=problem_responses())
async def version(worker: WorkerOf) -> dict[str, Any]:
    """Which code and which model answer."""
    release = worker.live.loaded
    return {
        "stylo": __version__,
        "api": API,
        "model_version": release.version if release else None,
        "model_as_of": release.as_of if release else None,
    }


@ROUTER.get(
    "/metrics",
    response_class=Response,
    responses={**problem_responses(), 200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def prometheus() -> Response:
    """Latency by route and stage, cache, events, errors, queue, model: for Prometheus."""
    return Response(metrics.exposition(), media_type=metrics.MEDIA_TYPE)
