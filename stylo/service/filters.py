"""Filters: which articles of a release a request allows."""

from __future__ import annotations

from typing import cast

import numpy as np

from stylo.deployment.release import Release
from stylo.search.facets import NO, YES, Narrowed
from stylo.service.identifiers import excluded_of
from stylo.service.problems import ProblemError
from stylo.service.schemas import ArticleFilters, RecommendationRequest
from stylo.visual.alike import Lookalikes

_FACETS = ("section", "product_type", "colour", "pattern", "season")


def narrow(release: Release, filters: ArticleFilters, found: np.ndarray | None = None) -> Narrowed:
    """Of the articles found, bool (articles,), or of all: those that pass, and what else could be chosen.

    A yes or no that fits no article leaves nothing; labels that no article has are reported and passed over.
    """
    facets = release.assortment.facets
    chosen = {name: list(getattr(filters, name)) for name in _FACETS if getattr(filters, name)}
    for name in ("new", "photo"):
        if (wanted := getattr(filters, name)) is not None:
            label = YES if wanted else NO
            if label in facets.facets[name].labels:
                chosen[name] = [label]
            else:
                found = np.zeros(len(facets.prices), dtype=bool)
    return facets.narrow(found, chosen, (filters.price_min, filters.price_max))


def may_be_shown(release: Release, asked: RecommendationRequest) -> np.ndarray | None:
    """The same without the articles that a request excludes; one that is not in the assortment is left out anyway."""
    passes = allowed(release, asked)
    if not asked.exclude:
        return passes
    mask = np.ones(release.assortment.articles.height, dtype=bool) if passes is None else passes.copy()
    there = [("query.exclude", each) for each in asked.exclude]
    numbers = excluded_of(release, there)
    place = release.assortment.places(np.array(numbers, dtype=np.int64))
    mask[place[place >= 0]] = False
    return mask


def allowed(release: Release, filters: ArticleFilters) -> np.ndarray | None:
    """bool (articles,), which articles of the assortment pass; None if there is no filter.

    Raises ProblemError for a label that no article has: a filter that filters nothing would be mistaken for one
    that did.
    """
    if all(getattr(filters, name) in (None, []) for name in ArticleFilters.model_fields):
        return None
    narrowed = narrow(release, filters)
    if narrowed.unknown:
        wrong = [
            {"where": f"query.{facet}", "what": f"No article has {label[:80]!r}."}
            for facet, labels in narrowed.unknown.items()
            for label in labels
        ]
        raise ProblemError(
            422, "There is no such label; GET /v1/articles lists the existing ones.", errors=wrong
        )
    return narrowed.mask


def among_vectors(release: Release, lookalikes: Lookalikes, passes: np.ndarray | None) -> np.ndarray | None:
    """The same filter, in the order of the visual vectors."""
    if passes is None:
        return None
    place = release.assortment.places(lookalikes.articles["article"].to_numpy())
    return cast(np.ndarray, (place >= 0) & passes[place])
