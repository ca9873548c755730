"""What an agent may ask: the arguments of each tool. Their descriptions are what a language model reads."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from stylo.service.client import Option

#: Articles in one answer, and of those, how many with their photo: an answer has to fit into a conversation.
MOST, MOST_PHOTOS = 24, 6


def _listed(value: object) -> object:
    """A list as models write it, too: one label alone, or a list in a text."""
    if not isinstance(value, str):
        return value
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return [value]
    return found if isinstance(found, list) else [value]


Labels = Annotated[
    list[Annotated[str, Field(max_length=200)]], Field(max_length=50), BeforeValidator(_listed)
]
ArticleName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        description="The article's id, exactly as another tool gave it, as a text: leading zeros count.",
        examples=["0706016001"],
    ),
]
ShopperName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        description="The customer's id: 64 hexadecimal characters, or the shop's own id where it has such.",
    ),
]
Money = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
ArticleLimit = Annotated[int, Field(ge=1, le=MOST, description="How many articles at most.")]
PhotoCount = Annotated[
    int,
    Field(
        ge=0,
        le=MOST_PHOTOS,
        description="How many of the first articles to show with their photo. Photos fill a conversation quickly.",
    ),
]
AsOf = Annotated[
    date | None,
    Field(
        description="Only what the customer bought before this day counts. Such a replay does not count as "
        "shown to the customer."
    ),
]


class _Arguments(BaseModel):
    """What is not known here is refused, not passed over: a misspelt filter would filter nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ShopFilters(_Arguments):
    section: Labels = Field(
        [], description="Any of these sections. list_labels has the labels of all filters."
    )
    product_type: Labels = Field([], description="Any of these product types, such as Dress.")
    colour: Labels = Field([], description="Any of these colours, such as Black.")
    pattern: Labels = Field([], description="Any of these patterns, such as Stripe.")
    season: Labels = Field([], description="Any of these seasons, such as Summer.")
    new: bool | None = Field(
        None, description="true: only articles first sold within four weeks; false: only others."
    )
    photo: bool | None = Field(None, description="true: only articles with a photo.")
    price_min: Money | None = Field(None, description="In the shop's own money.")
    price_max: Money | None = Field(None, description="In the shop's own money.")

    def filters(self) -> dict[str, Option]:
        """As the service takes them."""
        given = {name: getattr(self, name) for name in ShopFilters.model_fields}
        return {name: value for name, value in given.items() if value is not None and value != []}


class LookWeights(_Arguments):
    look: Weight = Field(1.0, description="How much the look counts. For by=visual.")
    shape: Weight = Field(0.0, description="How much the same product type counts. For by=visual.")
    colour_weight: Weight = Field(0.0, description="How much the colours of the photo count. For by=visual.")
    pattern_weight: Weight = Field(0.0, description="How much the same pattern counts. For by=visual.")

    def weights(self) -> dict[str, Option]:
        """As the service takes them."""
        return {name: getattr(self, name) for name in LookWeights.model_fields}


class SearchArguments(ShopFilters):
    query: str = Field(
        "",
        max_length=1000,
        description="What is sought. Spelling mistakes are corrected. Empty: all articles that pass the filters.",
        examples=["black summer dress"],
    )
    limit: ArticleLimit = 8
    offset: int = Field(0, ge=0, le=1_000_000, description="How many of the best to skip: for the next page.")
    photos: PhotoCount = 0


class LabelArguments(_Arguments):
    query: str = Field(
        "", max_length=1000, description="Count only articles found by these words. Empty: all."
    )


class ArticleArguments(_Arguments):
    article_id: ArticleName
    photos: bool = Field(True, description="Whether to show the article's photo.")


class SimilarArguments(ShopFilters, LookWeights):
    article_id: ArticleName
    by: Literal["visual", "hybrid", "together", "style"] = Field(
        "visual",
        description="visual: looks like it. style: has similar attributes. together: often bought in the same basket. "
        "hybrid: goes with it, all signs together.",
    )
    same_product: bool = Field(
        False, description="Whether other colours of the same product are shown as well."
    )
    limit: ArticleLimit = 8
    photos: PhotoCount = 0


class PhotoArguments(ShopFilters, LookWeights):
    photo_base64: str | None = Field(
        None, description="The photo: a JPEG, PNG or WebP in base64; a data: URL is taken, too."
    )
    limit: ArticleLimit = 8
    photos: PhotoCount = 0


class PhotoFileArguments(PhotoArguments):
    path: str | None = Field(
        None,
        min_length=1,
        max_length=4096,
        description="Instead of photo_base64: a photo's file in the folder of photos that this server may read, "
        "relative to that folder.",
    )


SlotName = Literal["top", "bottom", "dress", "outerwear", "shoes", "bag", "accessory"]


class OutfitArguments(_Arguments):
    article_id: ArticleName
    alternatives: int = Field(1, ge=0, le=6, description="How many other articles to name for each slot.")
    locked: Labels = Field([], description="Ids of articles that the outfit must contain, one for a slot.")
    without: Annotated[list[SlotName], BeforeValidator(_listed)] = Field(
        [], max_length=7, description="Slots that stay empty."
    )
    max_price: Money | None = Field(
        None,
        description="What the whole outfit may cost, the given article included, in the shop's own money.",
    )
    photos: PhotoCount = 0


class RecommendArguments(ShopFilters):
    customer_id: ShopperName | None = Field(
        None,
        description="The customer's id: 64 hexadecimal characters, or the shop's own id. Leave it out for a person who "
        "is no customer yet; age and seed_articles then say who it is.",
    )
    limit: ArticleLimit = 8
    exclude_purchased: bool = Field(False, description="Leave out what the customer has bought before.")
    exclude: Labels = Field([], description="Ids of articles that are not wanted.")
    diversity: Weight | None = Field(
        None,
        description="How different the articles are to be from each other: 0 not at all, 1 as much as possible.",
    )
    seed_articles: Labels = Field(
        [], description="Ids of what is in the basket now: what goes with it is preferred."
    )
    age: float | None = Field(
        None, ge=0, le=120, description="In years, of a person whose age the shop does not know."
    )
    as_of: AsOf = None
    photos: PhotoCount = 0

    def options(self) -> dict[str, Option]:
        """As the service takes them; what was not asked for is left out."""
        named = ("exclude_purchased", "exclude", "diversity", "seed_articles", "age", "as_of")
        given = {name: getattr(self, name) for name in named}
        return {
            name: value for name, value in given.items() if value is not None and value != []
        } | self.filters()


class ExplainArguments(_Arguments):
    customer_id: ShopperName
    article_id: ArticleName
    as_of: AsOf = None
