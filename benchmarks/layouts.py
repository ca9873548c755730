"""The layouts of transactions.parquet that were tried: what each costs to write, to keep and to read.

python -m benchmarks.layouts --data data         # a folder after data_optim.py
python -m benchmarks.layouts                     # a small shop made for it

One process, warm page cache, and Polars' own Parquet writer and scan for all of them: ours through
`stylo.tables` writes each month while the next one is read, and is in `benchmarks.tables`.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from benchmarks.shop import make_shop, make_tables
from benchmarks.timing import median_seconds
from stylo.tables.folder import DataFolder

_SMALL_SHOP = 0.01
_FOUR_WEEKS = timedelta(days=28)
_COLUMNS = ("t_dat", "customer", "article")
_BY_DATE, _BY_CUSTOMER = ("t_dat", "customer", "article"), ("customer", "t_dat", "article")


@dataclass(frozen=True)
class Layout:
    """A way to lay the table out.

    every : the span of a part ("1mo"); None is one file.
    order : the columns by which the rows of a part are sorted.
    row_group : rows.
    level : of zstd.
    """

    name: str
    every: str | None
    order: tuple[str, ...]
    row_group: int = 1 << 17
    level: int = 1


LAYOUTS = (
    Layout("one file, by date", None, _BY_DATE),
    Layout("one file, by customer", None, _BY_CUSTOMER),
    Layout("weekly parts, by customer", "1w", _BY_CUSTOMER),
    Layout("**monthly parts, by customer**", "1mo", _BY_CUSTOMER),
    Layout("monthly parts, by customer, row groups of 32 k", "1mo", _BY_CUSTOMER, 1 << 15),
    Layout("monthly parts, by customer, zstd at level 3", "1mo", _BY_CUSTOMER, level=3),
    Layout("monthly parts, by date", "1mo", _BY_DATE),
    Layout("quarterly parts, by customer", "1q", _BY_CUSTOMER),
    Layout("quarterly parts, by customer, row groups of 32 k", "1q", _BY_CUSTOMER, 1 << 15),
    Layout("yearly parts, by customer", "1y", _BY_CUSTOMER),
    Layout("yearly parts, by customer, row groups of 32 k", "1y", _BY_CUSTOMER, 1 << 15),
)


def main(
    data: Annotated[Path | None, typer.Option(help="A data folder after data_optim.py.")] = None,
    runs: Annotated[int, typer.Option(help="How many reads each; the table shows medians.")] = 5,
) -> None:
    """Prints one line a layout; the one in use is bold."""
    with tempfile.TemporaryDirectory() as temporary:
        shop = Path(temporary, "shop")
        folder = data or make_tables(make_shop(shop, _SMALL_SHOP), Path(temporary, "data"))
        transactions = DataFolder(folder).scan("transactions.parquet").collect()
        buyers = _buyers(transactions)
        print(f"{transactions.height:,} transactions; row groups of 128 k, zstd at level 1 where not said\n")
        print("| | files | MB | write s | last four weeks ms | one customer ms | three columns of all ms |")
        print("|---|--:|--:|--:|--:|--:|--:|")
        for layout in LAYOUTS:
            print(_try(layout, transactions, buyers, Path(temporary, "layout"), runs), flush=True)


def _buyers(transactions: pl.DataFrame, count: int = 3) -> list[int]:
    """Customers early, midway and late in the order of numbers."""
    rows = transactions["customer"].unique().sort()
    return [rows[(2 * place + 1) * len(rows) // (2 * count)] for place in range(count)]


def _try(layout: Layout, transactions: pl.DataFrame, buyers: list[int], folder: Path, runs: int) -> str:
    started = time.perf_counter()
    _write(layout, transactions, folder)
    written = time.perf_counter() - started
    files = list(folder.iterdir())
    last = transactions["t_dat"].max()
    assert isinstance(last, date)

    def last_weeks() -> pl.DataFrame:
        return _scan(folder).filter(pl.col("t_dat") > last - _FOUR_WEEKS).select(_COLUMNS).collect()

    def customers() -> list[pl.DataFrame]:
        return [_scan(folder).filter(pl.col("customer") == buyer).collect() for buyer in buyers]

    def everything() -> pl.DataFrame:
        return _scan(folder).select(_COLUMNS).collect()

    figures = (
        sum(file.stat().st_size for file in files) / 1e6,
        written,
        median_seconds(last_weeks, runs) * 1e3,
        median_seconds(customers, runs) * 1e3 / len(buyers),
        median_seconds(everything, runs) * 1e3,
    )
    shutil.rmtree(folder)
    megabytes, seconds, *milliseconds = figures
    reads = " | ".join(f"{figure:,.0f}" for figure in milliseconds)
    return f"| {layout.name} | {len(files)} | {megabytes:,.1f} | {seconds:.1f} | {reads} |"


def _write(layout: Layout, transactions: pl.DataFrame, folder: Path) -> None:
    folder.mkdir()
    parts = [transactions]
    if layout.every:
        span = pl.col("t_dat").dt.truncate(layout.every)
        parts = [rows for _, rows in transactions.group_by(span.alias("span"), maintain_order=True)]
    for number, rows in enumerate(parts):
        path = folder / f"{number:03}.parquet"
        rows.sort(layout.order).write_parquet(
            path, compression="zstd", compression_level=layout.level, row_group_size=layout.row_group
        )


def _scan(folder: Path) -> pl.LazyFrame:
    return pl.scan_parquet(folder / "*.parquet")


if __name__ == "__main__":
    typer.run(main)
