"""An experiment to change in a test."""

from __future__ import annotations

from typing import Any

from stylo.experiments.experiment import Experiment, Variant

HALVES = (Variant("control", 0.5), Variant("blend", 0.5, settings={"visual": 0.4}))


def experiment(**changes: Any) -> Experiment:
    """Two halves, a quarter of the layer, conversion; `changes` are fields."""
    usual: dict[str, Any] = {
        "name": "more looks",
        "layer": "ranking",
        "slot": (0.25, 0.5),
        "salt": "2020-09",
        "variants": HALVES,
        "metric": "conversion",
        "minimum_effect": 0.05,
        "planned_customers": 10_000,
    }
    return Experiment(**usual | changes)
