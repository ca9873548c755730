"""Artefacts: files that a script makes, each with a manifest that says from what.

An artefact is written under a temporary name and renamed when complete, so that an interrupt leaves the old
one whole. Its manifest lies inside the Parquet metadata, or in the JSON beside another kind of file.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import polars as pl

from stylo import __version__
from stylo.errors import CannotWrite, DamagedArtefact

_METADATA_KEY = "stylo"
_SAMPLE_BLOCKS, _SAMPLE_BLOCK_BYTES = 64, 4096


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Manifest:
    """Which script and version made an artefact, from which inputs, with which parameters, when.

    `inputs` maps a file's name to the fingerprint that it had. `made_at` is UTC, ISO 8601.
    """

    made_by: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    version: str = __version__
    made_at: str = field(default_factory=_now)

    @property
    def fingerprint(self) -> str:
        """Equal for equal script, version, inputs and parameters: our scripts are deterministic."""
        facts = {key: value for key, value in asdict(self).items() if key != "made_at"}
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


def source_fingerprint(path: Path) -> str:
    """Fingerprint of a file that a person edits: its sampled content and the time of its last change."""
    return f"{sample_digest(path)}-{path.stat().st_mtime_ns}"


def fingerprint(path: Path) -> str:
    """Fingerprint of an artefact: its manifest's, or the sampled content where it carries none."""
    manifest = read_manifest(path) if path.suffix == ".parquet" else None
    return manifest.fingerprint if manifest else sample_digest(path)


def read_manifest(path: Path) -> Manifest | None:
    """The manifest inside a Parquet file; None if it carries none.

    Raises DamagedArtefact if the file is not Parquet, or was cut off.
    """
    try:
        text = pl.read_parquet_metadata(path).get(_METADATA_KEY)
        return Manifest.from_json(text) if text else None
    except (pl.exceptions.PolarsError, OSError, TypeError, ValueError) as error:
        raise DamagedArtefact(
            f"{path} is damaged: it is no readable Parquet file.",
            where=str(error).splitlines()[0],
            cure="Delete it and run the script that makes it again.",
        ) from error


def write_parquet(frame: pl.LazyFrame | pl.DataFrame, path: Path, manifest: Manifest) -> None:
    """Writes a table with its manifest. Call it with a name that `writing` gave."""
    frame.lazy().sink_parquet(path, compression="zstd", metadata={_METADATA_KEY: manifest.to_json()})


@contextmanager
def writing(*targets: Path) -> Iterator[tuple[Path, ...]]:
    """Temporary names beside the targets; renamed all together when the block ends well, else removed.

    Raises CannotWrite when a folder cannot be made or written, or the disk is full.
    """
    temporary = tuple(path.with_name(f".{path.name}.{os.getpid()}.tmp") for path in targets)
    try:
        for path, name in zip(targets, temporary, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            _remove_leftovers(path)
            name.touch()
        yield temporary
        with _uninterrupted():
            for path, name in zip(targets, temporary, strict=True):
                name.replace(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        if (reason := _why_not_written(error)) is None:
            raise
        raise CannotWrite(
            f"{targets[0].parent} cannot be written: {reason}.",
            where=f"While writing {', '.join(path.name for path in targets)}; older files are as they were.",
            cure="Make room or give yourself the right to write there, or choose another folder.",
        ) from error
    finally:
        for name in temporary:
            _forget(name)


def _forget(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        # The folder itself is out of reach: the error on its way already says so.
        return


def _remove_leftovers(target: Path) -> None:
    """Removes temporary files of processes that died while they wrote this target."""
    for path in target.parent.glob(f".{target.name}.*.tmp"):
        process = path.name.split(".")[-2]
        try:
            os.kill(int(process), 0)
        except (ProcessLookupError, ValueError):
            path.unlink(missing_ok=True)
        except PermissionError:
            continue


_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EFBIG: "files may not grow that large here",
    errno.EDQUOT: "the disk quota is used up",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "the file system is read-only",
    errno.ENOENT: "there is no such place",
    errno.ENOTDIR: "a file stands where a folder should be",
    errno.EEXIST: "a file stands where a folder should be",
    errno.EISDIR: "a folder stands where a file should be",
}


def _why_not_written(error: Exception) -> str | None:
    if isinstance(error, OSError):
        return _REASONS.get(error.errno or 0)
    # Polars' own errors carry the number in their text.
    return next((reason for number, reason in _REASONS.items() if f"os error {number})" in str(error)), None)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Holds Ctrl-C and a polite kill back until the block is done, so that renames stay together."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pending: list[tuple[int, FrameType | None]] = []
    signals = (signal.SIGINT, signal.SIGTERM)
    handlers = [signal.signal(number, lambda *event: pending.append(event)) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, handlers, strict=True):
            signal.signal(number, handler)
        for raised, _ in pending:
            signal.raise_signal(raised)
