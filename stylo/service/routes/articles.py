"""Articles: found by words and filters, one with its facts, its thumbnail, and what is similar to it."""

from __future__ import annotations

from typing import Annotated, Any, cast

import numpy as np
import polars as pl
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from stylo.candidates.bought_together import BoughtTogether
from stylo.candidates.same_style import SameStyle
from stylo.candidates.visual_twins import VisualTwins
from stylo.errors import StyloError
from stylo.recommender import HYBRID
from stylo.service.answers import ARTICLE, Article, Articles, ArticlesAsked, Similar, SimilarAsked
from stylo.service.problems import Refused, responses
from stylo.service.release import Release
from stylo.service.routes.common import ScopedRoute, ServiceOf, allowed, facts_of, narrow, needs, note
from stylo.storage.keys import Scope
from stylo.tables.ids import article_id, article_number, products
from stylo.visual.alike import Lookalikes, Weights
from stylo.visual.pictures import SMALL

ROUTER = APIRouter(tags=["articles"], route_class=ScopedRoute)
ArticleId = Annotated[
    str,
    Path(pattern=r"^0[0-9]{9}$", examples=[ARTICLE], description="Ten digits with the leading zero."),
]
_STRATEGIES = {
    "hybrid": HYBRID,
    "together": BoughtTogether().name,
    "style": SameStyle().name,
    "visual": VisualTwins().name,
}


@ROUTER.get("/articles", dependencies=needs(Scope.READ), responses=responses(), response_model=Articles)
async def articles(
    request: Request, service: ServiceOf, asked: Annotated[ArticlesAsked, Query()]
) -> dict[str, Any]:
    """Articles that have the words, narrowed by facets; the best match first, then what sells best."""
    release = service.release
    note(request, model_version=release.version)
    return await service.in_thread(lambda: _found(release, asked))


def _found(release: Release, asked: ArticlesAsked) -> dict[str, Any]:
    assortment = release.assortment
    found = assortment.index.search(asked.q)
    sought = found.mask if found.words or found.unknown else None
    narrowed = narrow(release, asked, sought)
    places = np.flatnonzero(narrowed.mask)
    # Articles lie in the order of their sales: a stable sort by the words' score keeps it among equals.
    places = places[np.argsort(-found.score[places], kind="stable")]
    page = places[asked.offset : asked.offset + asked.limit]
    unknown = [*found.unknown, *(label for labels in narrowed.unknown.values() for label in labels)]
    return {
        "found": len(places),
        "corrected": found.corrected,
        "unknown": unknown,
        "facets": {
            name: [{"label": label, "articles": count} for label, count in counts]
            for name, counts in narrowed.counts.items()
        },
        "articles": [facts_of(row) for row in assortment.articles[page].rows(named=True)],
    }


@ROUTER.get(
    "/articles/{article_id}", dependencies=needs(Scope.READ), responses=responses(404), response_model=Article
)
async def article(request: Request, service: ServiceOf, article_id: ArticleId) -> dict[str, Any]:
    """What is known of an article."""
    release = service.release
    note(request, model_version=release.version)
    return facts_of(_row(release, article_id))


@ROUTER.get(
    "/articles/{article_id}/thumbnail",
    dependencies=needs(Scope.READ),
    responses={
        **responses(404),
        200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}},
    },
    response_class=Response,
)
async def thumbnail(service: ServiceOf, article_id: ArticleId) -> Response:
    """The article's photo, some 300 pixels wide."""
    release = service.release
    number = _row(release, article_id)["article"]
    found = await service.in_thread(lambda: release.pictures.find(number, SMALL))
    if found is None:
        raise Refused(404, f"There is no photo of article {article_id}.")
    return Response(found, media_type="image/jpeg", headers={"cache-control": "private, max-age=86400"})


@ROUTER.get(
    "/articles/{article_id}/similar",
    dependencies=needs(Scope.READ),
    responses=responses(404),
    response_model=Similar,
)
async def similar(
    request: Request, service: ServiceOf, article_id: ArticleId, asked: Annotated[SimilarAsked, Query()]
) -> dict[str, Any]:
    """What goes with an article, or could be bought in its place."""
    release = service.release
    note(request, model_version=release.version)
    number = _row(release, article_id)["article"]
    return await service.in_thread(lambda: _similar(release, number, asked))


def _row(release: Release, name: str) -> dict[str, Any]:
    rows = release.assortment.rows([article_number(name)])
    if not rows:
        raise Refused(404, f"There is no article {name}.")
    return rows[0]


def _similar(release: Release, article: int, asked: SimilarAsked) -> dict[str, Any]:
    passes, lookalikes = allowed(release, asked), release.assortment.lookalikes
    if asked.by == "visual" and lookalikes is not None:
        found = _alike(release, lookalikes, article, asked, passes)
    else:
        found = _kept(release, article, asked, passes)
    return {
        "article_id": article_id(article),
        "by": asked.by,
        "model_version": release.version,
        "untrained": asked.by == "visual" and lookalikes is not None and lookalikes.untrained,
        "articles": found,
    }


def _kept(
    release: Release, article: int, asked: SimilarAsked, passes: np.ndarray | None
) -> list[dict[str, Any]]:
    """Neighbours that were found when the model was made: a dozen at most, before filters."""
    near = release.neighbours.get(_STRATEGIES[asked.by])
    if near is None:
        return []
    found, score = near.of(article)
    place = release.assortment.places(found)
    fine = place >= 0
    if passes is not None:
        fine &= passes[place]
    if not asked.same_product:
        fine &= products(found) != products(np.array(article))
    return [
        {"rank": rank, "article_id": article_id(int(other)), "score": float(value), "parts": {}}
        for rank, (other, value) in enumerate(zip(found[fine][: asked.k], score[fine], strict=False), 1)
    ]


def _alike(
    release: Release, lookalikes: Lookalikes, article: int, asked: SimilarAsked, passes: np.ndarray | None
) -> list[dict[str, Any]]:
    """What looks alike, by weights, of all articles that pass."""
    among = among_looks(release, lookalikes, passes)
    try:
        query = lookalikes.of_article(article)
        found = lookalikes.find(query, asked.k, weights_of(asked), variants=asked.same_product, among=among)
    except StyloError as error:
        raise Refused(404 if "no visual vector" in error.problem else 422, error.problem) from error
    return matches(found)


def among_looks(release: Release, lookalikes: Lookalikes, passes: np.ndarray | None) -> np.ndarray | None:
    """The same filter, in the order of the vectors."""
    if passes is None:
        return None
    place = release.assortment.places(lookalikes.articles["article"].to_numpy())
    return cast(np.ndarray, (place >= 0) & passes[place])


def weights_of(asked: Any) -> Weights:
    """Weights of look, shape, colour and pattern as they were asked for."""
    return Weights(asked.look, asked.shape, asked.colour_weight, asked.pattern_weight)


def matches(found: pl.DataFrame) -> list[dict[str, Any]]:
    """`SimilarArticle`s of what `Lookalikes.find` gave."""
    parts = ("look", "shape", "colour", "pattern")
    return [
        {
            "rank": rank,
            "article_id": article_id(row["article"]),
            "score": row["score"],
            "parts": {name: row[name] for name in parts},
        }
        for rank, row in enumerate(found.rows(named=True), 1)
    ]
