"""What the API takes and gives."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

ARTICLE = "0706016001"
CUSTOMER = "00007d2de826758b65a93dd24ce629ed66842531df6699338c5570910a014cc2"
MOST = 100
MOST_CUSTOMERS, MOST_EVENTS, MOST_ARTICLES = 1000, 1000, 100

ArticleId = Annotated[
    str, Field(pattern=r"^0[0-9]{9}$", examples=[ARTICLE], description="Ten digits with the leading zero.")
]
CustomerId = Annotated[
    str, Field(pattern=r"^[0-9a-f]{64}$", examples=[CUSTOMER], description="64 hexadecimal characters.")
]
Text = Annotated[str, Field(max_length=200)]


def _like(example: str, pattern: str) -> BeforeValidator:
    """Written as it is described; pydantic would take seconds since 1970, too."""
    described = re.compile(pattern)

    def check(value: object) -> object:
        if isinstance(value, date) or (isinstance(value, str) and described.fullmatch(value)):
            return value
        raise ValueError(f"Write it like {example}")

    return BeforeValidator(check)


_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
Day = Annotated[date, _like("2020-09-23", _DAY)]
Moment = Annotated[
    AwareDatetime, _like("2020-09-23T09:30:00+02:00", _DAY + r"[Tt ][0-9:.]+([Zz]|[+-][0-9]{2}:?[0-9]{2})")
]
_MANY = "How many articles."
Price = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
SHOPS, ONLINE = 1, 2


class _Asked(BaseModel):
    """What is not known here is refused, not passed over: a misspelt filter would filter nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Narrowing(_Asked):
    """Which articles may be shown: any of the labels of each facet that is named."""

    section: list[Text] = Field([], max_length=50, examples=[["Womens Everyday Basics"]])
    product_type: list[Text] = Field([], max_length=50, examples=[["Dress"]])
    colour: list[Text] = Field([], max_length=50, examples=[["Black"]])
    pattern: list[Text] = Field([], max_length=50, examples=[["Stripe"]])
    season: list[Text] = Field([], max_length=4, examples=[["Summer"]])
    new: bool | None = Field(None, description="First sold within four weeks, or not.")
    photo: bool | None = Field(None, description="Has a photo, or not.")
    price_min: Price | None = Field(None, description="In units of money.")
    price_max: Price | None = Field(None, description="In units of money.")


class RecommendationsAsked(Narrowing):
    k: int = Field(12, ge=1, le=MOST, description=_MANY)
    exclude_purchased: bool = Field(False, description="Leave out what the customer has bought.")
    explain: bool = Field(False, description="Say why, for each article. Some milliseconds more.")
    as_of: Day | None = Field(
        None,
        description="A replay: only what was bought before this day counts. The model stays the live one.",
    )


class SimilarAsked(Narrowing):
    by: Literal["hybrid", "together", "style", "visual"] = Field(
        "hybrid", description="What makes articles similar."
    )
    k: int = Field(12, ge=1, le=MOST, description=_MANY)
    same_product: bool = Field(True, description="Whether other colours of the same product may be found.")
    look: Share = Field(1.0, description="Weight of the look, for by=visual.")
    shape: Share = Field(0.0, description="Weight of the product type, for by=visual.")
    colour_weight: Share = Field(0.0, description="Weight of the photo's colours, for by=visual.")
    pattern_weight: Share = Field(0.0, description="Weight of the pattern, for by=visual.")


class VisualSearchAsked(Narrowing):
    k: int = Field(12, ge=1, le=MOST, description=_MANY)
    look: Share = Field(1.0, description="Weight of the look.")
    shape: Share = Field(0.0, description="Weight of the product type, as the nearest looks have it.")
    colour_weight: Share = Field(0.0, description="Weight of the picture's colours.")
    pattern_weight: Share = Field(0.0, description="Weight of the pattern, as the nearest looks have it.")


class ArticlesAsked(Narrowing):
    q: str = Field("", max_length=1000, description="Words, forgiving of spelling.", examples=["black dress"])
    limit: int = Field(24, ge=1, le=MOST, description="How many articles a page has.")
    offset: int = Field(0, ge=0, le=1_000_000, description="How many articles come before the page.")


class Feature(BaseModel):
    """What counted: the feature's value, and how much it added to the score."""

    name: str
    value: float | None
    added: float


class Rank(BaseModel):
    """A strategy that proposed the article, and at which place."""

    strategy: str
    rank: int


