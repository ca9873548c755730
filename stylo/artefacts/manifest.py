"""Manifests: what an artefact was made from, and the fingerprint by which another run knows it again.

A manifest lies inside the Parquet metadata, or in the JSON beside a folder of parts or another kind of file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from stylo import __version__
from stylo.artefacts.parts import read_parts
from stylo.artefacts.table_files import table_metadata, write_table
from stylo.errors import DamagedArtefact

_METADATA_KEY = "stylo"
_SAMPLE_BLOCKS, _SAMPLE_BLOCK_BYTES = 64, 4096


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Manifest:
    """Which script and version made an artefact, from which inputs, with which parameters, when.

    `inputs` maps a file's name to the fingerprint that it had, `stamps` to its size and time of last change
    where that saves reading a large file again; one that only has a stamp counts as changed when that has.
    `made_at` is UTC, ISO 8601.
    """

    made_by: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    version: str = __version__
    made_at: str = field(default_factory=_now)
    stamps: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Equal for equal script, version, inputs and parameters: our scripts are deterministic."""
        facts = {key: value for key, value in asdict(self).items() if key not in ("made_at", "stamps")}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        return cls(**json.loads(text))


def sample_digest(path: Path) -> str:
    """Digest of a file's size and of 64 blocks spread over it: cheap for any size, sees another file."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        last = max(size - _SAMPLE_BLOCK_BYTES, 0)
        for offset in sorted({last * block // (_SAMPLE_BLOCKS - 1) for block in range(_SAMPLE_BLOCKS)}):
            file.seek(offset)
            digest.update(file.read(_SAMPLE_BLOCK_BYTES))
    return digest.hexdigest()[:16]


def stamp(path: Path) -> str:
    """Size and time of last change: while they stay, a file need not be read again to know its content."""
    state = path.stat()
    return f"{state.st_size} {state.st_mtime_ns}"


def fingerprint(path: Path) -> str:
    """Fingerprint of an artefact: its manifest's, or its content's where it carries none.

    Reads a file without a manifest whole: about a second a gigabyte. A folder's is that of its parts' content,
    which the JSON beside it tells. A `.npy` file and the `.json` beside it count as one: the JSON says what our
    own was made from.
    """
    if path.is_dir():
        content = [[part.file, part.digest] for part in read_parts(path)]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
    if path.suffix == ".parquet" and (manifest := read_manifest(path)):
        return manifest.fingerprint
    beside = path.with_suffix(".json")
    if path.suffix != ".npy" or not beside.is_file():
        return digest_of(path)
    try:
        facts = json.loads(beside.read_text("utf-8"))
        made = facts.pop("manifest")
        facts.pop("photos", None)  # where they lie; the manifest knows which they are
        return hashlib.sha256(json.dumps([facts, Manifest(**made).fingerprint]).encode()).hexdigest()[:16]
    except (ValueError, KeyError, TypeError, AttributeError):
        return digest_of(path, beside)


def digest_of(*paths: Path) -> str:
    """Digest of the content of files, 16 hex digits."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def read_manifest(path: Path) -> Manifest | None:
    """The manifest inside a Parquet file or beside a folder of parts; None if it carries none.

    Raises DamagedArtefact if the file is not Parquet, or was cut off, or the folder does not hold its parts.
    """
    if path.is_dir():
        read_parts(path)
        return Manifest(**json.loads(path.with_suffix(".json").read_text("utf-8"))["manifest"])
    try:
        text = table_metadata(path).get(_METADATA_KEY)
        return Manifest.from_json(text) if text else None
    except (pl.exceptions.PolarsError, OSError, TypeError, ValueError) as error:
        raise DamagedArtefact(
            f"{path} is damaged: it is not a readable Parquet file.",
            where=str(error).splitlines()[0],
            cure="Delete it and run the script that makes it again.",
        ) from error


def write_parquet(frame: pl.LazyFrame | pl.DataFrame, path: Path, manifest: Manifest) -> None:
    """Writes a table with its manifest. Call it with a name that `writing` gave."""
    write_table(frame.lazy(), path, metadata=parquet_metadata(manifest))


def parquet_metadata(manifest: Manifest) -> dict[str, str]:
    """A manifest as it lies in the metadata of a Parquet file."""
    return {_METADATA_KEY: manifest.to_json()}
