"""What lies in a data folder: each artefact, whether it is there, whole and true, and the command that puts it right.

Tables are not read: rows come from Parquet's own metadata, from the JSON beside a folder of parts, and from the header
of a `.npy` file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from stylo.artefacts import Manifest, read_manifest, sample_digest, table_rows
from stylo.artefacts.parts import listed_parts
from stylo.dashboard.once import once_a_shop
from stylo.dashboard.shop import Shop
from stylo.errors import DamagedArtefact, StaleArtefact, StyloError
from stylo.evaluation.tuning import SETTINGS, STUDY, tuned_settings
from stylo.outfits.model import OutfitModel
from stylo.progress import Silent
from stylo.recommender import SavedModel
from stylo.tables.folder import MADE_BY, MODEL_FILE, OUTFITS_FILE, DataFolder
from stylo.user_paths import printable, quoted
from stylo.vectors.embeddings import FILE as VECTORS
from stylo.vectors.embeddings import LEARNED, PHOTO_SPACE
from stylo.vectors.index import INDEX_OF
from stylo.visual.kept_network import FILE as NETWORK
from stylo.visual.kept_network import WEIGHTS, check_network
from stylo.visual.photo_space import PROJECTION

UP_TO_DATE, OUT_OF_DATE, MISSING, DAMAGED, NOT_ASKED = (
    "up to date", "out of date", "missing", "damaged", "not asked for"
)  # fmt: skip
#: Artefacts that are only there if they were asked for, and the option that does.
ASKED_FOR = {
    "rejects.parquet": "--quarantine",
    "visual_reccs_plain.parquet": "--vectors learned",
    LEARNED: "--vectors learned",
    INDEX_OF[LEARNED]: "--vectors learned",
    PHOTO_SPACE: "--vectors auto",
    INDEX_OF[PHOTO_SPACE]: "--vectors auto",
    PROJECTION: "--vectors auto",
    NETWORK: "--runtime openvino",
    WEIGHTS: "--runtime openvino",
    SETTINGS: "--tune",
    STUDY: "--tune",
}
_NEEDS_PHOTOS = "visual_features.py"
# Table → the columns of its first and last day.
_DAYS = {
    "folds.parquet": ("cutoff", "until"),
    "predictions.parquet": ("cutoff", "cutoff"),
    "weekly_sales.parquet": ("week", "week"),
}
_WORTH_SEEING = (
    "cutoff", "days", "weeks", "limit", "k", "variants", "weights", "trained", "precision", "runtime", "dimensions",
    "anchor", "until",
)  # fmt: skip
_ARTICLES = "article_ids"

_TABLE = pl.Schema(
    {
        "name": pl.String(),
        "state": pl.String(),
        "rows": pl.Int64(),
        "bytes": pl.Int64(),
        "first": pl.Date(),
        "last": pl.Date(),
        "made_at": pl.Datetime("us"),
        "made_by": pl.String(),
        "version": pl.String(),
        "inputs": pl.String(),
        "parameters": pl.String(),
        "reason": pl.String(),
        "command": pl.String(),
    }
)


@dataclass(frozen=True)
class Entry:
    """An artefact. What is not known, or does not apply, is None.

    reason, command : what is wrong and what to run; empty if nothing is.
    bytes : with the JSON beside it. rows : or vectors, or lines. first, last : days of the sales or cutoffs in it.
    made_at : ISO 8601, UTC. inputs : names of what it was made from.
    """

    name: str
    state: str
    reason: str = ""
    command: str = ""
    bytes: int | None = None
    rows: int | None = None
    first: date | None = None
    last: date | None = None
    made_at: str | None = None
    made_by: str | None = None
    version: str | None = None
    inputs: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def wrong(self) -> bool:
        return self.state in (OUT_OF_DATE, MISSING, DAMAGED)


@once_a_shop
def inventory(shop: Shop) -> list[Entry]:
    """Every artefact of MADE_BY, in the order in which they are made, as they were when it was first asked."""
    photos = shop.pictures.photos
    return take_stock(shop.folder, photos.source if photos else None)


def take_stock(folder: DataFolder, images: Path | None = None) -> list[Entry]:
    """The same of a folder; `images` goes into the command for photos.

    O(artefacts), beside reading small inputs that changed their time but carry no manifest.
    """
    checked = _Checked(folder.root)
    return [_entry(checked, name, images) for name in MADE_BY]


def as_table(entries: list[Entry]) -> pl.DataFrame:
    """A row for each, fit for a CSV: inputs and parameters as text."""
    rows = [
        {
            **vars(entry),
            "made_at": _time(entry.made_at),
            "inputs": ", ".join(entry.inputs),
            "parameters": ", ".join(f"{name}: {value}" for name, value in entry.parameters.items()),
        }
        for entry in entries
    ]
    shown = [
        {name: printable(value) if isinstance(value, str) else value for name, value in row.items()}
        for row in rows
    ]
    return pl.DataFrame(shown, _TABLE)


def _time(made_at: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(made_at).astimezone(UTC).replace(tzinfo=None) if made_at else None
    except (ValueError, TypeError, OverflowError):
        return None


def commands(entries: list[Entry]) -> list[str]:
    """What to run so that everything is there and up to date, in this order."""
    return list(dict.fromkeys(entry.command for entry in entries if entry.wrong))


@dataclass(frozen=True)
class _Checked(DataFolder):
    """A folder that looks at an input once, however many artefacts were made from it."""

    _seen: dict[tuple[str, str | None, str | None], str | None] = field(default_factory=dict, compare=False)

    def contradiction(self, manifest: Manifest) -> str | None:
        for source in {**manifest.inputs, **manifest.stamps}:
            content, stamp = manifest.inputs.get(source), manifest.stamps.get(source)
            key = source, content, stamp
            if key not in self._seen:
                inputs = {} if content is None else {source: content}
                stamps = {} if stamp is None else {source: stamp}
                self._seen[key] = super().contradiction(Manifest("", inputs, stamps=stamps))
            if reason := self._seen[key]:
                return reason
        return None


def _entry(folder: _Checked, name: str, images: Path | None) -> Entry:
    path, script = folder.path(name), MADE_BY[name]
    command = f"python {script} --data {quoted(folder.root)}"
    if script == _NEEDS_PHOTOS and images is not None:
        command += f" --images {quoted(images)}"
    if option := ASKED_FOR.get(name):
        command += f" {option}"
    if not path.exists():
        return Entry(name, NOT_ASKED if option else MISSING, command=command)
    facts = _json_beside(path)
    entry = Entry(name, UP_TO_DATE, bytes=_size(path), **_described(path, facts))
    try:
        entry = replace(entry, **_counted(path, facts))
        _check(folder, name, facts)
        return replace(entry, **_days(folder, name))
    except StaleArtefact as error:
        return replace(entry, state=OUT_OF_DATE, reason=error.problem, command=command)
    except StyloError as error:
        return replace(entry, state=DAMAGED, reason=error.problem, command=command)
    except (OSError, ValueError, TypeError, AttributeError, KeyError, pl.exceptions.PolarsError) as error:
        reason = str(error).partition("\n")[0]
        return replace(entry, state=DAMAGED, reason=f"{path} is damaged: {reason}", command=command)


def _json_beside(path: Path) -> dict[str, Any]:
    """What the JSON beside an artefact says, or the artefact itself if it is one; nothing where there is none."""
    try:
        found = json.loads(path.with_suffix(".json").read_text("utf-8")) if path.suffix != ".log" else {}
    except (OSError, ValueError):
        return {}
    # Vectors from elsewhere may come with the plain list of their articles.
    return found if isinstance(found, dict) else {_ARTICLES: found}


def _size(path: Path) -> int:
    files = list(path.iterdir()) if path.is_dir() else [path]
    return sum(file.stat().st_size for file in {*files, path.with_suffix(".json")} if file.is_file())


def _described(path: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What manifest and JSON tell, as fields of an Entry."""
    manifest = _manifest(path, facts)
    told = {**facts, **(manifest.parameters if manifest else {})}
    worth = {name: told[name] for name in _WORTH_SEEING if isinstance(told.get(name), (str, int, float))}
    if manifest is None:
        return {"parameters": worth}
    return {
        "made_at": manifest.made_at,
        "made_by": manifest.made_by,
        "version": manifest.version,
        "inputs": tuple({**manifest.inputs, **manifest.stamps}),
        "parameters": worth,
    }


