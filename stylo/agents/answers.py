"""What the tools answer: structured, and the same as text. Articles come with their facts, not with ids alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import quote

from pydantic import BaseModel, Field

_FACTS = (
    "name",
    "product_type",
    "section",
    "department",
    "colour",
    "pattern",
    "season",
    "price",
    "sales_last_week",
    "new",
)


def photo_address(article_id: str) -> str:
    """Of the resource of this server that holds an article's photo; a shop's own ids may have slashes and spaces."""
    return f"stylo://articles/{quote(article_id, safe='{}')}/photo"


class ArticleCard(BaseModel):
    """An article in short."""

    article_id: str
    name: str | None = None
    product_type: str | None = None
    section: str | None = None
    department: str | None = None
    colour: str | None = None
    pattern: str | None = None
    season: str | None = None
    price: float | None = Field(None, description="In the shop's own money; null if it was never sold.")
    sales_last_week: int | None = None
    new: bool | None = Field(None, description="First sold within four weeks.")
    photo: str | None = Field(None, description="A resource of this server; null if there is no photo.")

    @classmethod
    def of(cls, facts: Mapping[str, Any], **more: Any) -> Self:
        """From what the service knows of it."""
        name = facts["article_id"]
        shown = {each: facts.get(each) for each in _FACTS}
        return cls(
            article_id=name, photo=photo_address(name) if facts.get("photo") else None, **shown, **more
        )


class ArticleSheet(ArticleCard):
    """All that is known of an article."""

    description: str | None = None
    first_sold: str | None = Field(None, description="A day.")


class FoundCard(ArticleCard):
    description: str | None = Field(None, description="Its beginning.")


class SearchFindings(BaseModel):
    found: int = Field(description="How many articles there are in all; ask for more with offset.")
    corrected: str | None = Field(None, description="The query as understood, if a word was misspelt.")
    not_understood: list[str] = Field(description="Words and labels that match nothing; they were ignored.")
    articles: list[FoundCard] = Field(description="The best match first.")


class LabelCount(BaseModel):
    label: str
    articles: int


class ShopLabels(BaseModel):
    articles: int = Field(description="How many articles were counted.")
    labels: dict[str, list[LabelCount]] = Field(
        description="For each filter its labels, the most frequent first."
    )


class LookAlike(ArticleCard):
    rank: int
    score: float = Field(description="Higher is more alike; comparable within one answer.")


class LookAlikes(BaseModel):
    article_id: str | None = Field(description="What they are like; null for a photo.")
    by: str
    untrained: bool = Field(
        description="true: the shop's photos were processed by an untrained network; looks are not to be relied on."
    )
    articles: list[LookAlike]


class OutfitPiece(ArticleCard):
    score: float | None = Field(None, description="How well it goes with the rest; comparable within a slot.")
    why: list[str] = Field(description="What speaks for it, as sentences for people.")


class SlotProposal(BaseModel):
    slot: str = Field(description="top, bottom, dress, outerwear, shoes, bag or accessory.")
    article: OutfitPiece
    locked: bool = Field(description="Whether it was asked for.")
    alternatives: list[OutfitPiece]


class EmptySlot(BaseModel):
    slot: str
    reason: str = Field(description="nothing fits, or too dear.")


class OutfitProposal(BaseModel):
    article: ArticleCard = Field(description="What the outfit was asked for.")
    slots: list[SlotProposal] = Field(description="One article for each other slot, worn with it.")
    left_out: list[EmptySlot] = Field(description="Slots that stayed empty.")
    price: float | None = Field(
        description="Of the whole outfit, the given article included; null if not known."
    )


class RecommendedCard(ArticleCard):
    rank: int
    why: str | None = Field(None, description="The reason, as a sentence for people.")
    fills_up: bool = Field(
        description="true: not chosen for this customer; a best seller that fills the list."
    )


class CustomerPicks(BaseModel):
    customer_id: str | None = Field(description="null for a person who is no customer.")
    as_of: str = Field(description="What the customer did before this day counts.")
    degraded: list[str] = Field(
        description="What the service had to do without: model, events. Usually empty."
    )
    articles: list[RecommendedCard] = Field(description="The best first.")


class ProposedBy(BaseModel):
    strategy: str
    rank: int


class CountedFeature(BaseModel):
    name: str
    value: float | None
    added: float = Field(
        description="How much it added to the score; negative if it spoke against the article."
    )


class PickExplanation(BaseModel):
    article: ArticleCard
    recommended: bool = Field(description="Whether the article is among the customer's recommendations.")
    rank: int | None = Field(description="Its place; null if it is not among them.")
    looked_at: int = Field(description="How many recommendations were looked at.")
    reason: str | None = Field(description="As a sentence for people.")
    kind: str | None = None
    because: ArticleCard | None = Field(None, description="The purchase that led to it.")
    days: int | None = Field(None, description="Days since that purchase.")
    proposed_by: list[ProposedBy] = Field(
        description="Strategies that proposed it, each with the place there."
    )
    features: list[CountedFeature] = Field(description="What the ranker counted, the most important first.")
