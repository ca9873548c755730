"""Full disks: recognised in whatever a library makes of them."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

_FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EFBIG: "files may not grow that large here",
    errno.EDQUOT: "the disk quota is used up",
}
# Larger than the blocks in which file systems deal out their room.
_PROBE = bytes(1 << 20)
# Than this no database grows by more at once.
_STEP = 1 << 16


def no_room(error: BaseException) -> str | None:
    """Why there was no room, in words, where that is what an error comes from; None if it is something else.

    Polars, Arrow, SQLAlchemy and others wrap what the system said, or keep no more of it than its text.
    """
    return next((reason for each in _chain(error) if (reason := _said_by(each))), None)


def file_of(error: BaseException) -> Path | None:
    """The file that the system named, where it named one."""
    for each in _chain(error):
        if isinstance(each, OSError) and isinstance(each.filename, str | bytes):
            return Path(os.fsdecode(each.filename))
    return None


def cannot_grow(file: Path) -> str | None:
    """Why a file that failed cannot grow, found out by letting it grow; None if it can. The file is spoilt."""
    try:
        with file.open("ab") as opened:
            opened.write(_PROBE)
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as error:
        return _FULL.get(error.errno or 0)
    return None


def cannot_take_more(*files: Path) -> str | None:
    """Why none of these files can grow, where they lie or as large as they are; None if they can. Touches none."""
    first, *_ = files
    probe = first.with_name(f".{first.name}.{os.getpid()}.room")
    try:
        return _at_the_limit(files) or cannot_grow(probe)
    finally:
        with contextlib.suppress(OSError):
            probe.unlink(missing_ok=True)


def _at_the_limit(files: Sequence[Path]) -> str | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    largest = max((file.stat().st_size for file in files if file.exists()), default=0)
    unlimited = limit == resource.RLIM_INFINITY
    return None if unlimited or largest + _STEP <= limit else _FULL[errno.EFBIG]


def _said_by(error: BaseException) -> str | None:
    if isinstance(error, OSError) and error.errno in _FULL:
        return _FULL[error.errno]
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return _FULL[errno.ENOSPC]
    said = str(error)
    for number, reason in _FULL.items():
        words = rf"\(os error {number}\)|\[[Ee]rrno {number}\]|{re.escape(os.strerror(number))}"
        if re.search(words, said):
            return reason
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, and those that it came from."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop(0)
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, getattr(each, "orig", None)]
        if not each.__suppress_context__:
            waiting.append(each.__context__)
