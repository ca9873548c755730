"""A shop of some weeks, alike but for chance, and what a test does to one of them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from stylo.artefacts import Manifest, write_parquet
from stylo.tables.folder import DataFolder
from stylo.tables.schemas import PARQUET_COLUMNS

LAST_DAY = date(2020, 9, 22)
ARTICLES, CUSTOMERS, BUYERS = 40, 400, 120
TYPES = {
    "t_dat": pl.Date,
    "customer": pl.UInt32,
    "article": pl.Int32,
    "price": pl.Float32,
    "sales_channel_id": pl.UInt8,
}


def purchases(weeks: int, seed: int = 0) -> pl.DataFrame:
    """Each week 120 of 400 customers buy one to three of 40 articles, at one of twelve prices, two of three online."""
    random = np.random.default_rng(seed)
    parts = []
    for week in range(weeks):
        buyers = random.choice(CUSTOMERS, BUYERS, replace=False).repeat(random.integers(1, 4, BUYERS))
        rows = len(buyers)
        monday = LAST_DAY - timedelta(weeks=weeks - week, days=-1)
        parts.append({
            "t_dat": [monday + timedelta(days=int(day)) for day in random.integers(0, 7, rows)],
            "customer": buyers,
            "article": random.integers(1, ARTICLES + 1, rows),
            "price": (random.integers(1, 13, rows) * 2.5 - 0.01) / 590,
            "sales_channel_id": np.where(random.random(rows) < 2 / 3, 2, 1),
        })  # fmt: skip
    return pl.concat([pl.DataFrame(part, schema_overrides=TYPES) for part in parts])


def customers() -> pl.DataFrame:
    """Ages from 16 to 75, as many of each; every tenth is no member yet."""
    number = pl.int_range(CUSTOMERS, dtype=pl.UInt32, eager=True)
    return pl.DataFrame({"customer": number}).with_columns(
        age=(16 + pl.col("customer") % 60).cast(pl.UInt8),
        club_member_status=pl.when(pl.col("customer") % 10 == 0)
        .then(pl.lit("PRE-CREATE"))
        .otherwise(pl.lit("ACTIVE")),
    )


def articles() -> pl.DataFrame:
    """Five types, four sections, three colours."""
    number = pl.int_range(1, ARTICLES + 1, dtype=pl.Int32, eager=True)
    return pl.DataFrame({"article": number}).with_columns(
        product_type_name="Type " + (pl.col("article") % 5).cast(pl.String),
        section_name="Section " + (pl.col("article") % 4).cast(pl.String),
        perceived_colour_master_name="Colour " + (pl.col("article") % 3).cast(pl.String),
    )


def last_week(**changes: pl.Expr) -> list[pl.Expr]:
    """Columns that are others in the week that ends on LAST_DAY."""
    now = pl.col("t_dat") > LAST_DAY - timedelta(weeks=1)
    return [pl.when(now).then(change).otherwise(pl.col(name)).alias(name) for name, change in changes.items()]


def folder_of(root: Path, sold: pl.DataFrame) -> DataFolder:
    """A data folder of the three tables, as data_optim.py would have made them."""
    types = {"t_dat": pl.Date, "customer": pl.UInt32, "article": pl.Int32, "sales_channel_id": pl.UInt8}
    for name, table in {
        "customers": customers(),
        "articles": articles(),
        "transactions": sold.cast(types),
    }.items():  # type: ignore[arg-type]
        columns = PARQUET_COLUMNS[f"{name}.parquet"]
        whole = table.with_columns(pl.lit(None).alias(each) for each in columns if each not in table.columns)
        write_parquet(whole.select(columns), root / f"{name}.parquet", Manifest("data_optim.py", {}))
    return DataFolder(root)
