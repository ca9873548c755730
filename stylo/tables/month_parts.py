"""Transactions as monthly parts, each sorted by customer and day.

"The last weeks of everybody" are the last part or two; "all of one customer" is one row group of each part
(docs/performance.md has the figures of the other layouts that were tried).

Rows come in any order, in blocks. A month is written as soon as a later one has begun, which in a file sorted
by date is once; where months come back, or pile up, their pieces are merged in the end.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from types import TracebackType

import polars as pl

from stylo.artefacts import Part

_ROW_GROUP = 1 << 17
_MOST_WAITING = 4_000_000
_MONTH = pl.col("t_dat").dt.truncate("1mo")
# Customer, day of the month and article in one number, which sorts three times as fast as three columns.
_DAYS, _ARTICLES = 2**5, 2**30
_ORDER = (
    pl.col("customer").cast(pl.UInt64) * (_DAYS * _ARTICLES)
    + pl.col("t_dat").dt.day().cast(pl.UInt64) * _ARTICLES
    + pl.col("article").cast(pl.UInt64)
)


class MonthParts(AbstractContextManager["MonthParts"]):
    """Writes transactions into a folder of monthly parts. Holds some 4 M rows (70 MB) at most, and one month."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[date, list[pl.DataFrame]] = {}
        self._rows_waiting = 0
        self._pieces: dict[date, list[Future[Path]]] = {}
        self._writer = ThreadPoolExecutor(1)
        self._last: Future[Path] | None = None

    def add(self, transactions: pl.DataFrame) -> None:
        """Takes the next block of rows; columns of `transactions.parquet`."""
        if transactions.is_empty():
            return
        first, last = transactions.select(first=_MONTH.min(), last=_MONTH.max()).row(0)
        blocks = {first: transactions}
        if first != last:
            by_month = transactions.group_by(_MONTH.alias("month"), maintain_order=True)
            blocks = {month: rows for (month,), rows in by_month}
        for month, rows in blocks.items():
            self._waiting.setdefault(month, []).append(rows)
            self._rows_waiting += rows.height
        for month in [month for month in self._waiting if month < first]:
            self._flush(month)
        while self._rows_waiting > _MOST_WAITING:
            self._flush(max(self._waiting, key=lambda month: sum(map(len, self._waiting[month]))))

    def finish(self) -> list[Part]:
        """Writes what waits and merges months that came in pieces. The parts, in order of time."""
        for month in list(self._waiting):
            self._flush(month)
        return [self._whole([done.result() for done in pieces]) for _, pieces in sorted(self._pieces.items())]

    def _flush(self, month: date) -> None:
        rows = self._waiting.pop(month)
        self._rows_waiting -= sum(map(len, rows))
        pieces = self._pieces.setdefault(month, [])
        if self._last:  # a slow disk holds the reading back, not the memory up
            self._last.result()
        pieces.append(self._writer.submit(_write_piece, rows, self._folder / f".{month}.{len(pieces)}"))
        self._last = pieces[-1]

    def _whole(self, pieces: list[Path]) -> Part:
        if len(pieces) == 1:
            days = pl.read_parquet(pieces[0], columns=["t_dat"])["t_dat"]
            first, last = days.min(), days.max()
            assert isinstance(first, date)
            assert isinstance(last, date)
            return Part.of(pieces[0].rename(self._folder / f"{first}.parquet"), len(days), first, last)
        part = write_part(_in_order([pl.read_parquet(piece) for piece in pieces]), self._folder)
        for piece in pieces:
            piece.unlink()
        return part

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.shutdown(cancel_futures=True)


def write_part(rows: pl.DataFrame, folder: Path) -> Part:
    """Writes rows of one month, which are in order, as a part of a folder."""
    first, last = rows.select(pl.col("t_dat").min(), pl.col("t_dat").max().alias("last")).row(0)
    path = folder / f"{first}.parquet"
    _write(rows, path)
    return Part.of(path, rows.height, first, last)


def _write_piece(rows: list[pl.DataFrame], path: Path) -> Path:
    _write(_in_order(rows), path)
    return path


def _in_order(blocks: list[pl.DataFrame]) -> pl.DataFrame:
    # A stable sort: rows that agree in all three stay in the order of the CSV.
    return pl.concat(blocks).sort(_ORDER, maintain_order=True)


def _write(rows: pl.DataFrame, path: Path) -> None:
    rows.write_parquet(path, compression="zstd", compression_level=1, row_group_size=_ROW_GROUP)
