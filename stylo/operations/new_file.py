"""A CSV of new days: whether it has come to rest, and which days it holds.

A file that is still being copied looks like a whole one: half of its rows would be read, and the rest lost.
"""

from __future__ import annotations

import os
import re
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from stylo.artefacts import stamp
from stylo.errors import MissingFile, NotAtRest, StyloError
from stylo.progress import SILENT, Progress
from stylo.tables.csv_file import CsvFile
from stylo.tables.schemas import TRANSACTIONS_CSV

try:
    import fcntl
except ImportError:  # Windows, where nobody can tell who has a file open
    fcntl = None  # type: ignore[assignment]

#: So long nobody has written to a file at rest.
QUIET_SECONDS = 10.0
JUST_WRITTEN = "it was written to"
OPEN_FOR_WRITING = "another program has it open for writing"
_DATE = re.compile(rb"\d{4}-\d\d-\d\d")
_MOST_LOOKED_AT = 1 << 20
_CUT_OFF = (
    "its last line is unterminated, as if it were cut off. If it is complete, end the line: echo >> FILE"
)
_READ_DATE = next(
    column.read(pl.col("t_dat")) for column in TRANSACTIONS_CSV.columns if column.name == "t_dat"
)


@dataclass(frozen=True)
class NewFile:
    """A file as it was when it was looked at.

    stamp : its size and time of last change.   days : the different days in it, in order; none if it cannot be read.
    unfinished : why it may not be whole.   fault : why it cannot be read.
    asked_for : somebody named it, and wants to be told if it is at fault.
    """

    path: Path
    stamp: str
    days: tuple[date, ...] = ()
    unfinished: str = ""
    fault: str = ""
    asked_for: bool = False

    @property
    def name(self) -> str:
        """For people: also of a name that is no text."""
        return shown(self.path.name)

    @property
    def first(self) -> date:
        """Its first day; of one without days it is later than any."""
        return self.days[0] if self.days else date.max


def shown(name: str) -> str:
    """A file's name as any terminal and log can show it."""
    return name if name.isprintable() else ascii(name)


def file_system_now(folder: Path) -> float:
    """The time by the clock that stamps the files of a folder, which may be another machine's."""
    with tempfile.NamedTemporaryFile(prefix=".stylo-clock-", dir=folder) as file:
        return os.fstat(file.fileno()).st_mtime


def why_not_at_rest(path: Path, now: float) -> str:
    """Why a file may still be changing; empty if nothing says so.

    now : by the file system's clock.
    """
    state = path.stat()
    # A time of change that somebody has set into the future says nothing; when it was set does.
    ago = now - (state.st_mtime if state.st_mtime <= now else state.st_ctime)
    if _open_for_writing(path):
        return OPEN_FOR_WRITING
    if ago < QUIET_SECONDS:
        return f"{JUST_WRITTEN} {max(ago, 0):.0f} seconds ago, and may still be growing"
    return ""


def _open_for_writing(path: Path) -> bool:
    """Whether any process of this machine has it open for writing; False also where the system does not tell."""
    if not hasattr(fcntl, "F_SETLEASE"):  # Linux alone has it
        return False
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        # Who breaks the lease in this very moment must not end us by a signal.
        fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:  # somebody else's file, or a file system without leases
        return False
    finally:
        os.close(file)
    return False


def read(path: Path, *, asked_for: bool = False) -> NewFile:
    """Looks through a whole file: its days, and whether it is complete. Raises OSError."""
    before = stamp(path)
    days, unfinished, fault = _look_through(path)
    if stamp(path) != before:
        unfinished = "it changed while it was being checked"
    return NewFile(path, before, tuple(sorted(days)), unfinished, fault, asked_for)


def _look_through(path: Path) -> tuple[set[date], str, str]:
    """The days that could be read, why it may not be whole, and why it cannot be read."""
    found: set[date] = set()
    if not path.stat().st_size:
        return found, "it is empty", ""
    ending = b"\n"
    try:
        csv = CsvFile(path, TRANSACTIONS_CSV)
        for block in csv.blocks():
            ending = block[-1:]
            texts = csv.parse(block).texts["t_dat"].unique()
            found.update(texts.to_frame().select(_READ_DATE).to_series().drop_nulls().to_list())
    except StyloError as error:
        return found or _dates_anywhere(path), "", error.problem
    return found, "" if ending == b"\n" else _CUT_OFF, ""


def _dates_anywhere(path: Path) -> set[date]:
    """What looks like a day at the beginning of a file that is no CSV of transactions: of other columns, perhaps."""
    found: set[date] = set()
    with path.open("rb") as file:
        for text in set(_DATE.findall(file.read(_MOST_LOOKED_AT))):
            with suppress(ValueError):
                found.add(date.fromisoformat(text.decode()))
    return found


def named(
    paths: list[Path], progress: Progress = SILENT, wait: Callable[[float], None] = time.sleep
) -> tuple[NewFile, ...]:
    """Files that somebody named, in the order of their first days. One that was just written to is waited for.

    Raises MissingFile, NotAtRest for one that is still growing or cut off.
    """
    return tuple(sorted((_named(path, progress, wait) for path in paths), key=lambda file: file.first))


def _named(path: Path, progress: Progress, wait: Callable[[float], None]) -> NewFile:
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is no file" if path.exists() else "is not there"
        raise MissingFile(f"{path} {what}.", cure="Name a CSV of transactions with new days.")
    before = stamp(path)
    if why := why_not_at_rest(path, _now_for(path)):
        progress.note(f"{path}: {why}. Waiting {QUIET_SECONDS:.0f} seconds.")
        wait(QUIET_SECONDS)
        if stamp(path) != before or _open_for_writing(path):
            raise NotAtRest(f"{path} is still being written.", cure="Wait until it is complete.")
    file = read(path, asked_for=True)
    if file.unfinished:
        raise NotAtRest(f"{path} may be incomplete: {file.unfinished}.", cure="Copy it again, completely.")
    return file


def _now_for(path: Path) -> float:
    try:
        return file_system_now(path.parent)
    except OSError:  # a folder in which nobody may write
        return time.time()
