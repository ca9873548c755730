"""What articles sold week by week: counted as a plain loop over the transactions counts it."""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from helpers import bought, write_shop

from stylo.tables import weekly_sales as module
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.schemas import PRICE_UNIT, WEEKLY_SALES
from stylo.tables.split import split
from stylo.tables.weekly_sales import FILE, weekly_sales


@pytest.fixture
def folder(tiny_shop: Path) -> DataFolder:
    folder = DataFolder(tiny_shop)
    convert(tiny_shop, folder)
    return folder


def counted(folder: DataFolder, anchor: date) -> dict[tuple[int, date], tuple[int, int, float, float]]:
    """(article, week) → sales, online, mean price, last price, row by row."""
    rows = folder.scan("transactions.parquet").collect().rows(named=True)
    weeks: dict[tuple[int, date], list[dict[str, object]]] = defaultdict(list)
    for row in rows:
        week = anchor + timedelta(days=7 * ((row["t_dat"] - anchor).days // 7))
        weeks[row["article"], week].append(row)
    found = {}
    for key, sold in weeks.items():
        last = max(row["t_dat"] for row in sold)  # type: ignore[type-var]
        found[key] = (
            len(sold),
            sum(row["sales_channel_id"] == 2 for row in sold),
            sum(row["price"] for row in sold) / len(sold) * PRICE_UNIT,  # type: ignore[misc]
            max(row["price"] for row in sold if row["t_dat"] == last) * PRICE_UNIT,  # type: ignore[operator, type-var]
        )
    return found


@pytest.mark.parametrize("cutoff", [date(2020, 9, 13), date(2020, 9, 16), None], ids=str)
def test_weeks_are_counted_from_the_cutoff_and_none_lies_across_it(
    folder: DataFolder, cutoff: date | None
) -> None:
    if cutoff:
        split(folder, cutoff, days=14)
    last = folder.scan("transactions.parquet").select(pl.col("t_dat").max()).collect().item()
    expected = counted(folder, cutoff or last + timedelta(days=1))
    table = weekly_sales(folder)
    assert table.schema == WEEKLY_SALES
    assert table.equals(table.sort("article", "week"))
    found = {(row[0], row[1]): row[2:] for row in table.iter_rows()}
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        assert found[key] == pytest.approx(values, abs=0.006)


def test_it_is_made_once_and_again_when_the_sales_or_the_cutoff_are_others(
    folder: DataFolder,
) -> None:
    path = folder.path(FILE)
    first = weekly_sales(folder)
    made = path.stat().st_mtime_ns
    assert weekly_sales(folder).equals(first)
    assert path.stat().st_mtime_ns == made
    split(folder, date(2020, 9, 13), days=14)
    assert not weekly_sales(folder).equals(first)
    assert path.stat().st_mtime_ns != made


def test_a_damaged_file_is_made_again(folder: DataFolder) -> None:
    first = weekly_sales(folder)
    folder.path(FILE).write_bytes(b"PAR1 nothing")
    assert weekly_sales(folder).equals(first)
    assert pl.read_parquet(folder.path(FILE)).equals(first)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_read_all_the_same(folder: DataFolder) -> None:
    folder.root.chmod(0o500)
    try:
        assert weekly_sales(folder).height
    finally:
        folder.root.chmod(0o700)
    assert not folder.has(FILE)


def test_quarters_without_sales_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [bought(day, 1) for day in ("1900-01-01", "2020-09-01", "2020-09-01", "2199-12-31")]
    write_shop(tmp_path, rows)
    folder = DataFolder(tmp_path)
    convert(tmp_path, folder)
    count, by_week = [], module._by_week
    monkeypatch.setattr(module, "_by_week", lambda *its: count.append(1) or by_week(*its))
    assert weekly_sales(folder)["sales"].to_list() == [1, 2, 1]
    assert len(count) == 3
