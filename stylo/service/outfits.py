"""Outfits as the API gives them."""

from __future__ import annotations

from typing import Any

from stylo.deployment.release import Release
from stylo.errors import BadOption, UnknownArticle
from stylo.outfits.maker import OutfitMaker, ShownArticle
from stylo.service.problems import ProblemError
from stylo.service.schemas import OutfitRequest
from stylo.tables.ids import article_id, article_number

_AGAIN_S = 60  # there may be another model after a minute


def outfit_of(release: Release, article: int, asked: OutfitRequest) -> dict[str, Any]:
    """An `OutfitResponse`. Raises ProblemError."""
    maker = release.outfit_maker
    if maker is None:
        raise ProblemError(503, _why_none(release), retry_after=_AGAIN_S)
    if maker.slot_of(article) is None:
        name = article_id(article)
        raise ProblemError(
            422,
            f"Article {name} has no place in an outfit. GET /v1/articles/{name}/similar?by=together tells what is "
            "bought with it.",
        )
    made = _made(maker, article, asked)
    return {
        "article_id": article_id(article),
        "model_version": release.version,
        "slot": made.slot,
        "price": made.price,
        "slots": [
            {
                "slot": each.slot,
                "locked": each.locked,
                **_article(each.chosen),
                "alternatives": [_article(other) for other in each.alternatives],
            }
            for each in made.slots
        ],
        "left_out": [{"slot": slot, "reason": reason} for slot, reason in made.left_out.items()],
    }


def _why_none(release: Release) -> str:
    if "outfits" in release.problems:
        return "The model of outfits cannot be used: GET /health/ready tells why."
    return (
        "The live model was made before there were outfits. Train and publish another: final.py makes them."
    )


def _made(maker: OutfitMaker, article: int, asked: OutfitRequest) -> Any:
    locked = [article_number(each) for each in asked.locked]
    for place, number in enumerate(locked):
        try:
            slot = maker.slot_of(number)
        except UnknownArticle as error:
            raise _wrong(f"query.locked.{place}", error.problem) from error
        if slot is None:
            raise _wrong(f"query.locked.{place}", f"Article {article_id(number)} has no place in an outfit.")
    try:
        return maker.make(article, locked, asked.without, asked.alternatives, asked.max_price)
    except BadOption as error:
        where = "query.max_price" if "max_price" in error.cure else "query.locked"
        raise _wrong(where, f"{error.problem} {error.cure}") from error


def _wrong(where: str, what: str) -> ProblemError:
    return ProblemError(422, what, errors=[{"where": where, "what": what}])


def _article(shown: ShownArticle) -> dict[str, Any]:
    """An `OutfitArticleResponse`."""
    return {
        "article_id": article_id(shown.article),
        "score": shown.score,
        "price": shown.price,
        "why": [{"kind": each.kind, "value": each.value, "sentence": each.sentence} for each in shown.why],
    }