class Why(BaseModel):
    """Why an article is recommended."""

    kind: str = Field(examples=["bought together"])
    sentence: str = Field(
        examples=["Often bought with Jade HW Skinny Denim TRS, which you bought yesterday."]
    )
    because: ArticleId | None = Field(description="The purchase that led to it.")
    days: int | None = Field(description="Days since that purchase.")
    strategies: list[Rank]
    features: list[Feature]


class Recommendation(BaseModel):
    rank: int = Field(examples=[1])
    article_id: ArticleId
    score: float | None = Field(description="The ranker's; null for an article that fills the list.")
    proposed_by: list[str] = Field(examples=[["own purchases", "favourites of department"]])
    why: Why | None = None


class Recommendations(BaseModel):
    customer_id: CustomerId
    as_of: date = Field(description="What the customer did before this day is known.")
    model_version: str = Field(examples=["2020-09-23-3f2a9c1b"])
    variant: str = Field(examples=["live"])
    degraded: list[str] = Field(description="What had to be done without: `model`, `events`.")
    recommendations: list[Recommendation]


class BatchAsked(_Asked):
    customers: list[CustomerId] = Field(
        min_length=1, max_length=MOST_CUSTOMERS, description="Whose lists; a customer named twice has one."
    )
    k: int = Field(12, strict=True, ge=1, le=MOST, description=_MANY)
    exclude_purchased: bool = Field(
        False, strict=True, description="Leave out what the customers have bought."
    )


class Batch(BaseModel):
    model_version: str
    lists: list[Recommendations]
    unknown: list[CustomerId] = Field(description="Customers that nobody knows; they have no list.")


class SimilarArticle(BaseModel):
    rank: int
    article_id: ArticleId
    score: float
    parts: dict[str, float] = Field(
        default_factory=dict, description="What look, shape, colour and pattern added, for by=visual."
    )


class Similar(BaseModel):
    article_id: ArticleId | None = Field(description="Null for a picture.")
    by: str
    model_version: str
    untrained: bool = Field(
        description="Whether the vectors come from random weights: a look without knowledge."
    )
    articles: list[SimilarArticle]


class Article(BaseModel):
    """An article with its facts; a price is in units of money, null if it was never sold."""

    article_id: ArticleId
    name: str | None
    description: str | None
    product_type: str | None
    section: str | None
    department: str | None
    colour: str | None
    pattern: str | None
    season: str | None
    price: float | None
    sales_last_week: int
    first_sold: date | None
    new: bool
    photo: bool


class Label(BaseModel):
    label: str
    articles: int


class Articles(BaseModel):
    found: int
    corrected: str | None = Field(description="The query as understood, if a word was misspelt.")
    unknown: list[str] = Field(
        description="Words and labels for which there is nothing; they are passed over."
    )
    facets: dict[str, list[Label]]
    articles: list[Article]


class NewEvent(_Asked):
    customer_id: CustomerId
    kind: Literal["purchase", "view", "click"] = Field(description="What the customer did with it.")
    article_id: ArticleId
    at: Moment | None = Field(None, description="With its offset; default: now.")
    price: Price | None = Field(None, strict=True, description="What was paid, in units of money.")
    channel: int | None = Field(None, strict=True, ge=1, le=2, description="1 is a shop, 2 is online.")


class NewEvents(_Asked):
    events: list[NewEvent] = Field(
        min_length=1, max_length=MOST_EVENTS, description="All of them are stored, or none."
    )


class Stored(BaseModel):
    """Events are on disk."""

    stored: int = Field(description="How many events this request stands for.")
    first: int = Field(description="Number of the first.")
    last: int = Field(description="Number of the last.")
    repeated: bool = Field(description="Whether the same request was stored before: it counts once.")


class Version(BaseModel):
    stylo: str
    api: str
    model_version: str | None
    model_as_of: date | None


class Ready(BaseModel):
    ready: bool
    model_version: str | None
    storage: bool
    problems: dict[str, str] = Field(description="What cannot be used, and why.")


class Live(BaseModel):
    live: bool


class Deployed(BaseModel):
    version: str
    previous: str | None
    action: str
    at: AwareDatetime
    who: str
    reason: str


class Models(BaseModel):
    answering: str | None = Field(description="The version that this process answers with.")
    live: str | None = Field(description="The version that every process takes up.")
    versions: list[str] = Field(description="Those that can be activated.")
    history: list[Deployed]


class Reason(_Asked):
    reason: str = Field("", max_length=500, description="Why; it is kept.")


class Activation(Reason):
    version: str = Field(max_length=100, examples=["2020-09-23-3f2a9c1b"])
