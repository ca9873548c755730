"""A CSV as it lies on the disk: found, perhaps packed; its header checked; read in blocks of whole records.

    bytes on disk ──▶ blocks of some 4 MB, cut at the end of a record ──▶ texts, one column a column

A block is read by Polars where each reader would read it in the same way. One that is irregular, or that Polars
refuses, is read record by record, which is slow and knows which record is at fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from stylo.artefacts import fingerprint, stamp
from stylo.errors import BadRows
from stylo.tables.csv_header import read_header
from stylo.tables.ids import restore_leading_zeros
from stylo.tables.records import LONGEST, Record, is_regular, read_records, separators, whole_records
from stylo.tables.schemas import CsvTable
from stylo.tables.unpacked import unpacked

_BLOCK_BYTES = 4 << 20
_LONGEST_LINE = 64 << 20
_PACKED = ("", ".gz", ".zip")


@dataclass(frozen=True)
class Block:
    """Whole records of a CSV: their cells as texts (empty ones null), and how many lines they take.

    texts : the table's columns, all String; records without any value are passed over.
    rows : which record of the block each row of `texts` is; None where they are one and the same.
    broken : records that have no cells to look at, and why.
    restored : how many article ids were given back their leading zero.
    """

    source: bytes
    texts: pl.DataFrame
    lines: int
    rows: list[Record] | None
    broken: Sequence[tuple[Record, str]] = ()
    restored: int = 0

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
        if self.rows is not None:
            return [self.rows[row] for row in rows]
        lines = self.source.split(b"\n")
        if self.lines != self.records:  # some were passed over
            there = [number for number, line in enumerate(lines) if line.strip(b",\r")]
            rows = [there[row] for row in rows]
        return [Record(row, lines[row].decode().rstrip("\r")) for row in rows]


class CsvFile:
    """One of Kaggle's CSVs. Columns may stand in any order; it may be packed as .gz or .zip.

    Parameters
    ----------
    restore_leading_zero : read an article id of nine digits as the one of ten digits whose leading zero was lost.

    Raises MissingFile, BadArchive, or BadHeader when it is empty or a column is missing.
    """

    def __init__(self, path: Path, table: CsvTable, *, restore_leading_zero: bool = False) -> None:
        self.path, self.header = path, read_header(path, table)
        self.table = table.in_file(self.header)
        self.bytes, self.stamp = path.stat().st_size, stamp(path)
        self._restores = restore_leading_zero and "article_id" in table.names

    @classmethod
    def in_folder(cls, folder: Path, table: CsvTable, *, restore_leading_zero: bool = False) -> CsvFile:
        """The CSV of a table in a folder, packed or not."""
        found = (folder / (table.file + ending) for ending in _PACKED)
        path = next(filter(Path.is_file, found), folder / table.file)
        return cls(path, table, restore_leading_zero=restore_leading_zero)

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
        with unpacked(self.path) as content:
            content.readline()  # the header
            buffer, filled, seen = bytearray(_BLOCK_BYTES), 0, 0
            while more := content.readinto(memoryview(buffer)[filled:]):
                filled += more
                while whole := whole_records(buffer, filled, len(self.header)):
                    yield bytes(memoryview(buffer)[:whole])
                    filled -= whole
                    buffer[:filled] = buffer[whole : whole + filled]
                    if filled <= LONGEST:
                        break
                if filled == len(buffer):
                    buffer.extend(bytes(_BLOCK_BYTES))
                if filled > _LONGEST_LINE:
                    raise BadRows(
                        f"{self.path} has a line of more than {_LONGEST_LINE / 1e6:,.0f} MB.",
                        where=f"It ends at byte {content.bytes_read():,} or after it.",
                        cure="Lines end with a line feed (LF, or CR LF): this is no CSV, or its line ends are others.",
                    )
                advance(content.bytes_read() - seen)
                seen = content.bytes_read()
            while filled:
                whole = whole_records(buffer, filled, len(self.header)) or filled
                yield bytes(memoryview(buffer)[:whole])
                filled -= whole
                buffer[:filled] = buffer[whole : whole + filled]

    def parse(self, source: bytes) -> Block:
        """The cells of a block."""
        if not is_regular(source, len(self.header)):
            return self.parse_slowly(source)
        try:
            texts = pl.read_csv(source, has_header=False, schema=dict.fromkeys(self.header, pl.String))
        except pl.exceptions.PolarsError:
            return self.parse_slowly(source)
        if self._may_be_short(source, texts.height):
            return self.parse_slowly(source)
        passed_over = texts.height
        if texts[:, 0].null_count():
            texts = texts.filter(~pl.all_horizontal(pl.all().is_null()))
        passed_over -= texts.height
        a_line_each = not passed_over and b'"' not in source
        return self._block(source, texts, texts.height if a_line_each else _count_lines(source))

    def parse_slowly(self, source: bytes) -> Block:
        """The cells of a block, read record by record: what is at fault as a whole is `broken`."""
        cells, rows, broken = [], [], []
        for read in read_records(source, len(self.header)):
            if read.fault:
                broken.append((_printable(read.record), read.fault))
            else:
                cells.append([value or None for value in read.cells])
                rows.append(read.record)
        texts = pl.DataFrame(cells, schema=dict.fromkeys(self.header, pl.String), orient="row")
        return self._block(source, texts, _count_lines(source), rows, broken)

    def _block(
        self,
        source: bytes,
        texts: pl.DataFrame,
        lines: int,
        rows: list[Record] | None = None,
        broken: Sequence[tuple[Record, str]] = (),
    ) -> Block:
        texts, restored = texts.select(self.table.names), 0
        if self.table.key:  # in the small tables an empty text in quotes is nothing, too
            texts = texts.with_columns(pl.when(pl.all() != "").then(pl.all()))
        if self._restores:
            ids, restored = restore_leading_zeros(texts["article_id"])
            texts = texts.with_columns(ids)
        return Block(source, texts, lines, rows, broken, restored)

    def _may_be_short(self, source: bytes, rows: int) -> bool:
        """Whether a record may have fewer cells than the header: Polars fills them up with nothing."""
        return not self._ends_with_a_value and separators(source) != (len(self.header) - 1) * rows

    @cached_property
    def _ends_with_a_value(self) -> bool:
        """Whether the last cell may not be empty: then a record that lacks it is refused for that."""
        return any(column.name == self.header[-1] and not column.optional for column in self.table.columns)


def _count_lines(source: bytes) -> int:
    return source.count(b"\n") + (not source.endswith(b"\n"))


def _printable(record: Record) -> Record:
    return Record(record.line, record.raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
