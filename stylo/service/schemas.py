"""The schemas of the API: what requests may hold, and what answers do."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from stylo.deployment.recent_purchases import CustomerProfile
from stylo.outfits.slots import SLOTS
from stylo.records.merchandising import LARGEST
from stylo.storage.texts import unkept
from stylo.tables.ids import LONGEST_OWN_ID

ARTICLE = "0706016001"
CUSTOMER = "00007d2de826758b65a93dd24ce629ed66842531df6699338c5570910a014cc2"
MOST = 100
MOST_CUSTOMERS, MOST_EVENTS, MOST_ARTICLES, MOST_SEEDS = 1000, 1000, 100, 20

#: An id of a request is looked up in `stylo/service/identifiers.py`: what it may look like, the shop decides.
ARTICLE_FORM: dict[str, Any] = {
    "min_length": 1,
    "max_length": LONGEST_OWN_ID,
    "examples": [ARTICLE],
    "description": "Ten digits with the leading zero; the SKU where the shop has SKUs.",
}
CUSTOMER_FORM: dict[str, Any] = {
    "min_length": 1,
    "max_length": LONGEST_OWN_ID,
    "examples": [CUSTOMER],
    "description": "64 hexadecimal characters, or the shop's own id where it has such.",
}
ArticleId = Annotated[str, Field(**ARTICLE_FORM)]
CustomerId = Annotated[str, Field(**CUSTOMER_FORM)]
Text = Annotated[str, Field(max_length=200)]


def _like(example: str, pattern: str) -> BeforeValidator:
    """Written as it is described; pydantic would take seconds since 1970, too."""
    described = re.compile(pattern)

    def check(value: object) -> object:
        if isinstance(value, date) or (isinstance(value, str) and described.fullmatch(value)):
            return value
        raise ValueError(f"Write it like {example}")

    return BeforeValidator(check)


def _kept(content: Any) -> Any:
    if (problem := unkept(content)) is not None:
        raise ValueError(problem)
    return content


_Kept = AfterValidator(_kept)
KeptText = Annotated[str, _Kept]

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
Day = Annotated[date, _like("2020-09-23", _DAY)]
Moment = Annotated[
    AwareDatetime, _like("2020-09-23T09:30:00+02:00", _DAY + r"[Tt ][0-9:.]+([Zz]|[+-][0-9]{2}:?[0-9]{2})")
]
_MANY = "How many articles."
Price = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Request(BaseModel):
    """What is not known here is refused, not passed over: a misspelt filter would filter nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ArticleFilters(_Request):
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


class RecommendationRequest(ArticleFilters):
    k: int = Field(12, ge=1, le=MOST, description=_MANY)
    exclude_purchased: bool = Field(False, description="Exclude what the customer has already bought.")
    exclude: list[ArticleId] = Field([], max_length=200, description="Articles that are not wanted.")
    diversity: Share | None = Field(
        None,
        description="How different the articles are to be from each other, from 0 to 1, in place of the shop's rules.",
    )
    explain: bool = Field(False, description="Give a reason for each article. Takes a few milliseconds more.")
    as_of: Day | None = Field(
        None,
        description="A replay: only purchases before this day count. The live model is used all the same.",
    )
    seed_articles: list[ArticleId] = Field(
        [],
        max_length=MOST_SEEDS,
        description="What is in the basket: what goes with it counts, and it is not recommended itself.",
    )
    age: float | None = Field(
        None, ge=0, le=120, description="Age in years, of a person whose age the shop does not know."
    )
    club: Literal["ACTIVE", "PRE-CREATE", "LEFT CLUB"] | None = Field(
        None, description="Club membership, of a person of whom the shop does not know it."
    )

    @property
    def introduced(self) -> bool:
        """Whether the request tells something of a person of whom nothing else may be known."""
        return bool(self.seed_articles) or self.age is not None or self.club is not None

    @property
    def profile(self) -> CustomerProfile | None:
        """What is told of the person: who asks for articles of some sections is taken to shop there."""
        if self.age is None and self.club is None and not self.section:
            return None
        return CustomerProfile(self.age, self.club, tuple(self.section))


