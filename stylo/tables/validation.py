"""Which records of a CSV are at fault, on which lines, and why; and what becomes of them.

    block of records ──▶ RowCheck ──▶ values          the table
                                 └──▶ rejected        Rejects: the run stops, or rejects.parquet keeps them

A block that holds nothing but plain lines and allowed values is read at once, where a table has a way to do so.

Every record that is read ends up in one of the two.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from stylo.errors import BadRows
from stylo.progress import Progress
from stylo.system.threads import ahead, processors
from stylo.tables.csv_file import Block, CsvFile
from stylo.tables.cures import cure
from stylo.tables.records import CUT_SHORT
from stylo.tables.schemas import REJECTS
from stylo.user_paths import printable

#: What is known of a rejected record: `line` of the file, the `column` at fault and its `value`, why, the record.
REJECTED = pl.Schema(
    {"line": pl.UInt32, "column": pl.String, "value": pl.String, "cause": pl.String, "raw": pl.String}
)
_EXAMPLES = 5
_SAMPLES = 20
_WORKERS = min(processors(), 8)

Known = Callable[[pl.Series], pl.Series]
Plain = Callable[[bytes], pl.DataFrame | None]


@dataclass(frozen=True)
class Checked:
    """A block as values, the records refused (rows of REJECTED), and how many records and lines it holds.

    restored : how many article ids were given back their leading zero.
    """

    values: pl.DataFrame
    rejected: pl.DataFrame
    records: int
    lines: int
    restored: int = 0


class RowCheck:
    """Reads the cells of a CSV as values, and tells which records its columns do not allow.

    Parameters
    ----------
    read : texts → values under the same names, null where a text is not allowed. Without one each column is
        read as the schema says.
    known : column → which of its texts name something that exists (Boolean), and the file that lists these.
    plain : block → the values that `read` would find in it, a record a line; None unless it is sure that nothing in
        the block is refused.
    """

    def __init__(
        self,
        csv: CsvFile,
        read: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
        known: Mapping[str, tuple[Known, str]] | None = None,
        plain: Plain = lambda _: None,
    ) -> None:
        self._csv, self._read, self._known, self._plain = csv, read or self._read_columns, known or {}, plain

    def __call__(self, source: bytes) -> Checked:
        """Lines count from the block's first, 0."""
        if (values := self._plain(source)) is not None:
            return Checked(values, REJECTED.to_frame(), values.height, values.height)
        block = self._csv.parse(source)
        values, refused = self._values(block)
        if (block.broken or refused is not None) and not block.can_find:
            block = self._csv.parse_slowly(source)
            values, refused = self._values(block)
        rejected = [_broken(block)] if block.broken else []
        if refused is not None:
            rejected.append(self._why(block, refused))
            values = values.filter(~refused)
        found = pl.concat(rejected).sort("line") if rejected else REJECTED.to_frame()
        return Checked(values, found, block.records, block.lines, block.restored)

    def _read_columns(self, texts: pl.DataFrame) -> pl.DataFrame:
        return texts.select(column.read(pl.col(column.name)) for column in self._csv.table.columns)

    def _values(self, block: Block) -> tuple[pl.DataFrame, pl.Series | None]:
        """The values, and which rows are refused; None for none."""
        values, refused = self._read(block.texts), None
        for column in self._csv.table.columns:
            if not values[column.name].has_nulls():
                continue
            lost = values[column.name].is_null()
            if column.optional:
                lost &= block.texts[column.name].is_not_null()
            if lost.any():
                refused = lost if refused is None else refused | lost
        return values, refused

    def _why(self, block: Block, refused: pl.Series) -> pl.DataFrame:
        """The first cause of each refused row, with its line and raw text."""
        rows = refused.arg_true()
        texts, records = block.texts[rows], block.find(rows.to_list())
        column = cause = value = pl.lit(None, pl.String)
        for at in reversed(self._csv.table.columns):
            text = pl.col(at.name)
            nothing = text.is_null() & (not at.optional)
            wrong = text.is_not_null() & at.read(text).is_null()
            stranger = pl.lit(None, pl.String)
            if at.name in self._known:
                known, file = self._known[at.name]
                unknown = text.is_not_null() & ~pl.lit(known(texts[at.name]))
                stranger = pl.when(unknown).then(pl.lit(f"is not in {file}"))
            why = pl.coalesce(
                pl.when(nothing).then(pl.lit(f"must hold {at.holds}")),
                pl.when(wrong).then(pl.lit(f"is not {at.holds}")),
                stranger,
            )
            here = why.is_not_null()
            column = pl.when(here).then(pl.lit(at.name)).otherwise(column)
            cause = pl.when(here).then(why).otherwise(cause)
            value = pl.when(here).then(text).otherwise(value)
        if block.rows is None:  # told apart by commas alone: Polars fills up what is missing
            width = len(self._csv.header)
            short = pl.Series([record.raw.count(",") < width - 1 for record in records], dtype=pl.Boolean)
            column = pl.when(short).then(pl.lit("")).otherwise(column)
            cause = pl.when(short).then(pl.lit(f"{CUT_SHORT} {width}")).otherwise(cause)
            value = pl.when(short).then(None).otherwise(value)
        return texts.select(
            line=pl.Series([record.line for record in records], dtype=pl.UInt32),
            column=column,
            value=value,
            cause=cause,
            raw=pl.Series([record.raw for record in records], dtype=pl.String),
        )


