"""What the scripts told in `reports/`, and whether the shop is a made-up one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import polars as pl

from stylo.artefacts import read_manifest
from stylo.dashboard.once import once_a_shop
from stylo.dashboard.shop import Shop
from stylo.errors import StyloError
from stylo.records.record import TypedRecord
from stylo.records.scripts import DemoShop, FidelityFigure, FidelityReport, PhotosReport, ScriptReport
from stylo.tables.folder import ARTICLES_CSV, DEMO_MARKER, DataFolder
from stylo.user_paths import printable, quoted

DEMO, FIDELITY, PHOTOS = "demo", "fidelity", "visual_features"
_RUNS = pl.Schema(
    {
        "script": pl.String(),
        "at": pl.Datetime("us"),
        "seconds": pl.Float64(),
        "peak_memory_bytes": pl.Float64(),
    }
)
_DTYPES: Mapping[Any, Any] = {
    str: pl.String, int: pl.Int64, float: pl.Float64, bool: pl.Boolean, date: pl.Date
}  # fmt: skip
_ENDS = {2: ("_low", "_high"), 3: ("", "_low", "_high")}

Kind = TypeVar("Kind", bound=ScriptReport)


def read_report(folder: DataFolder, script: str, kind: type[Kind]) -> tuple[Kind, datetime]:
    """The report of a script's last run, and when that ended: a copied file is as old as its run, not as the copy.

    A report that does not tell is as old as its file. Raises MissingArtefact or DamagedArtefact.
    """
    path = folder.root / "reports" / f"{script}.json"
    found = kind.load(path, f"python {script}.py --data {quoted(folder.root)}")
    return found, found.finished_at or written_at(path)


def written_at(path: Path) -> datetime:
    """When a file was last written; now, if it is put away in this moment."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.now(UTC)


def table_of(kind: type[TypedRecord], rows: Iterable[TypedRecord], **more: Sequence[str]) -> pl.DataFrame:
    """Records as a table, by the fields' names in the file.

    A text, number or day is one column, (low, high) two, (mean, low, high) three; other fields are left out.

    more : columns that come first.
    """
    columns = [pl.Series(name, list(map(printable, values)), pl.String) for name, values in more.items()]
    listed = list(rows)
    for name, field in kind.model_fields.items():
        single, column = _single(field.annotation), field.alias or name
        cells = [getattr(row, name) for row in listed]
        if (dtype := _DTYPES.get(single)) is not None:
            shown = [printable(each) if isinstance(each, str) else each for each in cells]
            columns.append(pl.Series(column, shown, dtype))
        elif get_origin(single) is tuple and Ellipsis not in get_args(single):
            ends = _ENDS[len(get_args(single))]
            columns += [
                pl.Series(f"{column}{end}", [each and each[place] for each in cells], pl.Float64)
                for place, end in enumerate(ends)
            ]
    return pl.DataFrame(columns)


def _single(annotation: Any) -> Any:
    """The type of a field without its notes, and without None."""
    while get_origin(annotation) in (Annotated, Union, UnionType):
        annotation = get_args(annotation)[0]
    return annotation


def runs(folder: DataFolder, scripts: Iterable[str]) -> pl.DataFrame:
    """The last run of each script that left a report: `script`, `at` (UTC), `seconds`, `peak_memory_bytes`."""
    rows = []
    for script in scripts:
        with suppress(StyloError):
            report, at = read_report(folder, script, ScriptReport)
            rows.append((script, at.replace(tzinfo=None), report.seconds, report.peak_memory_bytes))
    return pl.DataFrame(rows, _RUNS, orient="row")


def unreadable_photos(folder: DataFolder) -> list[str]:
    """Ids of articles whose photo could not be read when photos were last looked at."""
    try:
        return list(read_report(folder, PHOTOS, PhotosReport)[0].corrupt or ())
    except StyloError:
        return []


def fidelity(folder: DataFolder) -> tuple[pl.DataFrame, list[str]] | None:
    """How near a generated shop comes to H&M's: `figure`, `generated`, `real`, `ratio`, `near`, and those far off.

    None where `stylo_demo.fidelity` left no report, or one that cannot be read.
    """
    try:
        figures = read_report(folder, FIDELITY, FidelityReport)[0].figures
    except StyloError:
        return None
    table = table_of(FidelityFigure, figures.values(), figure=list(figures))
    return table, table.filter(~pl.col("near"))["figure"].to_list()


@once_a_shop
def made_up(shop: Shop) -> bool:
    """Whether the shop was made by `stylo_demo`, which leaves a marker beside its CSVs, above its photos.

    A marker of another shop, by the digest of articles.csv, does not count.
    """
    folder, photos = shop.folder, shop.pictures.photos
    source = None
    try:
        manifest = read_manifest(folder.path("articles.parquet"))
        source = manifest.inputs.get(ARTICLES_CSV) if manifest else None
    except StyloError:
        pass
    for place in [folder.root, *([photos.source.parent] if photos else [])]:
        try:
            digest = DemoShop.load(place / DEMO_MARKER, "python -m stylo.demo").tables.get(ARTICLES_CSV)
        except StyloError:
            continue
        if digest == source or (source is None and place == folder.root):
            return True
    return False
