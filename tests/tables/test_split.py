"""The temporal split: every row on the right side, and none lost."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stylo.errors import BadOption, EmptySplit, MissingArtefact, StaleArtefact
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.split import read_cut, split


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    from helpers import write_tiny_shop

    path = tmp_path_factory.mktemp("split")
    write_tiny_shop(path)
    convert(path, DataFolder(path))
    return DataFolder(path)


@settings(max_examples=40, deadline=None)
@given(st.integers(-3, 25), st.integers(1, 30))
def test_the_sides_hold_what_lies_before_and_after_the_cutoff(
    folder: DataFolder, offset: int, days: int
) -> None:
    cutoff = date(2020, 9, 1) + timedelta(days=offset)
    end = cutoff + timedelta(days=days)
    rows = folder.scan("transactions.parquet").collect()
    before = [row for row in rows.rows() if row[0] < cutoff]
    after = [row for row in rows.rows() if cutoff <= row[0] < end]
    if not before or not after:
        with pytest.raises(EmptySplit, match="from 2020-09-01 to 2020-09-20"):
            split(folder, cutoff, days)
        return
    made = split(folder, cutoff, days)
    assert folder.scan("train_split.parquet").collect().rows() == before
    assert folder.scan("valid_split.parquet").collect().rows() == after
    assert (made.train_rows, made.valid_rows) == (len(before), len(after))
    assert read_cut(folder) == (cutoff, days)


def test_by_default_the_last_seven_days_are_held_back(folder: DataFolder) -> None:
    made = split(folder)
    assert (made.cutoff, made.days) == (date(2020, 9, 14), 7)
    assert made.last_held_back == made.last == date(2020, 9, 20)


def test_an_empty_side_leaves_the_old_split_whole(folder: DataFolder) -> None:
    split(folder, date(2020, 9, 10))
    before = folder.path("train_split.parquet").read_bytes()
    with pytest.raises(EmptySplit):
        split(folder, date(2021, 1, 1))
    assert folder.path("train_split.parquet").read_bytes() == before


def test_no_days_are_refused(folder: DataFolder) -> None:
    with pytest.raises(BadOption, match="--days 0"):
        split(folder, days=0)


def test_without_tables_the_script_to_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefact, match=r"python data_optim\.py"):
        split(DataFolder(tmp_path))


def test_a_split_of_other_transactions_is_noticed(tiny_shop: Path) -> None:
    folder = DataFolder(tiny_shop)
    convert(tiny_shop, folder)
    split(folder)
    path = tiny_shop / "transactions_train.csv"
    path.write_text(path.read_text().replace("2020-09-12", "2020-09-11"))
    convert(tiny_shop, folder)
    with pytest.raises(StaleArtefact, match=r"another transactions\.parquet.*\n.*split_data\.py"):
        read_cut(folder)


def test_other_readers_of_parquet_need_nothing_of_ours(folder: DataFolder) -> None:
    split(folder, date(2020, 9, 10))
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(folder.path("train_split.parquet"))
    assert table.num_rows == pl.read_parquet(folder.path("train_split.parquet")).height == 2
