"""How models did in a backtest: `reports/final.json` and `reports/individual_baseline.json`.

Metrics lie between 0 and 1 and are means over lists; intervals hold at 95 %, drawn by customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import (
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from stylo.records.record import (
    Count,
    Day,
    Interval,
    Many,
    Number,
    OptionalNumber,
    OptionalShare,
    Part,
    Share,
    TypedRecord,
)
from stylo.records.scripts import ScriptReport

_PAIRED = "map@12_minus_"


class PairedDifference(TypedRecord):
    """How much higher a model's MAP@12 is than the rival's on the same lists."""

    mean: OptionalNumber
    ci95: Interval


class ModelScores(TypedRecord):
    """One model. In the file the difference stands under `map@12_minus_RIVAL`."""

    map_12: Share = Field(alias="map@12")
    recall_12: Share = Field(alias="recall@12")
    ndcg_12: Share = Field(alias="ndcg@12")
    ci95: Interval | None = Field(None, description="Of MAP@12.")
    ci95_all: Mapping[str, Interval | None] = Field(default_factory=dict, description="By metric.")
    rival: str | None = Field(None, exclude=True)
    difference: PairedDifference | None = Field(None, exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _name_the_rival(cls, found: Any) -> Any:
        if not isinstance(found, dict):
            return found
        paired = next((name for name in found if str(name).startswith(_PAIRED)), None)
        if paired is None:
            return found
        return found | {"rival": paired.removeprefix(_PAIRED), "difference": found[paired]}

    @model_serializer(mode="wrap")
    def _with_the_rival(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        if self.difference is not None:
            written[f"{_PAIRED}{self.rival}"] = self.difference.model_dump()
        return written


class WeekScores(TypedRecord):
    """One model in the days from one cutoff."""

    cutoff: Day
    model: str
    lists: Count
    map_12: Share = Field(alias="map@12")
    recall_12: Share = Field(alias="recall@12")
    ndcg_12: Share = Field(alias="ndcg@12")


class SegmentScores(TypedRecord):
    """One model for one segment of customers; differences are to the rival, None where nothing can be compared."""

    segment: str
    model: str
    lists: Count
    map_12: Share = Field(alias="map@12")
    low: OptionalNumber = Field(None, description="Of the interval of MAP@12.")
    high: OptionalNumber = None
    difference: OptionalNumber
    difference_low: OptionalNumber
    difference_high: OptionalNumber


class RecencySegment(SegmentScores):
    segment: str = Field(alias="recency", description="Days since the last purchase.")


class ActivitySegment(SegmentScores):
    segment: str = Field(alias="activity", description="Distinct articles bought in the last 365 days.")


class ScoresBySegment(TypedRecord):
    recency: Part[Many[RecencySegment]] = None
    activity: Part[Many[ActivitySegment]] = None


class RecallAt(TypedRecord):
    """Shares of the bought articles that are among the hybrid's first 12, 24, …, and among all candidates."""

    first_12: Share = Field(alias="12")
    first_24: Share = Field(alias="24")
    first_50: Share = Field(alias="50")
    first_100: Share = Field(alias="100")
    all: Share
    bought: Part[Count] = Field(None, description="Articles bought, each once for a customer and cutoff.")
    candidates_per_list: Part[Number] = None

    def by_place(self) -> dict[str, float]:
        """ "12", "24", "50", "100", "all" → share."""
        places = (self.first_12, self.first_24, self.first_50, self.first_100, self.all)
        return dict(zip(("12", "24", "50", "100", "all"), places, strict=True))


class StrategyScores(TypedRecord):
    """What one strategy contributes to the hybrid's lists."""

    strategy: str
    recommended: Count = Field(description="Articles in the lists that it proposed.")
    hits: Count = Field(description="Of these, bought.")
    alone: Count = Field(description="Hits that no other strategy proposed.")
    first: Count = Field(description="Hits that it ranked best of all strategies.")
    recall_12: Share = Field(alias="recall@12", description="Of the bought articles, by its first twelve.")
    recall_all: Share = Field(alias="recall@all", description="The same by all of its candidates.")


class LossesOfKind(TypedRecord):
    """What became of the bought articles of one kind; the three outcomes add up to `bought`."""

    kind: str
    bought: Count
    hit: Count
    ranked_low: Count = Field(alias="ranked low", description="Candidates past the first twelve.")
    not_proposed: Count = Field(alias="not proposed")


class ColdArticleScores(TypedRecord):
    """Articles never sold before the cutoff. Shares are None where nobody bought one."""

    bought: Count
    customers: Count = Field(description="Who bought one.")
    recall_12: OptionalShare = Field(alias="recall@12")
    recall_100: OptionalShare = Field(alias="recall@100")
    hit_rate_12: OptionalShare = Field(alias="hit_rate@12")
    hit_rate_100: OptionalShare = Field(alias="hit_rate@100")
    share_of_recommendations: OptionalShare


class BeyondAccuracyScores(TypedRecord):
    """Means over the weeks of what a model's lists are like; None where there is nothing to take a mean of."""

    articles: OptionalNumber = Field(description="Distinct articles recommended.")
    coverage_of_sold: OptionalShare
    coverage_of_catalogue: OptionalShare
    novelty: OptionalNumber = Field(description="Bits.")
    product_type_diversity: OptionalNumber
    department_diversity: OptionalNumber
    bestseller_share: OptionalShare
    bestseller_share_of_purchases: OptionalShare
    gini: OptionalNumber


class RulesDifference(TypedRecord):
    """A figure of the hybrid's lists without rules and with them; `ci95` is of the paired difference."""

    without: OptionalNumber
    with_: OptionalNumber = Field(alias="with")
    difference: OptionalNumber
    ci95: Interval | None = None


class RulesCost(TypedRecord):
    """What a file of merchandising rules costs in the weeks that were scored."""

    file: str
    rules: Count
    map_12: RulesDifference = Field(alias="map@12")
    revenue_12: RulesDifference = Field(
        alias="revenue@12",
        description="Money that a buyer paid for articles among the twelve, a mean over lists.",
    )
    coverage: RulesDifference = Field(
        description="Share of articles sold in the 28 days before that are listed."
    )
    changed_lists: Share


class ScoresReport(ScriptReport):
    """The whole report. The parts after `models` are the hybrid's diagnosis; older reports lack some of them."""

    model_config = ConfigDict(extra="allow")

    cutoff: Part[Day] = Field(None, description="The last one.")
    days: Part[Count] = Field(None, description="From a cutoff on, in which purchases count.")
    weeks: Part[Count] = Field(None, description="How many cutoffs were scored.")
    customers: Part[Count] = Field(None, description="Lists: a customer counts once for each cutoff.")
    models: Mapping[str, ModelScores] = Field(min_length=1)
    by_week: Part[Many[WeekScores]] = None
    segments: Part[ScoresBySegment] = None
    recall_at: Part[RecallAt] = None
    strategies: Part[Many[StrategyScores]] = None
    cold_articles: Part[ColdArticleScores] = None
    losses: Part[Many[LossesOfKind]] = None
    beyond_accuracy: Part[Mapping[str, BeyondAccuracyScores]] = None
    rules: Part[RulesCost] = Field(None, description="With `--rules` alone.")

    @property
    def rival(self) -> str | None:
        """The model that differences are to; None in a report without any."""
        return next((model.rival for model in self.models.values() if model.rival is not None), None)
