"""What an experiment is: its variants, who takes part, what is measured, and how certain the answer must be."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from stylo.errors import BadExperiment

#: What can be measured of each customer within the window: bought anything; bought something that was shown;
#: what was paid. More is better, of each.
METRICS = ("conversion", "hit_rate", "revenue")
#: Who can take part; see `Audience`.
AUDIENCES = ("all", "known", "new", "active", "dormant")
#: How `json_form` reads them: no value is converted, and no other name is taken.
_EXACTLY = {"strict": True, "extra": "forbid"}


@dataclass(frozen=True)
class Variant:
    """What some of the customers get.

    share : of the customers in the slot, in (0, 1].
    model : the version of a model; None for the live one.
    settings : of the blend, by name, where they differ from the model's own.
    """

    __pydantic_config__ = _EXACTLY

    name: str
    share: float
    model: str | None = None
    settings: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        where = f"variant {self.name!r}"
        _require(bool(self.name), "A variant has no name.", where, "Name each variant.")
        _require(0 < self.share <= 1, f"A share of {self.share} is not valid.", where, "0 < share ≤ 1.")
        finite = all(math.isfinite(value) for value in self.settings.values())
        _require(finite, "A setting is not a finite number.", where, "Give a number.")


@dataclass(frozen=True)
class Audience:
    """Who takes part.

    kind : "all"; "known", whom the live model knows, or "new", whom it does not; "active", known and with a
        purchase in the last `days` days, or "dormant", known and without.
    days : for "active" and "dormant" only.
    """

    __pydantic_config__ = _EXACTLY

    kind: str = "all"
    days: int | None = None

    def __post_init__(self) -> None:
        where = f"audience {self.kind!r}"
        one_of = f"One of {', '.join(AUDIENCES)}."
        _require(self.kind in AUDIENCES, "There is no such audience.", where, one_of)
        if self.kind in ("active", "dormant"):
            given = self.days is not None and self.days > 0
            _require(given, "An audience by activity needs days.", where, "days: 1 or more.")
        else:
            _require(self.days is None, "This audience has no days.", where, "Leave out days.")

    def includes(self, known: bool, days_since_purchase: float | None) -> bool:
        """Whether a customer belongs to it.

        known : to the live model.   days_since_purchase : None if there was none.
        """
        if self.kind in ("known", "new"):
            return known == (self.kind == "known")
        if self.days is None:
            return True
        recent = days_since_purchase is not None and days_since_purchase <= self.days
        return known and recent == (self.kind == "active")


@dataclass(frozen=True)
class Guardrail:
    """A metric that must not fall by `margin` of the control's or more, in (0, 1)."""

    __pydantic_config__ = _EXACTLY

    metric: str
    margin: float

    def __post_init__(self) -> None:
        where = f"guardrail {self.metric!r}"
        _require(self.metric in METRICS, "There is no such metric.", where, f"One of {', '.join(METRICS)}.")
        _require(0 < self.margin < 1, f"A margin of {self.margin} is not valid.", where, "0 < margin < 1.")


@dataclass(frozen=True)
class Experiment:
    """The definition. Raises BadExperiment if it is inconsistent.

    Parameters
    ----------
    layer : experiments of one layer have no customer in common.
    slot : (from, to), the part of the layer that takes part, 0 ≤ from < to ≤ 1.
    salt : mixed into the customer's id; another salt assigns the variants anew.
    variants : the first is the control; the shares add up to one.
    metric : the primary one, of METRICS.
    minimum_effect : the smallest change of the primary metric that matters, relative to the control: 0.05 is 5 %.
    power : the probability of finding a change of that size.
    level : of confidence; 0.95 leaves 5 % of false alarms over all variants together.
    window_days : how long after the first exposure purchases count.
    planned_customers : of all variants together, see `power.planned_size`.
    """

    __pydantic_config__ = _EXACTLY

    name: str
    layer: str
    slot: tuple[float, float]
    salt: str
    variants: tuple[Variant, ...]
    metric: str
    minimum_effect: float
    planned_customers: int
    audience: Audience = field(default_factory=Audience)
    guardrails: tuple[Guardrail, ...] = ()
    power: float = 0.8
    level: float = 0.95
    window_days: int = 7

    def __post_init__(self) -> None:
        for name in ("name", "layer", "salt"):
            _require(bool(getattr(self, name)), f"It has no {name}.", self._where(name), "Any text will do.")
        self._check_variants()
        low, high = self.slot
        _require(
            0 <= low < high <= 1,
            f"{self.slot} is not a slot of a layer.",
            self._where("slot"),
            "0 ≤ from < to ≤ 1.",
        )
        _require(
            self.metric in METRICS,
            f"There is no metric {self.metric!r}.",
            self._where("metric"),
            f"One of {', '.join(METRICS)}.",
        )
        _distinct([guardrail.metric for guardrail in self.guardrails], self._where("guardrails"))
        for name, low, high in [("minimum_effect", 0, math.inf), ("power", 0.5, 1), ("level", 0.5, 1)]:
            value = getattr(self, name)
            makes_sense = low < value < high
            _require(makes_sense, f"{value} is not valid.", self._where(name), f"{low} < {name} < {high}.")
        for name in ("window_days", "planned_customers"):
            value = getattr(self, name)
            _require(value >= 1, f"{value} is not valid.", self._where(name), "1 or more.")

    def _check_variants(self) -> None:
        where = self._where("variants")
        enough = len(self.variants) >= 2
        _require(
            enough, "There is nothing to compare.", where, "List a control first, then at least one variant."
        )
        _distinct([variant.name for variant in self.variants], where)
        total = sum(variant.share for variant in self.variants)
        adds_up = math.isclose(total, 1, abs_tol=1e-6)
        _require(adds_up, f"The shares add up to {total:g}, not 1.", where, "Change a share.")

    def _where(self, part: str) -> str:
        return f"experiment {self.name!r}, {part}"

    @property
    def control(self) -> Variant:
        return self.variants[0]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the variants, the control first."""
        return tuple(variant.name for variant in self.variants)

    @property
    def shares(self) -> tuple[float, ...]:
        """Of the variants, the control first."""
        return tuple(variant.share for variant in self.variants)


def _require(holds: bool, problem: str, where: str, cure: str) -> None:
    if not holds:
        raise BadExperiment(problem, where=where, cure=cure)


def _distinct(names: Collection[str], where: str) -> None:
    twice = sorted({name for name in names if list(names).count(name) > 1})
    _require(not twice, f"{', '.join(twice)} is listed twice.", where, "Each once.")
