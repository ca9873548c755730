"""A CSV as it lies on the disk: found, perhaps packed; its header checked; read in blocks of whole records.

    bytes on disk ──▶ blocks of some 8 MB, cut at the end of a record ──▶ texts, one column a column

A block is read by Polars. Only where Polars refuses (a record with too many cells, a stray quotation mark, a
byte that is no UTF-8) is it read again record by record, which is slow and knows which record is at fault.
"""

from __future__ import annotations

import csv
import difflib
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple

import polars as pl

from stylo.artefacts import fingerprint, stamp
from stylo.errors import BadHeader, BadRows, MissingFile
from stylo.tables.schemas import CsvTable

_BLOCK_BYTES = 8 << 20
_LONGEST_RECORD = 256 << 20
_PACKED = ("", ".gz", ".zip")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Record(NamedTuple):
    """One record as it stands in the file: the line of the block on which it begins (0 is the first)."""

    line: int
    raw: str


@dataclass(frozen=True)
class Block:
    """Whole records of a CSV: their cells as texts (empty ones null), and how many lines they take.

    texts : the table's columns, all String; records without any value are passed over.
    rows : which record of the block each row of `texts` is; None where they are one and the same.
    broken : records that have no cells to look at, and why.
    """

    source: bytes
    texts: pl.DataFrame
    lines: int
    rows: list[int] | None
    broken: list[tuple[Record, str]] = field(default_factory=list)

    @property
    def records(self) -> int:
        return self.texts.height + len(self.broken)

    @property
    def can_find(self) -> bool:
        """Whether it is certain which record a row of `texts` is: quotation marks leave room for doubt."""
        return self.rows is not None or b'"' not in self.source

    def find(self, rows: list[int]) -> list[Record]:
        """Where rows of `texts` stand in the block, and how they are written there."""
        assert self.can_find
        if self.lines == self.records and not self.rows:  # a line a record, none passed over
            lines = self.source.split(b"\n")
            return [Record(row, lines[row].decode().rstrip("\r")) for row in rows]
        found = [record for record, _ in _records(self.source)]
        return [found[self.rows[row] if self.rows else row] for row in rows]


