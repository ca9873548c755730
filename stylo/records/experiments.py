"""What came of an experiment so far: `reports/experiment-NAME.json`.

Changes are relative to the control: 0.05 is 5 % more. An interval's end is None where it is infinite.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import ConfigDict, Field, model_validator

from stylo.records.record import (
    Count,
    Day,
    Interval,
    Many,
    Number,
    OptionalNumber,
    TypedRecord,
    same_lengths,
)


class ReportedExperiment(TypedRecord):
    """The definition; its other fields, see `Experiment`, stand beside these."""

    model_config = ConfigDict(extra="allow")

    metric: str = Field(description="The primary one.")
    minimum_effect: Number = Field(description="The smallest relative change that matters.")


class VariantResult(TypedRecord):
    """Of a variant's customers whose window is over, not adjusted."""

    name: str
    exposed: Count = Field(description="All of its customers.")
    customers: Count = Field(description="Those whose window is over.")
    means: Mapping[str, OptionalNumber] = Field(description="By metric; None without customers.")


class RelativeChange(TypedRecord):
    """A variant beside the control. The other fields of a `Comparison` stand beside these."""

    model_config = ConfigDict(extra="allow")

    variant: str
    relative: OptionalNumber
    always_relative: Interval = Field(description="Of `relative`; holds at every look.")


class MetricChange(RelativeChange):
    """The same in one metric."""

    metric: str
    control: OptionalNumber = Field(description="Of a customer.")
    mean: OptionalNumber = Field(description="Of a customer; revenue is adjusted (CUPED).")
    fixed_relative: Interval = Field(description="Of `relative`, for one look that was planned.")
    progress: OptionalNumber = Field(description="What is known, as a share of what the planned size gives.")


class ReportedSegment(TypedRecord):
    """Customers with one value in a column, in the primary metric."""

    column: str
    value: str | None
    customers: Many[Count] = Field(description="By variant, the control first.")
    comparisons: Many[RelativeChange]


class ReportedDay(TypedRecord):
    """What the look at the end of a day saw of one variant, in the primary metric."""

    model_config = ConfigDict(extra="allow")

    day: Day
    variant: str
    customers: Count = Field(description="Of the variant and the control.")
    relative: OptionalNumber
    always_low: OptionalNumber
    always_high: OptionalNumber


class ReportedVerdict(TypedRecord):
    state: str | None = None
    winner: str | None = Field(None, description="The variant to take, if one has won.")
    text: str = Field(description="All in words.")


class SetAside(TypedRecord):
    """How much was left out."""

    several_variants: Count = Field(0, description="Customers who saw more than one variant.")
    gone_variant: Count = Field(0, description="Customers who saw only a variant that is gone.")
    later_exposures: Count = Field(0, description="Exposures after the moment of the report.")
    unexposed_purchases: Count = Field(0, description="Purchases of customers without exposure.")
    early_purchases: Count = Field(0, description="Purchases seconds before the exposure; they count.")


class ExperimentReport(TypedRecord):
    """The whole report. Name, state, and whether the variants are split as planned, stand beside these fields."""

    model_config = ConfigDict(extra="allow")

    experiment: ReportedExperiment
    variants: Many[VariantResult] = Field(description="The control first.")
    comparisons: Many[MetricChange] = Field(description="The primary metric first.")
    verdict: ReportedVerdict
    segments: Many[ReportedSegment]
    segments_note: str = Field(description="To be read before the segments.")
    days: Many[ReportedDay]
    set_aside: SetAside

    @model_validator(mode="after")
    def _customers_match(self) -> Self:
        for segment in self.segments:
            same_lengths(variants=self.variants, customers=segment.customers)
        return self
