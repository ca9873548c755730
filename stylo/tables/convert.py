"""Kaggle's three CSVs → customers, articles and transactions as Parquet, all or nothing.

The big table is written first and looked at before it takes its name: what could not be read has become a
null, and none may be there. Only then is its CSV read once more, to say which line, which value and why.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from stylo.artefacts import Manifest, fingerprint, read_manifest, stamp, write_parquet, writing
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


@dataclass(frozen=True)
class _Source:
    """A CSV as it was when it was read."""

    name: str
    content: str
    stamp: str

    @classmethod
    def of(cls, csv: Path) -> _Source:
        return cls(csv.name, fingerprint(csv), stamp(csv))

    def manifest(
        self, parameters: Mapping[str, str] | None = None, inputs: Mapping[str, str] | None = None
    ) -> Manifest:
        all_inputs = {self.name: self.content, **(inputs or {})}
        return Manifest(_SCRIPT, all_inputs, parameters or {}, stamps={self.name: self.stamp})


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
    made_from = {table: _Source.of(raw / table.file) for table in sources}
    targets = [folder.path(f"{name}.parquet") for name in ("customers", "articles", "transactions")]
    with writing(*targets) as (customers, articles, transactions), progress.task("Tables", 3) as advance:
        check_rows(raw, CUSTOMERS_CSV)
        numbered = _number(_collect(sources[CUSTOMERS_CSV]), _numbers_before(folder))
        numbers = {"customer_numbers": _digest(numbered["customer_id"])}
        of_customers = made_from[CUSTOMERS_CSV].manifest(numbers)
        write_parquet(numbered, customers, of_customers)
        advance(1)

        check_rows(raw, ARTICLES_CSV)
        catalogue = _with_number(_collect(sources[ARTICLES_CSV]))
        of_articles = made_from[ARTICLES_CSV].manifest()
        write_parquet(catalogue, articles, of_articles)
        advance(1)

        _check_not_empty(raw / CUSTOMERS_CSV.file, numbered.height)
        _check_not_empty(raw / ARTICLES_CSV.file, catalogue.height)
        joined_with = {
            targets[0].name: of_customers.fingerprint,
            targets[1].name: of_articles.fingerprint,
        }
        manifest = made_from[TRANSACTIONS_CSV].manifest(inputs=joined_with)
        joined = _join(sources[TRANSACTIONS_CSV], numbered, catalogue["article"])
        with reading(raw / TRANSACTIONS_CSV.file, TRANSACTIONS_CSV):
            write_parquet(joined, transactions, manifest)
        if _lost_something(transactions):
            ids = {
                "customer_id": (numbered["customer_id"], CUSTOMERS_CSV.file),
                "article_id": (catalogue["article"], ARTICLES_CSV.file),
            }
            check_rows(raw, TRANSACTIONS_CSV, ids)
        rows = (numbered.height, catalogue.height, _count(transactions))
        _check_not_empty(raw / TRANSACTIONS_CSV.file, rows[-1])
        advance(1)
    return [
        Converted(path.stem, count, (raw / table.file).stat().st_size, path.stat().st_size)
        for path, table, count in zip(targets, sources, rows, strict=True)
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
        manifest = (
            read_manifest(folder.path("customers.parquet")) if folder.has("customers.parquet") else None
        )
    except DamagedArtefact:
        return None
    if manifest is None or manifest.made_by != _SCRIPT:
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


def _check_not_empty(csv: Path, rows: int) -> None:
    if not rows:
        raise BadRows(f"{csv} has a header and no row.", cure="Fetch the file again.")


def _count(parquet: Path) -> int:
    return int(pl.scan_parquet(parquet).select(pl.len()).collect().item())


def _collect(table: pl.LazyFrame) -> pl.DataFrame:
    return table.collect(engine="streaming")


def _digest(ids: pl.Series) -> str:
    return hashlib.sha256("".join(ids.fill_null("")).encode()).hexdigest()[:16]
