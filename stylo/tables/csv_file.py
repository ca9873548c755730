"""A CSV as it lies on the disk: its header checked, its lines found again for messages."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from stylo.errors import BadHeader, BadRows, MissingFile
from stylo.tables.schemas import CsvTable


def open_csv(folder: Path, table: CsvTable) -> tuple[pl.LazyFrame, list[str]]:
    """All columns of a table as text, empty cells as null, and the names of extra columns (left out).

    Columns may stand in any order. Lines without any value are passed over. Raises MissingFile or BadHeader.
    """
    path = folder / table.file
    header = _read_header(path, table)
    extra = [name for name in header if name not in table.names]
    missing = [name for name in table.names if name not in header]
    if missing:
        raise BadHeader(
            f"{path} has no column {', '.join(map(repr, missing))}.",
            where=f"Line 1 names {', '.join(header)[:1000]}.{_guess(missing, extra)}",
            cure=f"Put the right names into line 1, or fetch Kaggle's {table.file} again.",
        )
    frame = pl.scan_csv(path, infer_schema=False).select(table.names)
    if table.key:  # in the small tables an empty text in quotes is nothing, too
        frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
    return frame.filter(~pl.all_horizontal(pl.all().is_null())), extra


def line_numbers(path: Path, rows: list[int]) -> dict[int, int]:
    """Row number (0 is the first below the header, empty lines not counted) → line of the file.

    Reads the file up to the last row: a quoted text may run over several lines.
    """
    wanted, last, found = set(rows), max(rows, default=-1), {}
    for row, (line, _) in enumerate(_records(path)):
        if row in wanted:
            found[row] = line
        if row >= last:
            break
    return found


@contextmanager
def reading(path: Path, table: CsvTable) -> Iterator[None]:
    """Turns what Polars says of a file whose rows cannot be told apart into BadRows with the line at fault."""
    try:
        yield
    except pl.exceptions.PolarsError as error:
        if "os error" in str(error):  # the disk's fault, not the file's
            raise
        raise BadRows(
            f"{path} cannot be read as CSV.",
            where=_broken_line(path, table) or f"The reader says: {_short(str(error))}",
            cure="Fetch the file again, or repair it (UTF-8, commas between cells, texts with commas in quotes).",
        ) from error


def _broken_line(path: Path, table: CsvTable) -> str:
    width = len(_read_header(path, table))
    try:
        for line, cells in _records(path):
            if len(cells) > width:
                return f"Line {line} has {len(cells)} cells, the header {width}."
    except UnicodeDecodeError as error:
        with path.open("rb") as binary:
            for number, raw in enumerate(binary, start=1):
                try:
                    raw.decode()
                except UnicodeDecodeError:
                    return f"Line {number}: {error.reason} (the file is not UTF-8)."
    except csv.Error as error:
        return _short(str(error))
    return ""


def _short(text: str) -> str:
    return text.splitlines()[0][:200]


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line on which it begins, and cells, of each record below the header that holds any value."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        next(reader, None)
        line = reader.line_num + 1
        for cells in reader:
            if any(cells):
                yield line, cells
            line = reader.line_num + 1


def _read_header(path: Path, table: CsvTable) -> list[str]:
    if not path.parent.is_dir():
        raise MissingFile(
            f"There is no folder {path.parent}.", cure="Name that of Kaggle's CSVs with --raw DIR."
        )
    if not path.is_file():
        raise MissingFile(
            f"{path} is not there.",
            cure=f"Put Kaggle's {table.file} into {path.parent}, or name its folder with --raw DIR.",
        )
    try:
        with path.open("rb") as file:
            header = next(csv.reader([file.readline().decode("utf-8-sig")]), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadHeader(
            f"{path} does not begin with a line of column names.",
            where=_short(str(error)),
            cure="It should be a CSV file in UTF-8; is it still packed?",
        ) from error
    if not header:
        raise BadHeader(f"{path} is empty.", cure="Fetch the file again.")
    return header


def _guess(missing: list[str], extra: list[str]) -> str:
    guesses = [
        f" Is {close[0]!r} meant to be {name!r}?"
        for name in missing
        if (close := difflib.get_close_matches(name, extra, n=1, cutoff=0.5))
    ]
    return "".join(guesses)
