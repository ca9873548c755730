"""A CSV of transactions → monthly parts, in one pass."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from types import TracebackType

import numpy as np
import polars as pl

from stylo.artefacts import Part, read_table, write_table
from stylo.progress import Progress
from stylo.tables.csv_file import CsvFile
from stylo.tables.ids import CustomerNumbers, KnownArticles
from stylo.tables.odd_days import EPOCH
from stylo.tables.plain_transactions import PlainTransactions
from stylo.tables.schemas import ARTICLES_CSV, CUSTOMERS_CSV, TRANSACTIONS_CSV
from stylo.tables.validation import Rejects, RowCheck, checked_blocks

_ROW_GROUP = 1 << 17
_MOST_WAITING = 4_000_000
_DAY = pl.col("t_dat")
_SPAN = (_DAY.min().alias("first"), _DAY.max().alias("last"))
# Customer, day and article in one number, which sorts several times as fast as three columns.
_DAYS, _ARTICLES = 2**5, 2**30
_TABLE = {column.name: column.read(pl.col(column.name)) for column in TRANSACTIONS_CSV.columns}


class MonthParts(AbstractContextManager["MonthParts"]):
    """Writes transactions into a folder of monthly parts. Holds some 4 M rows (70 MB) at most, and one month."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[date, list[pl.DataFrame]] = {}
        self._rows_waiting = 0
        self._pieces: dict[date, list[Future[Part]]] = {}
        self._writer = ThreadPoolExecutor(1)
        self._last: Future[Part] | None = None

    def add(self, transactions: pl.DataFrame) -> None:
        """Takes the next block of rows; columns of `transactions.parquet`."""
        if transactions.is_empty():
            return
        days = transactions["t_dat"].to_physical().to_numpy()
        first, last = _month_of(days.min()), _month_of(days.max())
        blocks = {first: transactions}
        if first != last:
            by_month = transactions.group_by(_DAY.dt.truncate("1mo").alias("month"), maintain_order=True)
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

    def _whole(self, pieces: list[Part]) -> Part:
        paths = [self._folder / piece.file for piece in pieces]
        if len(pieces) == 1:
            renamed = paths[0].rename(self._folder / _name(pieces[0].first))
            return replace(pieces[0], file=renamed.name)
        part = write_part(_in_order([read_table(path) for path in paths]), self._folder)
        for path in paths:
            path.unlink()
        return part

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.shutdown(cancel_futures=True)


def _month_of(days: int) -> date:
    """The first of the month of a day, which is given as days since 1970."""
    return (EPOCH + timedelta(days=int(days))).replace(day=1)


def write_part(rows: pl.DataFrame, folder: Path) -> Part:
    """Writes rows of one month, which are in order, as a part of a folder."""
    return _write(rows, folder / _name(rows.select(_DAY.min()).item()))


def _name(first: date) -> str:
    return f"{first}.parquet"


def _write_piece(rows: list[pl.DataFrame], path: Path) -> Part:
    return _write(_in_order(rows), path)


def _in_order(blocks: list[pl.DataFrame]) -> pl.DataFrame:
    """Rows of one month, by customer, day and article."""
    rows = pl.concat(blocks)
    days = rows["t_dat"].to_physical().to_numpy()
    order = rows["customer"].to_numpy().astype(np.uint64)
    order *= np.uint64(_DAYS)
    order += (days - days.min()).astype(np.uint64)
    order *= np.uint64(_ARTICLES)
    order += rows["article"].to_numpy().astype(np.uint64)
    # Stable: rows that agree in all three stay in the order of the CSV. Quick where days and customers stand in it
    # in order, as in Kaggle's.
    return rows[np.argsort(order, kind="stable").astype(np.uint32)]


def _write(rows: pl.DataFrame, path: Path) -> Part:
    write_table(rows, path, row_group_size=_ROW_GROUP)
    first, last = rows.select(_SPAN).row(0)
    return Part.of(path, rows.height, first, last)


@dataclass(frozen=True)
class Written:
    """The parts that a CSV became, and how many records were read."""

    parts: list[Part]
    records: int

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.parts)


def write_transactions(
    csv: CsvFile, folder: Path, check: RowCheck, rejects: Rejects, progress: Progress
) -> Written:
    """Writes the transactions of a CSV into an empty folder.

    Parameters
    ----------
    check : of `transaction_check`.

    Raises BadRows at the end of the CSV if a record is at fault and `rejects` does not keep them, or all are.
    """
    records = 0
    with MonthParts(folder) as months:
        for block in checked_blocks(csv, check, progress):
            records += block.records
            rejects.add(csv, block)
            if rejects.quarantine or not rejects.rows[csv.path.name]:
                months.add(block.values.rename({"customer_id": "customer", "article_id": "article"}))
        rejects.check(csv, records)
        written = Written(months.finish(), records)
    rejects.account(csv, records, written.rows)
    return written


def transaction_check(csv: CsvFile, customers: pl.Series, articles: pl.Series) -> RowCheck:
    """Reads transactions as values: customers become numbers, and unknown ids null.

    Parameters
    ----------
    customers : ids; the position is the number.
    articles : the numbers that exist.
    """
    numbers = CustomerNumbers(customers)
    known_articles = KnownArticles(articles)

    def read(texts: pl.DataFrame) -> pl.DataFrame:
        return texts.select(
            _by_runs(texts["t_dat"], lambda dates: dates.to_frame().select(_TABLE["t_dat"]).to_series()),
            _by_runs(texts["customer_id"], numbers.of),
            known_articles.only(texts.select(_TABLE["article_id"]).to_series()).alias("article_id"),
            _TABLE["price"],
            _TABLE["sales_channel_id"],
        )

    def has_customer(ids: pl.Series) -> pl.Series:
        return numbers.of(ids).is_not_null()

    def has_article(ids: pl.Series) -> pl.Series:
        return known_articles.only(ids.to_frame().select(_TABLE["article_id"]).to_series()).is_not_null()

    known = {
        "customer_id": (has_customer, CUSTOMERS_CSV.file),
        "article_id": (has_article, ARTICLES_CSV.file),
    }
    return RowCheck(csv, read, known, PlainTransactions(csv.header, numbers, articles))


def _by_runs(texts: pl.Series, read: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Reads each run of equal texts once: days and baskets stand together in Kaggle's file."""
    runs = texts.rle().struct
    values = read(runs.field("value").alias(texts.name)).alias(texts.name)
    return values.gather(np.repeat(np.arange(len(values), dtype=np.uint32), runs.field("len").to_numpy()))
