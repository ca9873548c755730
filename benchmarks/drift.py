"""What the drift report costs, what it finds, and how often it cries without a reason.

python -m benchmarks.drift --data data                         # seconds and peak memory
python -m benchmarks.drift --data data --found --weeks 26      # the alarms of the last 26 weeks, each as if it were now
python -m benchmarks.drift --data data --shuffled 10           # false alarms, in shops where nothing can have changed
python -m benchmarks.drift --data data --injected --weeks 26   # drift of known size, put into each of 26 weeks
python -m benchmarks.drift --data data --injected --weeks 13 --share 0.05   # of a twentieth of the customers
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer

from benchmarks.processes import measure, median
from stylo.drift.report import report_of
from stylo.drift.signals import weekly_signals
from stylo.drift.thresholds import LEAST_HISTORY, REFERENCE_WEEKS
from stylo.drift.weeks import Weeks
from stylo.records.drift import DriftReport
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import FILE, Embeddings, open_embeddings

_ALONE = """
import sys
from pathlib import Path
from stylo.drift import drift_report
from stylo.tables.folder import DataFolder
print(len(drift_report(DataFolder(Path(sys.argv[1]))).to_json()))
"""
_WEEK = timedelta(weeks=1)
_YEARS = (0, 2, 5, 10)


@dataclass(frozen=True)
class Shop:
    """The tables in memory, and the last day of all."""

    sold: pl.DataFrame
    customers: pl.DataFrame
    articles: pl.DataFrame
    embeddings: Embeddings | None

    def report(
        self, last_day: date, sold: pl.DataFrame, customers: pl.DataFrame | None = None
    ) -> DriftReport:
        first: date = self.sold["t_dat"].min()  # type: ignore[assignment]
        weeks = Weeks.until(last_day, first)
        who = self.customers if customers is None else customers
        tables = (sold.lazy(), who.lazy(), self.articles.lazy())
        return report_of(weekly_signals(*tables, weeks, self.embeddings), weeks)

    def last_days(self, weeks: int) -> list[date]:
        last: date = self.sold["t_dat"].max()  # type: ignore[assignment]
        return [last - back * _WEEK for back in reversed(range(weeks))]


@dataclass(frozen=True)
class Change:
    """Drift of known size: what it does to the last week's purchases, and which signals can find it."""

    name: str
    signals: tuple[str, ...]
    apply: Callable[[Shop, pl.DataFrame, np.random.Generator], pl.DataFrame]

    @property
    def copies(self) -> bool:
        """Whether it names customers that are not in the table."""
        return bool({"age", "last_purchase"} & set(self.signals))


def main(
    data: Annotated[Path, typer.Option(help="A data folder after data_optim.py.")],
    found: Annotated[bool, typer.Option("--found", help="The alarms of the last weeks.")] = False,
    injected: Annotated[bool, typer.Option("--injected", help="Drift of known size.")] = False,
    only: Annotated[
        str, typer.Option(help="Only drift that this signal, or these with commas, can find.")
    ] = "",
    shuffled: Annotated[int, typer.Option(help="How many shops of shuffled baskets.")] = 0,
    weeks: Annotated[int, typer.Option(help="How many weeks, the last ones.")] = 26,
    share: Annotated[float, typer.Option(help="Of the customers.")] = 1.0,
    runs: Annotated[int, typer.Option(help="How many runs of the whole; the median counts.")] = 3,
) -> None:
    """Prints Markdown tables."""
    if not (found or injected or shuffled):
        usage = median(measure({"report": [sys.executable, "-c", _ALONE, str(data)]}, runs)["report"])
        print(f"{usage.wall:.1f} s, {usage.cpu:.1f} s of CPU, {usage.peak_bytes / 2**20:,.0f} MiB at most; "
              f"{int(usage.output) / 1000:,.0f} kB of JSON")  # fmt: skip
        return
    shop = _shop(DataFolder(data), share)
    if found:
        _print_found(shop, weeks)
    if shuffled:
        _print_shuffled(shop, shuffled)
    if injected:
        _print_injected(shop, weeks, set(only.split(",")) - {""})