class CsvFile:
    """One of Kaggle's CSVs. Columns may stand in any order; it may be packed as .gz or .zip.

    Raises MissingFile, or BadHeader when it is empty or a column is missing.
    """

    def __init__(self, path: Path, table: CsvTable) -> None:
        self.path, self.table = path, table
        self.bytes = path.stat().st_size if path.is_file() else 0
        self.header = _read_header(path, table)
        self.stamp = stamp(path)

    @classmethod
    def in_folder(cls, folder: Path, table: CsvTable) -> CsvFile:
        """The CSV of a table in a folder, packed or not."""
        found = (folder / (table.file + ending) for ending in _PACKED)
        return cls(next(filter(Path.is_file, found), folder / table.file), table)

    @property
    def extra(self) -> list[str]:
        """Columns that the table does not know."""
        return [name for name in self.header if name not in self.table.names]

    @property
    def content(self) -> str:
        """The fingerprint of the file; reads it whole."""
        return fingerprint(self.path)

    def blocks(self, advance: Callable[[int], None] = lambda _: None) -> Iterator[bytes]:
        """The file below its header, in blocks that end with a record; `advance` hears of bytes read on disk."""
        with self._unpacking(), _unpacked(self.path) as (stream, on_disk):
            stream.readline()  # the header
            buffer, filled, seen = bytearray(_BLOCK_BYTES), 0, 0
            while more := stream.readinto(memoryview(buffer)[filled:]):  # type: ignore[attr-defined]
                filled += more
                if whole := _whole_records(buffer, filled):
                    yield bytes(memoryview(buffer)[:whole])
                    filled -= whole
                    buffer[:filled] = buffer[whole : whole + filled]
                elif filled > _LONGEST_RECORD:
                    raise BadRows(
                        f"{self.path} has a quotation mark that is never closed.",
                        where=f"It is opened within the {filled / 1e6:,.0f} MB that end at byte {on_disk.tell():,}.",
                        cure="Close it, or fetch the file again.",
                    )
                elif filled == len(buffer):
                    buffer.extend(bytes(_BLOCK_BYTES))
                advance(on_disk.tell() - seen)
                seen = on_disk.tell()
            if filled:
                yield bytes(memoryview(buffer)[:filled])

    def parse_quickly(self, source: bytes) -> Block | None:
        """The cells of a block, numbers read as such where the table names a type; None if any is something else.

        Saves the detour over a text for each number.
        """
        types = {column.name: column.quick for column in self.table.columns if column.quick}
        if not types or b'"' in source or b" " in source:
            return None
        schema = {name: types.get(name, pl.String) for name in self.header}
        try:
            cells = pl.read_csv(source, has_header=False, schema=schema).select(self.table.names)
        except pl.exceptions.PolarsError:
            return None
        return (
            None
            if any(cells[name].has_nulls() for name in types)
            else Block(source, cells, cells.height, None)
        )

    def parse(self, source: bytes) -> Block:
        """The cells of a block."""
        try:
            texts = pl.read_csv(source, has_header=False, schema=dict.fromkeys(self.header, pl.String))
        except pl.exceptions.PolarsError:
            return self.parse_slowly(source)
        passed_over = texts.height
        if texts[:, 0].null_count():
            texts = texts.filter(~pl.all_horizontal(pl.all().is_null()))
        passed_over -= texts.height
        texts = self._tidy(texts)
        if not passed_over and b'"' not in source:
            return Block(source, texts, texts.height, None)
        return Block(source, texts, _count_lines(source), None)

    def parse_slowly(self, source: bytes) -> Block:
        """The cells of a block, read record by record: what cannot be told into cells is `broken`."""
        width, cells, rows, broken = len(self.header), [], [], []
        for row, (record, values) in enumerate(_records(source)):
            if reason := _why_broken(record, values, width):
                broken.append((_printable(record), reason))
            else:
                cells.append([value or None for value in values] + [None] * (width - len(values)))
                rows.append(row)
        texts = pl.DataFrame(cells, schema=dict.fromkeys(self.header, pl.String), orient="row")
        return Block(source, self._tidy(texts), _count_lines(source), rows, broken)

    def _tidy(self, texts: pl.DataFrame) -> pl.DataFrame:
        texts = texts.select(self.table.names)
        if self.table.key:  # in the small tables an empty text in quotes is nothing, too
            return texts.with_columns(pl.when(pl.all() != "").then(pl.all()))
        return texts

    @contextmanager
    def _unpacking(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            raise BadRows(
                f"{self.path} cannot be unpacked to its end.",
                where=f"{type(error).__name__}: {error}",
                cure="It is cut off or damaged: fetch the file again.",
            ) from error


@contextmanager
def _unpacked(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The content of a file that may be packed, and the file itself, whose position tells how far one is."""
    with path.open("rb") as on_disk:
        magic = on_disk.read(4)
        on_disk.seek(0)
        if magic[:2] == b"\x1f\x8b":
            with gzip.open(on_disk) as stream:
                yield stream, on_disk  # type: ignore[misc]
        elif magic == b"PK\x03\x04":
            with zipfile.ZipFile(on_disk) as archive:
                inside = [name for name in archive.namelist() if name.endswith(".csv")]
                if len(inside) != 1:
                    raise BadHeader(
                        f"{path} should hold one CSV.",
                        where=f"It holds {', '.join(archive.namelist()[:5]) or 'nothing'}.",
                        cure="Unpack it, and name the folder of the CSVs with --raw DIR.",
                    )
                with archive.open(inside[0]) as stream:
                    yield stream, on_disk
        else:
            yield on_disk, on_disk


def _count_lines(source: bytes) -> int:
    return source.count(b"\n") + (not source.endswith(b"\n"))


def _whole_records(text: bytearray, length: int) -> int:
    """How many of the first bytes are whole records: up to a line's end outside of quotation marks."""
    end = text.rfind(b"\n", 0, length) + 1
    if text.find(b'"', 0, length) < 0:
        return end
    open_quotes = text.count(b'"', 0, end) % 2
    while end and open_quotes:
        before = text.rfind(b"\n", 0, end - 1) + 1
        open_quotes ^= text.count(b'"', before, end) % 2
        end = before
    return end


def _records(source: bytes) -> Iterator[tuple[Record, list[str]]]:
    """Each record that holds any value, and its cells. Bytes that are no UTF-8 become lone surrogates.

    A line with a stray quotation mark is a record without cells; the next one begins right below it.
    """
    text = io.StringIO(source.decode("utf-8", "surrogateescape"), newline="\n")
    taken: list[str] = []
    again: list[str] = []

    def lines() -> Iterator[str]:
        while line := again.pop() if again else text.readline():
            taken.append(line)
            yield line

    reader, line = csv.reader(lines(), strict=True), 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:  # a field without an end, or text behind its end
            cells = []
            again.extend(reversed(taken[1:]))
            del taken[1:]
            yield Record(line, taken[0].rstrip("\r\n")), cells
            reader = csv.reader(lines(), strict=True)
        if cells is None:
            return
        if any(cells):
            yield Record(line, "".join(taken).rstrip("\r\n")), cells
        line += len(taken)
        taken.clear()


def _why_broken(record: Record, cells: list[str], width: int) -> str:
    if any("\ud800" <= sign <= "\udfff" for sign in record.raw):
        return "the line is not UTF-8"
    if len(cells) > width:
        return f"the line has more cells than the header's {width}"
    return "" if cells else "the line cannot be told into cells"


def _printable(record: Record) -> Record:
    return Record(record.line, record.raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def _read_header(path: Path, table: CsvTable) -> list[str]:
    if not path.parent.is_dir():
        raise MissingFile(
            f"There is no folder {path.parent}.", cure="Name that of Kaggle's CSVs with --raw DIR."
        )
    if not path.is_file():
        cure = f"Put Kaggle's {table.file} into {path.parent}, or name its folder with --raw DIR."
        if not path.name.startswith(table.file):
            cure = "Name a CSV with the columns of transactions_train.csv."
        raise MissingFile(f"{path} is not there.", cure=cure)
    try:
        with _unpacked(path) as (stream, _):
            first = stream.readline().removeprefix(_BYTE_ORDER_MARK)
            header = next(csv.reader([first.decode()]), [])
    except (
        UnicodeDecodeError,
        csv.Error,
        EOFError,
        zlib.error,
        gzip.BadGzipFile,
        zipfile.BadZipFile,
    ) as error:
        raise BadHeader(
            f"{path} does not begin with a line of column names.",
            where=str(error).splitlines()[0][:200],
            cure="It should be a CSV file in UTF-8, as it is or packed as .gz or .zip.",
        ) from error
    if not header:
        raise BadHeader(f"{path} is empty.", cure="Fetch the file again.")
    _check_header(path, table, header)
    return header


def _check_header(path: Path, table: CsvTable, header: list[str]) -> None:
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise BadHeader(f"{path} names {', '.join(map(repr, twice))} twice.", cure="Name each column once.")
    missing = [name for name in table.names if name not in header]
    if missing:
        extra = [name for name in header if name not in table.names]
        raise BadHeader(
            f"{path} has no column {', '.join(map(repr, missing))}.",
            where=f"Line 1 names {', '.join(header)[:1000]}.{_guess(missing, extra)}",
            cure=f"Put the right names into line 1, or fetch Kaggle's {table.file} again.",
        )


def _guess(missing: list[str], extra: list[str]) -> str:
    guesses = [
        f" Is {close[0]!r} meant to be {name!r}?"
        for name in missing
        if (close := difflib.get_close_matches(name, extra, n=1, cutoff=0.5))
    ]
    return "".join(guesses)
