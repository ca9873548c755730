"""Writing: an artefact gets its name when it is complete, and one run at a time writes it.

It is written under a temporary name beside its place and renamed in the end, so that an interrupt, a full disk
or a kill leaves the old one whole. A link stays a link: what it leads to is written, on the disk where that lies.
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

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

from stylo.errors import Busy, CannotWrite, StyloError
from stylo.system import locks, room

# Of Linux: the bytes of one file become those of another, which are copied where one of the two is written to.
_FICLONE = 0x40049409
_BLOCK = 1 << 22


@contextmanager
def writing(*targets: Path, folders: Sequence[Path] = ()) -> Iterator[tuple[Path, ...]]:
    """Temporary names beside the targets; renamed all together when the block ends well, else removed.

    Enter it before long work: it finds out first whether the targets can be written. The temporary names of
    `folders` follow those of the files; each is an empty folder.

    Raises Busy when another run is writing one of them, CannotWrite when one cannot be written, or when the
    disk is full.
    """
    names: dict[Path, Path] = {}
    with ExitStack() as held:
        try:
            for path in (*targets, *folders):
                target = destination(path)
                names[_claim(target, path in folders, held)] = target
            yield tuple(names)
            with uninterrupted():
                for temporary, target in names.items():
                    _take_place(temporary, target)
        except StyloError:
            raise
        except Exception as error:
            if (found := _why_not_written(error, names)) is None:
                raise
            raise _cannot_write(*found) from error
        finally:
            for temporary in names:
                _forget(temporary)


def destination(target: Path) -> Path:
    """Where a target really lies: where it is a link, what that leads to. Raises CannotWrite if that is nowhere."""
    for path in (target, *target.parents):
        if not path.is_symlink():
            continue
        real = Path(os.path.realpath(path))
        if real.is_symlink() or not (real if path is not target else real.parent).exists():
            raise CannotWrite(
                f"{path} is a broken link: it points to {path.readlink()}.",
                where=f"{target} was to be written there." if path is not target else "",
                cure="Check that the disk it points to is mounted, or remove the link.",
            )
    return Path(os.path.realpath(target)) if target.is_symlink() else target


def _claim(target: Path, folder: bool, held: ExitStack) -> Path:
    """Makes the temporary file or folder of a target, which shows that the target can be written."""
    temporary = _beside(target, "tmp") if target.name else target
    try:
        if target.is_dir() and not folder:
            raise IsADirectoryError(errno.EISDIR, "a folder stands where a file should be")
        target.parent.mkdir(parents=True, exist_ok=True)
        held.enter_context(_lock(target))
        _clean_up(target)
        if folder:
            temporary.mkdir()
        else:
            temporary.touch()
    except OSError as error:
        reason = room.no_room(error) or _REASONS.get(error.errno or 0)
        raise _cannot_write(target, reason or error.strerror or str(error)) from error
    return temporary


def _beside(target: Path, ending: str) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.{ending}")


@contextmanager
def _lock(target: Path) -> Iterator[None]:
    """Holds a target for this run."""
    with ExitStack() as held:
        try:
            held.enter_context(locks.locked(target.with_name(f".{target.name}.lock")))
        except locks.Taken as taken:
            cure = "Wait until it has finished, then run this again."
            if taken.by_hand:
                cure = f"Wait until it has finished, then run this again. If it was killed, delete {taken.by_hand}."
            owner = f" ({taken.owner})." if taken.owner else "."
            raise Busy(f"Another run is writing {target}{owner}", cure=cure) from taken
        yield


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
        where="Files that were already complete are unchanged.",
        cure="Free some space, give yourself permission to write there, or choose another location.",
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
    if not locks.known():  # nobody knows whether its run is still alive
        return
    leftover = re.compile(rf"\.{re.escape(target.name)}\.[0-9]+\.(old|tmp)")
    for path in target.parent.iterdir():
        if not (found := leftover.fullmatch(path.name)):
            continue
        if found[1] == "old" and not target.exists():
            path.rename(target)
        _forget(path)


_REASONS = {
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "the file system is read-only",
    errno.ENOENT: "there is no such location",
    errno.ENOTDIR: "a file stands where a folder should be",
    errno.EEXIST: "a file stands where a folder should be",
    errno.EISDIR: "a folder stands where a file should be",
    errno.EBUSY: "it is in use, or another disk is mounted there",
    errno.ENAMETOOLONG: "its name is too long",
}


def _why_not_written(error: Exception, names: dict[Path, Path]) -> tuple[Path, str] | None:
    """The place and the reason where an error means that something could not be written; None for another error."""
    file = room.file_of(error)
    ours = [target for temporary, target in names.items() if file and file.is_relative_to(temporary)]
    if (
        file is not None and not ours
    ):  # a scratch file on a full disk, or something else that could not be read
        return (file, reason) if (reason := room.no_room(error)) else None
    first, *others = ours or names.values()
    place = first.parent if others else first
    if reason := room.no_room(error):
        return (place, reason) if ours else _stuck(names) or (place, reason)
    if isinstance(error, OSError):
        return (place, reason) if (reason := _REASONS.get(error.errno or 0)) else None
    if isinstance(error, pl.exceptions.PolarsError):  # the system's number is in its text, or lost
        told = (reason for number, reason in _REASONS.items() if f"os error {number})" in str(error))
        return (place, reason) if (reason := next(told, None)) else _stuck(names)
    return None


def _stuck(names: dict[Path, Path]) -> tuple[Path, str] | None:
    """Which of the files that are being written cannot grow, and why."""
    for temporary, target in names.items():
        file = _newest(temporary) if temporary.is_dir() else temporary
        if file is not None and file.is_file() and (why := room.cannot_grow(file)):
            return target, why
    return None


def _newest(folder: Path) -> Path | None:
    return max((path for path in folder.rglob("*") if path.is_file()), key=_changed_at, default=None)


def _changed_at(path: Path) -> int:
    return path.stat().st_mtime_ns


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


def own_copy(source: Path, target: Path) -> None:
    """A copy that shares no bytes with its source and cannot be written to: nothing that happens to the one reaches the
    other. Costs nothing on file systems that copy on write (Btrfs, XFS); else time and disk for every byte.
    """
    with source.open("rb") as read, target.open("xb") as written:
        try:
            if fcntl is None:
                raise OSError
            fcntl.ioctl(written, _FICLONE, read.fileno())
        except OSError:
            shutil.copyfileobj(read, written, _BLOCK)
        written.flush()
        os.fsync(written.fileno())
    shutil.copystat(source, target)
    if os.name == "posix":  # Windows would not delete it any more
        target.chmod(0o444)


def link_or_copy(source: Path, target: Path) -> None:
    """Another name of the same file; a copy on another disk, or where the file system has no links."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)