class SimilarRequest(ArticleFilters):
    by: Literal["hybrid", "together", "style", "visual"] = Field(
        "hybrid", description="What makes articles similar."
    )
    k: int = Field(12, ge=1, le=MOST, description=_MANY)
    same_product: bool = Field(True, description="Whether other colours of the same product may be included.")
    look: Share = Field(1.0, description="Weight of the look, for by=visual.")
    shape: Share = Field(0.0, description="Weight of the product type, for by=visual.")
    colour_weight: Share = Field(0.0, description="Weight of the photo's colours, for by=visual.")
    pattern_weight: Share = Field(0.0, description="Weight of the pattern, for by=visual.")


class OutfitRequest(_Request):
    alternatives: int = Field(3, ge=0, le=20, description="How many others are shown for each slot, at most.")
    locked: list[ArticleId] = Field(
        [],
        max_length=len(SLOTS) - 1,
        description="Articles that stay in the outfit; the others are chosen to fit them, too.",
    )
    without: list[Literal["top", "bottom", "dress", "outerwear", "shoes", "bag", "accessory"]] = Field(
        [], max_length=len(SLOTS), description="Slots that stay empty.", examples=[["accessory"]]
    )
    max_price: Price | None = Field(
        None,
        description="What the whole outfit may cost, in units of money; the given and the locked articles count.",
    )


class VisualSearchRequest(ArticleFilters):
    k: int = Field(12, ge=1, le=MOST, description=_MANY)
    look: Share = Field(1.0, description="Weight of the look.")
    shape: Share = Field(0.0, description="Weight of the product type, taken from the nearest looks.")
    colour_weight: Share = Field(0.0, description="Weight of the picture's colours.")
    pattern_weight: Share = Field(0.0, description="Weight of the pattern, taken from the nearest looks.")


class ArticleSearchRequest(ArticleFilters):
    q: str = Field(
        "", max_length=1000, description="Search words; typos are tolerated.", examples=["black dress"]
    )
    limit: int = Field(24, ge=1, le=MOST, description="Number of articles per page.")
    offset: int = Field(0, ge=0, le=1_000_000, description="Number of articles before this page.")


class FeatureContribution(BaseModel):
    """What counted: the feature's value, and how much it added to the score."""

    name: str
    value: float | None
    added: float


class StrategyRank(BaseModel):
    """A strategy that proposed the article, and at which place."""

    strategy: str
    rank: int


class ExplanationResponse(BaseModel):
    """Why an article is recommended."""

    kind: str = Field(examples=["bought together"])
    sentence: str = Field(
        examples=[
            "Often bought in the same basket as Jade HW Skinny Denim TRS, which this shopper bought yesterday."
        ]
    )
    because: ArticleId | None = Field(description="The purchase that led to it.")
    days: int | None = Field(description="Days since that purchase.")
    strategies: list[StrategyRank]
    features: list[FeatureContribution]
    rules: list[str] = Field(
        default_factory=list,
        description="What rules had to do with it.",
        examples=[["The rule “autumn coat” places it first."]],
    )


class RuleTouchResponse(BaseModel):
    """A merchandising rule that had a hand in where an article stands."""

    kind: str = Field(examples=["pin"])
    name: str = Field(examples=["autumn coat"])


class RecommendedArticle(BaseModel):
    rank: int = Field(examples=[1])
    article_id: ArticleId
    score: float | None = Field(
        description="The ranker's score; null for an article that only fills up the list."
    )
    proposed_by: list[str] = Field(examples=[["own purchases", "favourites of department"]])
    why: ExplanationResponse | None = None
    rules: list[RuleTouchResponse] = Field(
        default_factory=list, description="The merchandising rules that touched its place."
    )


class RecommendationsResponse(BaseModel):
    customer_id: CustomerId | None = Field(description="Null for a person without one.")
    as_of: date = Field(description="What the customer did before this day is taken into account.")
    model_version: str = Field(examples=["2020-09-23-3f2a9c1b"])
    variant: str = Field(examples=["live"])
    rules_version: str | None = Field(
        description="The merchandising rules that were applied; null where there are none.",
        examples=["3f2a9c1b"],
    )
    degraded: list[str] = Field(description="What was unavailable: `model`, `events`.")
    recommendations: list[RecommendedArticle]


