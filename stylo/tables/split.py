"""The temporal split.

    first day                    cutoff        cutoff + days
    ├───────── train_split ─────────┤── valid_split ──┤

Nothing from the cutoff on may be known to a model; what was bought then is what it is asked to foresee.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from stylo.artefacts import Manifest, read_manifest, write_parquet, writing
from stylo.errors import BadOption, EmptySplit, StaleArtefact
from stylo.tables.folder import DataFolder

_SCRIPT = "split_data.py"
_MOST_DAYS = 3650


@dataclass(frozen=True)
class Split:
    """Where time was cut, and how many rows lie on each side. `last` is the last day of all the data."""

    first: date
    last: date
    cutoff: date
    days: int
    train_rows: int
    valid_rows: int

    @property
    def last_trained_on(self) -> date:
        return self.cutoff - timedelta(days=1)

    @property
    def last_held_back(self) -> date:
        return self.cutoff + timedelta(days=self.days - 1)


def split(folder: DataFolder, cutoff: date | None = None, days: int = 7) -> Split:
    """Writes `train_split.parquet` (before the cutoff) and `valid_split.parquet` (`days` days from it).

    Without a cutoff the last `days` days of the data are held back. Raises EmptySplit if a side has no row,
    naming the dates of the data.
    """
    if not 1 <= days <= _MOST_DAYS:
        raise BadOption(f"--days {days}: the validation window may have 1 to {_MOST_DAYS:,} days.")
    transactions = folder.scan("transactions.parquet")
    first, last = transactions.select(pl.min("t_dat"), pl.max("t_dat").alias("last")).collect().row(0)
    cutoff = cutoff or last - timedelta(days=days - 1)
    if not first < cutoff <= last:
        raise _empty(cutoff, first, last)
    end = cutoff + timedelta(days=days)
    inputs = folder.fingerprints("transactions.parquet", "customers.parquet", "articles.parquet")
    manifest = Manifest(_SCRIPT, inputs, {"cutoff": cutoff.isoformat(), "days": days})
    targets = folder.path("train_split.parquet"), folder.path("valid_split.parquet")
    with writing(*targets) as (train, valid):
        write_parquet(transactions.filter(pl.col("t_dat") < cutoff), train, manifest)
        write_parquet(
            transactions.filter(pl.col("t_dat").is_between(cutoff, end, closed="left")), valid, manifest
        )
        rows = [pl.scan_parquet(side).select(pl.len()).collect().item() for side in (train, valid)]
        if not all(rows):
            raise _empty(cutoff, first, last)
    return Split(first, last, cutoff, days, *rows)


def read_cut(folder: DataFolder) -> tuple[date, int]:
    """The cutoff and the days of the split that lies in the folder.

    Raises MissingArtefact, StaleArtefact or DamagedArtefact.
    """
    sides = ("train_split.parquet", "valid_split.parquet")
    for name in sides:
        folder.scan(name)
    train, valid = (read_manifest(folder.path(name)) for name in sides)
    assert train is not None  # scan() lets no file without a manifest pass
    assert valid is not None
    if train.fingerprint != valid.fingerprint:
        raise StaleArtefact(
            f"{folder.path(sides[0])} and {sides[1]} were not cut together.",
            cure=f"Make them again: python {_SCRIPT} --data {folder.root}",
        )
    return date.fromisoformat(valid.parameters["cutoff"]), valid.parameters["days"]


def _empty(cutoff: date, first: date, last: date) -> EmptySplit:
    return EmptySplit(
        f"The cutoff {cutoff} leaves one side without a transaction.",
        where=f"The data run from {first} to {last}.",
        cure="Choose --cutoff after the first and not after the last of these days.",
    )
