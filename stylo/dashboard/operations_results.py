"""What came of an experiment, as `experiments show` left it in `reports/experiment-NAME.json`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from stylo.dashboard.operations_state import Place, intact, read_json, table
from stylo.dashboard.reports import value
from stylo.errors import MissingArtefact
from stylo.experiments.experiment import METRICS

_RELATIVE = ("relative", "always_low", "always_high", "fixed_low", "fixed_high")
_COMPARED = pl.Schema(
    {
        **dict.fromkeys(("metric", "variant"), pl.String),
        **dict.fromkeys(("control", "mean", *_RELATIVE, "progress"), pl.Float64),
    }
)
_VARIANTS = pl.Schema(
    {
        "name": pl.String,
        **dict.fromkeys(("exposed", "customers"), pl.Int64),
        **dict.fromkeys(METRICS, pl.Float64),
    }
)
_SEGMENTS = pl.Schema(
    {
        **dict.fromkeys(("segment", "variant"), pl.String),
        "customers": pl.Int64,
        **dict.fromkeys(_RELATIVE[:3], pl.Float64),
    }
)
_DAYS = pl.Schema(
    {
        "day": pl.Date,
        "variant": pl.String,
        "customers": pl.Int64,
        **dict.fromkeys(_RELATIVE[:3], pl.Float64),
    }
)


@dataclass(frozen=True)
class Result:
    """`always_low`, `always_high`, relative to the control, hold at every look; None is without end.

    variants : `name`, `exposed`, `customers` and the metrics.   comparisons : by metric and variant.
    days : by day and variant, of the primary metric.   aside : what was left out, and how many.
    """

    at: datetime
    verdict: str
    metric: str
    minimum_effect: float
    variants: pl.DataFrame
    comparisons: pl.DataFrame
    days: pl.DataFrame
    segments: pl.DataFrame
    note: str
    aside: Mapping[str, int]


def read_result(place: Place, name: str) -> Result:
    """Raises MissingArtefact, DamagedArtefact."""
    command = place.command(f"experiments show {shlex.quote(name)}")
    path = place.data / "reports" / f"experiment-{name}.json"
    if Path(path.name) != Path(f"experiment-{name}.json"):
        raise MissingArtefact("A name with a slash has no report.", cure="Define it under another name.")
    found = read_json(path, command)
    with intact(path, command):
        defined = found["experiment"]
        segments = [
            [f"{each['column']}: {each['value']}", *_segment(compared, each["customers"])]
            for each in found["segments"]
            for compared in each["comparisons"]
        ]
        return Result(
            datetime.fromtimestamp(path.stat().st_mtime, UTC),
            str(found["verdict"]["text"]),
            str(defined["metric"]),
            float(defined["minimum_effect"]),
            table([_variant(each) for each in found["variants"]], _VARIANTS),
            table([_comparison(each) for each in found["comparisons"]], _COMPARED),
            table([[str(each["day"])[:10], *_of(each, list(_DAYS)[1:])] for each in found["days"]], _DAYS),
            table(segments, _SEGMENTS),
            str(found["segments_note"]),
            {reason: value(count, pl.Int64) or 0 for reason, count in found["set_aside"].items()},
        )


def _segment(compared: Mapping[str, Any], customers: list[int]) -> list[Any]:
    return [compared["variant"], sum(customers), compared["relative"], *compared["always_relative"]]


def _variant(found: Mapping[str, Any]) -> list[Any]:
    return [*_of(found, ["name", "exposed", "customers"]), *(found["means"].get(each) for each in METRICS)]


def _comparison(found: Mapping[str, Any]) -> list[Any]:
    first = _of(found, ["metric", "variant", "control", "mean", "relative"])
    return [*first, *found["always_relative"], *found["fixed_relative"], found["progress"]]


def _of(found: Mapping[str, Any], names: list[str]) -> list[Any]:
    return [found[name] for name in names]
