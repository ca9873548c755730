"""The rivals of `benchmarks.tables`, as people write them: each function is one script in a process of its own.

python -m benchmarks.rivals pandas_converts SHOP OUT
python -m benchmarks.rivals polars_converts SHOP OUT
python -m benchmarks.rivals duckdb_converts SHOP OUT
python -m benchmarks.rivals careful_converts SHOP OUT
python -m benchmarks.rivals floor_scans SHOP
python -m benchmarks.rivals floor_writes DATA OUT
python -m benchmarks.rivals polars_splits DATA OUT CUTOFF

Those that load print what they found and how long reading took without the start of Python:
ours_loads, pandas_loads and duckdb_loads; see `benchmarks.tables` for what they are given.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

_IDS = {"article_id": str}


def pandas_converts(shop: str, out: str) -> None:
    """read_csv and to_parquet, one table after the other: 64 characters a customer, as they are."""
    import pandas as pd  # type: ignore[import-untyped]

    source, target = Path(shop), Path(out)
    pd.read_csv(source / "customers.csv").to_parquet(target / "customers.parquet")
    pd.read_csv(source / "articles.csv", dtype=_IDS).to_parquet(target / "articles.parquet")
    transactions = pd.read_csv(source / "transactions_train.csv", dtype=_IDS, parse_dates=["t_dat"])
    transactions.to_parquet(target / "transactions.parquet")


def polars_converts(shop: str, out: str) -> None:
    """Eager: read_csv, casts, a join to the numbers of the customers, write_parquet."""
    import polars as pl

    source, target = Path(shop), Path(out)
    customers = pl.read_csv(source / "customers.csv").with_row_index("customer")
    customers.write_parquet(target / "customers.parquet")
    articles = pl.read_csv(source / "articles.csv", schema_overrides={"article_id": pl.String})
    articles.write_parquet(target / "articles.parquet")
    transactions = pl.read_csv(source / "transactions_train.csv", try_parse_dates=True)
    numbered = transactions.join(customers.select("customer_id", "customer"), on="customer_id", how="left")
    numbered.select(
        "t_dat",
        "customer",
        pl.col("article_id").cast(pl.Int32).alias("article"),
        pl.col("price").cast(pl.Float32),
        pl.col("sales_channel_id").cast(pl.UInt8),
    ).write_parquet(target / "transactions.parquet")


def duckdb_converts(shop: str, out: str) -> None:
    """COPY … TO, sorted by date, with the numbers of the customers joined; zstd."""
    import duckdb

    parquet = "(FORMAT parquet, COMPRESSION zstd)"
    with duckdb.connect(config={"temp_directory": f"{out}/spilled"}) as connection:
        connection.execute(
            f"CREATE TABLE customers AS SELECT (row_number() OVER () - 1)::UINTEGER AS customer, * "
            f"FROM read_csv('{shop}/customers.csv')"
        )
        connection.execute(f"COPY customers TO '{out}/customers.parquet' {parquet}")
        connection.execute(
            f"COPY (FROM read_csv('{shop}/articles.csv', types={{'article_id': 'VARCHAR'}})) "
            f"TO '{out}/articles.parquet' {parquet}"
        )
        connection.execute(
            f"COPY (SELECT t_dat, customer, article_id::INTEGER AS article, price::FLOAT AS price, "
            f"sales_channel_id::UTINYINT AS sales_channel_id "
            f"FROM read_csv('{shop}/transactions_train.csv') JOIN customers USING (customer_id) "
            f"ORDER BY t_dat) TO '{out}/transactions.parquet' {parquet}"
        )


def careful_converts(shop: str, out: str) -> None:
    """Ours without the way for plain blocks: each is left to the careful reader."""
    from unittest.mock import patch

    from stylo.tables.convert import convert
    from stylo.tables.folder import DataFolder
    from stylo.tables.plain_transactions import PlainTransactions

    with patch.object(PlainTransactions, "__call__", lambda *_: None):
        convert(Path(shop), DataFolder(Path(out)))


def floor_scans(shop: str) -> None:
    """The least that any conversion has to do first: Polars' streaming scan, strict types, ids hashed, nothing kept."""
    import polars as pl

    types = {
        "t_dat": pl.Date,
        "customer_id": pl.String,
        "article_id": pl.Int32,
        "price": pl.Float32,
        "sales_channel_id": pl.UInt8,
    }
    seen = pl.scan_csv(Path(shop) / "transactions_train.csv", schema=types).select(
        pl.len(),
        pl.col("t_dat").max(),
        pl.col("customer_id").hash().max(),
        pl.col("article_id", "price", "sales_channel_id").max(),
    )
    seen.collect(engine="streaming")


