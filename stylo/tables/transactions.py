"""A CSV of transactions → monthly parts, in one pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from stylo.artefacts import Part
from stylo.progress import Progress
from stylo.tables.csv_file import CsvFile
from stylo.tables.ids import CustomerNumbers, KnownArticles
from stylo.tables.month_parts import MonthParts
from stylo.tables.schemas import ARTICLES_CSV, CUSTOMERS_CSV, TRANSACTIONS_CSV
from stylo.tables.validation import Rejects, RowCheck, checked_blocks

_TABLE = {column.name: column.read(pl.col(column.name)) for column in TRANSACTIONS_CSV.columns}
# The same for what every line of Kaggle's holds, at a third of the cost.
_QUICK = (
    _TABLE["article_id"],
    pl.col("price").cast(pl.Float32, strict=False),
    pl.col("sales_channel_id").cast(pl.UInt8, strict=False),
)


@dataclass(frozen=True)
class Written:
    """The parts that a CSV became, and how many records were read."""

    parts: list[Part]
    records: int

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.parts)


def write_transactions(
    csv: CsvFile,
    folder: Path,
    customers: pl.Series,
    articles: pl.Series,
    rejects: Rejects,
    progress: Progress,
) -> Written:
    """Writes the transactions of a CSV into an empty folder.

    Parameters
    ----------
    customers : ids; the position is the number.
    articles : the numbers that exist.

    Raises BadRows at the end of the CSV if a record is at fault and `rejects` does not keep them.
    """
    records, check = 0, transaction_check(csv, customers, articles)
    with MonthParts(folder) as months:
        for block in checked_blocks(csv, check, progress):
            records += block.records
            rejects.add(csv, block.rejected)
            if rejects.quarantine or not rejects.rows[csv.path.name]:
                months.add(block.values.rename({"customer_id": "customer", "article_id": "article"}))
        rejects.stop(csv)
        return Written(months.finish(), records)


def transaction_check(csv: CsvFile, customers: pl.Series, articles: pl.Series) -> RowCheck:
    """Reads the texts of transactions as values: customers become numbers, and unknown ids null."""
    numbers = CustomerNumbers(customers)
    known_articles = KnownArticles(articles)

    def read(texts: pl.DataFrame) -> pl.DataFrame:
        values = texts.select(_QUICK)
        if values["sales_channel_id"].has_nulls() or not _is_plausible(values["price"]):
            values = texts.select(_TABLE["article_id"], _TABLE["price"], _TABLE["sales_channel_id"])
        return values.select(
            _by_runs(texts["t_dat"], lambda dates: dates.to_frame().select(_TABLE["t_dat"]).to_series()),
            _by_runs(texts["customer_id"], numbers.of),
            known_articles.only(values["article_id"]).alias("article_id"),
            "price",
            "sales_channel_id",
        )

    def has_customer(ids: pl.Series) -> pl.Series:
        return numbers.of(ids).is_not_null()

    def has_article(ids: pl.Series) -> pl.Series:
        return known_articles.only(ids.to_frame().select(_TABLE["article_id"]).to_series()).is_not_null()

    known = {
        "customer_id": (has_customer, CUSTOMERS_CSV.file),
        "article_id": (has_article, ARTICLES_CSV.file),
    }
    return RowCheck(csv, read, known)


def _by_runs(texts: pl.Series, read: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Reads each run of equal texts once: days and baskets stand together in Kaggle's file."""
    runs = texts.rle().struct
    values = read(runs.field("value").alias(texts.name)).alias(texts.name)
    return values.gather(np.repeat(np.arange(len(values), dtype=np.uint32), runs.field("len").to_numpy()))


def _is_plausible(prices: pl.Series) -> bool:
    return not prices.has_nulls() and bool(prices.is_between(0, float(np.finfo(np.float32).max)).all())
