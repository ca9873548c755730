"""One process at a time: a lock on a file, of which the system lets go however its process ends.

Some file systems (NFS, FUSE) know no such lock. There the file itself is the lock: one process alone can make it, and
the next takes it over when that one is no more.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stylo.system import processes

try:
    import fcntl
except ImportError:  # Windows, where two runs at once are not told apart
    fcntl = None  # type: ignore[assignment]

_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP)
_TAKEN = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES)
_PAUSE_S = 0.05
#: For so long a lock may be empty while its process begins to write in it.
_UNNAMED_S = 2.0


class Taken(Exception):
    """Another process holds the lock.

    owner : who that is, in words; empty if it is not known.
    by_hand : the file to delete if that process has ended after all, which cannot be seen from here; else None.
    """

    def __init__(self, owner: str, by_hand: Path | None = None) -> None:
        self.owner, self.by_hand = owner, by_hand
        super().__init__(owner)


def known() -> bool:
    """Whether this system tells two processes apart at all."""
    return fcntl is not None


@contextmanager
def locked(path: Path, *, wait: bool = False) -> Iterator[None]:
    """The block runs while no other process holds the same lock; its file is gone afterwards.

    wait : until it is free; else Taken is raised at once. Raises OSError where the file cannot be made.
    """
    if fcntl is None:
        yield
        return
    let_go = _flock(path, wait) or _hold(path, wait)
    try:
        yield
    finally:
        let_go()


def _flock(path: Path, wait: bool) -> Callable[[], None] | None:
    """Holds a file with flock; gives what lets go of it. None where there is no flock."""
    while True:
        file, made = _opened(path)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            if _is_still(path, file):
                return lambda: _let_go(path, file)
            os.close(file)  # its owner removed it in this moment
        except OSError as error:
            owner = os.pread(file, 200, 0).decode(errors="replace")
            os.close(file)
            if error.errno in _NO_LOCKS:
                if made:
                    path.unlink(missing_ok=True)
                return None
            if error.errno in _TAKEN:
                raise Taken(processes.in_words(owner)) from error
            path.unlink(missing_ok=True)
            raise


def _opened(path: Path) -> tuple[int, bool]:
    """The file for reading and writing, and whether it was made for it."""
    while True:
        with contextlib.suppress(FileExistsError):
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666), True
        with contextlib.suppress(FileNotFoundError):
            return os.open(path, os.O_RDWR), False


def _is_still(path: Path, file: int) -> bool:
    """Whether a path leads to this open file, which nobody else can write. Says in it who holds it."""
    mark = processes.mark()
    try:
        same = os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False
    if not same:  # or a file system that gives one file several numbers: its content tells
        mark += f" {uuid.uuid4().hex}"
    try:
        os.ftruncate(file, 0)
        os.pwrite(file, mark.encode(), 0)
    except OSError:
        if not same:
            raise
        return True  # a full disk: then it cannot be said who holds it
    return same or _content(path) == mark


def _let_go(path: Path, file: int) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
    os.close(file)


def _hold(path: Path, wait: bool) -> Callable[[], None]:
    """Makes the file, which one process alone can do; gives what removes it."""
    mark, empty_since = processes.mark(), None
    while True:
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            owner = _content(path)
            if owner is None:
                continue  # let go of in this moment
            if not owner:
                empty_since = empty_since or time.monotonic()
                if time.monotonic() - empty_since < _UNNAMED_S:
                    time.sleep(_PAUSE_S)
                    continue
            if not owner or processes.has_ended(owner):
                _take_away(path, owner)
                continue
            if wait:
                time.sleep(_PAUSE_S)
                continue
            elsewhere = processes.is_elsewhere(owner)
            raise Taken(processes.in_words(owner), path if elsewhere else None) from None
        try:
            os.write(file, mark.encode())
        except OSError:
            path.unlink(missing_ok=True)
            raise
        finally:
            os.close(file)
        return lambda: path.unlink(missing_ok=True)


def _take_away(path: Path, owner: str) -> None:
    """Removes the lock of a process that is no more, unless somebody else has just done so and made a new one."""
    aside = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    with contextlib.suppress(FileNotFoundError):
        path.rename(aside)
        if _content(aside) == owner:
            aside.unlink()
        else:
            aside.rename(path)


def _content(path: Path) -> str | None:
    try:
        return path.read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return None
