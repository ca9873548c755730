"""The inbox DATA/new: which CSVs can be taken now and in which order, why the others cannot, where they go.

DATA/new/week_9.csv         whole and at rest ─▶ into the tables ─▶ DATA/new/taken/week_9.csv
DATA/new/week_10.csv        begins later: taken after it, and held back while week 9 cannot be taken
DATA/new/week_11.csv.part   a temporary name: passed over, and named
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from stylo.artefacts import listed_parts, stamp
from stylo.errors import CannotWrite
from stylo.operations.new_file import (
    JUST_WRITTEN,
    OPEN_FOR_WRITING,
    QUIET_SECONDS,
    NewFile,
    file_system_now,
    read,
    shown,
    why_not_at_rest,
)
from stylo.progress import SILENT, Progress
from stylo.tables.folder import DataFolder

INBOX, TAKEN = "new", "taken"
_ENDINGS = (".csv", ".csv.gz", ".csv.zip")
_TEMPORARY = (
    *(".part", ".partial", ".filepart", ".crdownload", ".download", ".opdownload"),
    *(".tmp", ".temp", ".swp", ".lock", "~"),
)
_TEMPORARY_NAME = "it has the name of a temporary file: a copy still in progress or abandoned"
_A_FOLDER, _NO_FILE, _OTHER_ENDING = "it is a folder", "it is not a file", "its name does not end in"
_NOT_FOR_US = (_A_FOLDER, _NO_FILE, _OTHER_ENDING)
#: A copy to which nobody has written for so many seconds has been abandoned.
_ABANDONED_SECONDS = 3_600.0
_CLOCK = ".stylo-clock-"
_LONGEST_NAME = 255


@dataclass(frozen=True)
class Waiting:
    """What lies in the inbox.

    ready : to be taken, in this order.   passed_over : name → why.
    growing : names of those that may be ready in some seconds.
    refused : of those passed over, the ones that will not be ready until somebody does something.
    """

    ready: tuple[NewFile, ...] = ()
    passed_over: Mapping[str, str] = field(default_factory=dict)
    growing: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


class Inbox:
    """Of a data folder. Remembers between looks what was read, and which files could not be taken."""

    def __init__(self, data: Path) -> None:
        self.folder, self._data = data / INBOX, DataFolder(data)
        self._read: dict[Path, NewFile] = {}
        self._refused: dict[Path, tuple[str, str]] = {}

    def look(self, today: date) -> Waiting:
        """Raises CannotWrite where what is taken could not be put away, DamagedArtefact for a table without its list.

        today : the shop's day; what lies after tomorrow has not been bought.
        """
        there = sorted(self._entries())
        if not there:
            return Waiting()
        now, last = self._now(), last_day(self._data)
        good, others, growing, passed_over = list[NewFile](), list[NewFile](), list[str](), dict[str, str]()
        refused = dict[str, str]()
        for path in there:
            try:
                file, why = self._judge(path, now, today)
            except Exception as error:  # gone again, not ours to read, or what no reader was made for
                file, why = None, f"it cannot be read: {getattr(error, 'strerror', None) or error!r}"
            if not why and file:
                good.append(file)
                continue
            passed_over[shown(path.name)] = why
            others += [file] if file else []
            growing += [shown(path.name)] if why.startswith(JUST_WRITTEN) else []
            if not why.startswith(_NOT_FOR_US) and not _may_go_on(path, why, now):
                refused[shown(path.name)] = why
        good.sort(key=lambda file: (file.first, file.path.name))
        ready = []
        for file in good:
            if before := held_back(file, others, last):
                passed_over[file.name] = waits_for(before)
            else:
                ready.append(file)
                last = max([last, *file.days])  # the next ones come after it
        return Waiting(tuple(ready), passed_over, tuple(growing), refused)

    def settled(
        self, today: date, progress: Progress = SILENT, wait: Callable[[float], None] = time.sleep
    ) -> Waiting:
        """`look`, and once more in some seconds where something was written to just now."""
        waiting = self.look(today)
        if waiting.growing:
            progress.note(f"Waiting {QUIET_SECONDS:.0f} seconds for {', '.join(waiting.growing)}.")
            wait(QUIET_SECONDS)
            waiting = self.look(today)
        return waiting

    def refuse(self, reasons: Iterable[tuple[NewFile, str]]) -> None:
        """Remembers files that could not be taken, until they, the table, or its customers and articles change."""
        for file, why in reasons:
            self._refused[file.path] = (self._state(file), why)

    def put_away(self, files: Iterable[NewFile]) -> None:
        """Moves files whose days are in the tables into `taken/`, none over another.

        A file that has taken the place of one since it was read stays. Raises OSError.
        """
        for file in files:
            if file.path.parent.resolve() != self.folder.resolve():
                continue
            try:
                if stamp(file.path) != file.stamp:
                    continue
                taken = self.folder / TAKEN
                taken.mkdir(exist_ok=True)
                moved = _moved(file.path, taken)
            except FileNotFoundError:
                continue
            if not moved.is_symlink() and stamp(moved) != file.stamp:  # it came in between
                _moved(moved, self.folder, file.path.name)

    def _entries(self) -> list[Path]:
        try:
            paths = list(self.folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [path for path in paths if path.name != TAKEN and not path.name.startswith(_CLOCK)]

    def _now(self) -> float:
        try:
            return file_system_now(self.folder)
        except OSError as error:
            raise CannotWrite(
                f"{self.folder} cannot be written: {error.strerror}. Files already taken in could not be moved there.",
                cure="Give yourself permission to write there, or name the files: retrain --new FILE.",
            ) from error

    def _judge(self, path: Path, now: float, today: date) -> tuple[NewFile | None, str]:
        """The file, if it has days that matter, and why it cannot be taken; empty if it can be."""
        if not path.is_file():
            return None, _A_FOLDER if path.is_dir() else _NO_FILE
        name = path.name.casefold()
        temporary = name.startswith((".", "~$", "#")) or name.endswith(_TEMPORARY)
        if not temporary and not name.endswith(_ENDINGS):
            return None, f"{_OTHER_ENDING} {', '.join(_ENDINGS)}"
        restless = why_not_at_rest(path, now)
        file = self._looked_through(path)
        if temporary:
            return None if file.fault else file, _TEMPORARY_NAME
        refused = self._refused.get(path)
        if refused and refused[0] != self._state(file):
            refused = None
        why = restless or file.unfinished or file.fault or (refused[1] if refused else "")
        if not why and file.days and file.days[-1] > today + timedelta(days=1):
            last = file.days[-1]
            why = f"it has purchases of {last}, but today is {today}. If that is right, name it: --new FILE"
        return file, why

    def _looked_through(self, path: Path) -> NewFile:
        known = self._read.get(path)
        if known is None or known.unfinished or known.stamp != stamp(path):
            known = self._read[path] = read(path)
        return known

    def _state(self, file: NewFile) -> str:
        """That in which a file was refused."""
        beside = [self._data.path(name) for name in ("transactions.json", "customers.csv", "articles.csv")]
        return " ".join([file.stamp, *(stamp(path) for path in beside if path.exists())])


def last_day(folder: DataFolder) -> date:
    """Of the transactions in the tables. Raises MissingArtefact, DamagedArtefact."""
    return max(part.last for part in listed_parts(folder.require("transactions.parquet")))


def held_back(file: NewFile, others: Collection[NewFile], last: date) -> NewFile | None:
    """One of the others that could never be taken if this one were taken now: only later days can be added.

    last : day in the tables.
    """
    return next((each for each in others if any(last < day < file.first for day in each.days)), None)


def _may_go_on(path: Path, why: str, now: float) -> bool:
    """Whether what keeps a file from being taken may end by itself: somebody writes to it, as it looks."""
    if why != _TEMPORARY_NAME and not why.startswith((JUST_WRITTEN, OPEN_FOR_WRITING)):
        return False
    try:
        return now - path.stat().st_mtime < _ABANDONED_SECONDS
    except OSError:
        return True


def waits_for(before: NewFile) -> str:
    return (
        f"it waits for {before.name}, which begins before it, on {before.first}, and could not be taken in after it. "
        f"Correct {before.name}; if you remove it instead, its days are left out for good"
    )


def _moved(path: Path, folder: Path, name: str | None = None) -> Path:
    """Moves a file into a folder under a name that nothing has there: week.csv, else week-2.csv."""
    name = name or path.name
    ending = next((end for end in _ENDINGS[::-1] if name.casefold().endswith(end)), "")
    stem, ending = name[: len(name) - len(ending)], name[len(name) - len(ending) :]
    number = 1
    while True:
        last = f"-{number}{ending}" if number > 1 else ending
        while len(os.fsencode(stem + last)) > _LONGEST_NAME:
            stem = stem[:-1]
        try:
            os.close(os.open(folder / (stem + last), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            number += 1
            continue
        return path.replace(folder / (stem + last))
