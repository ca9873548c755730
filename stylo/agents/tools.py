"""What the tools do: how each asks the service, and what it makes of the answer.

A tool that names articles gives their facts as well: ids alone would send an agent back for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel

from stylo.agents import photos
from stylo.agents.answers import (
    ArticleCard,
    ArticleSheet,
    CountedFeature,
    CustomerPicks,
    EmptySlot,
    FoundCard,
    LabelCount,
    LookAlike,
    LookAlikes,
    OutfitPiece,
    OutfitProposal,
    PickExplanation,
    ProposedBy,
    RecommendedCard,
    SearchFindings,
    ShopLabels,
    SlotProposal,
)
from stylo.agents.refusals import ToolRefusal
from stylo.agents.requests import (
    ArticleArguments,
    ExplainArguments,
    LabelArguments,
    OutfitArguments,
    PhotoArguments,
    PhotoFileArguments,
    RecommendArguments,
    SearchArguments,
    SimilarArguments,
)
from stylo.service.client import Client, Option, Refused

_LONGEST_EXTRACT = 200
#: So many recommendations are searched for the one that is to be explained: as many as the service gives.
_LOOKED_AT = 100
_FEATURES = 8


@dataclass(frozen=True)
class ToolResult:
    """What a tool gives.   pictures : (article id, JPEG) of the articles that are shown."""

    answer: BaseModel
    pictures: Sequence[tuple[str, bytes]] = field(default_factory=tuple)


def search_articles(shop: Client, asked: SearchArguments) -> ToolResult:
    found = shop.search(asked.query, limit=asked.limit, offset=asked.offset, **asked.filters())
    cards = [FoundCard.of(each, description=_extract(each["description"])) for each in found["articles"]]
    answer = SearchFindings(
        found=found["found"], corrected=found["corrected"], not_understood=found["unknown"], articles=cards
    )
    return ToolResult(answer, _pictures(shop, cards[: asked.photos]))


def list_labels(shop: Client, asked: LabelArguments) -> ToolResult:
    found = shop.search(asked.query, limit=1)
    labels = {
        name: [LabelCount.model_validate(each) for each in counts] for name, counts in found["facets"].items()
    }
    return ToolResult(ShopLabels(articles=found["found"], labels=labels))


def get_article(shop: Client, asked: ArticleArguments) -> ToolResult:
    facts = shop.article(asked.article_id)
    sheet = ArticleSheet.of(facts, description=facts["description"], first_sold=facts["first_sold"])
    return ToolResult(sheet, _pictures(shop, [sheet] if asked.photos else []))


def similar_articles(shop: Client, asked: SimilarArguments) -> ToolResult:
    options = {"by": asked.by, "k": asked.limit, "same_product": asked.same_product}
    weights = asked.weights() if asked.by == "visual" else {}
    return _look_alikes(
        shop, shop.similar(asked.article_id, **options, **weights, **asked.filters()), asked.photos
    )


def similar_to_photo(shop: Client, asked: PhotoArguments, folder: Path | None) -> ToolResult:
    path = asked.path if isinstance(asked, PhotoFileArguments) else None
    if (asked.photo_base64 is None) == (path is None):
        raise ToolRefusal("Give the photo once: as photo_base64" + (", or as path." if folder else "."))
    if path is not None and folder is not None:
        photo = photos.from_file(path, folder)
    else:
        photo = photos.from_base64(asked.photo_base64 or "")
    options: dict[str, Option] = {"k": asked.limit, **asked.weights(), **asked.filters()}
    return _look_alikes(shop, shop.visual_search(photo, photos.media_type(photo), **options), asked.photos)


def compose_outfit(shop: Client, asked: OutfitArguments) -> ToolResult:
    options: dict[str, Option] = {
        "alternatives": asked.alternatives,
        "locked": asked.locked or None,
        "without": asked.without or None,
        "max_price": asked.max_price,
    }
    found, cards = cast(dict[str, Any], shop.outfit(asked.article_id, **options)), _Cards(shop)
    slots = [
        SlotProposal(
            slot=each["slot"],
            article=cards.piece(each),
            locked=each["locked"],
            alternatives=[cards.piece(other) for other in each["alternatives"]],
        )
        for each in found["slots"]
    ]
    article = cards.of(found["article_id"])
    empty = [EmptySlot.model_validate(each) for each in found["left_out"]]
    answer = OutfitProposal(article=article, slots=slots, left_out=empty, price=found["price"])
    return ToolResult(answer, _pictures(shop, [article, *(slot.article for slot in slots)][: asked.photos]))


def recommend(shop: Client, asked: RecommendArguments) -> ToolResult:
    if asked.customer_id is None:
        found = shop.recommendations_for_anybody(asked.limit, explain=True, **asked.options())
    else:
        found = shop.recommendations(asked.customer_id, asked.limit, explain=True, **asked.options())
    cards = _Cards(shop)
    picks = [
        RecommendedCard.of(
            cards.facts(each["article_id"]),
            rank=each["rank"],
            why=(each.get("why") or {}).get("sentence"),
            fills_up=each["score"] is None,
        )
        for each in found["recommendations"]
    ]
    answer = CustomerPicks(
        customer_id=found["customer_id"], as_of=found["as_of"], degraded=found["degraded"], articles=picks
    )
    return ToolResult(answer, _pictures(shop, picks[: asked.photos]))


def explain_recommendation(shop: Client, asked: ExplainArguments) -> ToolResult:
    cards = _Cards(shop)
    article = cards.of(asked.article_id)  # one that is unknown is told of as such
    found = shop.recommendations(asked.customer_id, _LOOKED_AT, explain=True, as_of=asked.as_of)[
        "recommendations"
    ]
    pick = next((each for each in found if each["article_id"] == article.article_id), None)
    why = (pick and pick["why"]) or {}
    features = sorted(why.get("features", []), key=lambda each: -abs(each["added"]))[:_FEATURES]
    return ToolResult(
        PickExplanation(
            article=article,
            recommended=pick is not None,
            rank=pick["rank"] if pick else None,
            looked_at=len(found),
            reason=why.get("sentence"),
            kind=why.get("kind"),
            because=cards.of(why["because"]) if why.get("because") else None,
            days=why.get("days"),
            proposed_by=[ProposedBy.model_validate(each) for each in why.get("strategies", [])],
            features=[CountedFeature.model_validate(each) for each in features],
        )
    )


class _Cards:
    """Facts of articles, each asked for once in an answer."""

    def __init__(self, shop: Client) -> None:
        self._shop, self._known = shop, dict[str, Any]()

    def facts(self, name: str) -> dict[str, Any]:
        if name not in self._known:
            self._known[name] = self._shop.article(name)
        found: dict[str, Any] = self._known[name]
        return found

    def of(self, name: str) -> ArticleCard:
        return ArticleCard.of(self.facts(name))

    def piece(self, found: dict[str, Any]) -> OutfitPiece:
        why = [reason["sentence"] for reason in found["why"]]
        return OutfitPiece.of(self.facts(found["article_id"]), score=round(found["score"], 4), why=why)


def _look_alikes(shop: Client, found: Any, shown: int) -> ToolResult:
    cards = _Cards(shop)
    alike = [
        LookAlike.of(cards.facts(each["article_id"]), rank=each["rank"], score=round(each["score"], 4))
        for each in found["articles"]
    ]
    answer = LookAlikes(
        article_id=found["article_id"], by=found["by"], untrained=found["untrained"], articles=alike
    )
    return ToolResult(answer, _pictures(shop, alike[:shown]))


def _pictures(shop: Client, cards: Sequence[ArticleCard]) -> list[tuple[str, bytes]]:
    """The photos of articles that have one and whose file is still there."""
    found = []
    for card in cards:
        if card.photo is not None:
            try:
                found.append((card.article_id, shop.thumbnail(card.article_id)))
            except Refused as refused:
                if refused.status != 404:
                    raise
    return found


def _extract(text: str | None) -> str | None:
    if text is None or len(text) <= _LONGEST_EXTRACT:
        return text
    return f"{text[:_LONGEST_EXTRACT].rsplit(' ', 1)[0]} …"
