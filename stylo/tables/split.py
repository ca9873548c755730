"""The temporal split.

    first day                    cutoff        cutoff + days
    ├───────── train_split ─────────┤── valid_split ──┤

Nothing from the cutoff on may be known to a model; what was bought then is what it is asked to foresee.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from stylo.artefacts import (
    Manifest,
    Part,
    link_or_copy,
    read_manifest,
    read_parts,
    read_table,
    write_list,
    write_parquet,
    writing,
)
from stylo.errors import BadOption, EmptySplit, StaleArtefact
from stylo.tables.folder import DataFolder
from stylo.tables.odd_days import OddDays, few_and_far, from_parameters
from stylo.tables.schemas import FOLDS
from stylo.tables.transactions import write_part
from stylo.user_paths import quoted

_SCRIPT = "split_data.py"
_MOST_DAYS = 3650
_MOST_FOLDS = 1_000


@dataclass(frozen=True)
class Split:
    """Where time was cut, and how many rows lie on each side. `last` is the last day of all the data.

    folds : rows of `folds.parquet`; the last is the split itself.
    odd : days that lie years away from the others, or did lie in the future when they were read.
    """

    first: date
    last: date
    cutoff: date
    days: int
    train_rows: int
    valid_rows: int
    folds: pl.DataFrame
    odd: list[OddDays]

    @property
    def last_trained_on(self) -> date:
        return self.cutoff - timedelta(days=1)

    @property
    def last_held_back(self) -> date:
        return self.cutoff + timedelta(days=self.days - 1)


def weekly_cutoffs(last: date, weeks: int) -> list[date]:
    """`weeks` cutoffs a week apart, the given one the last. Raises BadOption for too few or too many."""
    if not 1 <= weeks <= _MOST_FOLDS:
        raise BadOption(f"A plan of {weeks:,} weeks is not possible: choose 1 to {_MOST_FOLDS:,}.")
    return [last - timedelta(weeks=weeks - 1 - week) for week in range(weeks)]


def split(folder: DataFolder, cutoff: date | None = None, days: int = 7, folds: int = 1) -> Split:
    """Writes `train_split.parquet` (before the cutoff), `valid_split.parquet` (`days` days from it), and
    `folds.parquet`, the plan of so many rolling weeks up to the cutoff's.

    Rows that are few and lie years away from all others are left out. Without a cutoff the last `days` days of the
    data are held back. Months that lie on one side are not
    written again: the split shares them with `transactions.parquet`. Raises EmptySplit if a side of a fold has
    no row, naming the dates of the data.
    """
    if not 1 <= days <= _MOST_DAYS:
        raise BadOption(f"--days {days}: the validation window may have 1 to {_MOST_DAYS:,} days.")
    transactions = folder.scan("transactions.parquet")  # checks it, too
    table = folder.path("transactions.parquet")
    parts = read_parts(table)
    slips = few_and_far(parts)
    parts = [part for part in parts if part not in slips]
    first, last = min(part.first for part in parts), max(part.last for part in parts)
    cutoff = cutoff or last - timedelta(days=days - 1)
    if not first < cutoff <= last:
        raise _empty(cutoff, first, last)
    inputs = folder.fingerprints("transactions.parquet", "customers.parquet", "articles.parquet")
    manifest = Manifest(_SCRIPT, inputs, {"cutoff": cutoff.isoformat(), "days": days})
    between = transactions.filter(pl.col("t_dat").is_between(first, last))
    plan = _plan(between, weekly_cutoffs(cutoff, folds), days, first, last)
    sides = folder.path("train_split.parquet"), folder.path("valid_split.parquet")
    lists = [side.with_suffix(".json") for side in sides]
    with writing(*lists, folder.path("folds.parquet"), folders=sides) as names:
        train_list, valid_list, folds_file, train, valid = names
        spans = (
            (train, train_list, first, cutoff),
            (valid, valid_list, cutoff, cutoff + timedelta(days=days)),
        )
        rows = []
        for side, listed, since, until in spans:
            shared = [part for part in (_share(table, part, side, since, until) for part in parts) if part]
            write_list(listed, asdict(manifest), shared)
            rows.append(sum(part.rows for part in shared))
        write_parquet(plan, folds_file, manifest)
    made = read_manifest(table)
    assert made is not None  # scan() lets no table without a manifest pass
    return Split(first, last, cutoff, days, rows[0], rows[1], plan, from_parameters(made.parameters))


def _share(table: Path, part: Part, side: Path, since: date, until: date) -> Part | None:
    """The days of a part from `since` to before `until`: the part itself if that is all of it, None if nothing."""
    if part.first >= until or part.last < since:
        return None
    source = table / part.file
    if since <= part.first and part.last < until:
        link_or_copy(source, side / part.file)
        return part
    inside = pl.col("t_dat").is_between(since, until, closed="left")
    rows = read_table(source).filter(inside)
    return write_part(rows, side) if rows.height else None


def _plan(
    transactions: pl.LazyFrame, cutoffs: list[date], days: int, first: date, last: date
) -> pl.DataFrame:
    """Rows of `folds.parquet`."""
    by_day = transactions.group_by("t_dat").agg(pl.len().alias("rows")).collect(engine="streaming")
    weeks = []
    for fold, cutoff in enumerate(cutoffs, start=1):
        until = cutoff + timedelta(days=days)
        held_back = pl.col("t_dat").is_between(cutoff, until, closed="left")
        train, valid = (by_day.filter(side)["rows"].sum() for side in (pl.col("t_dat") < cutoff, held_back))
        if not (train and valid):
            raise _empty(cutoff, first, last)
        customers = transactions.filter(held_back).select(pl.col("customer").n_unique()).collect().item()
        weeks.append((fold, cutoff, until - timedelta(days=1), train, valid, customers))
    return pl.DataFrame(weeks, schema=FOLDS, orient="row")


def timeline(cut: Split, width: int = 48) -> list[str]:
    """The folds as lines of text: what is known (─), what is asked (█), with rows and buyers."""
    span = (cut.last - cut.first).days + 1

    def at(day: date) -> int:
        return round((day - cut.first).days / span * width)

    lines = [f"fold  {cut.first}{'':{width - 20}}{cut.last}   cutoff      known rows  asked rows   buyers"]
    for fold, cutoff, until, train, valid, customers in cut.folds.rows():
        known, asked = at(cutoff), max(at(until + timedelta(days=1)) - at(cutoff), 1)
        bar = f"{'─' * known}{'█' * asked}"[-width:] if known + asked > width else "─" * known + "█" * asked
        lines.append(f"{fold:4}  {bar:{width}}   {cutoff}  {train:10,}  {valid:10,}  {customers:7,}")
    return lines


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
            f"{folder.path(sides[0])} and {sides[1]} were not made by the same split.",
            cure=f"Make them again: python {_SCRIPT} --data {quoted(folder.root)}",
        )
    return date.fromisoformat(valid.parameters["cutoff"]), valid.parameters["days"]


def _empty(cutoff: date, first: date, last: date) -> EmptySplit:
    return EmptySplit(
        f"The cutoff {cutoff} leaves one side without any transactions.",
        where=f"The data run from {first} to {last}.",
        cure="Choose --cutoff after the first and not after the last of these days, or fewer --folds.",
    )
