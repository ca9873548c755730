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

    `inputs` maps a file's name to the fingerprint that it had, `stamps` to its size and time of last change
    where that saves reading a large file again. `made_at` is UTC, ISO 8601.
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

    Reads a file without a manifest whole: about a second a gigabyte. A `.npy` file and the `.json` beside it
    count as one: the JSON says what our own was made from.
    """
    if path.suffix == ".parquet" and (manifest := read_manifest(path)):
        return manifest.fingerprint
    beside = path.with_suffix(".json")
    if path.suffix != ".npy" or not beside.is_file():
        return _digest_of(path)
    try:
        facts = json.loads(beside.read_text())
        made = facts.pop("manifest")
        facts.pop("photos", None)  # where they lie; the manifest knows which they are
        return hashlib.sha256(json.dumps([facts, Manifest(**made).fingerprint]).encode()).hexdigest()[:16]
    except (ValueError, KeyError, TypeError, AttributeError):
        return _digest_of(path, beside)


def _digest_of(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


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

    Enter it before long work: it finds out first whether the targets can be written. Raises CannotWrite when
    one cannot be, or when the disk is full.
    """
    temporary: tuple[Path, ...] = ()
    try:
        for path in targets:
            temporary += (_claim(path),)
        yield temporary
        with uninterrupted():
            for path, name in zip(targets, temporary, strict=True):
                name.replace(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        if (reason := _why_not_written(error, temporary)) is None:
            raise
        raise _cannot_write(targets[0].parent, reason) from error
    finally:
        for name in temporary:
            _forget(name)


def _claim(target: Path) -> Path:
    """Makes the temporary file of a target, which shows that the target can be written."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp") if target.name else target
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "a folder stands where a file should be")
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(target)
        temporary.touch()
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
        raise _cannot_write(target, reason) from error
    return temporary


def _cannot_write(place: Path, reason: str) -> CannotWrite:
    return CannotWrite(
        f"{place} cannot be written: {reason}.",
        where="Files that were complete before are as they were.",
        cure="Make room or give yourself the right to write there, or choose another place.",
    )


def _forget(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        # The folder itself is out of reach: the error on its way already says so.
        return


def _remove_leftovers(target: Path) -> None:
    """Removes temporary files of processes that died while they wrote this target."""
    if os.name == "nt":  # where asking whether a process lives would end it
        return
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


def _why_not_written(error: Exception, temporary: tuple[Path, ...]) -> str | None:
    if isinstance(error, OSError):
        if error.filename is not None and Path(error.filename) not in temporary:
            return None  # something else could not be read
        return _REASONS.get(error.errno or 0)
    # Polars' own errors carry the number in their text.
    return next((reason for number, reason in _REASONS.items() if f"os error {number})" in str(error)), None)


@contextmanager
def uninterrupted() -> Iterator[None]:
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
