"""Writing: an artefact gets its name when it is complete, and one run at a time writes it.

It is written under a temporary name beside its place and renamed in the end, so that an interrupt, a full disk
or a kill leaves the old one whole.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import polars as pl

from stylo.errors import Busy, CannotWrite

try:
    import fcntl
except ImportError:  # Windows, where two runs at once are not told apart
    fcntl = None  # type: ignore[assignment]


@contextmanager
def writing(*targets: Path, folders: Sequence[Path] = ()) -> Iterator[tuple[Path, ...]]:
    """Temporary names beside the targets; renamed all together when the block ends well, else removed.

    Enter it before long work: it finds out first whether the targets can be written. The temporary names of
    `folders` follow those of the files; each is an empty folder.

    Raises Busy when another run is writing one of them, CannotWrite when one cannot be written, or when the
    disk is full.
    """
    temporary: tuple[Path, ...] = ()
    with ExitStack() as locks:
        try:
            for path in (*targets, *folders):
                temporary += (_claim(path, path in folders, locks),)
            yield temporary
            with uninterrupted():
                for path, name in zip((*targets, *folders), temporary, strict=True):
                    _take_place(name, path)
        except (OSError, pl.exceptions.PolarsError) as error:
            if (reason := _why_not_written(error, temporary)) is None:
                raise
            raise _cannot_write(temporary[0].parent, reason) from error
        finally:
            for name in temporary:
                _forget(name)


def _claim(target: Path, folder: bool, locks: ExitStack) -> Path:
    """Makes the temporary file or folder of a target, which shows that the target can be written."""
    temporary = _beside(target, "tmp") if target.name else target
    try:
        if target.is_dir() and not folder:
            raise IsADirectoryError(errno.EISDIR, "a folder stands where a file should be")
        target.parent.mkdir(parents=True, exist_ok=True)
        locks.enter_context(_lock(target))
        _clean_up(target)
        if folder:
            temporary.mkdir()
        else:
            temporary.touch()
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
        raise _cannot_write(target, reason) from error
    return temporary


def _beside(target: Path, ending: str) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.{ending}")


@contextmanager
def _lock(target: Path) -> Iterator[None]:
    """Holds a target for this run; the system lets go of it when a process dies, however it dies."""
    if fcntl is None:
        yield
        return
    path = target.with_name(f".{target.name}.lock")
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists() and path.stat().st_ino == os.fstat(file).st_ino:
                break
            os.close(file)  # its owner removed it in this moment
        except BlockingIOError as error:
            owner = os.read(file, 20).decode()
            os.close(file)
            raise Busy(
                f"Another run is writing {target}" + (f" (process {owner})." if owner else "."),
                cure="Wait until it has ended, then run this again.",
            ) from error
    try:
        os.write(file, str(os.getpid()).encode())
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(file)


def _take_place(temporary: Path, target: Path) -> None:
    """Gives a complete artefact its name. A folder cannot be replaced in one step: the old one steps aside."""
    if not temporary.is_dir():
        temporary.replace(target)
        return
    if target.is_file():
        target.unlink()
    aside = _beside(target, "old")
    if target.is_dir():
        target.rename(aside)
    temporary.rename(target)
    shutil.rmtree(aside, ignore_errors=True)


def _cannot_write(place: Path, reason: str) -> CannotWrite:
    return CannotWrite(
        f"{place} cannot be written: {reason}.",
        where="Files that were complete before are as they were.",
        cure="Make room or give yourself the right to write there, or choose another place.",
    )


def _forget(path: Path) -> None:
    try:
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
    except OSError:
        # The folder itself is out of reach: the error on its way already says so.
        return


def _clean_up(target: Path) -> None:
    """Removes what killed runs left of this target, and puts a folder back that they had moved aside."""
    if fcntl is None:  # nobody knows whether its run is still alive
        return
    leftover = re.compile(rf"\.{re.escape(target.name)}\.[0-9]+\.(old|tmp)")
    for path in target.parent.iterdir():
        if not (found := leftover.fullmatch(path.name)):
            continue
        if found[1] == "old" and not target.exists():
            path.rename(target)
        _forget(path)


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


_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


def _why_not_written(error: Exception, temporary: tuple[Path, ...]) -> str | None:
    if isinstance(error, OSError):
        ours = error.filename is None or any(map(Path(error.filename).is_relative_to, temporary))
        if not ours and error.errno not in _FULL:
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
