"""What the client sends and gives: events, answers as dictionaries with these fields, and what is raised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypedDict


class Recommendation(TypedDict):
    """`score` is None for an article that fills the list; `why` stands where explain=True was asked for."""

    rank: int
    article_id: str
    score: float | None
    proposed_by: list[str]
    why: dict[str, Any] | None
    rules: list[dict[str, str]]


class Recommendations(TypedDict):
    """`degraded` says what had to be done without: `model`, `events`. `customer_id` is None for who has none."""

    customer_id: str | None
    as_of: str
    model_version: str
    variant: str
    rules_version: str | None
    degraded: list[str]
    recommendations: list[Recommendation]


class Batch(TypedDict):
    model_version: str
    lists: list[Recommendations]
    unknown: list[str]


class SimilarArticle(TypedDict):
    rank: int
    article_id: str
    score: float
    parts: dict[str, float]


class Similar(TypedDict):
    """`article_id` is None for a picture."""

    article_id: str | None
    by: str
    model_version: str
    untrained: bool
    articles: list[SimilarArticle]


class OutfitArticle(TypedDict):
    """`why` has for each reason its kind, a value or None, and a sentence."""

    article_id: str
    score: float
    price: float | None
    why: list[dict[str, Any]]


class OutfitSlot(OutfitArticle):
    slot: str
    locked: bool
    alternatives: list[OutfitArticle]


class OutfitAnswer(TypedDict):
    """One article for each slot; `left_out` has slots that stayed empty, each with its reason."""

    article_id: str
    model_version: str
    slot: str
    price: float | None
    slots: list[OutfitSlot]
    left_out: list[dict[str, str]]


class ArticleDetails(TypedDict):
    """`price` is in units of money, None if the article was never sold."""

    article_id: str
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
    first_sold: str | None
    new: bool
    photo: bool


class Label(TypedDict):
    label: str
    articles: int


class Articles(TypedDict):
    """`corrected` is the query as understood, `unknown` what nothing was found for, and what `meaning` did."""

    found: int
    corrected: str | None
    meaning: str
    unknown: list[str]
    facets: dict[str, list[Label]]
    articles: list[ArticleDetails]


class Stored(TypedDict):
    """Events are on disk; `repeated` if they were before, by the same idempotency key."""

    stored: int
    first: int
    last: int
    repeated: bool


class RequestOutcome(TypedDict):
    """Of a request by its idempotency key; where it was not done, nothing of it will be."""

    done: bool
    at: str | None
    answer: dict[str, Any] | None


class DeploymentRecord(TypedDict):
    """From `at` on, `version` is live instead of `previous`."""

    version: str
    previous: str | None
    action: str
    at: str
    who: str
    reason: str


class Deployed(DeploymentRecord):
    """`repeated` if it was done before, by the same idempotency key."""

    repeated: bool


class Models(TypedDict):
    """`answering` is what the process that answers serves, `live` what every process should, `held` who keeps it."""

    answering: str | None
    live: str | None
    held: str | None
    versions: list[str]
    history: list[DeploymentRecord]


class RulesRecord(TypedDict):
    """From `at` on, the rules of `version` are live instead of `previous`."""

    version: str
    previous: str | None
    action: str
    at: str
    who: str
    reason: str


class RulesSet(RulesRecord):
    """`repeated` if it was done before, by the same idempotency key."""

    repeated: bool


class Rules(TypedDict):
    """`answering` is what the process that answers applies, `live` what every process should; `text` is TOML."""

    answering: str | None
    live: str | None
    text: str
    notes: list[str]
    history: list[RulesRecord]


class ExperimentRecord(TypedDict):
    """`state` is `defined`, `running` or `stopped`."""

    name: str
    state: str
    definition: dict[str, Any]
    defined_at: str
    started_at: str | None
    stopped_at: str | None
    who: str
    reason: str


class ExperimentStep(ExperimentRecord):
    """`repeated` if it was done before, by the same idempotency key."""

    repeated: bool


class Experiments(TypedDict):
    experiments: list[ExperimentRecord]


class Version(TypedDict):
    stylo: str
    api: str
    model_version: str | None
    model_as_of: str | None


class Ready(TypedDict):
    ready: bool
    model_version: str | None
    storage: bool
    problems: dict[str, str]


@dataclass(frozen=True)
class Event:
    """What a customer did.

    at : with a time zone; None is now.   price : in units of money.   channel : 1 is a shop, 2 online.

    Raises ValueError for a moment without a time zone.
    """

    customer_id: str
    kind: Literal["purchase", "return", "view", "click", "add_to_basket", "dismiss"]
    article_id: str
    at: datetime | None = None
    price: float | None = None
    channel: Literal[1, 2] | None = None

    def __post_init__(self) -> None:
        if self.at is not None and self.at.tzinfo is None:
            raise ValueError(f"{self.at} has no time zone")


class Refused(Exception):
    """The service has answered, and not with what was asked for.

    status : HTTP's.   detail : why, in words.   request_id : by which the service's log knows the request.
    errors : (where, what) of each thing in the request that is wrong.
    find_out : with status 504, the address that tells later whether it was done after all.
    retry_after : seconds after which the service may do it; None where it did not say.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        request_id: str,
        errors: Sequence[tuple[str, str]] = (),
        find_out: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.find_out, self.retry_after = find_out, retry_after
        self.status, self.detail, self.request_id, self.errors = status, detail, request_id, tuple(errors)
        wrong = "".join(f"\n  {where}: {what}" for where, what in errors)
        super().__init__(f"{status}: {detail} (request {request_id or 'unknown'}){wrong}")


class Unreachable(Exception):
    """No answer, or none of the service's, after the last attempt; `attempts` says how many there were."""

    def __init__(self, address: str, reason: str, attempts: int) -> None:
        self.reason, self.attempts = reason, attempts
        super().__init__(f"{address} does not answer: {reason} ({attempts} attempts).")
