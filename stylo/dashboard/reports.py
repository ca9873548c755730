"""What the scripts told in `reports/`, and whether the shop is a made-up one."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from stylo.artefacts import read_manifest
from stylo.dashboard.once import once_a_shop
from stylo.dashboard.shop import Shop
from stylo.demo.shop import ARTICLES, MARKER
from stylo.errors import DamagedArtefact, MissingArtefact, StyloError
from stylo.tables.folder import DataFolder

DEMO, FIDELITY = "demo", "fidelity"
_RUNS = pl.Schema(
    {
        "script": pl.String(),
        "at": pl.Datetime("us"),
        "seconds": pl.Float64(),
        "peak_memory_bytes": pl.Float64(),
    }
)
_FIDELITY = pl.Schema(
    {"figure": pl.String, **dict.fromkeys(("generated", "real", "ratio"), pl.Float64), "near": pl.Boolean}
)


@dataclass(frozen=True)
class Report:
    """What a script told at its end, and when."""

    script: str
    facts: Mapping[str, Any]
    at: datetime

    def number(self, name: str) -> float | None:
        return value(self.facts.get(name), pl.Float64, otherwise=None)


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


def runs(folder: DataFolder, scripts: Iterable[str]) -> pl.DataFrame:
    """The last run of each script that left a report: `script`, `at` (UTC), `seconds`, `peak_memory_bytes`."""
    rows = []
    for script in scripts:
        with suppress(StyloError):
            report = read_report(folder, script)
            memory = report.number("peak_memory_bytes")
            rows.append((script, report.at.replace(tzinfo=None), report.number("seconds"), memory))
    return pl.DataFrame(rows, _RUNS, orient="row")


def fidelity(folder: DataFolder) -> tuple[pl.DataFrame, list[str]] | None:
    """How near a generated shop comes to H&M's: `figure`, `generated`, `real`, `ratio`, `near`, and those far off.

    None where `stylo.demo.fidelity` left no report, or one that cannot be read.
    """
    try:
        figures = read_report(folder, FIDELITY).facts["figures"]
        rows = [
            [name, *(value(each[column], dtype) for column, dtype in list(_FIDELITY.items())[1:])]
            for name, each in figures.items()
        ]
        table = pl.DataFrame(rows, _FIDELITY, orient="row")
    except (StyloError, KeyError, TypeError, AttributeError):
        return None
    return table, table.filter(~pl.col("near"))["figure"].to_list()


@once_a_shop
def made_up(shop: Shop) -> bool:
    """Whether the shop was made by `stylo.demo`, which leaves a marker beside its CSVs, above its photos.

    A marker of another shop, by the digest of articles.csv, does not count.
    """
    folder, photos = shop.folder, shop.pictures.photos
    source = None
    try:
        manifest = read_manifest(folder.path("articles.parquet"))
        source = manifest.inputs.get(ARTICLES) if manifest else None
    except StyloError:
        pass
    for place in [folder.root, *([photos.source.parent] if photos else [])]:
        try:
            marker = json.loads((place / MARKER).read_text())
            digest = marker["tables"].get(ARTICLES)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
        if digest == source or (source is None and place == folder.root):
            return True
    return False


def value(found: Any, dtype: Any, **otherwise: Any) -> Any:
    """A value of JSON as this type; None is any type's. What does not fit is a TypeError, or what is named instead."""
    try:
        if found is None:
            return None
        if dtype == pl.Date:
            return date.fromisoformat(found)
        if dtype == pl.Boolean and isinstance(found, bool):
            return found
        if dtype == pl.String and isinstance(found, str):
            return found
        if (
            dtype == pl.Int64
            and isinstance(found, int)
            and not isinstance(found, bool)
            and abs(found) < 2**63
        ):
            return found
        if dtype == pl.Float64 and isinstance(found, (int, float)) and not isinstance(found, bool):
            return float(found) if math.isfinite(found) else None
    except (TypeError, ValueError, OverflowError):
        pass
    if otherwise:
        return otherwise["otherwise"]
    raise TypeError(f"{found!r} is no {dtype}")
