"""The application: a service with its routes, for an ASGI server."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from multiprocessing.connection import wait
from threading import Thread
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.responses import Response
from threadpoolctl import threadpool_limits

from stylo import __version__
from stylo.errors import MissingFile, NoPhotos
from stylo.service import logs
from stylo.service.edge import Edge, as_refusal
from stylo.service.problems import MEDIA_TYPE, Problem, Refused
from stylo.service.release import Releases
from stylo.service.routes import articles, events, experiments, health, models, photos, recommendations
from stylo.service.service import Service
from stylo.service.settings import Settings
from stylo.storage.database import Database
from stylo.tables.folder import DataFolder
from stylo.visual.photos import Photos, open_photos
from stylo.visual.thumbnails import Thumbnails

_ABOUT = """Recommendations, similar articles, search by words and by photo, and events, over HTTP.

Every address under /v1 needs a key: `Authorization: Bearer stylo_…`, made by `python serve.py keys create`.
What goes wrong is told as `application/problem+json`."""
_CONNECTIONS = 8
# Threads hand over to each other so often: with Python's own 5 ms a request waits for the model of another.
_SWITCH_SECONDS = 0.0005


def create() -> FastAPI:
    """The application of the settings in the environment: what a server's worker calls."""
    logs.to_standard_output()
    _end_with_parent()
    sys.setswitchinterval(_SWITCH_SECONDS)
    settings = Settings()
    # Threads that recommend side by side, each with a thread a core for every product, would stand in each other's way.
    threadpool_limits(1)
    return application(
        settings, Database.open(settings.database_url, pool=_CONNECTIONS), releases_of(settings)
    )


def _end_with_parent() -> None:
    """A worker whose parent was killed would keep the port, and nobody would stop it."""
    if (parent := multiprocessing.parent_process()) is None:
        return

    def end() -> None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=end, daemon=True).start()


def releases_of(settings: Settings) -> Releases:
    """The releases in the state folder, with the photos and thumbnails of the data folder."""
    photos: Photos | None = None
    with suppress(MissingFile, NoPhotos):
        photos = open_photos(settings.images)
    return Releases(settings.state_folder, Thumbnails.of(DataFolder(settings.data)), photos)


def application(settings: Settings, database: Database, releases: Releases) -> FastAPI:
    """The application over a database whose tables are up to date."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await service.start()
        yield
        await service.stop()

    service = Service(settings, database, releases)
    app = FastAPI(
        title="StyloAI",
        version=__version__,
        description=_ABOUT,
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
    )
    app.state.service = service
    for routes in (recommendations, articles, photos, events, models, experiments):
        app.include_router(routes.ROUTER, prefix="/v1")
    app.include_router(health.ROUTER)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Refused, _refused)
    app.add_middleware(Edge, service=service)
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
    return _problem(request, Refused(422, "Something in the request is not as it should be.", errors=wrong))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    return _problem(request, Refused(error.status_code, str(error.detail), headers=headers))


async def _refused(request: Request, error: Exception) -> Response:
    return _problem(request, as_refusal(error))


def _problem(request: Request, refused: Refused) -> Response:
    body = refused.body(request.state._state["request_id"])
    return Response(body, refused.status, refused.headers, MEDIA_TYPE)


def _described(app: FastAPI) -> dict[str, Any]:
    """OpenAPI, with our problems in place of FastAPI's own errors."""
    if app.openapi_schema is None:
        described = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = described.setdefault("components", {}).setdefault("schemas", {})
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs", {}))
        schemas["Problem"] = problem
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        app.openapi_schema = described
    return app.openapi_schema
