"""Lineage: from an answer to the version of the model, the training run, the data files and the code."""

from __future__ import annotations

import json
import subprocess  # git, with arguments of our own  # nosec B404
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stylo import __version__
from stylo.artefacts import Manifest, open_arrays, read_manifest
from stylo.errors import BadOption, DamagedArtefact
from stylo.operations.place import Place
from stylo.recommender import MODEL_FILE
from stylo.storage import deployments, predictions
from stylo.tables.folder import MADE_BY


def code_version() -> str:
    """The version of StyloAI, and of its repository the commit, where there is one."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)  # nosec B603
        found = done.stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return __version__
    return f"{__version__} ({found})"


def note(place: Place, release: str, facts: Mapping[str, Any]) -> None:
    """Keeps what a release was made from, beside what its files say themselves."""
    place.lineage.mkdir(parents=True, exist_ok=True)
    target = place.lineage / f"{release}.json"
    temporary = target.with_suffix(".tmp")
    temporary.write_text(json.dumps(facts, indent=2, default=str) + "\n")
    temporary.replace(target)


def data_files(place: Place) -> dict[str, dict[str, Any]]:
    """The tables and artefacts of the data folder: fingerprint, script, when, from which inputs."""
    found: dict[str, dict[str, Any]] = {}
    for name in MADE_BY:
        if not place.folder.has(name):
            continue
        try:
            manifest = read_manifest(place.folder.path(name))
        except (DamagedArtefact, ValueError):
            continue
        if manifest is not None:
            found[name] = {
                "fingerprint": manifest.fingerprint,
                "made_by": manifest.made_by,
                "made_at": manifest.made_at,
                "inputs": dict(manifest.inputs),
            }
    return found


def manifest_of(place: Place, release: str) -> Manifest:
    """What `final.py` noted in a release's model. Raises DamagedArtefact."""
    path = place.state / "models" / release / MODEL_FILE
    return open_arrays(path, "Publish it again, or go back to another version.")[2]


def of_release(place: Place, release: str) -> dict[str, Any]:
    """What a version of the model was made from. Raises BadOption for one that is not here."""
    path = place.state / "models" / release
    if release not in place.releases.versions():
        there = ", ".join(place.releases.versions()) or "none"
        raise BadOption(f"There is no version {release[:80]!r} of the model.", cure=f"There are: {there}.")
    manifest = manifest_of(place, release)
    noted = place.lineage / f"{release}.json"
    steps = [each for each in deployments.history(place.database, 1000) if each.version == release]
    return {
        "release": release,
        "model": {"made_by": manifest.made_by, "made_at": manifest.made_at,
                                                "stylo": manifest.version, "inputs": dict(manifest.inputs),
                                                "parameters": dict(manifest.parameters)},
        "files": json.loads((path / "release.json").read_text())["files"],
        "training": json.loads(noted.read_text()) if noted.exists() else None,
        "live": [
            {"at": each.at.isoformat(), "by": each.action.value, "who": each.who, "why": each.reason}
            for each in steps
        ],
    }  # fmt: skip


def of_request(place: Place, request_id: str) -> dict[str, Any]:
    """From the id of a request (`X-Request-Id`) to all of that. Raises BadOption if its answer was not logged."""
    answer = predictions.find(place.database, request_id)
    if answer is None:
        raise BadOption(
            f"No answer with the request id {request_id[:80]!r} was logged.",
            cure="It stands in the answer's header X-Request-Id; STYLO_SERVICE_PREDICTIONS must be on.",
        )
    told = {
        "request_id": request_id,
        "at": answer.at.isoformat(),
        "customer_id": answer.customer_id,
        "variant": answer.variant,
        "articles": list(answer.articles),
    }
    return {"answer": told, **of_release(place, answer.model_version or "")}