class BatchRequest(_Request):
    customers: list[CustomerId] = Field(
        min_length=1,
        max_length=MOST_CUSTOMERS,
        description="The customers to recommend for; one listed twice gets one list.",
    )
    k: int = Field(12, strict=True, ge=1, le=MOST, description=_MANY)
    exclude_purchased: bool = Field(
        False, strict=True, description="Exclude what the customers have already bought."
    )


class BatchResponse(BaseModel):
    model_version: str
    lists: list[RecommendationsResponse]
    unknown: list[CustomerId] = Field(description="Unknown customers; they get no list.")


class SimilarArticleResponse(BaseModel):
    rank: int
    article_id: ArticleId
    score: float
    parts: dict[str, float] = Field(
        default_factory=dict,
        description="How much look, shape, colour and pattern contributed, for by=visual.",
    )


class SimilarResponse(BaseModel):
    article_id: ArticleId | None = Field(description="Null for a picture.")
    by: str
    model_version: str
    untrained: bool = Field(
        description="Whether the vectors come from random weights, i.e. an untrained network."
    )
    articles: list[SimilarArticleResponse]


class OutfitReasonResponse(BaseModel):
    """What speaks for an article. `value` is a number of baskets for `together` and `variants`, how many times as often
    as by chance for `colours`, `types`, `patterns` and `style`, else null."""

    kind: str = Field(examples=["together"])
    value: float | None = Field(examples=[12])
    sentence: str = Field(examples=["Bought together 12 times."])


class OutfitArticleResponse(BaseModel):
    article_id: ArticleId
    score: float = Field(description="How well it goes with what is given; compare within a slot.")
    price: float | None = Field(description="In units of money; null if it was never sold.")
    why: list[OutfitReasonResponse]


class OutfitSlotResponse(OutfitArticleResponse):
    slot: str = Field(examples=["shoes"])
    locked: bool
    alternatives: list[OutfitArticleResponse]


class LeftOutResponse(BaseModel):
    slot: str = Field(examples=["bag"])
    reason: str = Field(examples=["nothing fits"], description="`nothing fits` or `too dear`.")


class OutfitResponse(BaseModel):
    article_id: ArticleId
    model_version: str
    slot: str = Field(examples=["dress"], description="Of the given article.")
    price: float | None = Field(description="Of the whole outfit; null if a price in it is not known.")
    slots: list[OutfitSlotResponse] = Field(description="One article for each, without the given one's.")
    left_out: list[LeftOutResponse] = Field(description="Slots that stayed empty.")


class ArticleResponse(BaseModel):
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


class FacetLabel(BaseModel):
    label: str
    articles: int


class ArticlesResponse(BaseModel):
    found: int
    corrected: str | None = Field(description="The query as understood, if a word was misspelt.")
    meaning: Literal["used", "unused", "unavailable"] = Field(
        description="Whether the meaning of the words found or ordered these articles, too; `unavailable`: WordLlama"
        " is not installed, so words alone are searched."
    )
    unknown: list[str] = Field(description="Words and labels that match nothing; they are ignored.")
    facets: dict[str, list[FacetLabel]]
    articles: list[ArticleResponse]


class EventRequest(_Request):
    customer_id: CustomerId
    kind: Literal["purchase", "return", "view", "click", "add_to_basket", "dismiss"] = Field(
        description="What the customer did with the article."
    )
    article_id: ArticleId
    at: Moment | None = Field(None, description="With its UTC offset; default: now.")
    price: Price | None = Field(None, strict=True, description="What was paid, in units of money.")
    channel: int | None = Field(None, strict=True, ge=1, le=2, description="1 is a shop, 2 is online.")


class EventsRequest(_Request):
    events: list[EventRequest] = Field(
        min_length=1, max_length=MOST_EVENTS, description="Either all of them are stored, or none."
    )


