"""What an operator writes into the data folder: `gates.toml` and `alarms.toml`."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from stylo.records.record import Many, TomlFile, TypedRecord

GATES_FILE, ALARMS_FILE = "gates.toml", "alarms.toml"
Limit = Annotated[float, Field(ge=0)]
Severity = Literal["page", "ticket"]

#: What a rule of alarms may look at.
FIGURES: Mapping[str, str] = {
    "map@12": "MAP@12 of the live version's lists, by what was bought after them",
    "map@12 at best against expected": "upper end of its interval ÷ the mean of the version's backtest",
    "degraded": "share of the answers that lacked something",
    "p99": "milliseconds within which 99 % of the answers were given",
    "cold": "share of the shown articles that were never sold before",
    "coverage": "different articles shown",
    "lists": "lists shown",
    "buyers": "lists whose customers bought within the window",
    "purchases": "purchases",
    "drift": "signals that drift",
    "model days": "days between the model's day and the shop's",
}
#: Alarms of `watch` about its own work: no rule of a file may have their names.
FAULTS: Mapping[str, Severity] = {
    "database": "page",
    "state folder": "page",
    "alarm rules": "ticket",
    "monitoring": "ticket",
    "drift report": "ticket",
    "experiments": "ticket",
    "reports": "ticket",
    "webhook": "ticket",
    "registry": "ticket",
    "inbox": "ticket",
    "retraining": "ticket",
}


def _known(name: str, known: Collection[str], what: str) -> str:
    if name in known:
        return name
    near = difflib.get_close_matches(name.casefold(), known, n=1, cutoff=0.5)
    guess = f"is {near[0]!r} meant? " if near else ""
    raise ValueError(f"there is no {what} {name[:80]!r}: {guess}There are: {', '.join(known)}")


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
    figure: str = Field(description="One of FIGURES.")
    above: float | None = None
    below: float | None = None
    severity: Severity = "ticket"
    least: int = Field(0, description="Lists that must have been shown before the figure is looked at.")

    @field_validator("name")
    @classmethod
    def _is_free(cls, name: str) -> str:
        if name in FAULTS:
            raise ValueError(f"{name!r} is an alarm of watch itself: choose another name")
        return name

    @field_validator("figure")
    @classmethod
    def _is_known(cls, figure: str) -> str:
        return _known(figure, FIGURES, "figure")

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


#: They hold beside the rules of `alarms.toml`, unless it has one of that name or leaves it out.
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
    without = ["latency"]
    [[rule]]
    name = "few lists"
    figure = "lists"
    below = 100
    """

    own: Many[AlarmRule] = Field((), alias="rule")
    without: Many[str] = Field((), description="Names of defaults that do not hold.")
    webhook: str | None = Field(None, description="An address that gets each alarm by POST, as JSON.")

    @property
    def rules(self) -> tuple[AlarmRule, ...]:
        """Those that hold: the defaults, then those of the file."""
        replaced = {*self.without, *(rule.name for rule in self.own)}
        return (*(rule for rule in DEFAULT_RULES if rule.name not in replaced), *self.own)

    @field_validator("own")
    @classmethod
    def _once_each(cls, rules: tuple[AlarmRule, ...]) -> tuple[AlarmRule, ...]:
        names = [rule.name for rule in rules]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"several rules have the name {twice.pop()!r}")
        return rules

    @field_validator("without")
    @classmethod
    def _are_defaults(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_known(name, [rule.name for rule in DEFAULT_RULES], "default rule") for name in names)

    @field_validator("webhook")
    @classmethod
    def _is_an_address(cls, webhook: str | None) -> str | None:
        if webhook is not None and not webhook.startswith(("http://", "https://")):
            raise ValueError("begin it with https://")
        return webhook
