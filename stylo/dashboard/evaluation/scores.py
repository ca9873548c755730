"""How models did, as `final.py` reported it, or else the baselines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from stylo.candidates.popularity import Popularity
from stylo.dashboard.reports import read_report, table_of
from stylo.errors import StyloError
from stylo.evaluation.metrics import METRICS
from stylo.records.scores import ActivitySegment, RecencySegment, ScoresReport
from stylo.tables.folder import DataFolder
from stylo.user_paths import printable

FINAL, BASELINE = "final", "individual_baseline"
SEGMENTS = ("recency", "activity")
_LADDER = pl.Schema(
    {
        "model": pl.String,
        **{name: pl.Float64 for metric in METRICS for name in (metric, f"{metric}_low", f"{metric}_high")},
        "times_popularity": pl.Float64,
        **dict.fromkeys(("difference", "difference_low", "difference_high"), pl.Float64),
    }
)


@dataclass(frozen=True)
class Scores:
    """The report of a script, FINAL or BASELINE, and when it was written."""

    script: str
    at: datetime
    report: ScoresReport


def read_scores(folder: DataFolder) -> tuple[Scores, StyloError | None]:
    """The scores of `final.py`; where it has none, those of the baselines, and why.

    Raises MissingArtefact or DamagedArtefact where there are neither.
    """
    try:
        return _scores(folder, FINAL), None
    except StyloError as error:
        try:
            return _scores(folder, BASELINE), error
        except StyloError:
            raise error from None


def _scores(folder: DataFolder, script: str) -> Scores:
    found, at = read_report(folder, script, ScoresReport)
    return Scores(script, at, found)


def models_table(report: ScoresReport) -> pl.DataFrame:
    """A row for each model, in the report's order: `model`, each of METRICS with its 95 % interval, MAP@12 by
    popularity's, the paired difference to the rival.
    """
    means = {name: model.model_dump() for name, model in report.models.items()}
    popular = means.get(Popularity.name, {}).get(METRICS[0])
    rows = []
    for name, model in report.models.items():
        row: list[Any] = [printable(name)]
        for metric in METRICS:
            row += [means[name][metric], *(model.ci95_all.get(metric) or (None, None))]
        row.append(means[name][METRICS[0]] / popular if popular else None)
        difference = model.difference
        row += [difference.mean, *difference.ci95] if difference else [None] * 3
        rows.append(row)
    return pl.DataFrame(rows, _LADDER, orient="row")


def segment_tables(report: ScoresReport) -> dict[str, pl.DataFrame]:
    """By each of SEGMENTS that the report has, with the label as `segment`."""
    found = report.segments
    tables = {}
    if found is not None and found.recency:
        tables["recency"] = table_of(RecencySegment, found.recency).rename({"recency": "segment"})
    if found is not None and found.activity:
        tables["activity"] = table_of(ActivitySegment, found.activity).rename({"activity": "segment"})
    return tables
