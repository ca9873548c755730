"""The temporal split: every row on the right side, and none lost."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from helpers import bought, given_back, kept, random_rows, tables, write_shop, write_tiny_shop
from hypothesis import given, settings
from hypothesis import strategies as st

from stylo.errors import BadOption, EmptySplit, MissingArtefact, StaleArtefact
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.split import read_cut, split, timeline


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
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
    before = tables(folder.root)
    with pytest.raises(EmptySplit):
        split(folder, date(2021, 1, 1))
    assert tables(folder.root) == before


def test_no_row_is_lost_between_the_sides(tmp_path: Path) -> None:
    rows = random_rows(5, 800)
    write_shop(tmp_path, rows)
    convert(tmp_path, DataFolder(tmp_path))
    made = split(DataFolder(tmp_path), date(2020, 3, 10), days=3650)
    before = [row for row in rows if row[0] < "2020-03-10"]
    assert given_back(tmp_path, "train_split.parquet") == kept(before)
    assert given_back(tmp_path, "valid_split.parquet") == kept(row for row in rows if row not in before)
    assert (made.train_rows, made.valid_rows) == (len(before), len(rows) - len(before))


def test_whole_months_are_shared_and_only_the_month_of_the_cut_is_written(tmp_path: Path) -> None:
    write_shop(tmp_path, [bought(f"2020-{month:02d}-{day}", 1) for month in range(1, 6) for day in (10, 20)])
    convert(tmp_path, DataFolder(tmp_path))
    split(DataFolder(tmp_path), date(2020, 4, 15), days=60)

    def parts(table: str) -> dict[str, int]:
        return {path.name: path.stat().st_ino for path in (tmp_path / table).iterdir()}

    whole, train, valid = map(parts, ("transactions.parquet", "train_split.parquet", "valid_split.parquet"))
    assert sorted(train) == [f"2020-0{month}-10.parquet" for month in (1, 2, 3, 4)]
    assert sorted(valid) == ["2020-04-20.parquet", "2020-05-10.parquet"]
    shared = {name for name, inode in (*train.items(), *valid.items()) if whole.get(name) == inode}
    assert shared == {f"2020-0{month}-10.parquet" for month in (1, 2, 3, 5)}


def test_a_new_conversion_leaves_the_shared_months_of_the_split_as_they_were(tmp_path: Path) -> None:
    rows = [bought("2020-01-10", 1), bought("2020-02-10", 1), bought("2020-02-12", 2)]
    write_shop(tmp_path, rows)
    convert(tmp_path, DataFolder(tmp_path))
    split(DataFolder(tmp_path), date(2020, 2, 11))
    write_shop(tmp_path, [bought("2020-01-10", 2), *rows])
    convert(tmp_path, DataFolder(tmp_path))
    assert given_back(tmp_path, "train_split.parquet") == kept(rows[:2])


def test_the_plan_counts_what_each_week_knows_and_asks(tmp_path: Path) -> None:
    rows = random_rows(6, 600)
    write_shop(tmp_path, rows)
    convert(tmp_path, DataFolder(tmp_path))
    made = split(DataFolder(tmp_path), date(2020, 4, 15), days=7, folds=3)
    expected = []
    for fold, (cutoff, end) in enumerate(
        (("2020-04-01", "2020-04-08"), ("2020-04-08", "2020-04-15"), ("2020-04-15", "2020-04-22")), start=1
    ):
        asked = [row for row in rows if cutoff <= row[0] < end]
        until = date.fromisoformat(end) - timedelta(days=1)
        buyers = len({row[1] for row in asked})
        known = sum(row[0] < cutoff for row in rows)
        expected.append((fold, date.fromisoformat(cutoff), until, known, len(asked), buyers))
    plan = DataFolder(tmp_path).scan("folds.parquet").collect()
    assert plan.rows() == expected == made.folds.rows()
    assert (made.train_rows, made.valid_rows) == expected[-1][3:5]
    header, *lines = timeline(made)
    assert "2020-01-15" in header
    assert [line.split()[-4:] for line in lines] == [
        [str(cutoff), str(known), str(asked), str(buyers)] for _, cutoff, _, known, asked, buyers in expected
    ]


def test_more_weeks_than_the_data_hold_are_refused_with_their_range(folder: DataFolder) -> None:
    # The tiny shop's 20 days: the cutoffs 14, 7 and, with nothing before it, 31 August.
    assert split(folder, folds=2).folds["cutoff"].to_list() == [date(2020, 9, 7), date(2020, 9, 14)]
    before = tables(folder.root)
    with pytest.raises(
        EmptySplit, match=r"2020-08-31 (.|\n)*from 2020-09-01 to 2020-09-20(.|\n)*fewer --folds"
    ):
        split(folder, folds=3)
    assert tables(folder.root) == before


@pytest.mark.parametrize("folds", [0, 1001])
def test_no_or_too_many_weeks_are_refused(folder: DataFolder, folds: int) -> None:
    with pytest.raises(BadOption, match=f"{folds:,} weeks is not possible: choose 1 to"):
        split(folder, folds=folds)


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


def test_few_rows_that_lie_years_away_change_no_split(tmp_path: Path) -> None:
    rows = random_rows(1, 300)
    odd = [bought(day, 1) for day in ("1900-01-01", "1970-01-01", "2199-12-31")]
    for name, its in (("plain", rows), ("odd", [*odd, *rows])):
        write_shop(tmp_path / name, its)
        convert(tmp_path / name, DataFolder(tmp_path / name))
    plain, other = (split(DataFolder(tmp_path / name), folds=2) for name in ("plain", "odd"))
    assert (other.first, other.last, other.cutoff) == (plain.first, plain.last, plain.cutoff)
    assert other.folds.equals(plain.folds)
    for side in ("train_split.parquet", "valid_split.parquet"):
        assert given_back(tmp_path / "odd", side) == given_back(tmp_path / "plain", side)
    assert given_back(tmp_path / "odd") == kept([*odd, *rows])
    assert [(each.first, each.rows, each.line) for each in other.odd] == [
        ("1900-01-01", 1, 2),
        ("1970-01-01", 1, 3),
        ("2199-12-31", 1, 4),
    ]


def test_a_past_of_its_own_stays_in_the_split(tmp_path: Path) -> None:
    old, new = random_rows(1, 100, "2015-01-01"), random_rows(2, 300, "2020-01-15")
    write_shop(tmp_path, [*old, *new])
    convert(tmp_path, DataFolder(tmp_path))
    made = split(DataFolder(tmp_path))
    assert str(made.first) == min(row[0] for row in old)
    assert made.train_rows + made.valid_rows == len(kept([*old, *new]))
    assert "rows from 2015-01-" in made.odd[0].warning
    assert "leaves out" not in made.odd[0].warning
