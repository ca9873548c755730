"""Customers and articles: small CSVs, read whole, with a key that may not repeat."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import polars as pl

from stylo.artefacts import Manifest, read_manifest, read_table
from stylo.errors import BadRows, DamagedArtefact
from stylo.progress import Progress
from stylo.tables.csv_file import CsvFile
from stylo.tables.cures import NO_DIGEST
from stylo.tables.folder import DataFolder
from stylo.tables.ids import OTHER_SKUS, SHOP_CUSTOMER, SKU, article_ids, customer_digests, every_sku
from stylo.tables.validation import Rejects, RowCheck, checked_blocks, repeated

SCRIPT = "data_optim.py"


def read_customers(
    csv: CsvFile, folder: DataFolder, rejects: Rejects, progress: Progress
) -> tuple[pl.DataFrame, Manifest]:
    """The rows of `customers.parquet`, and its manifest.

    Known customers keep their number as long as all of them are in the CSV; new ones come at the end.
    """
    customers = _number(_read(csv, rejects, progress), numbers_before(folder))
    ids = customers["customer_id"].to_arrow().buffers()[2]
    digest = hashlib.sha256(ids).hexdigest()[:16]
    return customers, manifest_of(csv, {"customer_numbers": digest})


def read_articles(csv: CsvFile, rejects: Rejects, progress: Progress) -> tuple[pl.DataFrame, Manifest]:
    """The rows of `articles.parquet`, sorted by article, and its manifest."""
    number = pl.col("article_id")
    rows = _read(csv, rejects, progress)
    if OTHER_SKUS in rows.columns:
        _check_other_skus(csv, rows)
    articles = rows.select(number.alias("article"), article_ids(number), pl.exclude("article_id"))
    return articles.sort("article"), manifest_of(csv)


def _are_digests(customers: pl.DataFrame) -> pl.Series:
    """Whether the id of each is `customer_digest` of the shop's own: a transaction of that customer finds no other."""
    return customers["customer_id"] == customer_digests(customers[SHOP_CUSTOMER])


def _check_other_skus(csv: CsvFile, rows: pl.DataFrame) -> None:
    """Raises BadRows where a SKU could mean two articles."""
    skus = every_sku(rows.select(pl.col("article_id").alias("article"), SKU, OTHER_SKUS))
    if (twice := skus.filter(pl.col(SKU).is_duplicated())).height:
        sku = twice[SKU][0]
        of = twice.filter(pl.col(SKU) == sku).select(article_ids(pl.col("article"))).to_series().head(2)
        raise BadRows(
            f"{csv.path}: a SKU stands twice in the columns {SKU} and {OTHER_SKUS}.",
            where=f"{sku!r}, of {' and '.join(of)}.",
            cure="Each SKU may stand once, at the one article that it means.",
        )


def manifest_of(csv: CsvFile, parameters: Mapping[str, object] | None = None) -> Manifest:
    """The manifest of a table made from a CSV that has been read."""
    inputs, stamps = {csv.path.name: csv.content}, {csv.path.name: csv.stamp}
    return Manifest(SCRIPT, inputs, parameters or {}, stamps=stamps)


def numbers_before(folder: DataFolder) -> pl.Series | None:
    """The customer ids in the order of their numbers, if an earlier run gave any."""
    path = folder.path("customers.parquet")
    try:
        manifest = read_manifest(path) if path.exists() else None
    except DamagedArtefact:
        return None
    if manifest is None or manifest.made_by != SCRIPT:
        return None
    return read_table(path, columns=["customer_id"]).to_series()


def _number(customers: pl.DataFrame, before: pl.Series | None) -> pl.DataFrame:
    """Adds `customer`, the row number: known customers first in their old order, then new ones as they come."""
    ids = customers["customer_id"]
    if before is None or ids.head(len(before)).equals(before):
        return customers.with_row_index("customer")
    if before.is_in(ids.implode()).all():
        order = before.to_frame("customer_id").with_row_index("old")
        customers = customers.join(order, on="customer_id", how="left", maintain_order="left")
        customers = customers.sort("old", nulls_last=True, maintain_order=True).drop("old")
    return customers.with_row_index("customer")


def _read(csv: CsvFile, rejects: Rejects, progress: Progress) -> pl.DataFrame:
    """All rows of a CSV that its columns allow; of a repeated key the first."""
    records, blocks, rejected = 0, [], []
    for block in checked_blocks(csv, RowCheck(csv), progress):
        records += block.records
        blocks.append(block.values)
        rejected.append(block.rejected)
        rejects.add(csv, block)
    rows = pl.concat(blocks) if blocks else pl.DataFrame(schema=csv.table.names)
    for key in csv.table.keys:
        if not _ascends(rows[key]) and rows[key].n_unique() < rows.height:
            keys = rows.filter(pl.col(key).is_duplicated())[key].unique()
            again = repeated(csv, keys).join(pl.concat(rejected), on="line", how="anti")
            again = again.filter(~pl.col("value").is_first_distinct())
            rejects.set_aside(csv, again)
            rejected.append(again)
            rows = rows.unique(key, keep="first", maintain_order=True)
    if SHOP_CUSTOMER in rows.columns and (wrong := rows.filter(~_are_digests(rows))).height:
        others = repeated(csv, wrong["customer_id"]).join(pl.concat(rejected), on="line", how="anti")
        rejects.set_aside(csv, others.with_columns(cause=pl.lit(NO_DIGEST)))
        rows = rows.join(wrong, on="customer_id", how="anti", maintain_order="left")
    rejects.check(csv, records)
    rejects.account(csv, records, rows.height)
    return rows


def _ascends(keys: pl.Series) -> bool:
    """Whether each key is greater than the one before, as in Kaggle's files: then none repeats. Nulls do not ascend."""
    return not keys.has_nulls() and bool((keys.slice(1) > keys.slice(0, max(len(keys) - 1, 0))).all())
