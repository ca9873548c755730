"""Step 1: Kaggle's three CSVs become Parquet tables.

    python data_optim.py                          # reads data/*.csv, writes data/*.parquet
    python data_optim.py --raw ~/kaggle --data data

Reads transactions_train.csv, articles.csv and customers.csv; writes transactions.parquet, articles.parquet
and customers.parquet. Next: split_data.py.
"""

from pathlib import Path
from typing import Annotated

import typer

from stylo.script import DEFAULT_DATA, DataOption, Report, Terminal, run
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder

RawOption = Annotated[
    Path | None, typer.Option("--raw", help="Folder of Kaggle's CSVs.", show_default="the data folder")
]


def main(data: DataOption = DEFAULT_DATA, raw: RawOption = None) -> Report:
    """Turn Kaggle's three CSVs into Parquet tables, checked and lossless."""
    tables = convert(raw or data, DataFolder(data), Terminal())
    return Report(
        script="data_optim",
        folder=data,
        columns=["table", "rows", "CSV MB", "Parquet MB", "share of the CSV"],
        rows=[
            [
                table.table,
                f"{table.rows:,}",
                f"{table.csv_bytes / 1e6:,.2f}",
                f"{table.parquet_bytes / 1e6:,.2f}",
                f"{table.parquet_bytes / table.csv_bytes:.0%}",
            ]
            for table in tables
        ],
        facts={"tables": {table.table: vars(table) for table in tables}},
    )


if __name__ == "__main__":
    run(main)
