"""Kaggle's three CSVs → customers, articles and transactions as Parquet, all or nothing.

The big table is written first and looked at before it takes its name: what could not be read has become a
null, and none may be there. Only then is its CSV read once more, to say which line, which value and why.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from stylo.artefacts import Manifest, source_fingerprint, write_parquet, writing
from stylo.errors import BadRows, DamagedArtefact
from stylo.progress import SILENT, Progress
from stylo.tables.csv_file import open_csv, reading
from stylo.tables.folder import DataFolder
from stylo.tables.ids import article_ids
from stylo.tables.schemas import ARTICLES_CSV, CUSTOMERS_CSV, TRANSACTIONS_CSV, CsvTable
from stylo.tables.validation import check_rows

_SCRIPT = "data_optim.py"


@dataclass(frozen=True)
class Converted:
    """What became of one CSV: rows, and bytes before and after."""

    table: str
    rows: int
    csv_bytes: int
    parquet_bytes: int


def convert(raw: Path, folder: DataFolder, progress: Progress = SILENT) -> list[Converted]:
    """Writes `customers.parquet`, `articles.parquet` and `transactions.parquet` from the CSVs in `raw`.

    Customers keep the numbers of an earlier run as long as all of them are still in the CSV; new ones are
    added at the end. Transactions are sorted by date, customer, article; duplicates are kept.

    Raises MissingFile, BadHeader, BadRows (with line, column, value, and a count by cause) or CannotWrite;
    the tables that were there before stay as they were.
    """
    sources = {
        table: _open(raw, table, progress) for table in (CUSTOMERS_CSV, ARTICLES_CSV, TRANSACTIONS_CSV)
    }
    seen = {table.file: source_fingerprint(raw / table.file) for table in sources}
    targets = [folder.path(f"{name}.parquet") for name in ("customers", "articles", "transactions")]
    with writing(*targets) as (customers, articles, transactions), progress.task("Tables", 3) as advance:
        check_rows(raw, CUSTOMERS_CSV)
        numbered = _number(_collect(sources[CUSTOMERS_CSV]), _numbers_before(folder))
        numbers = {"customer_numbers": _digest(numbered["customer_id"])}
        write_parquet(numbered, customers, _manifest(seen, numbers, CUSTOMERS_CSV))
        advance(1)

        check_rows(raw, ARTICLES_CSV)
        catalogue = _with_number(_collect(sources[ARTICLES_CSV]))
        write_parquet(catalogue, articles, _manifest(seen, {}, ARTICLES_CSV))
        advance(1)

        joined = _join(sources[TRANSACTIONS_CSV], numbered, catalogue["article"])
        with reading(raw / TRANSACTIONS_CSV.file, TRANSACTIONS_CSV):
            write_parquet(joined, transactions, _manifest(seen, numbers, *sources))
        if _lost_something(transactions):
            ids = {
                "customer_id": (numbered["customer_id"], CUSTOMERS_CSV.file),
                "article_id": (catalogue["article"], ARTICLES_CSV.file),
            }
            check_rows(raw, TRANSACTIONS_CSV, ids)
        for table, written in zip(sources, (customers, articles, transactions), strict=True):
            _check_not_empty(raw / table.file, written)
        advance(1)
    return [
        Converted(
            path.stem,
            _count(path),
            (raw / table.file).stat().st_size,
            path.stat().st_size,
        )
        for path, table in zip(targets, sources, strict=True)
    ]


def _open(raw: Path, table: CsvTable, progress: Progress) -> pl.LazyFrame:
    """The columns of a CSV as values; what cannot be read is null."""
    texts, extra = open_csv(raw, table)
    if extra:
        progress.note(
            f"{raw / table.file}: columns that StyloAI does not know are left out: {', '.join(extra)}"
        )
    return texts.select(column.read(pl.col(column.name)).alias(column.name) for column in table.columns)


def _number(customers: pl.DataFrame, before: pl.Series | None) -> pl.DataFrame:
    """Adds `customer`, the row number: known customers first in their old order, then new ones as they come."""
    if before is not None and before.is_in(customers["customer_id"].implode()).all():
        order = before.to_frame("customer_id").with_row_index("old")
        customers = customers.join(order, on="customer_id", how="left", maintain_order="left")
        customers = customers.sort("old", nulls_last=True, maintain_order=True).drop("old")
    return customers.with_row_index("customer")


def _numbers_before(folder: DataFolder) -> pl.Series | None:
    try:
        if not folder.has("customers.parquet") or folder.out_of_date("customers.parquet"):
            return None
    except DamagedArtefact:
        return None
    return pl.read_parquet(folder.path("customers.parquet"), columns=["customer_id"]).to_series()


def _with_number(articles: pl.DataFrame) -> pl.DataFrame:
    number = pl.col("article_id")
    return articles.select(number.alias("article"), article_ids(number), pl.exclude("article_id")).sort(
        "article"
    )


def _join(transactions: pl.LazyFrame, customers: pl.DataFrame, articles: pl.Series) -> pl.LazyFrame:
    """Customer ids become numbers; an unknown customer or article becomes null."""
    numbers = customers.lazy().select("customer_id", "customer")
    numbered = transactions.join(numbers, on="customer_id", how="left")
    known = pl.col("article_id").is_in(articles.implode())
    return numbered.select(
        "t_dat", "customer", pl.when(known).then("article_id").alias("article"), "price", "sales_channel_id"
    ).sort("t_dat", "customer", "article", "price", "sales_channel_id")


def _lost_something(transactions: Path) -> bool:
    """Whether a value that could not be read, or an unknown id, left a null; no column of this table may."""
    nulls = pl.scan_parquet(transactions).select(pl.sum_horizontal(pl.all().null_count()))
    return bool(nulls.collect(engine="streaming").item())


def _check_not_empty(csv: Path, written: Path) -> None:
    if not _count(written):
        raise BadRows(f"{csv} has a header and no row.", cure="Fetch the file again.")


def _count(parquet: Path) -> int:
    return int(pl.scan_parquet(parquet).select(pl.len()).collect().item())


def _collect(table: pl.LazyFrame) -> pl.DataFrame:
    return table.collect(engine="streaming")


def _manifest(seen: dict[str, str], parameters: dict[str, str], *tables: CsvTable) -> Manifest:
    return Manifest(_SCRIPT, {table.file: seen[table.file] for table in tables}, parameters)


def _digest(ids: pl.Series) -> str:
    return hashlib.sha256("".join(ids.fill_null("")).encode()).hexdigest()[:16]
