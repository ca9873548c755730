"""What earlier imports left in a folder, and what of it the next one may not change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import polars as pl

from stylo.errors import Busy, DamagedArtefact, WouldLose
from stylo.importing.articles import COLUMNS as ARTICLE_COLUMNS
from stylo.importing.customers import COLUMNS as CUSTOMER_COLUMNS
from stylo.importing.numbers import FILE as NUMBERS_FILE
from stylo.importing.numbers import OwnNumbers
from stylo.records.importing import SHOP_FILE, ShopFacts
from stylo.tables.ids import OTHER_SKUS
from stylo.tables.schemas import ARTICLES_CSV, CUSTOMERS_CSV, TRANSACTIONS_CSV

_CURE = "stylo import"
#: Of a file: which one it is, how large, and when it was written; None where there is none.
Stamp = tuple[int, int, int] | None


@dataclass(frozen=True)
class EarlierImports:
    """facts : None in a folder without an import.   numbers : of every id that was ever seen.

    converted : whether the tables were made from the CSVs.   stamps : of the files, by which a later change is seen.
    """

    folder: Path
    facts: ShopFacts | None
    numbers: OwnNumbers
    converted: bool
    stamps: tuple[Stamp, ...]

    @classmethod
    def open(cls, folder: Path) -> EarlierImports:
        """Raises WouldLose where the CSVs are not an import's, DamagedArtefact."""
        stamps = _stamps(folder)
        facts = _facts(folder)
        numbers = OwnNumbers.open(folder / NUMBERS_FILE)
        return cls(folder, facts, numbers, (folder / "transactions.parquet").exists(), stamps)

    def check_unchanged(self) -> None:
        """Raises Busy if another import has written since. Call it while the files are held: see `writing`."""
        if _stamps(self.folder) != self.stamps:
            raise Busy(
                f"Another import has written to {self.folder} meanwhile, and may have given the same numbers.",
                cure="Nothing was changed. Start this import again.",
            )

    def check_same_shop(self, skus: pl.Series) -> None:
        """Raises WouldLose if none of the SKUs of these exports was ever seen in this folder, where there were some."""
        known = self.numbers.pairs("article")["own_id"]
        if len(known) and len(skus) and not skus.is_in(known.implode()).any():
            raise WouldLose(
                f"{self.folder} holds another shop: none of the SKUs of these exports is known there.",
                where=f"There it is {known[0]!r}, here {skus[0]!r}, for example.",
                cure="Import into another folder: --data DIR",
            )

    def check_days(self, first: date, last: date) -> None:
        """Raises WouldLose where purchases that were never converted would make way for later ones."""
        path = self.folder / TRANSACTIONS_CSV.file
        if self.facts is None or self.converted or not path.exists():
            return
        with path.open(encoding="utf-8") as file:
            line = [next(file, ""), next(file, "")][1]
        before, until = line.partition(",")[0], self.facts.last_day
        if before and before < first.isoformat():
            raise WouldLose(
                f"{path} has purchases from {before}, these exports only from {first}.",
                cure="Convert it first (python data_optim.py), and import again: then the later days are added. "
                "Or export all orders, or write only these with --afresh.",
            )
        if until and until > last:
            raise WouldLose(
                f"{path} has purchases up to {until}, these exports only up to {last}.",
                cure="Export all orders, or write only these with --afresh.",
            )

    def articles(self, now: pl.DataFrame) -> pl.DataFrame:
        """Rows of `articles.csv`, as texts, that the new ones lack."""
        old = self._read(ARTICLES_CSV.file, ARTICLE_COLUMNS)
        return old.filter(~pl.col("article_id").is_in(now["article_id"].implode()))

    def customers(self, now: pl.DataFrame) -> pl.DataFrame:
        """Rows of `customers.csv`, as texts, that the new ones lack."""
        return self._customers.filter(~pl.col("customer_id").is_in(now["customer_id"].implode()))

    def completed(self, customers: pl.DataFrame) -> pl.DataFrame:
        """New rows of `customers.csv`, as texts, with what these exports do not say and earlier ones did."""
        texts = customers.cast(pl.String)
        if self._customers.is_empty():
            return texts
        both = texts.join(
            self._customers, on="customer_id", how="left", maintain_order="left", suffix=" before"
        )
        return both.select(
            "customer_id",
            *(
                pl.coalesce(name, f"{name} before").alias(name)
                for name in CUSTOMER_COLUMNS
                if name != "customer_id"
            ),
        )

    @cached_property
    def _customers(self) -> pl.DataFrame:
        return self._read(CUSTOMERS_CSV.file, CUSTOMER_COLUMNS)

    def _read(self, file: str, columns: list[str]) -> pl.DataFrame:
        path = self.folder / file
        if not path.exists():
            return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
        try:
            rows = pl.read_csv(path.read_bytes(), infer_schema=False)
            if OTHER_SKUS in columns and OTHER_SKUS not in rows.columns:  # earlier versions did not write it
                rows = rows.with_columns(pl.lit(None, pl.String).alias(OTHER_SKUS))
            return rows.select(columns)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise DamagedArtefact(
                f"{path} cannot be read.",
                where=str(error)[:300],
                cure="Put back the file of the last import, or write all of them again: stylo import … --afresh, "
                f"without {path.name}.",
            ) from error


def _stamps(folder: Path) -> tuple[Stamp, ...]:
    stamps: list[Stamp] = []
    for name in (NUMBERS_FILE, SHOP_FILE, TRANSACTIONS_CSV.file, ARTICLES_CSV.file, CUSTOMERS_CSV.file):
        try:
            found = (folder / name).stat()
            stamps.append((found.st_ino, found.st_size, found.st_mtime_ns))
        except OSError:
            stamps.append(None)
    return tuple(stamps)


def _facts(folder: Path) -> ShopFacts | None:
    if (folder / SHOP_FILE).exists():
        return ShopFacts.load(folder / SHOP_FILE, _CURE)
    there = [
        name
        for name in (TRANSACTIONS_CSV.file, ARTICLES_CSV.file, CUSTOMERS_CSV.file)
        if (folder / name).exists()
    ]
    if there or (folder / "transactions.parquet").exists():
        raise WouldLose(
            f"{folder} holds another shop, which was not imported.",
            where=f"There are {', '.join(there) or 'transactions.parquet'}, but no {SHOP_FILE}.",
            cure="Import into another folder: --data DIR",
        )
    return None