def floor_writes(data: str, out: str) -> None:
    """And last: the finished tables read and written again as they are, part by part."""
    from stylo.artefacts import read_table, write_table
    from stylo.tables.folder import DataFolder

    folder, target = DataFolder(Path(data)), Path(out)
    for name in ("customers.parquet", "articles.parquet"):
        write_table(read_table(folder.path(name)), target / name)
    parts = target / "transactions.parquet"
    parts.mkdir()
    for part in sorted(folder.path("transactions.parquet").glob("*.parquet")):
        write_table(read_table(part), parts / part.name, row_group_size=1 << 17)


def ours_loads(what: str, data: str, since: str, customer_id: str) -> None:
    """`last`: three columns from `since` on; `customer`: all rows of one; `all`: three columns of every row."""
    import polars as pl

    from stylo.tables.folder import DataFolder

    started = time.perf_counter()
    folder = DataFolder(Path(data))
    transactions = folder.scan("transactions.parquet")
    if what == "customer":
        customers = folder.scan("customers.parquet").filter(pl.col("customer_id") == customer_id)
        number = customers.select("customer").collect().item()
        rows = transactions.filter(pl.col("customer") == number).collect()
    else:
        columns = transactions.select("t_dat", "customer", "article")
        if what == "last":
            columns = columns.filter(pl.col("t_dat") >= date.fromisoformat(since))
        rows = columns.collect()
    _tell(started, {what: rows.height})


def pandas_loads(what: str, path: str, since: str, customer_id: str) -> None:
    """`csv`: all columns, then both filters; `columns`: three of the columns; `last` and `customer` from
    pandas' own Parquet, the filter pushed down.
    """
    import pandas as pd

    started = time.perf_counter()
    names = ["t_dat", "customer_id", "article_id"]
    if what in ("csv", "columns"):
        usecols = names if what == "columns" else None
        rows = pd.read_csv(path, usecols=usecols, dtype=_IDS, parse_dates=["t_dat"])
        found = {
            "last": int((rows["t_dat"] >= since).sum()),
            "customer": int((rows["customer_id"] == customer_id).sum()),
            "all": len(rows),
        }
    elif what == "last":
        wanted = [("t_dat", ">=", pd.Timestamp(since))]
        found = {what: len(pd.read_parquet(path, columns=names, filters=wanted))}
    elif what == "customer":
        found = {what: len(pd.read_parquet(path, filters=[("customer_id", "==", customer_id)]))}
    else:
        found = {what: len(pd.read_parquet(path, columns=names))}
    _tell(started, found)


def duckdb_loads(what: str, folder: str, since: str, customer_id: str) -> None:
    """`last`, `customer` and `all` from DuckDB's own Parquet, into Arrow."""
    import duckdb

    started = time.perf_counter()
    table = f"FROM '{folder}/transactions.parquet'"
    query = {
        "last": f"SELECT t_dat, customer, article {table} WHERE t_dat >= DATE '{since}'",
        "customer": f"{table} WHERE customer = (SELECT customer FROM '{folder}/customers.parquet' "
        f"WHERE customer_id = '{customer_id}')",
        "all": f"SELECT t_dat, customer, article {table}",
    }[what]
    relation = duckdb.sql(query)
    assert relation is not None
    _tell(started, {what: relation.to_arrow_table().num_rows})


def polars_splits(data: str, out: str, cutoff: str) -> None:
    """Eager: reads all, filters twice, writes both sides."""
    import polars as pl

    transactions = pl.read_parquet(Path(data, "transactions.parquet", "*.parquet"))
    before = pl.col("t_dat") < date.fromisoformat(cutoff)
    transactions.filter(before).write_parquet(Path(out, "train_split.parquet"))
    transactions.filter(~before).write_parquet(Path(out, "valid_split.parquet"))


def _tell(started: float, rows: dict[str, int]) -> None:
    print(json.dumps({"seconds": time.perf_counter() - started, "rows": rows}))


_SCRIPTS: tuple[Callable[..., None], ...] = (
    pandas_converts, polars_converts, duckdb_converts, careful_converts, floor_scans, floor_writes,
    ours_loads, pandas_loads, duckdb_loads, polars_splits,
)  # fmt: skip

if __name__ == "__main__":
    _, name, *arguments = sys.argv  # noqa: TID251
    {script.__name__: script for script in _SCRIPTS}[name](*arguments)
