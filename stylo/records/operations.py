"""What operations note: how good what was shown was, what a retraining did, what a version was made from.

    DATA/reports/monitoring.json            MonitoringReport
    STATE/retraining/RUN/run.json           RetrainingRun
    STATE/lineage/VERSION.json              VersionLineage
    STATE/models/VERSION/release.json       ReleaseCard

MAP@12 and shares lie between 0 and 1; intervals hold at 95 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from stylo.records.record import (
    Count,
    Estimate,
    Interval,
    IsoMoment,
    Many,
    Moment,
    Number,
    OptionalNumber,
    Part,
    Share,
    TypedRecord,
)
from stylo.system.processes import has_ended

#: States of a retraining that another run need not go on with, and others.
DONE, NOTHING_NEW, RUNNING, KILLED = "done", "nothing new", "running", "killed"
Pair = Annotated[tuple[Count, Count], Field(strict=False)]
PathAndStamp = Annotated[tuple[str, str], Field(strict=False)]
DayScore = Annotated[tuple[int, Share], Field(strict=False)]


class VersionQuality(TypedRecord):
    """What one version of the model showed under one variant of an experiment."""

    version: str
    variant: str = Field(description="Empty without an experiment.")
    lists: Count = Field(description="Shown.")
    buyers: Count = Field(description="Lists whose customers bought within the window.")
    hit_rate: Estimate | None = Field(description="Over these lists; None with fewer than twenty.")
    map12: Estimate | None = Field(description="MAP@12, in the same way.")
    expected: Estimate | None = Field(description="MAP@12 of the version's backtest, if that was noted.")
    coverage: Count = Field(0, description="Different articles shown.")
    cold: Share = Field(description="Of the shown articles, never sold before the model's day.")
    degraded: Share = Field(description="Of the answers, those that lacked something.")
    p50: OptionalNumber = Field(description="Milliseconds of answers that were not cached.")
    p99: OptionalNumber = Field(description="The same.")


class MonitoringReport(TypedRecord):
    """How good what was shown turned out to be."""

    indent: ClassVar[int | None] = None

    since: Moment = Field(description="UTC, by the shop's clock.")
    until: Moment
    window: Count = Field(description="Days after a list in which purchases count.")
    qualities: Many[VersionQuality]
    purchases: Count = Field(description="From `since` until `until`.")
    figures: Mapping[str, Number] = Field({}, description="Of the live version, for the rules of alarms.")


class GateResult(TypedRecord):
    """One gate that a challenger had to pass."""

    name: str
    open: bool = Field(description="Whether it was passed.")
    said: str = Field(description="The figures in a sentence.")


class ChallengerFigures(TypedRecord):
    """What was measured of a challenger and, on the same lists, of the champion."""

    lists: Count
    champion_map: Number = Field(description="MAP@12.")
    challenger_map: Number
    difference: Estimate = Field(description="Challenger − champion in MAP@12, by customer.")
    milliseconds: Number = Field(description="p99 of one recommendation after another.")
    champion_milliseconds: OptionalNumber = Field(
        None, description="The same of the champion, timed in turns with the challenger."
    )
    champion_bytes: Count = Field(description="Size of the model.")
    challenger_bytes: Count
    champion_articles: Count = Field(description="Different articles in the lists.")
    challenger_articles: Count
    same_lists: Pair = Field(description="Lists served exactly as the model gives them, and of how many.")


class Step(TypedRecord):
    """A step of a retraining that is done. What it tells for a person stands beside these fields."""

    model_config = ConfigDict(extra="allow")

    seconds: OptionalNumber = None


class NewDaysStep(Step):
    taken: Many[PathAndStamp] = Field(
        (), description="Path, and size and time of change, of each file taken."
    )
    passed_over: Mapping[str, str] = Field(
        {}, alias="passed over", description="Name of a file → why it was not taken."
    )


class TrainStep(Step):
    """The hybrid's scores in its backtest."""

    map_12: Share = Field(alias="map@12")
    ci95: Interval = Field(description="Of MAP@12.")
    recall_12: Share = Field(alias="recall@12")
    ndcg_12: Share = Field(alias="ndcg@12")
    customers: Count = Field(description="Lists.")
    weekly: Many[DayScore] = Field(description="Cutoff as a day number (`date.toordinal`), and MAP@12.")


