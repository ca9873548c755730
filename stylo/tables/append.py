"""New days for the transactions: added as new parts, the old ones untouched.

    in the table      ├──────────────────────────┤ last day
    in the CSV                          ├────────┼─────────────┤
                                         the same   new parts
                                         or an error

The same file twice adds nothing. A day that is in the table already must hold the same rows in both.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from stylo.artefacts import (
    Manifest,
    Part,
    destination,
    listed_parts,
    parquet_metadata,
    read_manifest,
    read_parts,
    read_table,
    scan_table,
    stamp,
    uninterrupted,
    write_list,
    write_parquet,
    writing,
)
from stylo.errors import MissingFile, NotAtRest, OverlapDiffers, StaleArtefact, WouldLose
from stylo.progress import SILENT, Progress
from stylo.tables.convert import (
    RESTORES,
    Converted,
    add_again,
    made_of,
    restores_leading_zeros,
    tell_of_extra_columns,
)
from stylo.tables.csv_file import CsvFile
from stylo.tables.folder import DataFolder
from stylo.tables.ids import article_ids
from stylo.tables.keyed_tables import SCRIPT, numbers_before, read_articles, read_customers
from stylo.tables.odd_days import from_parameters, odd_days, to_parameters, without_odd_days
from stylo.tables.schemas import ARTICLES_CSV, CUSTOMERS_CSV, PARQUET_COLUMNS, TRANSACTIONS_CSV
from stylo.tables.transactions import Written, transaction_check, write_part, write_transactions
from stylo.tables.validation import Rejects

_COLUMNS = list(PARQUET_COLUMNS["transactions.parquet"])
_CSV_OF = {"customers.parquet": CUSTOMERS_CSV, "articles.parquet": ARTICLES_CSV}
_EXAMPLES = 5


def append(
    file: Path,
    raw: Path,
    folder: DataFolder,
    *,
    quarantine: bool = False,
    restore_leading_zero: bool = False,
    today: date | None = None,
    progress: Progress = SILENT,
) -> tuple[list[Converted], list[str]]:
    """Adds the days of a CSV of transactions to `transactions.parquet`: what became of it, and remarks.

    restore_leading_zero : as in `convert`; of a table that was made so, it is so anyway.

    `customers.csv` and `articles.csv` in `raw` are read again if they have changed: customers and articles may
    have come, none may have gone.

    Raises OverlapDiffers when a day that is in the table already is another one in the CSV, and what `convert`
    raises; the tables stay as they were.
    """
    table = folder.require("transactions.parquet")
    if not table.is_dir():
        raise StaleArtefact(f"{table} is of an older version.", cure=f"Make it again: python {SCRIPT}")
    restore_leading_zero |= restores_leading_zeros(folder)
    csv = CsvFile(file, TRANSACTIONS_CSV, restore_leading_zero=restore_leading_zero)
    tell_of_extra_columns(csv, progress)
    changed = {
        folder.path(name): changed_csv
        for name in _CSV_OF
        if (changed_csv := _changed_csv(raw, folder, name, restore_leading_zero))
    }
    rejects_file = folder.path("rejects.parquet")
    listed = table.with_suffix(".json")
    files = [listed, *changed, *([rejects_file] if quarantine else [])]
    with (
        _undone_on_error(table) as added,
        writing(*files) as (new_list, *others),
        _scratch(destination(table)) as scratch,
    ):
        _remove_unlisted(table)
        parts, manifest = read_parts(table), read_manifest(table)
        assert manifest is not None
        inputs, new = dict(manifest.inputs), dict(zip(files[1:], others, strict=True))
        with Rejects(new.get(rejects_file), parquet_metadata(Manifest(SCRIPT))) as rejects:
            if quarantine and rejects_file.exists():
                read_again = [source.path.name for source in changed.values()]
                rejects.keep(read_table(rejects_file).filter(~pl.col("file").is_in(read_again)))
            for path, changed_csv in changed.items():
                rows, made = _read_again(changed_csv, folder, rejects, progress)
                write_parquet(rows, new[path], made)
                inputs[path.name] = made.fingerprint
            current = {name: new.get(folder.path(name), folder.path(name)) for name in _CSV_OF}
            customers = read_table(current["customers.parquet"], columns=["customer_id"]).to_series()
            articles = read_table(current["articles.parquet"], columns=["article"]).to_series()
            check = transaction_check(csv, customers, articles)
            written = write_transactions(csv, scratch, check, rejects, progress)
        if stamp(file) != csv.stamp:
            raise NotAtRest(f"{file} changed while it was read.", cure="Wait until it is complete.")
        last = max(part.last for part in parts)
        again = _check_overlap(table, parts, scratch, written, last, customers, csv)
        later = [part for part in (_later(part, scratch, last) for part in written.parts) if part]
        entry = _entry(csv, later) if later else None
        files_of = {table / part.file: part for part in parts} | {scratch / part.file: part for part in later}
        odd = odd_days(files_of, csv, today, from_parameters(manifest.parameters))
        parameters = {
            **without_odd_days(manifest.parameters),
            **to_parameters(odd),
            **({RESTORES: True} if restore_leading_zero else {}),
            "appended": [*manifest.parameters.get("appended", []), *([entry] if entry else [])],
        }
        made = replace(manifest, inputs=inputs, parameters=parameters) if entry or changed else manifest
        with uninterrupted():
            for part in later:
                added.append((scratch / part.file).rename(table / part.file))
        write_list(new_list, asdict(made), [*parts, *later])
    count = sum(part.rows for part in later)
    lines = [f"{again} of its days were already in the table and are identical."] if again else []
    span = f"{later[0].first} to {later[-1].last}" if later else ""
    lines.append(
        f"Added: {count:,} rows, {span}." if later else f"Nothing to add: all of {file} is in the table."
    )
    new_rows = made_of("transactions", csv, written.rows, sum(part.bytes for part in later), rejects)
    return [replace(new_rows, remarks=(*new_rows.remarks, *(each.warning for each in odd)))], lines


def _changed_csv(raw: Path, folder: DataFolder, name: str, restore_leading_zero: bool) -> CsvFile | None:
    """The CSV of customers or articles if it is there and not the one that the table was made from."""
    table = folder.require(name)
    try:
        csv = CsvFile.in_folder(raw, _CSV_OF[name], restore_leading_zero=restore_leading_zero)
    except MissingFile:
        return None
    made = read_manifest(table)
    if made and csv.stamp == made.stamps.get(csv.path.name):
        return None
    return None if made and csv.content == made.inputs.get(csv.path.name) else csv


def _read_again(
    csv: CsvFile, folder: DataFolder, rejects: Rejects, progress: Progress
) -> tuple[pl.DataFrame, Manifest]:
    if csv.table.file == CUSTOMERS_CSV.file:
        name, key, before = "customers", "customer_id", numbers_before(folder)
        rows, made = read_customers(csv, folder, rejects, progress)
    else:
        name, key = "articles", "article"
        before = read_table(folder.path("articles.parquet"), columns=[key]).to_series()
        rows, made = read_articles(csv, rejects, progress)
    gone = before.filter(~before.is_in(rows[key].implode())) if before is not None else pl.Series([])
    if len(gone):
        raise WouldLose(
            f"{csv.path} lacks {len(gone):,} {name} that the tables contain.",
            where=f"For example {gone[0] if name == 'customers' else f'{gone[0]:010d}'}.",
            cure="Add what is missing to the file; customers and articles may be added but not removed.",
        )
    return rows, made


def _check_overlap(
    table: Path,
    parts: list[Part],
    scratch: Path,
    written: Written,
    last: date,
    customers: pl.Series,
    csv: CsvFile,
) -> int:
    """How many days of the CSV are in the table already. Raises OverlapDiffers unless they are the same."""
    known, days = scan_table(*(table / part.file for part in parts)), 0
    for part in written.parts:
        if part.first > last:
            continue
        theirs = read_table(scratch / part.file).filter(pl.col("t_dat") <= last)
        on_days = theirs["t_dat"].unique()
        ours = known.filter(pl.col("t_dat").is_in(on_days.implode())).select(_COLUMNS).collect()
        if not ours.sort(_COLUMNS).equals(theirs.sort(_COLUMNS)):
            raise _difference(table, ours, theirs, last, customers, csv)
        days += len(on_days)
    return days


def _difference(
    table: Path, ours: pl.DataFrame, theirs: pl.DataFrame, last: date, customers: pl.Series, csv: CsvFile
) -> OverlapDiffers:
    counts = pl.concat([ours.with_columns(side=pl.lit(-1)), theirs.with_columns(side=pl.lit(1))])
    differing = counts.group_by(_COLUMNS).agg(pl.col("side").sum()).filter(pl.col("side") != 0).sort(_COLUMNS)
    by_day = pl.concat([ours.with_columns(table=1, csv=0), theirs.with_columns(table=0, csv=1)])
    by_day = by_day.filter(pl.col("t_dat").is_in(differing["t_dat"].unique().implode()))
    totals = by_day.group_by("t_dat").agg(pl.col("table", "csv").sum()).sort("t_dat").head(_EXAMPLES)
    shown = [
        f"  {day}: {here:,} rows in the table, {there:,} in the CSV" for day, here, there in totals.rows()
    ]
    rows = differing.head(_EXAMPLES).with_columns(article_ids(pl.col("article")))
    for day, customer, article, price, channel, side in rows.rows():
        where = "only in the CSV" if side > 0 else "only in the table"
        shown.append(f"  {where}: {day},{customers[customer]},{article},{price:.9g},{channel}")
    then = f", and then {again}" if (again := add_again(DataFolder(table.parent))) else "."
    return OverlapDiffers(
        f"{csv.path} has days up to {last}, the last in {table}, that differ there.",
        where="\n".join(shown),
        cure="Only later days can be added. Remove these days from the file, or, if the file is right, correct them in "
        f"the file that they came from, delete {table}, convert again{then}",
    )


def _later(part: Part, scratch: Path, last: date) -> Part | None:
    """What of a part comes after a day: the part itself if that is all of it, None if nothing."""
    if part.first > last:
        return part
    if part.last <= last:
        return None
    return write_part(read_table(scratch / part.file).filter(pl.col("t_dat") > last), scratch)


def _entry(csv: CsvFile, parts: list[Part]) -> dict[str, Any]:
    return {
        "file": csv.path.name,
        "content": csv.content,
        "rows": sum(part.rows for part in parts),
        "first": parts[0].first.isoformat(),
        "last": parts[-1].last.isoformat(),
    }


@contextmanager
def _scratch(table: Path) -> Iterator[Path]:
    """An empty folder beside the table, gone in the end."""
    for leftover in table.parent.glob(f".{table.name}.*.append"):
        shutil.rmtree(leftover, ignore_errors=True)
    scratch = table.with_name(f".{table.name}.{os.getpid()}.append")
    scratch.mkdir()
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def _undone_on_error(table: Path) -> Iterator[list[Path]]:
    """A list for the parts that were moved in: they go again if their list does not take its place."""
    added: list[Path] = []
    try:
        yield added
    except BaseException:  # also one that was held back until the list had its name
        listed = {part.file for part in listed_parts(table)}
        for path in added:
            if path.name not in listed:
                path.unlink(missing_ok=True)
        raise


def _remove_unlisted(table: Path) -> None:
    """Removes parts that a killed run had moved in and not listed yet."""
    listed = {part.file for part in listed_parts(table)}
    for path in table.glob("*.parquet"):
        if path.name not in listed:
            path.unlink()
