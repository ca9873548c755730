"""Parquet and CSV files by the names that they have: the only place that hands a table's path to a library.

Polars and PyArrow read more into a path than a name: `*`, `?` and `[ ]` are a pattern, which other folders may match
too, `~` is somebody's home, `s3://` a cloud. A shop's folder may be called anything.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq


def scan_table(*files: Path) -> pl.LazyFrame:
    """The rows of one Parquet file, or of several in their order."""
    with _sources(files) as sources:
        return pl.scan_parquet(sources[0] if len(sources) == 1 else sources, glob=False)


def read_table(file: Path, columns: list[str] | None = None) -> pl.DataFrame:
    """A Parquet file, whole or some of its columns."""
    with _sources([file]) as sources:
        return pl.read_parquet(sources[0], columns=columns, glob=False)


def table_metadata(file: Path) -> dict[str, str]:
    """What a Parquet file's footer says beside the columns."""
    with file.open("rb") as opened:
        return pl.read_parquet_metadata(opened)


def table_rows(file: Path) -> int:
    """How many rows a Parquet file has; reads its footer. Raises OSError or ValueError."""
    with open_table(file) as table:
        return int(table.metadata.num_rows)


@contextmanager
def open_table(file: Path) -> Iterator[pq.ParquetFile]:
    """A Parquet file as PyArrow has it, for reading it in batches."""
    with file.open("rb") as opened:
        yield pq.ParquetFile(opened)


def write_table(frame: pl.DataFrame | pl.LazyFrame, file: Path, **options: Any) -> None:
    """Writes a Parquet file, compressed. `options` are those of Polars."""
    write = frame.write_parquet if isinstance(frame, pl.DataFrame) else frame.sink_parquet
    with file.open("wb") as opened:
        write(opened, compression="zstd", compression_level=1, **options)


def scan_csv(file: Path, **options: Any) -> pl.LazyFrame:
    """The rows of a CSV. `options` are those of Polars."""
    with _sources([file]) as sources:
        return pl.scan_csv(sources[0], glob=False, **options)


def write_csv(frame: pl.DataFrame | pl.LazyFrame, file: Path) -> None:
    """Writes a CSV with a header."""
    with file.open("wb") as opened:
        frame.lazy().sink_csv(opened)


@contextmanager
def _sources(files: Sequence[Path]) -> Iterator[list[Any]]:
    """Paths as Polars takes them literally: absolute, without a pattern.

    Polars knows names in UTF-8 only. Where the system has another name, all are opened; Polars keeps descriptors of
    its own for as long as it needs them.
    """
    paths = [file.absolute() for file in files]
    if all(os.fsencode(path) == str(path).encode("utf-8", "surrogatepass") for path in paths):
        yield [str(path) for path in paths]
        return
    with ExitStack() as stack:
        yield [stack.enter_context(path.open("rb")) for path in paths]
