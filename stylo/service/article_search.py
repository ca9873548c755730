"""Articles found by words and their meaning, by another article, or by a photo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from stylo.candidates.bought_together import BoughtTogether
from stylo.candidates.similar_articles import SameStyle, VisualTwins
from stylo.deployment.release import Release
from stylo.errors import StyloError, UnknownArticle
from stylo.recommender import HYBRID
from stylo.service.filters import allowed, among_vectors, narrow
from stylo.service.identifiers import article_of
from stylo.service.problems import ProblemError
from stylo.service.schemas import ArticleSearchRequest, SimilarRequest, VisualSearchRequest
from stylo.visual.alike import Lookalikes, Weights
from stylo.visual.prepared import PreparedPhoto

_STRATEGIES = {
    "hybrid": HYBRID,
    "together": BoughtTogether().name,
    "style": SameStyle().name,
    "visual": VisualTwins().name,
}
_AGAIN_S = 60  # there may be visual vectors, or the network, after a minute


def search(release: Release, query: ArticleSearchRequest) -> dict[str, Any]:
    """An `ArticlesResponse`: a page of the articles that have the words, or mean them, narrowed by facets."""
    assortment = release.assortment
    found = assortment.index.search(query.q)
    sought = found.mask if found.words or found.unknown else None
    narrowed = narrow(release, query, sought)
    places = np.flatnonzero(narrowed.mask)
    # Articles lie in the order of their sales: a stable sort by the words' score keeps it among equals.
    places = places[np.argsort(-found.score[places], kind="stable")]
    page = places[query.offset : query.offset + query.limit]
    unknown = [*found.unknown, *(label for labels in narrowed.unknown.values() for label in labels)]
    return {
        "found": len(places),
        "corrected": found.corrected,
        "meaning": assortment.index.part(found),
        "unknown": unknown,
        "facets": {
            name: [{"label": label, "articles": count} for label, count in counts]
            for name, counts in narrowed.counts.items()
        },
        "articles": [article_facts(row) for row in assortment.articles[page].rows(named=True)],
    }


def row_of(release: Release, written: str) -> dict[str, Any]:
    """The row of an article in the assortment, by its id. Raises ProblemError for one that is not there."""
    return release.assortment.rows([article_of(release, written)])[0]


def article_facts(row: Mapping[str, Any]) -> dict[str, Any]:
    """An `ArticleResponse` from a row of the assortment."""
    return {
        "article_id": row["article_id"],
        "name": row.get("prod_name"),
        "description": row.get("detail_desc"),
        "product_type": row.get("product_type_name"),
        "section": row.get("section_name"),
        "department": row.get("department_name"),
        "colour": row.get("colour_group_name"),
        "pattern": row.get("graphical_appearance_name"),
        "season": row.get("season"),
        "price": None if row["price"] is None else round(row["price"], 2),
        "sales_last_week": row["sales"],
        "first_sold": row["first_sold"],
        "new": row["is_new"],
        "photo": row["has_photo"],
    }


def similar_to_article(release: Release, article: int, query: SimilarRequest) -> dict[str, Any]:
    """A `SimilarResponse`: what goes with an article, or could be bought in its place."""
    passes, lookalikes = allowed(release, query), release.assortment.lookalikes
    if query.by == "visual" and lookalikes is not None:
        found = _by_look(release, lookalikes, article, query, passes)
    else:
        found = _by_neighbours(release, article, query, passes)
    return {
        "article_id": release.assortment.ids.id(article),
        "by": query.by,
        "model_version": release.version,
        "untrained": query.by == "visual" and lookalikes is not None and lookalikes.untrained,
        "articles": found,
    }


def looks_of(release: Release) -> Lookalikes:
    """What photos are compared with. Raises ProblemError where there is nothing."""
    lookalikes = release.assortment.lookalikes
    if lookalikes is None:
        raise ProblemError(
            503,
            "This shop's photos have not been processed: there are no visual vectors.",
            retry_after=_AGAIN_S,
        )
    return lookalikes


def similar_to_photo(release: Release, photo: PreparedPhoto, query: VisualSearchRequest) -> dict[str, Any]:
    """A `SimilarResponse`: articles that look like a photo from outside."""
    lookalikes = looks_of(release)
    among = among_vectors(release, lookalikes, allowed(release, query))
    try:
        encoder = release.assortment.encoder
    except StyloError as error:
        raise ProblemError(
            503, "The network that made the visual vectors cannot be loaded.", retry_after=_AGAIN_S
        ) from error
    try:
        looks = lookalikes.of_prepared(photo, encoder)
        found = lookalikes.find(looks, query.k, _weights(query), among=among)
    except StyloError as error:
        raise ProblemError(422, error.problem) from error
    return {
        "article_id": None,
        "by": "visual",
        "model_version": release.version,
        "untrained": lookalikes.untrained,
        "articles": _with_parts(release, found),
    }


def _by_neighbours(
    release: Release, article: int, query: SimilarRequest, passes: np.ndarray | None
) -> list[dict[str, Any]]:
    """Neighbours that were found when the model was made: a dozen at most, before filters."""
    near = release.neighbours.get(_STRATEGIES[query.by])
    if near is None:
        return []
    found, score = near.of(article)
    place = release.assortment.places(found)
    fine = place >= 0
    if passes is not None:
        fine &= passes[place]
    if not query.same_product:
        products = release.assortment.products
        fine &= products[place] != products[release.assortment.places(np.array([article]))]
    name = release.assortment.ids.id
    return [
        {"rank": rank, "article_id": name(int(other)), "score": float(value), "parts": {}}
        for rank, (other, value) in enumerate(zip(found[fine][: query.k], score[fine], strict=False), 1)
    ]


def _by_look(
    release: Release, lookalikes: Lookalikes, article: int, query: SimilarRequest, passes: np.ndarray | None
) -> list[dict[str, Any]]:
    """What looks alike, by weights, of all articles that pass."""
    among = among_vectors(release, lookalikes, passes)
    try:
        looks = lookalikes.of_article(article)
        found = lookalikes.find(looks, query.k, _weights(query), variants=query.same_product, among=among)
    except UnknownArticle as error:
        name = release.assortment.ids.id(article)
        raise ProblemError(404, f"Article {name} has no visual vector.") from error
    except StyloError as error:
        raise ProblemError(422, error.problem) from error
    return _with_parts(release, found)


def _weights(query: SimilarRequest | VisualSearchRequest) -> Weights:
    return Weights(query.look, query.shape, query.colour_weight, query.pattern_weight)


def _with_parts(release: Release, found: pl.DataFrame) -> list[dict[str, Any]]:
    """`SimilarArticle`s of what `Lookalikes.find` gave."""
    parts = ("look", "shape", "colour", "pattern")
    return [
        {
            "rank": rank,
            "article_id": release.assortment.ids.id(row["article"]),
            "score": row["score"],
            "parts": {name: row[name] for name in parts},
        }
        for rank, row in enumerate(found.rows(named=True), 1)
    ]
