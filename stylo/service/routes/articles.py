"""Articles: found by words and filters, one with its facts, its thumbnail, what is similar to it, and an outfit
around it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from stylo.service.article_search import (
    article_facts,
    looks_of,
    row_of,
    search,
    similar_to_article,
    similar_to_photo,
)
from stylo.service.outfits import outfit_of
from stylo.service.problems import ProblemError, problem_responses
from stylo.service.routes.common import ArticlePath, ScopedRoute, WorkerOf, info_of, needs, note
from stylo.service.schemas import (
    ArticleResponse,
    ArticleSearchRequest,
    ArticlesResponse,
    OutfitRequest,
    OutfitResponse,
    SimilarRequest,
    SimilarResponse,
    VisualSearchRequest,
)
from stylo.storage.keys import Scope
from stylo.visual.thumbnails import SMALL

ROUTER = APIRouter(tags=["articles"], route_class=ScopedRoute)
_PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp")
_BINARY = {"schema": {"type": "string", "format": "binary"}}


@ROUTER.get(
    "/articles",
    dependencies=needs(Scope.READ),
    responses=problem_responses(),
    response_model=ArticlesResponse,
)
async def articles(
    request: Request, worker: WorkerOf, asked: Annotated[ArticleSearchRequest, Query()]
) -> dict[str, Any]:
    """Articles that have the words, narrowed by facets; the best match first, then what sells best."""
    release = worker.release
    note(request, model_version=release.version)
    return await worker.search.do(lambda: search(release, asked))


@ROUTER.get(
    "/articles/{article_id}",
    dependencies=needs(Scope.READ),
    responses=problem_responses(404),
    response_model=ArticleResponse,
)
async def article(request: Request, worker: WorkerOf, article_id: ArticlePath) -> dict[str, Any]:
    """What is known of an article."""
    release = worker.release
    note(request, model_version=release.version)
    return article_facts(row_of(release, article_id))


@ROUTER.get(
    "/articles/{article_id}/thumbnail",
    dependencies=needs(Scope.READ),
    responses={**problem_responses(404), 200: {"content": {"image/jpeg": _BINARY}}},
    response_class=Response,
)
async def thumbnail(worker: WorkerOf, article_id: ArticlePath) -> Response:
    """The article's photo, some 300 pixels wide."""
    release = worker.release
    number = row_of(release, article_id)["article"]
    found = await worker.thumbnails.do(lambda: release.pictures.find(number, SMALL))
    if found is None:
        raise ProblemError(404, f"There is no photo of article {article_id}.")
    return Response(found, media_type="image/jpeg", headers={"cache-control": "private, max-age=86400"})


@ROUTER.get(
    "/articles/{article_id}/similar",
    dependencies=needs(Scope.READ),
    responses=problem_responses(404),
    response_model=SimilarResponse,
)
async def similar(
    request: Request, worker: WorkerOf, article_id: ArticlePath, asked: Annotated[SimilarRequest, Query()]
) -> dict[str, Any]:
    """What goes with an article, or could be bought in its place."""
    release = worker.release
    note(request, model_version=release.version)
    number = row_of(release, article_id)["article"]
    return await worker.search.do(lambda: similar_to_article(release, number, asked))


@ROUTER.get(
    "/articles/{article_id}/outfit",
    dependencies=needs(Scope.READ),
    responses=problem_responses(404),
    response_model=OutfitResponse,
)
async def outfit(
    request: Request, worker: WorkerOf, article_id: ArticlePath, asked: Annotated[OutfitRequest, Query()]
) -> dict[str, Any]:
    """An outfit around an article: for each slot what goes with it best, and what else would."""
    release = worker.release
    note(request, model_version=release.version)
    number = row_of(release, article_id)["article"]
    shown = worker.rules.of(release).shown_to_anybody(worker.clock.zone.day(worker.now()))
    return await worker.search.do(lambda: outfit_of(release, number, asked, shown))


@ROUTER.post(
    "/visual-search",
    dependencies=needs(Scope.READ),
    responses=problem_responses(415),
    response_model=SimilarResponse,
    openapi_extra={"requestBody": {"required": True, "content": dict.fromkeys(_PICTURE_TYPES, _BINARY)}},
)
async def visual_search(
    request: Request, worker: WorkerOf, asked: Annotated[VisualSearchRequest, Query()]
) -> dict[str, Any]:
    """Articles that look like a picture: JPEG, PNG or WebP, sent as the body."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() not in _PICTURE_TYPES:
        types = ", ".join(_PICTURE_TYPES)
        raise ProblemError(415, f"Send an image as the body, with one of the content types {types}.")
    release = worker.release
    note(request, model_version=release.version)
    looks_of(release)  # before the picture is decoded
    photo = await worker.pictures.prepared(info_of(request).body)
    return await worker.network.do(lambda: similar_to_photo(release, photo, asked))
