"""`data_optim.py` and `stylo convert`: Kaggle's three CSVs become Parquet tables."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from stylo.script import DEFAULT_DATA, DataOption, Report, Terminal, path_option
from stylo.tables.append import append
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder

RawOption = Annotated[
    Path | None, path_option("--raw", help="Folder with Kaggle's CSVs.", show_default="the data folder")
]
QuarantineOption = Annotated[
    bool, typer.Option("--quarantine", help="Set bad rows aside in rejects.parquet and continue.")
]
AppendOption = Annotated[
    Path | None, path_option("--append", help="Add the days in this CSV of transactions; rewrite nothing.")
]
RestoreOption = Annotated[
    bool,
    typer.Option("--restore-leading-zero", help="Restore the leading zero of nine-digit article ids."),
]


def main(
    data: DataOption = DEFAULT_DATA,
    raw: RawOption = None,
    quarantine: QuarantineOption = False,
    append_file: AppendOption = None,
    restore_leading_zero: RestoreOption = False,
) -> Report:
    """Turn Kaggle's three CSVs into Parquet tables, checked and lossless."""
    folder = DataFolder(data)
    lines: list[str] = []
    options: dict[str, Any] = {
        "quarantine": quarantine,
        "restore_leading_zero": restore_leading_zero,
        "today": datetime.now(UTC).date(),
        "progress": Terminal(),
    }
    if append_file:
        tables, lines = append(append_file, raw or data, folder, **options)
    else:
        tables = convert(raw or data, folder, **options)
    lines = [*lines, *(remark for table in tables for remark in table.remarks)]
    if rejected := sum(table.rejected for table in tables):
        lines.append(f"{rejected:,} rows were set aside: {folder.path('rejects.parquet')}")
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