class EventsResponse(BaseModel):
    """Events are on disk."""

    stored: int = Field(description="How many events this request contains.")
    first: int = Field(description="Number of the first.")
    last: int = Field(description="Number of the last.")
    repeated: bool = Field(description="Whether the same request had been stored before; it counts once.")


class OutcomeResponse(BaseModel):
    """What became of a request; final once the request was answered."""

    done: bool = Field(description="Whether it was done; if not, it will not be, unless it is sent again.")
    at: AwareDatetime | None
    answer: dict[str, Any] | None = Field(description="What was answered, or would have been.")


class VersionResponse(BaseModel):
    stylo: str
    api: str
    model_version: str | None
    model_as_of: date | None


class ReadinessResponse(BaseModel):
    ready: bool
    model_version: str | None
    storage: bool
    problems: dict[str, str] = Field(description="What cannot be used, and why.")


class LivenessResponse(BaseModel):
    live: bool


class DeploymentResponse(BaseModel):
    version: str
    previous: str | None
    action: str
    at: AwareDatetime
    who: str
    reason: str


class DeployedResponse(DeploymentResponse):
    repeated: bool = Field(description="Whether the same request had been done before; it counts once.")


class ModelsResponse(BaseModel):
    answering: str | None = Field(description="The version this process is serving.")
    live: str | None = Field(description="The version that every process should serve.")
    held: str | None = Field(description="Who keeps it from retraining, and how that ends.")
    versions: list[str] = Field(description="Versions that can be activated.")
    history: list[DeploymentResponse]


class ReasonRequest(_Request):
    reason: KeptText = Field("", max_length=500, description="Reason; recorded.")


class ActivationRequest(ReasonRequest):
    version: KeptText = Field(max_length=100, examples=["2020-09-23-3f2a9c1b"])


class RulesStepOfHistory(BaseModel):
    version: str
    previous: str | None
    action: str
    at: AwareDatetime
    who: str
    reason: str


class RulesResponse(BaseModel):
    answering: str | None = Field(description="The rules that this process applies.")
    live: str | None = Field(description="The rules that every process should apply.")
    text: str = Field(description="Their file, in TOML.")
    notes: list[str] = Field(description="Rules that have run out, or name what is not there any more.")
    history: list[RulesStepOfHistory]


class RulesStepResponse(RulesStepOfHistory):
    repeated: bool = Field(description="Whether the same request had been done before; it counts once.")


class RulesRequest(ReasonRequest):
    text: KeptText = Field(
        max_length=LARGEST,
        description="A file of rules, in TOML: see docs/rules.md. An empty one is no rules.",
        examples=['[[cap]]\nname = "two of a product"\nof = "product"\nmost = 2\n'],
    )


class RulesRollbackRequest(ReasonRequest):
    version: KeptText | None = Field(
        None, max_length=100, description="Default: the rules that were live before.", examples=["3f2a9c1b"]
    )


_EXAMPLE = {
    "name": "more twins",
    "layer": "ranking",
    "slot": [0.0, 0.5],
    "salt": "2020-09",
    "variants": [
        {"name": "control", "share": 0.5},
        {"name": "twins", "share": 0.5, "settings": {"visual twins": 0.3}},
    ],
    "metric": "conversion",
    "minimum_effect": 0.05,
    "planned_customers": 40000,
}


class DefinitionRequest(ReasonRequest):
    definition: Annotated[dict[str, Any], _Kept] = Field(
        description="See docs/experiments.md.", examples=[_EXAMPLE]
    )


class ExperimentResponse(BaseModel):
    name: str = Field(examples=["more twins"])
    state: str = Field(examples=["running"])
    definition: dict[str, Any]
    defined_at: datetime
    started_at: datetime | None
    stopped_at: datetime | None
    who: str
    reason: str


class ExperimentStepResponse(ExperimentResponse):
    repeated: bool = Field(description="Whether the same request had been done before; it counts once.")


class ExperimentsResponse(BaseModel):
    experiments: list[ExperimentResponse]
