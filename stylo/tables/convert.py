"""Kaggle's three CSVs → customers, articles and transactions as Parquet, all or nothing.

Each CSV is read once. What its columns do not allow, and transactions of unknown customers or articles, either
stop the run or are set aside in `rejects.parquet`; every record that was read is found in one of the two.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from stylo.artefacts import Manifest, parquet_metadata, write_list, write_parquet, writing
from stylo.errors import WouldLose
from stylo.progress import SILENT, Progress
from stylo.tables.csv_file import CsvFile
from stylo.tables.folder import SHOP_FILE, DataFolder
from stylo.tables.keyed_tables import SCRIPT, read_articles, read_customers
from stylo.tables.odd_days import odd_days, to_parameters
from stylo.tables.schemas import ARTICLES_CSV, CUSTOMERS_CSV, TRANSACTIONS_CSV
from stylo.tables.transactions import transaction_check, write_transactions
from stylo.tables.validation import Rejects

#: In the manifest of a table whose later days are to be read so, too.
RESTORES = "restore_leading_zero"
_TABLES = ("customers", "articles", "transactions")


@dataclass(frozen=True)
class Converted:
    """What became of one CSV: records read, rows that went into the table, records set aside, bytes.

    restored : how many article ids were given back their leading zero.
    remarks : sentences about the file that its reader should know.
    """

    table: str
    records: int
    rows: int
    rejected: int
    csv_bytes: int
    parquet_bytes: int
    restored: int = 0
    remarks: tuple[str, ...] = ()


def convert(
    raw: Path,
    folder: DataFolder,
    *,
    quarantine: bool = False,
    restore_leading_zero: bool = False,
    today: date | None = None,
    progress: Progress = SILENT,
) -> list[Converted]:
    """Writes `customers.parquet`, `articles.parquet` and `transactions.parquet` from the CSVs in `raw`.

    Customers keep the numbers of an earlier run as long as all of them are still in the CSV; new ones are
    added at the end. Transactions lie in monthly parts (see `month_parts`); duplicates are kept.

    Parameters
    ----------
    quarantine : set records at fault aside in `rejects.parquet` and go on, instead of stopping.
    restore_leading_zero : read article ids of nine digits as those of ten digits that have lost their zero.
    today : the shop's day, after which no sale can be; None if that is not to be looked at.

    Raises MissingFile, BadArchive, BadHeader, BadRows (with line, column, value, and a count by cause), WouldLose,
    Busy or CannotWrite; the tables that were there before stay as they were.
    """
    csvs = [
        CsvFile.in_folder(raw, table, restore_leading_zero=restore_leading_zero)
        for table in (CUSTOMERS_CSV, ARTICLES_CSV, TRANSACTIONS_CSV)
    ]
    customers_csv, articles_csv, transactions_csv = csvs
    for csv in csvs:
        tell_of_extra_columns(csv, progress)
    _refuse_to_lose(folder, transactions_csv)
    files = [folder.path(f"{name}.parquet") for name in ("customers", "articles")]
    table = folder.path("transactions.parquet")
    files += [table.with_suffix(".json"), *([folder.path("rejects.parquet")] if quarantine else [])]
    # What an import tells of the shop goes with its tables.
    facts, told = folder.path(SHOP_FILE), raw / SHOP_FILE
    moved = told.exists() and not (facts.exists() and facts.samefile(told))
    files += [facts] if moved else []
    with writing(*files, folders=[table]) as (customers, articles, listed, *more, parts):
        aside = more[0] if quarantine else None
        if moved:
            shutil.copyfile(told, more[-1])
        with Rejects(aside, parquet_metadata(Manifest(SCRIPT))) as rejects, ThreadPoolExecutor(1) as writer:
            numbered, of_customers = read_customers(customers_csv, folder, rejects, progress)
            # What is written takes one core for a second or two: time to read what comes next.
            written_customers = writer.submit(write_parquet, numbered, customers, of_customers)
            catalogue, of_articles = read_articles(articles_csv, rejects, progress)
            write_parquet(catalogue, articles, of_articles)
            ids, numbers = numbered["customer_id"], catalogue["article"]
            heights = [numbered.height, catalogue.height]
            del numbered, catalogue
            # A full disk is heard of before the transactions are read, not after.
            if written_customers.done():
                written_customers.result()
            check = transaction_check(transactions_csv, ids, numbers)
            del ids  # the check holds them in its own way
            written = write_transactions(transactions_csv, parts, check, rejects, progress)
            written_customers.result()
            odd = odd_days({parts / part.file: part for part in written.parts}, transactions_csv, today)
        joined = {files[0].name: of_customers.fingerprint, files[1].name: of_articles.fingerprint}
        # No digest of three gigabytes: who touches the CSV converts it again, and what was made from the same
        # transactions stays valid.
        stamps = {transactions_csv.path.name: transactions_csv.stamp}
        parameters = to_parameters(odd) | ({RESTORES: True} if restore_leading_zero else {})
        manifest = Manifest(SCRIPT, joined, parameters, stamps=stamps)
        write_list(listed, asdict(manifest), written.parts)
        sizes = [customers.stat().st_size, articles.stat().st_size, sum(part.bytes for part in written.parts)]
    if not told.exists():
        facts.unlink(missing_ok=True)
    if not quarantine:  # those of an earlier run are not those of these tables
        folder.path("rejects.parquet").unlink(missing_ok=True)
    kept = [*heights, written.rows]
    tables = [
        made_of(name, csv, rows, size, rejects)
        for name, csv, rows, size in zip(_TABLES, csvs, kept, sizes, strict=True)
    ]
    warned = (*tables[-1].remarks, *(each.warning for each in odd))
    return [*tables[:-1], replace(tables[-1], remarks=warned)]


def made_of(table: str, csv: CsvFile, rows: int, size: int, rejects: Rejects) -> Converted:
    """What became of a CSV of which so many rows went into a table of so many bytes."""
    rejected, restored = rejects.rows[csv.path.name], rejects.restored[csv.path.name]
    remarks = tuple(rejects.remarks(csv))
    return Converted(table, rows + rejected, rows, rejected, csv.bytes, size, restored, remarks)


def tell_of_extra_columns(csv: CsvFile, progress: Progress) -> None:
    """Says which columns are left out."""
    if csv.extra:
        progress.note(f"{csv.path}: ignoring columns that StyloAI does not know: {', '.join(csv.extra)}")


def appended(folder: DataFolder) -> list[Mapping[str, Any]]:
    """The files whose days were added to the transactions, oldest first."""
    return list(_parameters(folder).get("appended", []))


def add_again(folder: DataFolder) -> str:
    """What brings back the days that were added, after the tables have been made again; empty if none were."""
    if not (added := appended(folder)):
        return ""
    files = ", ".join(str(file["file"]) for file in added)
    return (
        f"add these again, in this order, with --append: {files} (files of DATA/new lie in DATA/new/taken)."
    )


def restores_leading_zeros(folder: DataFolder) -> bool:
    """Whether the transactions were made of ids that had lost their leading zero."""
    return bool(_parameters(folder).get(RESTORES, False))


def _parameters(folder: DataFolder) -> Mapping[str, Any]:
    """Those of the transactions; also of a table that is not whole: a part too many is no reason to forget them."""
    path = folder.path("transactions.parquet")
    if not path.is_dir():
        return {}
    try:
        return Manifest(**json.loads(path.with_suffix(".json").read_text("utf-8"))["manifest"]).parameters
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _refuse_to_lose(folder: DataFolder, csv: CsvFile) -> None:
    if added := appended(folder):
        raise WouldLose(
            f"{folder.path('transactions.parquet')} holds days that were added to it with --append.",
            where="\n".join(f"  {file['first']} to {file['last']} from {file['file']}" for file in added)
            + f"\nConverting {csv.path} would lose them.",
            cure="Add more with --append. To start afresh, delete "
            f"{folder.path('transactions.parquet')}, convert, and then {add_again(folder)}",
        )
