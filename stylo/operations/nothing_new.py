"""Nothing new: whether a retraining would only make once more what is there, found out without training.

A model says what it was made from. While days, catalogue, photos, settings and code are the same, so is the model.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from stylo import __version__
from stylo.artefacts import Manifest, read_table, stamp
from stylo.deployment.control_plane import check_may_replace
from stylo.errors import (
    DamagedArtefact,
    GoneBackFrom,
    Held,
    MissingArtefact,
    MissingFile,
    NoPhotos,
    StyloError,
)
from stylo.operations import lineage
from stylo.operations.gates import closed, judge, reasons
from stylo.operations.inbox import last_day
from stylo.operations.workspace import Workspace
from stylo.records.operations import DONE, NOTHING_NEW, RetrainingRun
from stylo.records.rules import GateLimits
from stylo.storage import deployments
from stylo.storage.deployments import Decision
from stylo.tables.folder import MODEL_INPUTS
from stylo.tables.split import read_cut

_SPLIT_DAYS = 7  # as retraining splits
_SETTINGS = "ranker_settings.json"
_HISTORY = 1000
_PHOTO = (".jpg", ".jpeg", ".png", ".webp")


def nothing_new(
    workspace: Workspace, last: RetrainingRun | None, weeks: int, limits: GateLimits, *, promotes: bool
) -> tuple[str, str] | None:
    """The version that a run would make once more, and why that would come to nothing; None if it might not.

    last : the last run that changed anything.

    Raises StorageUnavailable.
    """
    if last is not None and last.state not in (DONE, NOTHING_NEW):
        return None  # it is to go on
    decision = deployments.decide(deployments.history(workspace.database, _HISTORY))
    live = decision.live.version if decision else None
    made = last.steps.publish.version if last and last.steps.publish else None
    here = workspace.settings.state_folder.versions()
    for version in dict.fromkeys(each for each in (made, live) if each in here):
        origin = (
            _Origin.of_run(last) if last and version == made else _Origin.of_lineage(workspace, str(version))
        )
        if not _made_of_the_same(workspace, str(version), weeks, origin):
            continue
        if version == live:
            return str(version), "it is live."
        if last is not None and (why := _stays_challenger(last, str(version), decision, limits, promotes)):
            return str(version), why
    return None


def photos_digest(images: Path) -> str:
    """Equal while no photo comes, goes or changes; empty where there is none. O(photos), no photo is opened.

    images : a folder, or a zip, of which size and time of last change count.
    """
    if images.is_file():
        return hashlib.sha256(stamp(images).encode()).hexdigest()[:16]
    digest, found = hashlib.sha256(), False
    for path, state in _photo_files(str(images), set()):
        inside = path.removeprefix(str(images))
        line = f"{inside} {state.st_size} {state.st_mtime_ns}\n"
        digest.update(line.encode("utf-8", "surrogateescape"))
        found = True
    return digest.hexdigest()[:16] if found else ""


def _photo_files(folder: str, seen: set[str]) -> Iterator[tuple[str, os.stat_result]]:
    """Each photo, in a fixed order. Links are followed, and none in a circle."""
    real = os.path.realpath(folder)
    if real in seen:
        return
    seen.add(real)
    try:
        with os.scandir(folder) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in inside:
        try:
            if entry.name.lower().endswith(_PHOTO):
                yield entry.path, entry.stat()
            elif entry.is_dir():
                yield from _photo_files(entry.path, seen)
        except OSError:
            continue


@dataclass(frozen=True)
class _Origin:
    """What a retraining noted of a version. A version that the scripts made has none.

    photos : `photos_digest`; None if it was not noted.
    """

    code: str | None
    photos: str | None

    @classmethod
    def of_run(cls, run: RetrainingRun) -> Self:
        """The last run that made it, which is not always the first."""
        photos = (run.steps.photos.model_extra or {}).get("photos") if run.steps.photos else None
        return cls(run.code, photos)

    @classmethod
    def of_lineage(cls, workspace: Workspace, version: str) -> Self | None:
        try:
            noted = lineage.read(workspace, version)
        except (MissingArtefact, DamagedArtefact):
            return None
        return cls(noted.code, noted.photos)


def _made_of_the_same(workspace: Workspace, version: str, weeks: int, origin: _Origin | None) -> bool:
    try:
        manifest = lineage.manifest_of(workspace, version)
        return (
            manifest.version == __version__
            and (origin is None or origin.code == lineage.code_version())
            and manifest.parameters["weeks"] == weeks
            and manifest.parameters["settings"] == _settings(workspace, manifest)
            and dict(manifest.inputs) == workspace.folder.fingerprints(*MODEL_INPUTS)
            and _split_holds(workspace, by_hand=origin is None)
            and _photos_hold(workspace, origin)
        )
    except (StyloError, OSError, ValueError, KeyError, TypeError):
        return False  # then it is made again, and what is wrong is told


def _settings(workspace: Workspace, manifest: Manifest) -> Mapping[str, object] | None:
    """Of the ranker, as training would find them now: tuned ones count for the data that they were found with."""
    path = workspace.folder.path(_SETTINGS)
    if not path.exists():
        return None
    facts = json.loads(path.read_text("utf-8"))
    settings: Mapping[str, object] = facts["settings"]
    return settings if facts["manifest"]["inputs"] == dict(manifest.inputs) else None


def _split_holds(workspace: Workspace, *, by_hand: bool) -> bool:
    """Whether splitting again would cut at the same day."""
    folder = workspace.folder
    if any(folder.out_of_date(name) for name in ("train_split.parquet", "valid_split.parquet")):
        return False
    cutoff, days = read_cut(folder)
    as_by_retraining = last_day(folder) - timedelta(days=_SPLIT_DAYS - 1), _SPLIT_DAYS
    return not by_hand or (cutoff, days) == as_by_retraining


def _photos_hold(workspace: Workspace, origin: _Origin | None) -> bool:
    """Whether the photos of the catalogue are those that were encoded."""
    folder, images = workspace.folder, workspace.settings.images
    if not folder.has("visual_features.npy"):
        return True  # without vectors none are made
    if origin is not None and origin.photos is not None:
        return origin.photos == photos_digest(images)
    from stylo.visual.photos import open_photos

    try:
        there = open_photos(images)
    except (MissingFile, NoPhotos):
        return True  # none can be encoded
    known = read_table(folder.path("visual_photos.parquet"))
    catalogue = set(read_table(folder.path("articles.parquet"))["article"])
    encoded = {article: f"{size} {mark}" for article, size, mark in known["article", "bytes", "mark"].rows()}
    return encoded == {article: stamp for article, stamp in there.stamps.items() if article in catalogue}


def _stays_challenger(
    last: RetrainingRun, version: str, decision: Decision | None, limits: GateLimits, promotes: bool
) -> str:
    """Why the version that the last run made would not be promoted now either; empty if it might be."""
    try:
        check_may_replace(decision, version)
    except (Held, GoneBackFrom) as error:
        return f"it stays challenger: {error.problem} {error.cure}"
    compared, live = last.steps.compare, decision.live.version if decision else None
    if not promotes:
        return "it stays challenger, for promotion is not asked for."
    if compared is None or compared.champion != live:
        return ""
    shut = closed(judge(compared.shown, limits)) if compared.shown else closed(compared.gates)
    return f"it stays challenger. {reasons(shut)}" if shut else ""
