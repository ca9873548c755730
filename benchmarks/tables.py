"""CSV → Parquet, loading what a task needs, and the split, against what people use; each in a process of its own.

python -m benchmarks.tables --scale 1.0                # makes the shop first: some minutes
python -m benchmarks.tables --shop ~/kaggle --runs 5   # CSVs that are there
python -m benchmarks.tables --curve                    # ours alone, from 0.01 to 1.0

Figures are medians, of the whole process with the start of Python, from files that the page cache holds.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from benchmarks.processes import Usage, median, run, table
from benchmarks.shop import make_shop
from stylo.tables.folder import DataFolder

_SCALES = (0.01, 0.03, 0.1, 0.3, 1.0)
_FOUR_WEEKS, _WEEK = timedelta(days=28), timedelta(days=7)
_RIVAL = (sys.executable, "-m", "benchmarks.rivals")
_TABLES = ("customers", "articles", "transactions")


def main(
    scale: Annotated[float, typer.Option(help="Size of the shop that is made, against H&M's.")] = 0.01,
    shop: Annotated[Path | None, typer.Option(help="A folder of Kaggle's CSVs instead.")] = None,
    runs: Annotated[int, typer.Option(help="How many runs each; the tables show medians.")] = 3,
    curve: Annotated[
        bool, typer.Option("--curve", help="Ours at 0.01 to 1.0; --shop stands for 1.0.")
    ] = False,
) -> None:
    """Prints the tables, and whether all found the same rows."""
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}\n")
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        if curve:
            _curve(work, shop, runs)
            return
        csvs = shop or make_shop(work / "shop", scale)
        print(
            f"{(csvs / 'transactions_train.csv').stat().st_size / 1e6:,.0f} MB of transactions, {runs} runs\n"
        )
        outputs = {name: work / name for name in ("ours", "careful", "pandas", "polars", "duckdb")}
        if not find_spec("duckdb"):
            print("DuckDB is not installed and is left out: pip install duckdb\n")
            del outputs["duckdb"]
        _convert(csvs, outputs, runs)
        _load(csvs, outputs, runs)
        _split(outputs["ours"], work / "split", runs)


def _convert(csvs: Path, outputs: Mapping[str, Path], runs: int) -> None:
    commands = {
        "ours": [sys.executable, "data_optim.py", "--raw", str(csvs), "--data", str(outputs["ours"])],
        **{name: [*_RIVAL, f"{name}_converts", str(csvs), str(out)] for name, out in outputs.items()
           if name != "ours"},
    }  # fmt: skip
    titles = {
        "ours": "`data_optim.py`",
        "careful": "its careful reader for all blocks",
        "pandas": "pandas",
        "polars": "eager Polars",
        "duckdb": "DuckDB",
    }
    _warm(csvs)
    usages = _in_turn(commands, outputs, runs)
    print("CSV → Parquet\n")
    print(table({titles[name]: usage for name, usage in usages.items()}))
    _floor(csvs, outputs["ours"], usages["ours"], runs)
    print("\n| on disk, MB | customers | articles | transactions | ours ÷ it: transactions | all |")
    print("|---|--:|--:|--:|--:|--:|")
    sizes = {name: [_bytes(out / f"{of}.parquet") for of in _TABLES] for name, out in outputs.items()}
    for name, size in sizes.items():
        shares = (sizes["ours"][-1] / size[-1], sum(sizes["ours"]) / sum(size))
        ratios = " | ".join(f"{share:.2f}" for share in shares) if name != "ours" else "|"
        print(f"| {titles[name]} | {' | '.join(f'{count / 1e6:,.1f}' for count in size)} | {ratios} |")
    heights = [_rows(out) for out in outputs.values()]
    same = all(other == heights[0] for other in heights)
    days = [_by_day(out) for out in outputs.values()]
    same_days = all(other.equals(days[0]) for other in days)
    print(f"\nrows of customers, articles, transactions: {_same(same, heights)}")
    print(f"rows of each of {days[0].height} days: {'the same' if same_days else 'DIFFERENT'}\n")


def _floor(csvs: Path, ours: Path, usages: Sequence[Usage], runs: int) -> None:
    """What reading and writing alone cost in the fastest form that is known here, against all of ours."""
    out = ours.with_name("floor")
    floors = {
        "reading alone: Polars' streaming scan": [*_RIVAL, "floor_scans", str(csvs)],
        "writing alone: the tables once more": [*_RIVAL, "floor_writes", str(ours), str(out)],
    }
    whole = median(usages)
    print("\n| the floor | wall s | CPU s | share of ours: wall | CPU |\n|---|--:|--:|--:|--:|")
    for name, found in _in_turn(floors, {"writing alone: the tables once more": out}, runs).items():
        part = median(found)
        shares = f"{part.wall / whole.wall:.2f} | {part.cpu / whole.cpu:.2f}"
        print(f"| {name} | {part.wall:.2f} | {part.cpu:.2f} | {shares} |")


def _load(csvs: Path, outputs: Mapping[str, Path], runs: int) -> None:
    transactions = DataFolder(outputs["ours"]).scan("transactions.parquet")
    last = transactions.select(pl.max("t_dat")).collect().item()
    customer_id = _a_buyer(outputs["ours"])
    asked = [str(last - _FOUR_WEEKS + timedelta(days=1)), customer_id]
    csv, own = str(csvs / "transactions_train.csv"), str(outputs["pandas"] / "transactions.parquet")
    ours = str(outputs["ours"])
    loads = {
        "pandas `read_csv`, all columns": [*_RIVAL, "pandas_loads", "csv", csv, *asked],
        "pandas `read_csv`, three columns": [*_RIVAL, "pandas_loads", "columns", csv, *asked],
    }
    titles = {
        "last": "last four weeks, three columns",
        "customer": "all of one customer",
        "all": "three columns of every row",
    }
    for what, title in titles.items():
        loads[f"**ours**: {title}"] = [*_RIVAL, "ours_loads", what, ours, *asked]
        loads[f"pandas' own Parquet: {title}"] = [*_RIVAL, "pandas_loads", what, own, *asked]
        if "duckdb" in outputs:
            command = [*_RIVAL, "duckdb_loads", what, str(outputs["duckdb"]), *asked]
            loads[f"DuckDB's own Parquet: {title}"] = command
    usages = _in_turn(loads, {}, runs)
    _print_loads(usages)
    found = [json.loads(usage[-1].output)["rows"] for usage in usages.values()]
    for what, title in titles.items():
        counts = [rows[what] for rows in found if what in rows]
        print(f"{title}: {_same(len(set(counts)) == 1, counts)}")
    print()


def _print_loads(usages: Mapping[str, Sequence[Usage]]) -> None:
    print("Loading what a task needs\n")
    print("| | wall s | reading alone s | peak MiB | × faster than `read_csv`: wall | reading |")
    print("|---|--:|--:|--:|--:|--:|")
    reading = {name: _median_reading(runs) for name, runs in usages.items()}
    whole = {name: median(runs) for name, runs in usages.items()}
    csv = next(iter(usages))
    for name, usage in whole.items():
        times = (whole[csv].wall / usage.wall, reading[csv] / reading[name])
        print(
            f"| {name} | {usage.wall:.2f} | {reading[name]:.3f} | {usage.peak_bytes / 2**20:,.0f} "
            f"| {times[0]:,.1f} | {times[1]:,.1f} |"
        )
    print()


def _median_reading(usages: Sequence[Usage]) -> float:
    return statistics.median(json.loads(usage.output)["seconds"] for usage in usages)


def _split(data: Path, out: Path, runs: int) -> None:
    cutoff = _last_day(data) - _WEEK + timedelta(days=1)
    sides = ("train_split", "valid_split")
    usages: dict[str, list[Usage]] = {"`split_data.py`": [], "eager Polars, the same parts": []}
    for _ in range(runs):
        for side in sides:
            shutil.rmtree(data / f"{side}.parquet", ignore_errors=True)
        usages["`split_data.py`"].append(run([sys.executable, "split_data.py", "--data", str(data)]))
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        command = [*_RIVAL, "polars_splits", str(data), str(out), cutoff.isoformat()]
        usages["eager Polars, the same parts"].append(run(command))
    print("The split, the last week held back\n")
    print(table(usages))
    rows = [[_height(folder / f"{side}.parquet") for side in sides] for folder in (data, out)]
    new = sum(file.stat().st_size for side in sides for file in (data / f"{side}.parquet").iterdir()
              if file.stat().st_nlink == 1)  # fmt: skip
    theirs = sum(_bytes(out / f"{side}.parquet") for side in sides)
    print(f"\nMB written: {new / 1e6:,.2f} (whole months are shared, not written) and {theirs / 1e6:,.2f}")
    print(f"rows before and from the cutoff: {_same(rows[0] == rows[1], rows)}")


def _curve(work: Path, shop: Path | None, runs: int) -> None:
    """Ours at several sizes: what a million transactions costs stays the same if costs grow linearly."""
    print("| scale | transactions | CSV MB | convert s | CPU s | s a million | peak MiB | Parquet MB "
          "| MB a million | split s | peak MiB |")  # fmt: skip
    print(f"|{'--:|' * 11}")
    for scale in _SCALES:
        csvs = shop if shop and scale == _SCALES[-1] else make_shop(work / "shop", scale)
        _warm(csvs)
        data = work / "data"
        command = [sys.executable, "data_optim.py", "--raw", str(csvs), "--data", str(data)]
        convert = median(_in_turn({"ours": command}, {"ours": data}, runs)["ours"])
        cut = median([run([sys.executable, "split_data.py", "--data", str(data)]) for _ in range(runs)])
        millions = _height(data / "transactions.parquet") / 1e6
        megabytes = sum(_bytes(data / f"{name}.parquet") for name in _TABLES) / 1e6
        read = sum(file.stat().st_size for file in csvs.glob("*.csv")) / 1e6
        print(
            f"| {scale} | {millions * 1e6:,.0f} | {read:,.0f} | {convert.wall:.2f} | {convert.cpu:.2f} "
            f"| {convert.wall / millions:.2f} | {convert.peak_bytes / 2**20:,.0f} | {megabytes:,.1f} "
            f"| {megabytes / millions:.2f} | {cut.wall:.2f} | {cut.peak_bytes / 2**20:,.0f} |",
            flush=True,
        )
        shutil.rmtree(work / "shop", ignore_errors=True)


def _in_turn(
    commands: Mapping[str, Sequence[str]], outputs: Mapping[str, Path], runs: int
) -> dict[str, list[Usage]]:
    """Each command `runs` times, in turn, into an empty folder of its own if it has one."""
    usages: dict[str, list[Usage]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            if name in outputs:
                shutil.rmtree(outputs[name], ignore_errors=True)
                outputs[name].mkdir()
            usages[name].append(run(command))
    return usages


def _warm(csvs: Path) -> None:
    """Reads the CSVs once, so that the first run finds them in the page cache as the others do."""
    for path in csvs.glob("*.csv"):
        with path.open("rb") as file:
            while file.read(1 << 24):
                pass


def _parquet(table: Path) -> pl.LazyFrame:
    return pl.scan_parquet(table / "*.parquet" if table.is_dir() else table)


def _height(table: Path) -> int:
    return _parquet(table).select(pl.len()).collect().item()


def _rows(folder: Path) -> list[int]:
    return [_height(folder / f"{name}.parquet") for name in _TABLES]


def _by_day(folder: Path) -> pl.DataFrame:
    day = pl.col("t_dat").cast(pl.Date)
    return (
        _parquet(folder / "transactions.parquet")
        .group_by(day)
        .len()
        .sort("t_dat")
        .collect(engine="streaming")
    )


def _bytes(table: Path) -> int:
    return sum(file.stat().st_size for file in (table.iterdir() if table.is_dir() else [table]))


def _last_day(data: Path) -> date:
    return _parquet(data / "transactions.parquet").select(pl.max("t_dat")).collect().item()


def _a_buyer(data: Path) -> str:
    """The id of a customer half-way in the order of numbers, who bought something."""
    numbers = _parquet(data / "transactions.parquet").select(pl.col("customer").unique()).collect()
    number = numbers["customer"].sort()[numbers.height // 2]
    customers = _parquet(data / "customers.parquet").filter(pl.col("customer") == number)
    return customers.select("customer_id").collect().item()


def _same(same: bool, figures: Sequence[object]) -> str:
    return f"the same, {figures[0]}" if same else f"DIFFERENT, {figures}"


if __name__ == "__main__":
    typer.run(main)
