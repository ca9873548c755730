"""Lineage: from an answer to the version of the model, the training run, the data files and the code."""

from __future__ import annotations

import hashlib
import os
import subprocess  # git, with arguments of our own  # nosec B404
from pathlib import Path
from typing import Any

import stylo
from stylo import __version__
from stylo.artefacts import Manifest, open_arrays, read_manifest
from stylo.errors import BadOption, DamagedArtefact, MissingArtefact
from stylo.operations.workspace import Workspace
from stylo.records.operations import DataFile, ReleaseCard, VersionLineage
from stylo.storage import deployments, predictions
from stylo.tables.folder import MADE_BY, MODEL_FILE, DataFolder
from stylo.tables.ids import ArticleIds


def code_version() -> str:
    """The version of StyloAI and its commit: as $STYLO_CODE names it, which an image has, else as Git does.

    Where neither does it is a digest of the package's files, equal for equal code.
    """
    if baked := os.environ.get("STYLO_CODE"):
        return f"{__version__} ({baked})"
    # A package installed beneath somebody else's repository is none of that.
    ours = _git("ls-files", "--error-unmatch", Path(__file__).name) is not None
    found = _git("describe", "--always", "--dirty", "--abbrev=12") if ours else None
    return f"{__version__} ({found or f'files {_digest()}'})"


def _git(*words: str) -> str | None:
    """What Git says of the folder of this file; None where it cannot say."""
    command = ["git", "-C", str(Path(__file__).parent), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)  # nosec B603
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _digest() -> str:
    package, found = Path(stylo.__file__).parent, hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        found.update(f"{path.relative_to(package)}\0".encode() + path.read_bytes())
    return found.hexdigest()[:12]


def path_of(workspace: Workspace, release: str) -> Path:
    """Where it is kept what a release was made from, beside what its files say themselves."""
    return workspace.lineage / f"{release}.json"


def read(workspace: Workspace, release: str) -> VersionLineage:
    """Raises MissingArtefact where it was not retraining that made the release, DamagedArtefact."""
    return VersionLineage.load(path_of(workspace, release), "python -m stylo.operations retrain")


def data_files(workspace: Workspace) -> dict[str, DataFile]:
    """The tables and artefacts of the data folder."""
    found: dict[str, DataFile] = {}
    for name in MADE_BY:
        if not workspace.folder.has(name):
            continue
        try:
            manifest = read_manifest(workspace.folder.path(name))
        except (DamagedArtefact, ValueError):
            continue
        if manifest is not None:
            found[name] = DataFile(
                fingerprint=manifest.fingerprint,
                made_by=manifest.made_by,
                made_at=manifest.made_at,
                inputs=dict(manifest.inputs),
            )
    return found


def manifest_of(workspace: Workspace, release: str) -> Manifest:
    """What `final.py` noted in a release's model. Raises DamagedArtefact."""
    path = workspace.settings.state_folder.release(release) / MODEL_FILE
    return open_arrays(path, "Publish it again, or roll back to another version.")[2]


def data_tags(manifest: Manifest) -> dict[str, str]:
    """What a model was made from, as the registry keeps it: `data.` and the name of a file → its fingerprint."""
    return {f"data.{name}": value for name, value in manifest.inputs.items()}


def of_release(workspace: Workspace, release: str) -> dict[str, Any]:
    """What a version of the model was made from. Raises BadOption for one that is not here."""
    path = workspace.settings.state_folder.release(release)
    if release not in workspace.releases.versions():
        there = ", ".join(workspace.releases.versions()) or "none"
        raise BadOption(f"There is no version {release[:80]!r} of the model.", cure=f"There are: {there}.")
    card = ReleaseCard.load(path / "release.json", "python serve.py models publish")
    manifest = manifest_of(workspace, release)
    try:
        training = read(workspace, release).model_dump(exclude_unset=True)
    except MissingArtefact:
        training = None
    steps = [each for each in deployments.history(workspace.database, 1000) if each.version == release]
    return {
        "release": release,
        "model": {"made_by": manifest.made_by, "made_at": manifest.made_at,
                                                "stylo": manifest.version, "inputs": dict(manifest.inputs),
                                                "parameters": dict(manifest.parameters)},
        "files": dict(card.files),
        "training": training,
        "live": [
            {"at": each.at.isoformat(), "by": each.action.value, "who": each.who, "why": each.reason}
            for each in steps
        ],
    }  # fmt: skip


def of_request(workspace: Workspace, request_id: str) -> dict[str, Any]:
    """From the id of a request for recommendations (`X-Request-Id`) to all of that.

    Raises BadOption if its answer was not logged; only recommendations are.
    """
    answer = predictions.find(workspace.database, request_id)
    if answer is None:
        raise BadOption(
            f"No answer with the request id {request_id[:80]!r} was logged.",
            cure="The id is in the header X-Request-Id of a recommendation, which is logged within a second; "
            "STYLO_SERVICE_PREDICTIONS must be on.",
        )
    ids = _ids_of(workspace, answer.model_version)
    told = {
        "request_id": request_id,
        "at": answer.at.isoformat(),
        "customer_id": answer.customer_id,
        "variant": answer.variant,
        "articles": [ids.id(article) for article in answer.articles],
    }
    return {"answer": told, **of_release(workspace, answer.model_version or "")}


def _ids_of(workspace: Workspace, release: str | None) -> ArticleIds:
    """The ids by which a version knows its articles; ten digits where it is gone."""
    if release not in workspace.releases.versions():
        return ArticleIds()
    return DataFolder(workspace.settings.state_folder.release(release)).article_ids()
