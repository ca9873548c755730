"""An export as it lies on the disk: its encoding, separator and header found, its rows read as texts.

Only the columns that are asked for are read. Rows that repeat the header, as in files that were put one behind the
other, are dropped and counted; a file that breaks off, or has rows with more cells than names, is refused.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol

import polars as pl

from stylo.errors import BadHeader, BadOption, BadRows, MissingFile
from stylo.importing.quotation_marks import cells_of, has_marks_within_cells
from stylo.tables.unpacked import unpacked

Separator = Literal["auto", ",", ";", "\t", "|"]
_SEPARATORS = ",;\t|"
#: The exports of shop systems have some dozens of columns, with many fields of plug-ins some hundred.
_MOST_COLUMNS, _LONGEST_HEADER = 5_000, 1 << 22
_SHOWN, _TAIL = 200, 1 << 20
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_MARK = "\ufeff"
_OTHERS = (
    (b"PK\x03\x04", "an Excel workbook or another archive"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"PAR1", "Parquet"),
)


@dataclass(frozen=True)
class ExportRows:
    """Rows as texts, under our names of the columns; empty cells are null.

    repeated_headers : how many rows were the header again.
    """

    rows: pl.DataFrame
    repeated_headers: int


class Export(Protocol):
    """A file of an export: the names of its columns, what was found out about it, and its rows, read once."""

    @property
    def path(self) -> Path: ...

    @property
    def header(self) -> list[str]: ...

    @property
    def remarks(self) -> list[str]: ...

    def read(self, columns: dict[str, str]) -> ExportRows:
        """The rows of some columns: our name → the name in the header."""
        ...

    @property
    def of_json(self) -> bool: ...


class ExportFile:
    """One file of an export, plain or packed as .gz or .zip.

    header : the names of its columns, in order.   remarks : what was found out about the file.

    Raises MissingFile, BadHeader, BadRows or BadOption.
    """

    of_json = False

    def __init__(self, path: Path, separator: Separator = "auto", encoding: str = "auto") -> None:
        self.path, self.remarks = path, list[str]()
        check_there(path)
        self._text = self._as_utf8(encoding)
        if b"\n" not in self._text:  # as old Macs end their lines
            self._text = self._text.replace(b"\r", b"\n")
        first = self._text[:_LONGEST_HEADER].decode("utf-8", "ignore")
        self._skipped = 0
        if first[:4].casefold() == "sep=":  # a note for Excel
            line, _, first = first.partition("\n")
            separator = separator if separator != "auto" else _note(line)
            self._skipped = 1
        self.separator = _separator_of(first) if separator == "auto" else separator
        self.header = self._names(first)

    def read(self, columns: dict[str, str]) -> ExportRows:
        """The rows of some columns.

        columns : our name → the name in the header. The file is let go: it can be read once.
        """
        self._check_the_end()
        places = {ours: self.header.index(theirs) for ours, theirs in columns.items()}
        beyond = len(self.header)  # a column that no row should have
        wanted = [*sorted(set(places.values())), beyond]
        source, self._text = self._text, b""
        table = self._read_quickly(source, wanted)
        if table is None:
            table = self._read_slowly(source, wanted)
        given = {at: table[f"column_{at}"] for at in wanted}
        rows = pl.DataFrame(
            [given[at].alias(ours) for ours, at in places.items()],
            schema=dict.fromkeys(places, pl.String),
        )
        # Files that were put one behind the other have each its mark.
        told = [
            pl.col(ours).str.strip_chars().str.strip_prefix(_MARK) == self.header[at]
            for ours, at in places.items()
        ]
        is_header = rows.select(pl.all_horizontal(told).fill_null(value=False)).to_series()
        rows = rows.filter(~is_header & pl.any_horizontal(pl.all().is_not_null()))
        if rows.is_empty():
            raise BadRows(f"{self.path} has a header but no rows.", cure="Export it again, with all rows.")
        # Spreadsheets keep a text such as 0012 by writing ="0012" or '0012.
        bare = (
            pl.all()
            .str.strip_chars()
            .str.replace(r'^="(.*)"$', "$1")
            .str.replace(r"^'(\d[\d .-]*)$", "$1")
            .str.strip_chars()
        )
        rows = rows.select(pl.when(bare != "").then(bare))
        return ExportRows(rows, int(is_header.sum()) - 1)

    def _as_utf8(self, encoding: str) -> bytes:
        with unpacked(self.path) as content:
            text = content.read()
        begins_with = text[:64].removeprefix(codecs.BOM_UTF8).lstrip().lower()
        for begins, what in _OTHERS:
            if begins_with.startswith(begins.lower()):
                raise BadHeader(f"{self.path} is not a CSV but {what}.", cure="Export it as CSV (UTF-8).")
        if encoding == "auto":
            encoding = next((name for mark, name in _MARKS if text.startswith(mark)), "")
            if not encoding and 0 in text[:4]:
                encoding = "utf-16-le" if text[1:2] == b"\0" else "utf-16-be"
        if encoding in ("", "utf-8-sig"):
            text = text.removeprefix(codecs.BOM_UTF8)
            try:
                codecs.utf_8_decode(text, "strict", True)
            except UnicodeDecodeError:
                self.remarks.append(f"{self.path.name} is not UTF-8: read as Windows-1252.")
                return text.decode("cp1252", "replace").encode()
            return text
        self.remarks.append(f"{self.path.name} was read as {encoding.upper()}.")
        try:
            return text.decode(encoding).removeprefix(_MARK).encode()
        except LookupError as error:
            raise BadOption(
                f"There is no encoding {encoding!r}.", cure="For example utf-8 or cp1252."
            ) from error
        except UnicodeError as error:
            raise BadHeader(f"{self.path} is not {encoding}.", where=str(error)[:_SHOWN]) from error

    def _names(self, text: str) -> list[str]:
        if not text.splitlines() or not text.splitlines()[0].strip(f"{self.separator}\"' "):
            raise BadHeader(f"{self.path} begins with an empty line.", cure="Line 1 must name the columns.")
        line = text.splitlines()[0]
        count = line.count(self.separator) + 1
        if count > _MOST_COLUMNS or ("\n" not in text and len(text) >= _LONGEST_HEADER):
            raise BadHeader(
                f"{self.path} has {count:,} columns; at most {_MOST_COLUMNS:,} are read.",
                where=f"Line 1 begins {line[:_SHOWN]!r}.",
                cure="Export orders with a row for each line, products with a row for each variant.",
            )
        try:
            names = next(csv.reader(io.StringIO(text), delimiter=self.separator), [])
        except csv.Error as error:
            raise BadHeader(f"{self.path} has no line of column names.", where=str(error)) from error
        return [name.strip() for name in names]

    @cached_property
    def _last_line(self) -> str:
        tail = self._text[-_TAIL:]
        return tail[tail.rfind(b"\n") + 1 :].decode("utf-8", "ignore")

    def _check_the_end(self) -> None:
        """A last line without its end that lacks cells: the file breaks off there."""
        if not (line := self._last_line).strip():
            return
        if self._text.count(b'"') % 2:
            cells = line.count(self.separator) + 1
            if cells >= len(self.header) and line.count('"') % 2 == 0:  # a mark of inches, somewhere before
                return
            if cells_of(line, self.separator) >= len(self.header):  # or in this line
                return
        else:
            if line.count('"') % 2:  # it ends a cell of several lines
                return
            cells = len(next(csv.reader([line], delimiter=self.separator), []))
            if cells >= len(self.header):
                return
        raise BadRows(
            f"{self.path} breaks off: its last line has {cells} of {len(self.header)} cells.",
            where=f"The last line begins {line[:_SHOWN]!r}.",
            cure="Export or download it again.",
        )

    def _read_quickly(self, source: bytes, wanted: list[int]) -> pl.DataFrame | None:
        """The columns by Polars; None where it will not read them, or might read them wrongly."""
        # It may take such a mark for the beginning of a cell, and the lines up to the next one for its text.
        if has_marks_within_cells(source, self.separator):
            return None
        beyond = wanted[-1]
        try:
            table = pl.read_csv(
                source,
                has_header=False,
                skip_rows=self._skipped,
                separator=self.separator,
                columns=[f"column_{at}" for at in wanted],
                schema={f"column_{at}": pl.String for at in range(beyond + 1)},
                missing_columns="insert",
            )
        except pl.exceptions.PolarsError:
            return None
        return table if table[f"column_{beyond}"].null_count() == table.height else None

    def _read_slowly(self, source: bytes, wanted: list[int]) -> pl.DataFrame:
        """What Polars will not read, such as a mark of inches within a cell, by Python's reader.

        Raises BadRows, with the first line that has more cells than the header.
        """
        reader = csv.reader(
            io.TextIOWrapper(io.BytesIO(source), "utf-8", newline=""), delimiter=self.separator, strict=True
        )
        columns: list[list[str | None]] = [[] for _ in wanted]
        try:
            for cells in reader:
                if reader.line_num <= self._skipped or not cells:
                    continue
                if len(cells) > len(self.header) and any(cells[len(self.header) :]):
                    raise BadRows(
                        f"{self.path}, line {reader.line_num}: {len(cells)} cells, but the header names "
                        f"{len(self.header)} columns.",
                        where=self.separator.join(cells)[:_SHOWN],
                        cure="A separator or a line break within a cell needs quotation marks around the cell.",
                    )
                for column, at in zip(columns, wanted, strict=True):
                    column.append((cells[at] or None) if at < len(cells) else None)
        except csv.Error as error:
            raise BadRows(
                f"{self.path}, line {reader.line_num}: it cannot be read as CSV.",
                where=str(error)[:_SHOWN],
                cure="Export it again.",
            ) from error
        self.remarks.append(
            f"{self.path.name} has quotation marks within cells; they were taken as they stand."
        )
        return pl.DataFrame(
            {f"column_{at}": column for at, column in zip(wanted, columns, strict=True)},
            schema={f"column_{at}": pl.String for at in wanted},
        )


def check_there(path: Path) -> None:
    """Raises MissingFile, or BadHeader for an empty file."""
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "is not there"
        raise MissingFile(f"{path} {what}.", cure="Name the export, counted from the folder of shop.toml.")
    if not path.stat().st_size:
        raise BadHeader(f"{path} is empty.", cure="Export it again.")


def read_all(files: Sequence[Export], columns: Sequence[dict[str, str]]) -> tuple[pl.DataFrame, int]:
    """The rows of several files one behind the other, with `file` (which one); and how many headers were repeated."""
    parts, repeated = [], 0
    for at, (file, of_file) in enumerate(zip(files, columns, strict=True)):
        read = file.read(of_file)
        repeated += read.repeated_headers
        parts.append(read.rows.with_columns(file=pl.lit(at, pl.UInt16), of_json=pl.lit(value=file.of_json)))
    return pl.concat(parts, how="diagonal"), repeated


def with_rows(files: Sequence[Export], table: str) -> tuple[list[Export], list[str]]:
    """The files without pages of JSON that are empty, and remarks on those. Raises BadRows if all of them are."""
    filled = [file for file in files if file.header]
    empty = [file for file in files if not file.header]
    if not filled:
        raise BadRows(
            f"{', '.join(str(file.path) for file in empty)} has no {table}.",
            cure="Export it again, with all of them.",
        )
    return filled, [f"{file.path.name} has no {table}: it was passed over." for file in empty]


def _note(line: str) -> Separator:
    found = line.strip()[4:5] or "\t"
    return found if found in _SEPARATORS else "auto"  # type: ignore[return-value]


def _separator_of(text: str) -> str:
    """The sign that parts most names in the first record."""

    def names(separator: str) -> int:
        try:
            return len(next(csv.reader(io.StringIO(text), delimiter=separator), []))
        except csv.Error:
            return 0

    # No need to cut a header of 50,000 names four times.
    line = text.partition("\n")[0]
    likely = [sign for sign in _SEPARATORS if sign in line]
    return max(likely, key=names) if likely else ","
