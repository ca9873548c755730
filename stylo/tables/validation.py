"""Which rows of a CSV are at fault, on which lines, and why: the second look, after a conversion failed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from stylo.errors import BadRows
from stylo.tables.csv_file import line_numbers, open_csv, reading
from stylo.tables.schemas import CsvTable

_EXAMPLES = 5
NOTHING: Mapping[str, tuple[pl.Series, str]] = {}


def check_rows(folder: Path, table: CsvTable, known: Mapping[str, tuple[pl.Series, str]] = NOTHING) -> None:
    """Raises BadRows, naming the first bad lines of a CSV, their values, and the count of each cause.

    Parameters
    ----------
    known : column → the values allowed there and the file that lists them (transactions must name customers
        and articles that exist).

    Reads the file once, and once more for every cause that it finds.
    """
    path, rows = folder / table.file, open_csv(folder, table)[0].with_row_index("row")
    causes = _causes(table, known)
    with reading(path, table):
        counts = rows.select(wrong.sum().alias(str(n)) for n, (*_, wrong) in enumerate(causes))
        totals = counts.collect(engine="streaming").row(0)
        found = [
            (column, cause, total, _first(rows, column, wrong))
            for (column, cause, wrong), total in zip(causes, totals, strict=True)
            if total
        ]
    if not found:
        return
    examples = [(row, column, value, cause) for column, cause, _, first in found for row, value in first]
    examples.sort(key=lambda example: example[0])
    lines = line_numbers(path, [row for row, *_ in examples[:_EXAMPLES]])
    shown = [
        f"  line {lines[row]}, {column}: {'nothing' if value is None else repr(value)} {cause}"
        for row, column, value, cause in examples[:_EXAMPLES]
    ]
    by_cause = [f"  {total:,} × {column} {cause}" for column, cause, total, _ in found]
    raise BadRows(
        f"{path} has values that its columns do not allow.",
        where="\n".join([*shown, "By cause:", *by_cause]),
        cure="Correct these lines, or fetch the file again; a line that ends early means a cut download.",
    )


def _first(rows: pl.LazyFrame, column: str, wrong: pl.Expr) -> list[tuple[int, str | None]]:
    return (
        rows.filter(wrong)
        .select("row", column)
        .sort("row")
        .head(_EXAMPLES)
        .collect(engine="streaming")
        .rows()
    )


def _causes(table: CsvTable, known: Mapping[str, tuple[pl.Series, str]]) -> list[tuple[str, str, pl.Expr]]:
    causes = []
    for column in table.columns:
        text, value = pl.col(column.name), column.read(pl.col(column.name))
        if not column.optional:
            causes.append((column.name, f"must hold {column.holds}", text.is_null()))
        causes.append((column.name, f"is not {column.holds}", text.is_not_null() & value.is_null()))
        if column.name in known:
            allowed, file = known[column.name]
            stranger = value.is_not_null() & ~value.is_in(allowed.implode())
            causes.append((column.name, f"is not in {file}", stranger))
    if table.key:
        key = pl.col(table.key)
        causes.append((table.key, "is there twice", key.is_not_null() & key.is_duplicated()))
    return causes
