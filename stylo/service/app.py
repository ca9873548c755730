"""The ASGI application: routes, middleware and OpenAPI around a worker."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import wait
from threading import Thread
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response
from threadpoolctl import threadpool_limits

from stylo import __version__
from stylo.deployment.releases import Releases
from stylo.service import logs, metrics
from stylo.service.middleware import RequestMiddleware, as_problem
from stylo.service.problems import MEDIA_TYPE, Problem, ProblemError
from stylo.service.routes import articles, events, experiments, health, models, recommendations, rules
from stylo.service.settings import ServiceSettings
from stylo.service.worker import Worker
from stylo.storage.database import Database

_ABOUT = """Recommendations, similar articles, search by words and by photo, and events, over HTTP.

Every address under /v1 needs a key: `Authorization: Bearer stylo_…`, made by `python serve.py keys create`.
What goes wrong is told as `application/problem+json`."""
_CONNECTIONS = 8
# Threads hand over to each other so often: with Python's own 5 ms a request waits for the model of another.
_SWITCH_SECONDS = 0.0005


def create() -> FastAPI:
    """The application by the settings in the environment: each worker process calls this."""
    logs.to_standard_output()
    _end_with_parent()
    sys.setswitchinterval(_SWITCH_SECONDS)
    settings = ServiceSettings()
    # Threads that recommend side by side, each with a thread a core for every product, would stand in each other's way.
    threadpool_limits(1)
    state = settings.state_folder
    database = state.open_database(pool=_CONNECTIONS)
    return application(settings, database, Releases.of(state, settings.images))


def _end_with_parent() -> None:
    """Ends this worker when its parent is killed: else it would keep the port, and nobody would stop it."""
    if (parent := multiprocessing.parent_process()) is None:
        return

    def end() -> None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=end, daemon=True).start()


def application(settings: ServiceSettings, database: Database, releases: Releases) -> FastAPI:
    """The application over a database whose tables are up to date."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await worker.start()
        yield
        await worker.stop()

    worker = Worker(settings, database, releases)
    app = FastAPI(
        title="StyloAI",
        version=__version__,
        description=_ABOUT,
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
    )
    app.state.worker = worker
    for routes in (recommendations, articles, events, models, experiments, rules):
        app.include_router(routes.ROUTER, prefix="/v1")
    app.include_router(health.ROUTER)
    metrics.expect(
        (str(route.path), method)
        for route in iter_route_contexts(app.routes)
        for method in route.methods or ()
    )
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ProblemError, _problem_error)
    app.add_middleware(RequestMiddleware, worker=worker)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "idempotency-key", "x-request-id"],
        )
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = [{"where": ".".join(map(str, each["loc"])), "what": each["msg"]} for each in error.errors()[:100]]
    return _problem(request, ProblemError(422, "Something in the request is invalid.", errors=wrong))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    return _problem(request, ProblemError(error.status_code, str(error.detail), headers=headers))


async def _problem_error(request: Request, error: Exception) -> Response:
    return _problem(request, as_problem(error))


def _problem(request: Request, problem: ProblemError) -> Response:
    body = problem.body(request.state.info.id)
    return Response(body, problem.status, problem.headers, MEDIA_TYPE)


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with our Problem in place of FastAPI's errors."""
    if app.openapi_schema is None:
        root = app.state.worker.settings.root_path
        described = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            servers=[{"url": root}] if root else None,
        )
        components = described.setdefault("components", {}).setdefault("schemas", {})
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        components.update(problem.pop("$defs", {}))
        components["Problem"] = problem
        for name in ("HTTPValidationError", "ValidationError"):
            components.pop(name, None)
        app.openapi_schema = described
    return app.openapi_schema
