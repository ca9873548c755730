"""New days from files into the tables: each file once, in the order of their first days, none lost for another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stylo.artefacts import stamp
from stylo.errors import BadHeader, BadRows, MissingFile, NotAtRest, OverlapDiffers
from stylo.operations.inbox import held_back, last_day, waits_for
from stylo.operations.new_file import NewFile
from stylo.progress import SILENT, Progress
from stylo.tables.append import append
from stylo.tables.folder import DataFolder

_OF_THE_FILE = (BadHeader, BadRows, MissingFile, NotAtRest, OverlapDiffers)


@dataclass(frozen=True)
class TakenFiles:
    """What became of files.

    files : those whose days are in the tables now.   rows : that they hold.
    refused : those at fault, and why.   held_back : those that wait for one at fault, and why.
    """

    files: tuple[NewFile, ...]
    rows: int
    refused: tuple[tuple[NewFile, str], ...] = ()
    held_back: tuple[tuple[NewFile, str], ...] = ()


def take(files: Sequence[NewFile], raw: Path, folder: DataFolder, progress: Progress = SILENT) -> TakenFiles:
    """Adds the days of files to the transactions. A file that was added before adds nothing.

    A file at fault is passed over, and with it those that would keep it from being added later; one that somebody
    asked for raises what is wrong with it, and so do the tables.
    """
    taken, rows = list[NewFile](), 0
    refused, waiting = list[tuple[NewFile, str]](), list[tuple[NewFile, str]]()
    for file in sorted(files, key=lambda file: file.first):
        if before := held_back(file, [each for each, _ in refused], last_day(folder)):
            waiting.append((file, waits_for(before)))
            continue
        try:
            _check_unchanged(file)
            tables, _ = append(file.path, raw, folder, progress=progress)
        except _OF_THE_FILE as error:
            if file.asked_for:
                raise
            refused.append((file, str(error)))
            continue
        taken.append(file)
        rows += sum(table.rows for table in tables if table.table == "transactions")
    for file, why in (*refused, *waiting):
        progress.note(f"NOTICE: {file.name} is skipped: {why}")
    return TakenFiles(tuple(taken), rows, tuple(refused), tuple(waiting))


def _check_unchanged(file: NewFile) -> None:
    try:
        same = stamp(file.path) == file.stamp
    except FileNotFoundError as error:
        raise MissingFile(f"{file.path} no longer exists.") from error
    if not same:
        raise NotAtRest(f"{file.path} has changed since it was checked.", cure="Wait until it is complete.")
