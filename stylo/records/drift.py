"""How far the shop has drifted: `reports/drift.json`."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, computed_field, model_validator

from stylo.records.record import Day, Many, Number, OptionalNumber, Share, TypedRecord, same_lengths

Weekly = Many[OptionalNumber]


class DriftDistance(TypedRecord):
    """One distance of a signal, week by week; None where there is nothing to say."""

    name: str
    title: str
    values: Weekly = Field(description="To the eight weeks before.")
    thresholds: Weekly = Field(description="What is an alarm, if it is also at least `least`.")
    year_before: Weekly = Field(description="To the nearest of the same weeks a year before: the season.")
    ordinary: OptionalNumber = Field(description="Median of the values before this week.")
    least: Number

    @property
    def now(self) -> float | None:
        return self.values[-1]

    @property
    def threshold(self) -> float | None:
        return self.thresholds[-1]


class SignalReport(TypedRecord):
    """One signal: how it was spread over its bins, and whether it lies farther off than usual."""

    name: str
    title: str
    group: str
    bins: Many[str] = Field(description="Names.")
    before: Weekly = Field(
        description="Share of each bin in the eight weeks before; of a volume how much an ordinary week has."
    )
    now: Weekly = Field(description="The same in this week.")
    distances: Many[DriftDistance] = Field(min_length=1)
    alarms: Many[bool] = Field(min_length=1, description="Week by week.")
    sentence: str = Field(description="This week in words.")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def alarm(self) -> bool:
        """Whether there is one this week."""
        return self.alarms[-1]

    @model_validator(mode="after")
    def _bins_match(self) -> Self:
        same_lengths(bins=self.bins, before=self.before, now=self.now)
        return self


class DriftReport(TypedRecord):
    """All signals."""

    indent: ClassVar[int | None] = None

    week_ending: Day = Field(description="The last day of the last week.")
    weeks: Many[Day] = Field(description="The last day of each.")
    level: Share = Field(description="Share of ordinary weeks with an alarm of any signal.")
    signals: Many[SignalReport]

    @property
    def alarms(self) -> tuple[SignalReport, ...]:
        """The signals with an alarm this week."""
        return tuple(signal for signal in self.signals if signal.alarm)

    @model_validator(mode="after")
    def _weeks_match(self) -> Self:
        for signal in self.signals:
            for each in signal.distances:
                same_lengths(
                    weeks=self.weeks,
                    alarms=signal.alarms,
                    values=each.values,
                    thresholds=each.thresholds,
                    year_before=each.year_before,
                )
        return self
