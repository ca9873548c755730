"""Outfits as the API gives them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import numpy as np

from stylo.deployment.release import Release
from stylo.deployment.releases import OUTFITS
from stylo.errors import BadOption
from stylo.outfits.maker import ShownArticle, ShownOutfit
from stylo.service.identifiers import articles_of
from stylo.service.problems import ProblemError
from stylo.service.schemas import OutfitRequest
from stylo.tables.ids import ArticleIds

_AGAIN_S = 60  # there may be another model after a minute


def outfit_of(
    release: Release, article: int, asked: OutfitRequest, shown: np.ndarray | None = None
) -> dict[str, Any]:
    """An `OutfitResponse`. Raises ProblemError.

    shown : bool (articles of the assortment,), which may be chosen; None for all.
    """
    made, ids = _made(release, article, asked, shown), release.assortment.ids
    return {
        "article_id": ids.id(article),
        "model_version": release.version,
        "slot": made.slot,
        "price": made.price,
        "slots": [
            {
                "slot": each.slot,
                "locked": each.locked,
                **_article(each.chosen, ids),
                "alternatives": [_article(other, ids) for other in each.alternatives],
            }
            for each in made.slots
        ],
        "left_out": [{"slot": slot, "reason": reason} for slot, reason in made.left_out.items()],
    }


def _made(release: Release, article: int, asked: OutfitRequest, shown: np.ndarray | None) -> ShownOutfit:
    maker, ids = release.outfit_maker, release.assortment.ids
    if maker is None:
        raise ProblemError(503, _why_none(release), retry_after=_AGAIN_S)
    if maker.slot_of(article) is None:
        address = f"/v1/articles/{quote(ids.id(article), safe='')}/similar?by=together"
        raise ProblemError(
            422,
            f"Article {ids.id(article)} has no place in an outfit. GET {address} tells what is bought with it.",
        )
    written = [(f"query.locked.{number}", each) for number, each in enumerate(asked.locked)]
    locked = articles_of(release, written, unknown_detail="A locked article is not in the catalogue.")
    for (where, _), number in zip(written, locked, strict=True):
        if maker.slot_of(number) is None:
            raise _wrong(where, f"Article {ids.id(number)} has no place in an outfit.")
    try:
        return maker.make(article, locked, asked.without, asked.alternatives, asked.max_price, shown)
    except BadOption as error:
        where = "query.max_price" if "max_price" in error.cure else "query.locked"
        raise _wrong(where, f"{error.problem} {error.cure}") from error


def _why_none(release: Release) -> str:
    if OUTFITS in release.problems:
        return "The model of outfits cannot be used: GET /health/ready tells why."
    return (
        "The live model was made before there were outfits. Train and publish another: final.py makes them."
    )


def _wrong(where: str, what: str) -> ProblemError:
    return ProblemError(422, what, errors=[{"where": where, "what": what}])


def _article(shown: ShownArticle, ids: ArticleIds) -> dict[str, Any]:
    """An `OutfitArticleResponse`."""
    return {
        "article_id": ids.id(shown.article),
        "score": shown.score,
        "price": shown.price,
        "why": [{"kind": each.kind, "value": each.value, "sentence": each.sentence} for each in shown.why],
    }