def checked_blocks(csv: CsvFile, check: RowCheck, progress: Progress) -> Iterator[Checked]:
    """All blocks of a CSV in order, some ahead of time on the other cores; lines count from the file's first, 1."""
    line = 2
    with progress.task(csv.path.name, csv.bytes, unit="bytes") as advance:
        pool = ThreadPoolExecutor(_WORKERS)
        try:
            for checked in ahead(pool, check, csv.blocks(advance), _WORKERS + 1):
                yield (block := _at(line, checked))
                line += block.lines
        finally:
            pool.shutdown(cancel_futures=True)


def repeated(csv: CsvFile, keys: pl.Series) -> pl.DataFrame:
    """Every record with one of these keys (rows of REJECTED), in order. Reads the CSV once more.

    Parameters
    ----------
    keys : values of a column, under its name.
    """
    found, line = [REJECTED.to_frame()], 2
    read_key = next(column.read for column in csv.table.columns if column.name == keys.name)
    for source in csv.blocks():
        block = csv.parse(source)
        if not block.can_find:
            block = csv.parse_slowly(source)
        key = block.texts.select(read_key(pl.col(keys.name))).to_series()
        rows = key.is_in(keys.implode()).arg_true()
        records = block.find(rows.to_list())
        facts = {
            "line": [line + record.line for record in records],
            "column": [keys.name] * len(records),
            "value": block.texts[keys.name].gather(rows),
            "cause": ["appears twice"] * len(records),
            "raw": [record.raw for record in records],
        }
        found.append(pl.DataFrame(facts, schema=REJECTED))
        line += block.lines
    return pl.concat(found)