class PublishStep(Step):
    version: str


class CompareStep(Step):
    champion: str | None = Field(None, description="The version that was live.")
    shown: Part[ChallengerFigures] = None
    gates: Many[GateResult] = ()


class RetrainingSteps(TypedRecord):
    """The steps that are done, in their order."""

    new_days: NewDaysStep | None = Field(None, alias="new days")
    split: Step | None = None
    photos: Step | None = None
    twins: Step | None = None
    train: TrainStep | None = None
    publish: PublishStep | None = None
    compare: CompareStep | None = None
    registered: Step | None = Field(None, alias="register")
    promote: Step | None = None

    def done(self) -> dict[str, Step]:
        """Name of each step that is done → what it came to."""
        found = (
            (field.alias or name, getattr(self, name)) for name, field in type(self).model_fields.items()
        )
        return {name: step for name, step in found if step is not None}


class RetrainingRun(TypedRecord):
    """A retraining, rewritten after each step."""

    started: IsoMoment
    state: str = Field("", description="running, done, nothing new, failed, interrupted or killed.")
    process: str = Field("", description="That does it: its number, machine and start.")
    why: str = Field("", description="What set it off.")
    digest: str = Field("", description="Equal for equal requests: a run that was cut off is known by it.")
    new: Many[str] = Field((), description="Files with new days.")
    weeks: Count | None = Field(None, description="Cutoffs that the backtest scores.")
    code: str = ""
    steps: RetrainingSteps
    verdict: str = Field("", description="What came of it, in a sentence.")
    ended: IsoMoment | None = None

    @property
    def state_now(self) -> str:
        """`state`, or killed where its process has ended without a word."""
        running = self.state == RUNNING
        return KILLED if running and (not self.process or has_ended(self.process)) else self.state

    @property
    def next_step(self) -> str:
        """The name of the first step that is not done; empty if all are."""
        names = (field.alias or name for name, field in RetrainingSteps.model_fields.items())
        done = self.steps.done()
        return next((name for name in names if name not in done), "")


class BacktestScores(TypedRecord):
    """Of a version, in the backtest of its training."""

    map_12: Share | None = Field(None, alias="map@12")
    ci95: Interval | None = Field(None, description="Of MAP@12.")
    customers: Count | None = Field(None, description="Lists.")


class DataFile(TypedRecord):
    """A table or artefact that a version was made from."""

    fingerprint: str | None = None
    made_by: str | None = None
    made_at: str | None = Field(None, description="UTC, ISO 8601.")
    inputs: Mapping[str, str] = Field(default_factory=dict, description="Name → fingerprint.")


class VersionLineage(TypedRecord):
    """What a version was made from, beside what its own files say. Older files lack some of it."""

    run_id: str | None = Field(None, description="In the registry.")
    registry: int | None = Field(None, description="Number of the version in the registry.")
    retraining: str | None = Field(None, description="Name of the run.")
    code: str | None = Field(None, description="Version of StyloAI, and the commit.")
    why: str | None = None
    new: Many[str] = Field((), description="Files with new days.")
    photos: str | None = Field(None, description="Stands for the photos that were there; empty for none.")
    scores: BacktestScores | None = None
    gates: Many[GateResult] = ()
    data: Mapping[str, DataFile] = Field(default_factory=dict, description="Name of a file → what it was.")


class ReleaseCard(TypedRecord):
    """What a published version consists of."""

    version: str
    files: Mapping[str, str] = Field(description="Name of a file → SHA-256 of its bytes.")
    stamps: Mapping[str, Many[int]] = Field(
        default_factory=dict,
        description="Name of a file → bytes, and when it and its entry changed last, in ns since 1970.",
    )