def _shop(folder: DataFolder, share: float) -> Shop:
    sold = folder.scan("transactions.parquet")
    if share < 1:
        sold = sold.filter(pl.col("customer").hash(1) < share * 2**64)
    customers, articles = (folder.scan(f"{name}.parquet").collect() for name in ("customers", "articles"))
    embeddings = open_embeddings(folder) if folder.has(FILE) else None
    return Shop(sold.collect(), customers, articles, embeddings)


def _print_found(shop: Shop, weeks: int) -> None:
    """Each week by what was known when it ended."""
    print("| week to | signal |\n|---|---|")
    quiet = 0
    for day in shop.last_days(weeks):
        alarms = shop.report(day, shop.sold.filter(pl.col("t_dat") <= day)).alarms
        quiet += not alarms
        for signal in alarms:
            print(f"| {day} | {signal.sentence} |", flush=True)
    print(f"\n{quiet} of {weeks} weeks are quiet")


def _print_shuffled(shop: Shop, shops: int) -> None:
    """The baskets of a customer in a week are kept and put into another week, drawn by lot."""
    random = np.random.default_rng(0)
    last = shop.last_days(1)[0]
    baskets = shop.sold.with_columns(back=(pl.lit(last) - pl.col("t_dat")).dt.total_days() // 7)
    baskets = baskets.with_columns(basket=pl.struct("customer", "back").rank("dense") - 1)
    weeks = int(baskets["back"].max())  # type: ignore[arg-type]
    count = int(baskets["basket"].max()) + 1  # type: ignore[arg-type]
    noisy, judged, by_signal = 0, 0, Counter[str]()
    for _ in range(shops):
        drawn = random.integers(0, weeks, count)[baskets["basket"].to_numpy()]
        moved = (pl.col("back") - pl.Series("drawn", drawn)) * 7
        sold = baskets.with_columns(t_dat=pl.col("t_dat") + pl.duration(days=moved)).drop("back", "basket")
        report = shop.report(last, sold)
        alarms = np.array([signal.alarms for signal in report.signals])[:, REFERENCE_WEEKS + LEAST_HISTORY :]
        noisy, judged = noisy + int(alarms.any(axis=0).sum()), judged + alarms.shape[1]
        by_signal.update(
            {signal.name: int(n) for signal, n in zip(report.signals, alarms.sum(axis=1), strict=True)}
        )
    print(f"{noisy} of {judged} weeks have an alarm: {noisy / judged:.1%}; {dict(by_signal)}")


def _print_injected(shop: Shop, weeks: int, only: set[str]) -> None:
    """Without the look of new articles, which is dear and which nothing here changes."""
    shop = replace(shop, embeddings=None)
    days = shop.last_days(weeks)
    print("| put in | found by | in weeks | these alarms without it | alarms of others |")
    print("|---|---|--:|--:|---|")
    without = {day: _names(shop.report(day, shop.sold.filter(pl.col("t_dat") <= day))) for day in days}
    for change in _changes():
        if only and not only & set(change.signals):
            continue
        found, others = 0, Counter[str]()
        for number, day in enumerate(days):
            past = shop.sold.filter(pl.col("t_dat") <= day - _WEEK)
            last = shop.sold.filter(pl.col("t_dat").is_between(day - _WEEK, day, closed="right"))
            changed = change.apply(shop, last, np.random.default_rng(number))
            customers = _and_their_copies(shop.customers) if change.copies else None
            names = _names(shop.report(day, pl.concat([past, changed]), customers))
            found += bool(names & set(change.signals))
            others.update(names - set(change.signals) - without[day])
        before = sum(bool(names & set(change.signals)) for names in without.values())
        named = ", ".join(f"{name} {count}" for name, count in others.most_common())
        print(
            f"| {change.name} | {', '.join(change.signals)} | {found} of {weeks} | {before} | {named} |",
            flush=True,
        )


def _names(report: DriftReport) -> set[str]:
    return {signal.name for signal in report.alarms}


def _changes() -> Iterator[Change]:
    for factor in (1.02, 1.05, 1.1, 1.3):
        yield Change(f"prices × {factor}", ("own_price", "price"), _dearer(factor))
    for part in (0.05, 0.1, 0.2, 0.3):
        yield Change(f"{part:.0%} of purchases moved to one section", ("section",), _to_one_section(part))
    for years in _YEARS[1:]:
        yield Change(f"buyers {years} years older", ("age",), _older(years))
    for part in (0.05, 0.1, 0.3, 0.5):
        yield Change(f"{part:.0%} of buyers replaced by new ones", ("last_purchase",), _replaced(part))
    for part in (0.05, 0.1, 0.2, 0.3):
        yield Change(f"{part:.0%} of purchases moved from stores to online", ("channel",), _online(part))
    for part in (0.7, 0.5, 0.3):
        yield Change(f"{part:.0%} of purchases are left", ("sales",), _left(part))


def _dearer(factor: float) -> Callable[[Shop, pl.DataFrame, np.random.Generator], pl.DataFrame]:
    return lambda shop, last, random: last.with_columns((pl.col("price") * factor).cast(pl.Float32))


def _to_one_section(share: float) -> Callable[[Shop, pl.DataFrame, np.random.Generator], pl.DataFrame]:
    """Of the tenth largest section what this section sells, at its prices."""

    def apply(shop: Shop, last: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
        sold = last.join(shop.articles.select("article", "section_name"), on="article", how="left")
        tenth = sold.group_by("section_name").len().sort("len", "section_name", descending=True)[9, 0]
        own = sold.filter(pl.col("section_name") == tenth).select("article", "price")
        drawn = own[random.integers(0, len(own), len(last))]
        moved = pl.Series(random.random(len(last)) < share)
        return last.with_columns(
            pl.when(moved).then(drawn[name]).otherwise(last[name]).alias(name) for name in drawn.columns
        )

    return apply


def _and_their_copies(customers: pl.DataFrame) -> pl.DataFrame:
    """Each customer again under other numbers, the same and so many years older."""
    copies = [
        customers.with_columns(
            _copy(customers, years),
            age=(pl.col("age").cast(pl.Int32) + years).clip(0, 99).cast(pl.UInt8),
        )
        for years in _YEARS
    ]
    return pl.concat([customers, *copies])


def _copy(customers: pl.DataFrame, years: int) -> pl.Expr:
    """The number of a customer's copy."""
    return (pl.col("customer") + (1 + _YEARS.index(years)) * len(customers)).cast(pl.UInt32)


def _older(years: int) -> Callable[[Shop, pl.DataFrame, np.random.Generator], pl.DataFrame]:
    """The older ones have not bought before, so that `last_purchase` finds them, too."""
    return lambda shop, last, random: last.with_columns(_copy(shop.customers, years))


def _replaced(share: float) -> Callable[[Shop, pl.DataFrame, np.random.Generator], pl.DataFrame]:
    """By customers of the same age and status who have not bought yet."""

    def apply(shop: Shop, last: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
        replaced = (random.random(len(shop.customers)) < share)[last["customer"].to_numpy()]
        copy = pl.when(pl.Series(replaced)).then(_copy(shop.customers, 0)).otherwise(pl.col("customer"))
        return last.with_columns(copy.alias("customer"))

    return apply


def _online(share: float) -> Callable[[Shop, pl.DataFrame, np.random.Generator], pl.DataFrame]:
    """As many purchases as `share` of all, while there are any in stores."""

    def apply(shop: Shop, last: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
        stores = (last["sales_channel_id"] == 1).to_numpy()
        moved = stores & (random.random(len(last)) < share / max(stores.mean(), share))
        channel = np.where(moved, 2, last["sales_channel_id"].to_numpy())
        return last.with_columns(sales_channel_id=pl.Series(channel, dtype=pl.UInt8))

    return apply


def _left(share: float) -> Callable[[Shop, pl.DataFrame, np.random.Generator], pl.DataFrame]:
    return lambda shop, last, random: last.filter(pl.Series(random.random(len(last)) < share))


if __name__ == "__main__":
    typer.run(main)
