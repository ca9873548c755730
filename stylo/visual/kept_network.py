"""The network that made the vectors, kept beside them: it opens in a second, without Keras and TensorFlow.

    visual_network.xml, visual_network.bin    OpenVINO's own format: RGB bytes of one photo in, its vector out
    visual_network.json                       of which network with which weights it is, and the digests of both files

It is kept wherever OpenVINO made the vectors, and counts only while it belongs to them. A quantised one (`--precision
int8`) is kept as it was quantised: making it anew on other photos would give another network.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stylo.artefacts import Manifest, writing
from stylo.errors import CannotWrite, DamagedArtefact, StaleArtefact, StyloError
from stylo.tables.folder import MADE_BY, DataFolder
from stylo.vectors.embeddings import json_beside
from stylo.visual.runtime import KeptNetwork, save_network

if TYPE_CHECKING:
    from stylo.records.scripts import NetworkCard

FILE, WEIGHTS = "visual_network.xml", "visual_network.bin"
#: What of a network decides its vectors, beside precision, runtime and, of a quantised one, its calibration.
IDENTITY = "model", "weights_sha256", "preprocessing"
_SCRIPT = MADE_BY[FILE]
_AGAIN = f"Make it again: python {_SCRIPT}"


def is_kept(folder: DataFolder) -> bool:
    """Whether a network lies in the folder, whole or not."""
    return any(path.exists() for path in files_of(folder))


def files_of(folder: DataFolder) -> tuple[Path, Path, Path]:
    """The network, its weights, and the JSON beside."""
    return folder.path(FILE), folder.path(WEIGHTS), json_beside(folder.path(FILE))


def keep_network(folder: DataFolder, facts: Mapping[str, object], network: Any | None) -> None:
    """Writes the network of the vectors, unless it is there; one that is not of these vectors is removed.

    Parameters
    ----------
    facts : of the encoder that made the vectors.
    network : of OpenVINO, for one photo; called only if it must be written. None where there is none to keep.

    Raises Busy or CannotWrite.
    """
    files = files_of(folder)
    if network is None:
        for path in files:
            path.unlink(missing_ok=True)
        return
    try:
        check_network(folder, facts)
    except StyloError:
        with writing(*files) as (xml, weights, beside):
            _write(network(), xml, weights)
            beside.write_text(_card(facts, xml, weights).to_json() + "\n")


def open_network(folder: DataFolder, facts: Mapping[str, object]) -> KeptNetwork:
    """The network that made vectors, mapped into memory; O(bytes), 0.1 s for ResNet50.

    Parameters
    ----------
    facts : of the JSON beside the vectors.

    Raises MissingArtefact, DamagedArtefact, and StaleArtefact for one of other vectors.
    """
    check_network(folder, facts)
    xml, weights, _ = files_of(folder)
    try:
        # OpenVINO wants memory that could be written to: a mapping of one's own.
        return KeptNetwork(xml.read_bytes(), np.memmap(weights, np.uint8, "c"))
    except (OSError, RuntimeError, ValueError) as error:  # of OpenVINO: it may be an older one than wrote it
        reason = str(error).strip().splitlines()[0]
        raise DamagedArtefact(f"{xml} cannot be read.", where=reason, cure=_AGAIN) from error


def check_network(folder: DataFolder, facts: Mapping[str, object]) -> None:
    """Raises what `open_network` raises, unless the network is whole and that of the vectors."""
    xml, weights, _ = files_of(folder)
    card = read_card(folder)
    if any(facts.get(name) != getattr(card, name) for name in (*IDENTITY, "calibration")):
        raise StaleArtefact(f"{xml} is not the network that made the vectors.", cure=_AGAIN)
    for path, digest in ((xml, card.network_file_sha256), (weights, card.weights_file_sha256)):
        if _sha256(path) != digest:
            raise DamagedArtefact(
                f"{path} is damaged: it is not the file described in its JSON.", cure=_AGAIN
            )


def read_card(folder: DataFolder) -> NetworkCard:
    """Of which network the files are. Raises MissingArtefact, DamagedArtefact."""
    from stylo.records.scripts import NetworkCard

    xml, _, beside = files_of(folder)
    folder.require(FILE)
    if not beside.exists():
        raise DamagedArtefact(
            f"{beside} is missing, so it is unknown whose network {xml.name} is.", cure=_AGAIN
        )
    return NetworkCard.load(beside, f"python {_SCRIPT}")


def _sha256(path: Path) -> str:
    """Empty for a file that cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _card(facts: Mapping[str, object], xml: Path, weights: Path) -> NetworkCard:
    from stylo.records.scripts import NetworkCard  # scripts start without what reads records

    return NetworkCard(
        **{name: str(facts[name]) for name in IDENTITY},
        calibration=_of_quantised(facts.get("calibration")),
        agreement=_of_quantised(facts.get("agreement")),
        network_file_sha256=_sha256(xml),
        weights_file_sha256=_sha256(weights),
        manifest=asdict(Manifest(_SCRIPT, {}, {"weights": facts["weights"], "trained": facts["trained"]})),
    )


def _of_quantised(fact: object) -> Mapping[str, Any] | None:
    return fact if isinstance(fact, Mapping) else None


def _write(network: Any, xml: Path, weights: Path) -> None:
    """OpenVINO takes no name that is not UTF-8, and does not tell when a disk is full: it writes elsewhere first."""
    with tempfile.TemporaryDirectory(prefix="stylo-") as scratch:
        _write_and_read(network, Path(scratch))
        for name, target in ((FILE, xml), (WEIGHTS, weights)):
            shutil.copyfile(Path(scratch) / name, target)


def as_kept(network: Any) -> KeptNetwork:
    """The network as it is read when it has been kept: OpenVINO may round otherwise in one that was not written yet.

    Raises CannotWrite.
    """
    with tempfile.TemporaryDirectory(prefix="stylo-") as scratch:
        return _write_and_read(network, Path(scratch))


def _write_and_read(network: Any, scratch: Path) -> KeptNetwork:
    try:
        save_network(network, scratch / FILE, scratch / WEIGHTS)
        return KeptNetwork((scratch / FILE).read_bytes(), np.fromfile(scratch / WEIGHTS, np.uint8))
    except (OSError, RuntimeError) as error:
        raise CannotWrite(
            f"{scratch} cannot be written: there is no room for the network.",
            where=str(error).strip().splitlines()[0],
            cure="Free some space there, or set TMPDIR to another folder.",
        ) from error
