"""How models did, as `final.py` reported it, in tables. What a report lacks, or has in another form, is None."""

from __future__ import annotations

import shlex
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from stylo.candidates.popularity import Popularity
from stylo.dashboard.reports import Report, read_report, value
from stylo.errors import DamagedArtefact, StyloError
from stylo.evaluation.losses import OUTCOMES
from stylo.evaluation.metrics import METRICS
from stylo.tables.folder import DataFolder

FINAL, BASELINE = "final", "individual_baseline"
_PAIRED = f"{METRICS[0]}_minus_"
_DIFFERENCE = dict.fromkeys(("difference", "difference_low", "difference_high"), pl.Float64)

#: A model: each of METRICS with its 95 % interval, MAP@12 by popularity's, the paired difference to a rival.
LADDER = pl.Schema(
    {
        "model": pl.String,
        **{name: pl.Float64 for metric in METRICS for name in (metric, f"{metric}_low", f"{metric}_high")},
        "times_popularity": pl.Float64,
        **_DIFFERENCE,
    }
)
WEEKS = pl.Schema(
    {"cutoff": pl.Date, "model": pl.String, "lists": pl.Int64, **dict.fromkeys(METRICS, pl.Float64)}
)
_SEGMENT = {"model": pl.String, "lists": pl.Int64, METRICS[0]: pl.Float64, **_DIFFERENCE}
STRATEGIES = pl.Schema(
    {
        "strategy": pl.String,
        **dict.fromkeys(("recommended", "hits", "alone", "first"), pl.Int64),
        **dict.fromkeys(("recall@12", "recall@all"), pl.Float64),
    }
)
LOSSES = pl.Schema({"kind": pl.String, **dict.fromkeys(("bought", *OUTCOMES), pl.Int64)})
BEYOND = pl.Schema(
    {
        "model": pl.String,
        **dict.fromkeys(
            (
                "articles",
                "coverage_of_sold",
                "coverage_of_catalogue",
                "novelty",
                "product_type_diversity",
                "department_diversity",
                "bestseller_share",
                "bestseller_share_of_purchases",
                "gini",
            ),
            pl.Float64,
        ),
    }
)
_COLD = pl.Schema(
    {
        **dict.fromkeys(("bought", "customers"), pl.Int64),
        **dict.fromkeys(
            (
                "recall@12",
                "recall@100",
                "hit_rate@12",
                "hit_rate@100",
                "share_of_recommendations",
            ),
            pl.Float64,
        ),
    }
)
SEGMENTS = ("recency", "activity")
_PLACES = ("12", "24", "50", "100", "all")


@dataclass(frozen=True)
class Scores:
    """How models did, from a report of FINAL or BASELINE. Tables of a part that the report lacks are None.

    models : rows of LADDER, in the report's order.
    rival : what differences are to.
    recall_at : `place`, `recall`; candidates : how many there were for a list.
    cold : one row: of articles never sold before, how many were `bought` by how many `customers`, and what was found.
    """

    report: Report
    models: pl.DataFrame
    rival: str | None
    cutoff: date | None
    days: int | None
    weeks: int | None
    lists: int | None
    by_week: pl.DataFrame | None = None
    segments: Mapping[str, pl.DataFrame] | None = None
    recall_at: pl.DataFrame | None = None
    candidates: float | None = None
    strategies: pl.DataFrame | None = None
    cold: Mapping[str, Any] | None = None
    losses: pl.DataFrame | None = None
    beyond_accuracy: pl.DataFrame | None = None


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
    report = read_report(folder, script)
    facts = report.facts
    models, rival = _ladder(facts.get("models"))
    if models is None:
        raise DamagedArtefact(
            f"{folder.root / 'reports' / script}.json tells of no models.",
            cure=f"Make it again: python {script}.py --data {shlex.quote(str(folder.root))}",
        )
    segments, beyond = facts.get("segments"), facts.get("beyond_accuracy")
    recall_at, candidates = _recall_at(facts.get("recall_at"))
    cold = _table([facts.get("cold_articles")], _COLD, set(_COLD) - {"bought", "customers"})
    return Scores(
        report,
        models,
        rival,
        cutoff=value(facts.get("cutoff"), pl.Date, otherwise=None),
        days=value(facts.get("days"), pl.Int64, otherwise=None),
        weeks=value(facts.get("weeks"), pl.Int64, otherwise=None),
        lists=value(facts.get("customers"), pl.Int64, otherwise=None),
        by_week=_table(facts.get("by_week"), WEEKS),
        segments=_segments(segments),
        recall_at=recall_at,
        candidates=candidates,
        strategies=_table(facts.get("strategies"), STRATEGIES),
        cold=cold.row(0, named=True) if cold is not None else None,
        losses=_table(facts.get("losses"), LOSSES),
        beyond_accuracy=_table(_with_names(beyond), BEYOND, set(BEYOND) - {"model"}),
    )


