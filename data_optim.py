"""Step 1: Kaggle's three CSVs become Parquet tables.

    python data_optim.py                          # reads data/*.csv, writes data/*.parquet
    python data_optim.py --raw ~/kaggle --data data
    python data_optim.py --quarantine             # sets bad rows aside in data/rejects.parquet
    python data_optim.py --append new_days.csv    # adds days to the transactions that are there

Reads transactions_train.csv, articles.csv and customers.csv (also as .gz or .zip); writes
transactions.parquet (a folder of monthly parts), articles.parquet and customers.parquet. Next: split_data.py.
"""

from pathlib import Path
from typing import Annotated

import typer

from stylo.script import DEFAULT_DATA, DataOption, Report, Terminal, run
from stylo.tables.append import append
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder

RawOption = Annotated[
    Path | None, typer.Option("--raw", help="Folder of Kaggle's CSVs.", show_default="the data folder")
]
QuarantineOption = Annotated[
    bool, typer.Option("--quarantine", help="Set bad rows aside in rejects.parquet and go on.")
]
AppendOption = Annotated[
    Path | None, typer.Option("--append", help="Add the days of this CSV of transactions; rewrite nothing.")
]


def main(
    data: DataOption = DEFAULT_DATA,
    raw: RawOption = None,
    quarantine: QuarantineOption = False,
    append_file: AppendOption = None,
) -> Report:
    """Turn Kaggle's three CSVs into Parquet tables, checked and lossless."""
    folder = DataFolder(data)
    lines: list[str] = []
    if append_file:
        tables, lines = append(append_file, raw or data, folder, quarantine=quarantine, progress=Terminal())
    else:
        tables = convert(raw or data, folder, quarantine=quarantine, progress=Terminal())
    if rejected := sum(table.rejected for table in tables):
        lines = [*lines, f"{rejected:,} rows were set aside: {folder.path('rejects.parquet')}"]
    return Report(
        script="data_optim",
        folder=data,
        columns=["table", "read", "kept", "set aside", "CSV MB", "Parquet MB", "share of the CSV"],
        rows=[
            [
                table.table,
                f"{table.records:,}",
                f"{table.rows:,}",
                f"{table.rejected:,}",
                f"{table.csv_bytes / 1e6:,.2f}",
                f"{table.parquet_bytes / 1e6:,.2f}",
                f"{table.parquet_bytes / table.csv_bytes:.0%}",
            ]
            for table in tables
        ],
        facts={"tables": {table.table: vars(table) for table in tables}},
        lines=lines,
    )


if __name__ == "__main__":
    run(main)
