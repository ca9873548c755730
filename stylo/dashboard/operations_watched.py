"""What `monitor` left: how far the world has drifted, and how good what was shown turned out to be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from stylo.dashboard.operations_state import Place, intact, read_json, table
from stylo.dashboard.reports import value
from stylo.drift.report import Distance, DriftReport

_WEEKLY = pl.Schema({"week": pl.Date, "distance": pl.Float64, "threshold": pl.Float64, "alarm": pl.Boolean})
_MEANS = ("hit_rate", "map12", "expected")
_QUALITY = pl.Schema(
    {
        **dict.fromkeys(("version", "variant"), pl.String),
        **dict.fromkeys(("lists", "buyers"), pl.Int64),
        **{f"{name}{end}": pl.Float64 for name in _MEANS for end in ("", "_low", "_high")},
        **dict.fromkeys(("cold", "degraded", "p50", "p99"), pl.Float64),
    }
)


def read_drift(place: Place) -> DriftReport:
    """Raises MissingArtefact, DamagedArtefact."""
    path, cure = place.data / "reports" / "drift.json", place.command("monitor")
    told = json.dumps(read_json(path, cure))
    with intact(path, cure):
        found = DriftReport.from_json(told)
        for signal in found.signals:
            table([[signal.name, signal.title, signal.sentence]], pl.Schema(dict.fromkeys("abc", pl.String)))
            for distance in signal.distances:
                weekly(found, distance, signal.alarms)
            _ = signal.distances[0], signal.alarm
    return found


def weekly(report: DriftReport, distance: Distance, alarms: tuple[bool, ...]) -> pl.DataFrame:
    """`week` (its last day), `distance`, `threshold` (with the least that matters), `alarm`."""
    rows = [
        (week, seen, None if limit is None else max(limit, distance.least), alarm)
        for week, seen, limit, alarm in zip(
            report.weeks, distance.values, distance.thresholds, alarms, strict=True
        )
    ]
    return pl.DataFrame(rows, _WEEKLY, orient="row", strict=True)


def read_quality(place: Place) -> tuple[pl.DataFrame, Mapping[str, Any]]:
    """Of each version and variant; and `since`, `until`, `window`, `purchases`. Raises as `read_drift`."""
    path, cure = place.data / "reports" / "monitoring.json", place.command("monitor")
    found = read_json(path, cure)
    with intact(path, cure):
        rows = []
        for each in found["qualities"]:
            means = [list(each[name] or [None] * 3) for name in _MEANS]
            others = [each[name] for name in ("cold", "degraded", "p50", "p99")]
            first = [each[name] for name in ("version", "variant", "lists", "buyers")]
            rows.append([*first, *(number for mean in means for number in mean), *others])
        facts = {name: str(found[name])[:10] for name in ("since", "until")}
        facts |= {name: str(value(found[name], pl.Int64)) for name in ("window", "purchases")}
        return table(rows, _QUALITY), facts
