"""python -m benchmarks.customers [--data DIR]: what the list of all customers costs, by default at full size.

Without a folder, 1,371,980 customers and 31.8 million sales are drawn into a temporary one (some 320 MB, a minute); a
few customers buy much, most buy little.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import polars as pl
import typer

from stylo.artefacts import Manifest, write_list, write_parquet
from stylo.dashboard.shopper.customer_base import Filters, count_customers
from stylo.dashboard.shopper.records import CustomerRecords
from stylo.tables.folder import DataFolder
from stylo.tables.transactions import write_part

_CUSTOMERS, _SALES = 1_371_980, 31_788_324
_FIRST, _LAST, _CUTOFF, _WEEK = date(2018, 9, 20), date(2020, 9, 22), date(2020, 9, 16), timedelta(days=7)
_MADE = Manifest("data_optim.py", {}, {})
_A_PAGE = 50


def main(data: Annotated[Path | None, typer.Option("--data", help="A folder of tables.")] = None) -> None:
    """Prints how long each step took, once, and the most memory that it needed."""
    with TemporaryDirectory() as made:
        if data is None:
            with ProcessPoolExecutor(1) as other:  # whose memory does not count
                other.submit(draw, Path(made)).result()
        measure(DataFolder(data or Path(made)))


def measure(folder: DataFolder) -> None:
    before = _peak()
    with _timed("count all customers"):
        base = count_customers(folder, _CUTOFF, _WEEK)
    print(f"{base.everyone.height:,} customers; {_peak() - before} MB more at the peak")
    orders = (
        (Filters(), "spent"),
        (Filters(), "last"),
        (Filters(kind="active"), "age-up"),
        (Filters(age="20-29", recency="90", spent="top-10"), "purchases"),
    )
    for filters, sort in orders:
        with _timed(f"{filters}, {sort}"):
            found = base.select(filters, sort)
    records = CustomerRecords(folder)
    with _timed("the IDs of a page"):
        records.ids(found[:_A_PAGE].tolist())
    with _timed("examples"):
        some = base.examples(1)["customer"].to_list()
        records.ids(some)
        records.last_bought(some, base.examples_as_of, 3)


@contextmanager
def _timed(what: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    print(f"{1000 * (time.perf_counter() - started):8.0f} ms  {what}", flush=True)


def _peak() -> int:
    """In MB, of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def draw(root: Path) -> None:
    """Customers and their sales, a part for each month."""
    random = np.random.default_rng(1)
    people = {
        "customer": pl.Series(range(_CUSTOMERS), dtype=pl.UInt32),
        "customer_id": [
            f"{number:064x}" for number in np.sort(random.integers(0, 2**63, _CUSTOMERS)).tolist()
        ],
        "FN": pl.repeat(None, _CUSTOMERS, dtype=pl.UInt8, eager=True),
        "Active": pl.repeat(None, _CUSTOMERS, dtype=pl.UInt8, eager=True),
        "club_member_status": ["ACTIVE"] * _CUSTOMERS,
        "fashion_news_frequency": ["NONE"] * _CUSTOMERS,
        "age": random.integers(16, 80, _CUSTOMERS).astype(np.uint8),
        "postal_code": ["x"] * _CUSTOMERS,
    }
    write_parquet(pl.DataFrame(people), root / "customers.parquet", _MADE)
    (root / "transactions.parquet").mkdir()
    often = np.cumsum(random.pareto(1.2, _CUSTOMERS) + 0.1)
    parts, day = [], _FIRST
    while day <= _LAST:
        end = min((day.replace(day=1) + timedelta(days=32)).replace(day=1), _LAST + timedelta(days=1))
        rows = _SALES * (end - day).days // ((_LAST - _FIRST).days + 1)
        sales = {
            "t_dat": pl.Series(
                random.integers(day.toordinal(), end.toordinal(), rows) - date(1970, 1, 1).toordinal()
            )
            .cast(pl.Int32)
            .cast(pl.Date),
            "customer": np.searchsorted(often, random.random(rows) * often[-1]).astype(np.uint32),
            "article": random.integers(108_775_015, 956_217_002, rows).astype(np.int32),
            "price": random.random(rows, dtype=np.float32) / 10,
            "sales_channel_id": random.integers(1, 3, rows).astype(np.uint8),
        }
        month = pl.DataFrame(sales).sort("customer", "t_dat", "article")
        parts.append(write_part(month, root / "transactions.parquet"))
        day = end
    write_list(root / "transactions.json", asdict(_MADE), parts)


if __name__ == "__main__":
    typer.run(main)
