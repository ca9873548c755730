"""What the scripts told in `reports/`, as tables. Whatever a report lacks, or has in another form, is None."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from stylo.artefacts import read_manifest
from stylo.candidates.popularity import Popularity
from stylo.demo.shop import ARTICLES, MARKER
from stylo.errors import DamagedArtefact, MissingArtefact, StyloError
from stylo.evaluation.losses import OUTCOMES
from stylo.evaluation.metrics import METRICS
from stylo.tables.folder import DataFolder

FINAL, BASELINE = "final", "individual_baseline"
_PAIRED = f"{METRICS[0]}_minus_"
_ENDS = ("low", "high")
_DIFFERENCE = dict.fromkeys(("difference", "difference_low", "difference_high"), pl.Float64)

#: A model: each of METRICS with its 95 % interval, how many times popularity's MAP@12, the paired difference to a rival.
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
class Report:
    """What a script told at its end, and when."""

    script: str
    facts: Mapping[str, Any]
    at: datetime

    def number(self, name: str) -> float | None:
        return _value(self.facts.get(name), pl.Float64, otherwise=None)


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


def read_report(folder: DataFolder, script: str) -> Report:
    """The report of a script's last run. Raises MissingArtefact or DamagedArtefact."""
    path = folder.root / "reports" / f"{script}.json"
    again = f"python {script}.py --data {shlex.quote(str(folder.root))}"
    try:
        facts = json.loads(path.read_text())
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError as error:
        raise MissingArtefact(f"{path} is not there yet.", cure=f"Make it first: {again}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise DamagedArtefact(
            f"{path} is no readable JSON.", where=str(error), cure=f"Make it again: {again}"
        ) from error
    if not isinstance(facts, dict):
        raise DamagedArtefact(f"{path} is no report.", cure=f"Make it again: {again}")
    return Report(script, facts, at)


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


def generated(folder: DataFolder, photos: Path | None) -> bool:
    """Whether the shop was made by `stylo.demo`, which leaves a marker beside its CSVs, above its photos.

    A marker of another shop, by the digest of articles.csv, does not count.
    """
    source = None
    try:
        manifest = read_manifest(folder.path("articles.parquet"))
        source = manifest.inputs.get(ARTICLES) if manifest else None
    except StyloError:
        pass
    for place in [folder.root, *([photos.parent] if photos else [])]:
        try:
            marker = json.loads((place / MARKER).read_text())
            digest = marker["tables"].get(ARTICLES)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
        if digest == source or (source is None and place == folder.root):
            return True
    return False


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
    cold = _table([facts.get("cold_articles")], _COLD)
    return Scores(
        report,
        models,
        rival,
        _value(facts.get("cutoff"), pl.Date, otherwise=None),
        *(_value(facts.get(name), pl.Int64, otherwise=None) for name in ("days", "weeks", "customers")),
        by_week=_table(facts.get("by_week"), WEEKS),
        segments=_segments(segments),
        recall_at=recall_at,
        candidates=candidates,
        strategies=_table(facts.get("strategies"), STRATEGIES),
        cold=cold.row(0, named=True) if cold is not None else None,
        losses=_table(facts.get("losses"), LOSSES),
        beyond_accuracy=_table(_with_names(beyond), BEYOND),
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
    ladder = _table(rows, LADDER)
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
    tables = {name: _table(found.get(name), pl.Schema({name: pl.String, **_SEGMENT})) for name in SEGMENTS}
    return {
        name: table.rename({name: "segment"}) for name, table in tables.items() if table is not None
    } or None


def _recall_at(found: object) -> tuple[pl.DataFrame | None, float | None]:
    if not isinstance(found, dict):
        return None, None
    rows = [{"place": place, "recall": found.get(place)} for place in _PLACES]
    table = _table(rows, pl.Schema({"place": pl.String, "recall": pl.Float64}))
    if table is None or table["recall"].null_count():
        return None, None
    return table, _value(found.get("candidates_per_list"), pl.Float64, otherwise=None)


def _with_names(found: object) -> list[Any] | None:
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        return None
    return [{"model": name, **each} for name, each in found.items()]


def _table(found: object, schema: pl.Schema) -> pl.DataFrame | None:
    """Rows of a report, these columns of them; None where there is no row, or one that has not all, or other types."""
    if not isinstance(found, list) or not found:
        return None
    try:
        rows = [[_value(row[name], dtype) for name, dtype in schema.items()] for row in found]
        return pl.DataFrame(rows, schema, orient="row")
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _value(found: Any, dtype: Any, **otherwise: Any) -> Any:
    """A value of JSON as this type; None is any type's. What does not fit is a TypeError, or what is named instead."""
    try:
        if found is None:
            return None
        if dtype == pl.Date:
            return date.fromisoformat(found)
        if dtype == pl.String and isinstance(found, str):
            return found
        if dtype == pl.Int64 and isinstance(found, int) and not isinstance(found, bool) and abs(found) < 2**63:
            return found
        if dtype == pl.Float64 and isinstance(found, (int, float)) and not isinstance(found, bool):
            return float(found) if math.isfinite(found) else None
    except (TypeError, ValueError, OverflowError):
        pass
    if otherwise:
        return otherwise["otherwise"]
    raise TypeError(f"{found!r} is no {dtype}")