class Rejects(AbstractContextManager["Rejects"]):
    """What was refused of all CSVs: counted by cause, a few kept as examples, all written when there is a file.

    rows, restored : by the CSV's name, how many records were refused, and how many ids got back their leading zero.

    Parameters
    ----------
    file : where to write them, rows of `rejects.parquet`; None if the first of them stop the run.
    metadata : of that Parquet file.
    """

    def __init__(self, file: Path | None = None, metadata: Mapping[str, str] | None = None) -> None:
        self.rows: Counter[str] = Counter()
        self.restored: Counter[str] = Counter()
        self.quarantine = file is not None
        self._causes: dict[str, Counter[tuple[str, str]]] = {}
        self._samples: dict[str, dict[tuple[str, str], list[dict[str, Any]]]] = {}
        self._before = REJECTS.to_frame()
        schema = REJECTS.to_frame().to_arrow().schema.with_metadata(dict(metadata or {}))
        self._file = file.open("wb") if file else None
        self._writer = pq.ParquetWriter(self._file, schema, compression="zstd") if file else None

    def add(self, csv: CsvFile, block: Checked) -> None:
        """Takes what was refused of a block."""
        self.restored[csv.path.name] += block.restored
        self.set_aside(csv, block.rejected)

    def set_aside(self, csv: CsvFile, rejected: pl.DataFrame) -> None:
        """Takes rows of REJECTED."""
        if rejected.is_empty():
            return
        name = csv.path.name
        self.rows[name] += rejected.height
        causes = self._causes.setdefault(name, Counter())
        samples = self._samples.setdefault(name, {})
        for (column, why), rows in rejected.group_by("column", "cause", maintain_order=True):
            key = str(column), str(why)
            causes[key] += rows.height
            kept = samples.setdefault(key, [])
            kept.extend(rows.head(_SAMPLES - len(kept)).rows(named=True))
        reason = (pl.col("column") + " " + pl.col("cause")).str.strip_chars_start()
        told = rejected.select(
            pl.lit(printable(name)).alias("file"), "line", reason.alias("reason"), "raw"
        ).cast(REJECTS)
        self._write(told.join(self._before, on=told.columns, how="anti", nulls_equal=True))

    def keep(self, before: pl.DataFrame) -> None:
        """Takes over the rows of an earlier `rejects.parquet`; what is refused again is not written twice."""
        self._before = before
        self._write(before)

    def _write(self, rows: pl.DataFrame) -> None:
        if self._writer and not rows.is_empty():
            self._writer.write_table(rows.to_arrow().cast(self._writer.schema))

    def check(self, csv: CsvFile, records: int) -> None:
        """Raises BadRows if rows of a CSV were refused and are not kept, or if none of its rows is left.

        records : how many the CSV has.
        """
        rejected = self.rows[csv.path.name]
        if not records:
            raise BadRows(
                f"{csv.path} has a header but no rows.",
                cure="Download the file again: it may be truncated.",
            )
        if rejected == records:
            raise self._refusal(csv, f"{csv.path} has no usable rows: all {records:,} are invalid.", "")
        if rejected and not self.quarantine:
            raise self._refusal(
                csv,
                f"{csv.path}: {rejected:,} of {records:,} rows have values that their columns do not allow.",
                "Or continue without these rows: --quarantine sets them aside in rejects.parquet.",
            )

    def remarks(self, csv: CsvFile) -> list[str]:
        """What to say of a CSV: the commonest cause for which rows were set aside, and how many ids were restored."""
        name, found = csv.path.name, []
        if restored := self.restored[name]:
            found.append(f"{name}: the leading zero of {restored:,} article ids was restored.")
        if causes := self._causes.get(name):
            cause, count = causes.most_common(1)[0]
            samples = self._samples[name][cause]
            found.append(
                f"{name}: {self.rows[name]:,} rows were set aside, {count:,} of them for this: "
                f"line {samples[0]['line']}{_of(samples[0])}. {cure(samples)}"
            )
        return found

    def _refusal(self, csv: CsvFile, problem: str, otherwise: str) -> BadRows:
        name = csv.path.name
        causes = self._causes[name].most_common()
        samples = self._samples[name]
        shown = sorted(itertools.chain(*samples.values()), key=lambda row: row["line"])[:_EXAMPLES]
        commonest = causes[0][0]
        if all((row["column"], row["cause"]) != commonest for row in shown):
            shown[-1:] = samples[commonest][:1]
        lines = [f"  line {row['line']}{_of(row)}" for row in shown]
        by_cause = [f"  {count:,} × {' '.join(cause).strip()}" for cause, count in causes]
        return BadRows(
            problem,
            where="\n".join([*lines, "By cause:", *by_cause]),
            cure="\n".join(filter(None, [cure(samples[commonest]), otherwise])),
        )

    def account(self, csv: CsvFile, records: int, rows: int) -> None:
        """Checks that every record read is in the table or among the rejects; anything else is a defect."""
        rejected = self.rows[csv.path.name]
        if rows + rejected != records:
            raise AssertionError(f"{csv.path}: {records} records read, {rows} kept, {rejected} rejected")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file and self._writer:
            with self._file:
                self._writer.close()


def _of(row: Mapping[str, object]) -> str:
    if not row["column"]:
        return f": {row['cause']}"
    return f", {row['column']}: {'nothing' if row['value'] is None else repr(row['value'])} {row['cause']}"


def _at(line: int, block: Checked) -> Checked:
    rejected = block.rejected.with_columns(pl.col("line") + line)
    return replace(block, rejected=rejected)


def _broken(block: Block) -> pl.DataFrame:
    rows = [(record.line, "", None, why, record.raw) for record, why in block.broken]
    return pl.DataFrame(rows, schema=REJECTED, orient="row")