def _manifest(path: Path, facts: Mapping[str, Any]) -> Manifest | None:
    """None if there is none, or none that can be read."""
    try:
        manifest = read_manifest(path) if path.suffix == ".parquet" else Manifest(**facts["manifest"])
    except (StyloError, OSError, KeyError, TypeError):
        return None
    whole = manifest and all(
        isinstance(each, Mapping) for each in (manifest.inputs, manifest.stamps, manifest.parameters)
    )
    return manifest if whole else None


def _counted(path: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Rows, and the days of parts. Raises DamagedArtefact, OSError, ValueError or PolarsError."""
    if path.is_dir():
        parts = listed_parts(path)
        first, last = (part.first for part in parts), (part.last for part in parts)
        rows = sum(part.rows for part in parts)
        return {"rows": rows, "first": min(first, default=None), "last": max(last, default=None)}
    if path.suffix == ".parquet":
        return {"rows": table_rows(path)}
    if path.suffix == ".npy":
        return {"rows": len(np.load(path, mmap_mode="r", allow_pickle=False))}
    if path.name == STUDY:
        with path.open("rb") as file:
            return {"rows": sum(1 for _ in file)}
    return {}


def _days(folder: DataFolder, name: str) -> dict[str, Any]:
    """The first and the last day that a sound table is about."""
    if name in (MODEL_FILE, OUTFITS_FILE):
        as_of = (SavedModel if name == MODEL_FILE else OutfitModel).open(folder).as_of
        return {"first": as_of, "last": as_of}
    if name not in _DAYS:
        return {}
    first, last = _DAYS[name]
    days = folder.scan(name).select(pl.col(first).min().alias("first"), pl.col(last).max().alias("last"))
    return days.collect().row(0, named=True)


def _check(folder: DataFolder, name: str, facts: Mapping[str, Any]) -> None:
    """Raises DamagedArtefact or StaleArtefact if an artefact is not whole or not true."""
    path = folder.path(name)
    if path.suffix == ".parquet":
        folder.scan(name)
    elif name == SETTINGS:
        _check_settings(folder, path)
    elif path.suffix == ".npy":
        _check_matrix(folder, path, facts)
    elif name in (NETWORK, WEIGHTS):
        check_network(folder, _json_beside(folder.path(VECTORS)))


def _check_matrix(folder: DataFolder, path: Path, facts: Mapping[str, Any]) -> None:
    """As `open_embeddings`, without a look at each of the articles."""
    articles = facts.get(_ARTICLES)
    rows = len(np.load(path, mmap_mode="r", allow_pickle=False))
    if path.name in INDEX_OF.values():
        if "manifest" not in facts:
            raise DamagedArtefact(f"{path} has no JSON next to it that says what it was made from.")
    elif not isinstance(articles, list) or len(articles) != rows:
        raise DamagedArtefact(f"{path} has {rows:,} rows, but its JSON names a different number of articles.")
    if facts.get("sample_digest", expected := sample_digest(path)) != expected:
        raise DamagedArtefact(f"{path} does not match its JSON: it was replaced or damaged.")
    if "manifest" in facts:
        reason = folder.contradiction(Manifest(**facts["manifest"]))
        if reason:
            raise StaleArtefact(f"{path} is out of date: {reason}.")


def _check_settings(folder: DataFolder, path: Path) -> None:
    notes = _Notes()
    if tuned_settings(folder, progress=notes) is None:
        raise StaleArtefact(" ".join(notes.said) or f"{path} is out of date.")


class _Notes(Silent):
    """Keeps what is remarked."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        self.said.append(text)