def _ladder(found: object) -> tuple[pl.DataFrame | None, str | None]:
    """Rows of LADDER, and the rival; (None, None) where there are none."""
    rows, rival = [], None
    try:
        for name, model in found.items():  # type: ignore[attr-defined]
            row = {"model": name, **dict.fromkeys(list(LADDER)[1:])}
            for metric in METRICS:
                ends = model.get("ci95_all", {}).get(metric) or (None, None)
                row |= {metric: model[metric]} | _ends(metric, ends)
            paired = next((key for key in model if key.startswith(_PAIRED)), None)
            if paired is not None:
                rival = paired.removeprefix(_PAIRED)
                row |= {"difference": model[paired]["mean"]} | _ends("difference", model[paired]["ci95"])
            rows.append(row)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None, None
    ladder = _table(rows, LADDER, set(LADDER) - {"model", *METRICS})
    if ladder is None:
        return None, None
    popular = ladder.filter(pl.col("model") == Popularity.name)[METRICS[0]]
    if popular.len() and popular[0]:
        ladder = ladder.with_columns(times_popularity=pl.col(METRICS[0]) / popular[0])
    return ladder, rival


def _ends(name: str, ends: Any) -> dict[str, Any]:
    low, high = ends
    return {f"{name}_low": low, f"{name}_high": high}


def _segments(found: object) -> dict[str, pl.DataFrame] | None:
    """By each of SEGMENTS, with the label as `segment`."""
    if not isinstance(found, dict):
        return None
    schemas = {name: pl.Schema({name: pl.String, **_SEGMENT}) for name in SEGMENTS}
    tables = {name: _table(found.get(name), schema, _DIFFERENCE) for name, schema in schemas.items()}
    return {
        name: table.rename({name: "segment"}) for name, table in tables.items() if table is not None
    } or None


def _recall_at(found: object) -> tuple[pl.DataFrame | None, float | None]:
    if not isinstance(found, dict):
        return None, None
    rows = [{"place": place, "recall": found.get(place)} for place in _PLACES]
    table = _table(rows, pl.Schema({"place": pl.String, "recall": pl.Float64}))
    if table is None:
        return None, None
    return table, value(found.get("candidates_per_list"), pl.Float64, otherwise=None)


def _with_names(found: object) -> list[Any] | None:
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        return None
    return [{"model": name, **each} for name, each in found.items()]


def _table(found: object, schema: pl.Schema, gaps: Container[str] = ()) -> pl.DataFrame | None:
    """Rows of a report, these columns of them; None where there is no row, or one that has not all, or other types.

    gaps : columns in which nothing may stand.
    """
    if not isinstance(found, list) or not found:
        return None
    try:
        rows = [[value(row[name], dtype) for name, dtype in schema.items()] for row in found]
    except (KeyError, TypeError):
        return None
    table = pl.DataFrame(rows, schema, orient="row")
    return table if all(name in gaps or not table[name].null_count() for name in schema) else None
