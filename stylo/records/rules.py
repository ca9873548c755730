"""What an operator writes into the data folder: `gates.toml` and `alarms.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from stylo.records.record import Many, TomlFile, TypedRecord

GATES_FILE, ALARMS_FILE = "gates.toml", "alarms.toml"
Limit = Annotated[float, Field(ge=0)]


class GateLimits(TomlFile):
    """`gates.toml`: what a challenger must keep to; these are the defaults."""

    worse: Limit = Field(
        0.10,
        description="Share of the champion's MAP@12 by which the challenger's mean may fall short.",
    )
    milliseconds: Limit = Field(100.0, description="p99 of one recommendation after another, in process.")
    slower: Limit = Field(
        1.25,
        description="p99 against the champion's in the same minute, which is enough above that limit, too.",
    )
    size: Limit = Field(2.0, description="Bytes of the model against the champion's.")
    coverage: Limit = Field(0.5, description="Different articles in the same lists against the champion's.")


class AlarmRule(TypedRecord):
    """`[[rule]]` of `alarms.toml`: an alarm while a figure is above or below a limit."""

    model_config = TomlFile.model_config

    name: str
    figure: str = Field(description="One of `operations.monitoring.figures`, or `drift`, or `model days`.")
    above: float | None = None
    below: float | None = None
    severity: Literal["page", "ticket"] = "ticket"
    least: int = Field(0, description="Lists that must have been shown before the figure is looked at.")

    @model_validator(mode="after")
    def _has_a_limit(self) -> Self:
        if self.above is None and self.below is None:
            raise ValueError(f"{self.name} has no limit: give it above = or below =")
        return self

    def broken(self, figures: Mapping[str, float]) -> str | None:
        """What is wrong, in words; None if nothing is, or nothing is known."""
        value = figures.get(self.figure)
        if value is None or figures.get("lists", 0) < self.least:
            return None
        if self.above is not None and value > self.above:
            return f"{self.figure} is {value:.4g}, above {self.above:g}."
        if self.below is not None and value < self.below:
            return f"{self.figure} is {value:.4g}, below {self.below:g}."
        return None


#: Without an `alarms.toml`, or with one that has no rule.
DEFAULT_RULES = (
    AlarmRule(name="quality", figure="map@12 at best against expected", below=0.8, least=200),
    AlarmRule(name="degraded", figure="degraded", above=0.01, severity="page", least=100),
    AlarmRule(name="latency", figure="p99", above=100.0, least=100),
    AlarmRule(name="drift", figure="drift", above=0.0),
    AlarmRule(name="stale model", figure="model days", above=14.0),
)


class AlarmRules(TomlFile):
    """`alarms.toml`:

    webhook = "https://example.org/hook"
    [[rule]]
    name = "quality"
    figure = "map@12"
    below = 0.01
    """

    rules: Many[AlarmRule] = Field(DEFAULT_RULES, alias="rule")
    webhook: str | None = Field(None, description="An address that gets each new alarm by POST, as JSON.")

    @field_validator("rules")
    @classmethod
    def _or_the_defaults(cls, rules: Any) -> Any:
        return rules or DEFAULT_RULES

    @field_validator("webhook")
    @classmethod
    def _is_an_address(cls, webhook: str | None) -> str | None:
        if webhook is not None and not webhook.startswith(("http://", "https://")):
            raise ValueError("begin it with https://")
        return webhook
