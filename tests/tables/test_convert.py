"""CSV → Parquet: lossless, checked, all or nothing."""

from __future__ import annotations

import csv
import errno
import gzip
import json
import zipfile
from collections.abc import Callable
from concurrent.futures import Future
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from helpers import (
    ARTICLE_COLUMNS,
    CUSTOMER_COLUMNS,
    Row,
    article_row,
    bought,
    customer,
    given_back,
    kept,
    random_rows,
    tables,
    write_shop,
)

from stylo.artefacts import Part, read_parts
from stylo.errors import BadArchive, BadHeader, BadRows, CannotWrite, MissingFile, StyloError
from stylo.progress import Silent
from stylo.tables import convert as converting
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.records import STRAY_MARK
from stylo.tables.schemas import PARQUET_COLUMNS


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def read(folder: Path, table: str) -> pl.DataFrame:
    return DataFolder(folder).scan(f"{table}.parquet").collect()


def test_every_row_comes_back_as_it_was(tiny_shop: Path) -> None:
    convert(tiny_shop, DataFolder(tiny_shop))
    customers = dict(read(tiny_shop, "customers").select("customer", "customer_id").iter_rows())
    back = [
        (str(day), customers[who], f"{what:010d}", price, str(channel))
        for day, who, what, price, channel in read(tiny_shop, "transactions").iter_rows()
    ]
    with (tiny_shop / "transactions_train.csv").open() as file:
        raw = [tuple(row) for row in list(csv.reader(file))[1:]]
    float32 = {row[3]: pl.Series([float(row[3])], dtype=pl.Float32).item() for row in raw}
    expected = [(day, who, what, float32[price], channel) for day, who, what, price, channel in raw]
    assert sorted(back) == sorted(expected)
    with (tiny_shop / "articles.csv").open() as file:
        rows = list(csv.DictReader(file))
    articles = read(tiny_shop, "articles")
    assert articles.columns == list(PARQUET_COLUMNS["articles.parquet"])
    assert [
        {k: str(v) for k, v in row.items() if k != "article"} for row in articles.rows(named=True)
    ] == rows


def test_types_are_those_of_the_design(tiny_shop: Path) -> None:
    convert(tiny_shop, DataFolder(tiny_shop))
    assert dict(read(tiny_shop, "transactions").schema) == {
        "t_dat": pl.Date,
        "customer": pl.UInt32,
        "article": pl.Int32,
        "price": pl.Float32,
        "sales_channel_id": pl.UInt8,
    }
    customers = read(tiny_shop, "customers")
    assert customers["customer"].to_list() == [0, 1, 2]
    assert customers["age"].to_list() == [23, 21, 22]
    assert customers["Active"].to_list() == [None] * 3


def test_columns_may_stand_in_any_order_and_extra_ones_are_left_out_with_a_word(tiny_shop: Path) -> None:
    path = tiny_shop / "customers.csv"
    with path.open() as file:
        rows = [[*row[::-1], "x"] for row in csv.reader(file)]
    path.write_text("\n".join(",".join(row) for row in rows) + "\n\n")
    notes: list[str] = []

    class Listener(Silent):
        def note(self, text: str) -> None:
            notes.append(text)

    convert(tiny_shop, DataFolder(tiny_shop), progress=Listener())
    assert read(tiny_shop, "customers")["customer_id"].to_list() == [customer(n) for n in (3, 1, 2)]
    assert len(notes) == 1
    assert "x" in notes[0]


def test_customers_keep_their_numbers_and_new_ones_come_last(tiny_shop: Path) -> None:
    convert(tiny_shop, DataFolder(tiny_shop))
    path = tiny_shop / "customers.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], f"{customer(7)},,,,,,", *sorted(lines[1:])]) + "\n")
    convert(tiny_shop, DataFolder(tiny_shop))
    assert read(tiny_shop, "customers")["customer_id"].to_list() == [customer(n) for n in (3, 1, 2, 7)]
    bought = read(tiny_shop, "transactions")["customer"].to_list()
    assert sorted(bought) == [1, 1, 1, 1, 2]


def test_another_shop_starts_its_own_numbers(tiny_shop: Path) -> None:
    convert(tiny_shop, DataFolder(tiny_shop))
    path = tiny_shop / "customers.csv"
    path.write_text("\n".join([CUSTOMER_COLUMNS, *(f"{customer(n)},,,,,," for n in (2, 1))]) + "\n")
    convert(tiny_shop, DataFolder(tiny_shop))
    assert read(tiny_shop, "customers")["customer_id"].to_list() == [customer(2), customer(1)]


def parts_of(folder: Path) -> list[Part]:
    return read_parts(folder / "transactions.parquet")


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few records, and months that are written in many pieces."""
    monkeypatch.setattr("stylo.tables.csv_file._BLOCK_BYTES", 1000)
    monkeypatch.setattr("stylo.tables.transactions._MOST_WAITING", 40)


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("order", [list, sorted])
def test_a_large_file_comes_back_row_for_row_in_any_order(
    tmp_path: Path, seed: int, order: Callable[[list[Row]], list[Row]]
) -> None:
    rows = order(random_rows(seed, 1500))
    write_shop(tmp_path, rows)
    *_, converted = convert(tmp_path, DataFolder(tmp_path))
    assert (converted.records, converted.rows, converted.rejected) == (1650, 1650, 0)
    assert given_back(tmp_path) == kept(rows)


@pytest.mark.parametrize(
    "unusual", [None, ("2.0", "0.5"), ("2", "abc"), ("", "0.5"), ("2", '"0.5"'), ("2", "1e39")]
)
def test_an_unusual_cell_does_not_change_how_its_neighbours_are_read(
    tmp_path: Path, unusual: tuple[str, str] | None
) -> None:
    """A block that holds only plain numbers takes another way through the reader than one that does not."""
    prices = ["0.0508305084745763", "1e-3", "0", "999999900", "0.0000001", "5", "1.17549435e-38"]
    rows = [(*bought("2020-01-15", 1, 1)[:3], price, "1") for price in prices]
    odd = [(*bought("2020-01-16", 1, 1)[:3], unusual[1], unusual[0])] if unusual else []
    write_shop(tmp_path, [*rows, *odd])
    convert(tmp_path, DataFolder(tmp_path), quarantine=True)
    back = read(tmp_path, "transactions").filter(pl.col("t_dat") == date(2020, 1, 15))["price"]
    assert back.to_list() == [float(np.float32(price)) for price in prices]


@pytest.mark.usefixtures("small_pieces")
def test_each_month_is_one_part_named_after_its_first_day_and_sorted_by_customer(tmp_path: Path) -> None:
    rows = random_rows(1, 1500)
    write_shop(tmp_path, rows)
    convert(tmp_path, DataFolder(tmp_path))
    days = sorted(row[0] for row in rows)
    months = [list(group) for _, group in groupby(days, key=lambda day: day[:7])]
    assert [(part.file, part.rows, str(part.first), str(part.last)) for part in parts_of(tmp_path)] == [
        (f"{month[0]}.parquet", len(month), month[0], month[-1]) for month in months
    ]
    for part in parts_of(tmp_path):
        table = pl.read_parquet(tmp_path / "transactions.parquet" / part.file)
        assert table.rows() == sorted(table.rows(), key=lambda row: (row[1], row[0], row[2]))
        assert part.bytes == (tmp_path / "transactions.parquet" / part.file).stat().st_size
    names = sorted(path.name for path in (tmp_path / "transactions.parquet").iterdir())
    assert names == [f"{month[0]}.parquet" for month in months]


def test_the_order_of_the_csv_does_not_change_the_parts(tmp_path: Path) -> None:
    rows = list(dict.fromkeys((*row[:3], "0.05", "2") for row in random_rows(2, 1000)))
    tables_of = []
    for name, order in (("shuffled", rows), ("sorted", sorted(rows)), ("reversed", sorted(rows)[::-1])):
        write_shop(tmp_path / name, order)
        convert(tmp_path / name, DataFolder(tmp_path / name))
        tables_of.append(parts_of(tmp_path / name))
    assert tables_of[0] == tables_of[1] == tables_of[2]


def pack_gz(path: Path) -> None:
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()


def pack_zip(path: Path) -> None:
    with zipfile.ZipFile(path.with_name(path.name + ".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, path.name)
    path.unlink()


def as_windows(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def with_a_mark(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())


def without_last_line_end(path: Path) -> None:
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))


def with_blank_lines(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"\n", b"\n\n\n"))


def all_in_quotes(path: Path) -> None:
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    with path.open("w", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)


def columns_backwards(path: Path) -> None:
    with path.open(newline="") as file:
        rows = [row[::-1] for row in csv.reader(file)]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize(
    "change",
    [
        pack_gz,
        pack_zip,
        as_windows,
        with_a_mark,
        without_last_line_end,
        with_blank_lines,
        all_in_quotes,
        columns_backwards,
    ],
)
def test_the_same_shop_in_another_dress_is_the_same(tmp_path: Path, change: Callable[[Path], None]) -> None:
    rows = random_rows(3, 300)
    for name in ("plain", "dressed"):
        write_shop(tmp_path / name, rows)
    for table in (T, A, C):
        change(tmp_path / "dressed" / table)
    for name in ("plain", "dressed"):
        convert(tmp_path / name, DataFolder(tmp_path / name))
    assert given_back(tmp_path / "dressed") == kept(rows)
    for table in ("articles", "customers"):
        assert read(tmp_path / "dressed", table).equals(read(tmp_path / "plain", table))


@pytest.mark.usefixtures("small_pieces")
def test_descriptions_keep_their_line_breaks_commas_and_quotation_marks(tmp_path: Path) -> None:
    descriptions = ["a,b", "two\nlines", 'say ""hi""', "\n\n,\n", "x" * 2500, "", *["plain"] * 20]
    rows = [
        article_row(f"{number:010d}").rsplit(',"A tee', 1)[0] + f',"{text}"'
        for number, text in enumerate(descriptions, start=1)
    ]
    write_shop(tmp_path, [bought("2020-09-01", 1, 1)])
    (tmp_path / A).write_text("\n".join([ARTICLE_COLUMNS, *rows]) + "\n")
    with (tmp_path / A).open(newline="") as file:
        expected = [row["detail_desc"] or None for row in csv.DictReader(file)]
    convert(tmp_path, DataFolder(tmp_path))
    assert read(tmp_path, "articles")["detail_desc"].to_list() == expected


def test_a_table_of_an_older_version_makes_room(tiny_shop: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tiny_shop / "transactions.parquet")
    convert(tiny_shop, DataFolder(tiny_shop))
    assert read(tiny_shop, "transactions").height == 5


def test_days_that_are_no_longer_in_the_csv_leave_no_part_behind(tmp_path: Path) -> None:
    for rows in ([bought("2020-08-01", 1), bought("2020-09-01", 1)], [bought("2020-09-02", 1)]):
        write_shop(tmp_path, rows)
        convert(tmp_path, DataFolder(tmp_path))
    assert [path.name for path in (tmp_path / "transactions.parquet").iterdir()] == ["2020-09-02.parquet"]
    listed = json.loads((tmp_path / "transactions.json").read_text())["parts"]
    assert [part["file"] for part in listed] == ["2020-09-02.parquet"]


T, A, C = "transactions_train.csv", "articles.csv", "customers.csv"


@pytest.mark.parametrize(
    ("file", "old", "new", "error", "words"),
    [
        (T, "2020-09-10", "2020-09-31", BadRows, ["line 4, t_dat: '2020-09-31' is not a date"]),
        (T, "2020-09-10", "2020-9-10", BadRows, ["line 4, t_dat: '2020-9-10' is not a date"]),
        (T, "0.0254067796610169", "cheap", BadRows, ["line 5, price: 'cheap' is not a number"]),
        (T, "0.0254067796610169", "-1", BadRows, ["line 5, price: '-1'"]),
        (T, "0.0254067796610169", "nan", BadRows, ["line 5, price: 'nan'"]),
        (T, "0200000001", "200000001", BadRows, ["line 5, article_id: '200000001' is not ten digits"]),
        (T, "0200000001", "0200000002", BadRows, ["line 5, article_id: '0200000002' is not in articles.csv"]),
        (T, customer(2), customer(8), BadRows, ["line 5, customer_id:", "is not in customers.csv"]),
        (
            T,
            ",2\n",
            ",\n",
            BadRows,
            ["line 2, sales_channel_id: nothing must hold 1 (in a shop) or 2 (online)"],
        ),
        (T, ",2\n", ",300\n", BadRows, ["line 2, sales_channel_id: '300'"]),
        (T, ",2\n", ",2,9\n", BadRows, ["line 2: the line has more cells than the header's 5"]),
        (T, "price", "prise", BadHeader, ["no column 'price'", "Is 'prise' meant"]),
        (T, ",sales_channel_id", "", BadHeader, ["no column 'sales_channel_id'"]),
        (A, "0108775044", "0108775015", BadRows, ["line 3, article_id: '0108775015' appears twice"]),
        (A, "0108775044", "1108775044", BadRows, ["line 3, article_id: '1108775044'"]),
        (A, ",Tee,", ",,", BadRows, ["line 2, prod_name: nothing must hold a text"]),
        (C, customer(2), customer(1), BadRows, ["line 4, customer_id:", "appears twice"]),
        (C, "21.0", "21.5", BadRows, ["line 3, age: '21.5' is not a whole number"]),
        (C, "age", "Alter", BadHeader, ["no column 'age'"]),
    ],
)
def test_a_fault_is_named_with_its_line_and_the_old_tables_stay_whole(
    tiny_shop: Path, file: str, old: str, new: str, error: type[StyloError], words: list[str]
) -> None:
    folder = DataFolder(tiny_shop)
    convert(tiny_shop, folder)
    before = tables(tiny_shop)
    edit(tiny_shop / file, old, new)
    with pytest.raises(error) as caught:
        convert(tiny_shop, folder)
    message = str(caught.value)
    assert str(tiny_shop / file) in message
    for word in words:
        assert word in message
    assert tables(tiny_shop) == before


def test_the_line_is_right_behind_a_description_of_several_lines(tiny_shop: Path) -> None:
    path = tiny_shop / "articles.csv"
    text = path.read_text().replace("soft", "soft\nand\nwarm", 1)
    path.write_text(text + article_row("0300000001", name="") + "\n")
    with pytest.raises(BadRows, match=r"line 8, prod_name: nothing"):
        convert(tiny_shop, DataFolder(tiny_shop))


def test_causes_are_counted_over_the_whole_file(tiny_shop: Path) -> None:
    path = tiny_shop / "transactions_train.csv"
    path.write_text(path.read_text().replace(",0.0", ",free"))
    with pytest.raises(BadRows, match=r"5 × price is not a number"):
        convert(tiny_shop, DataFolder(tiny_shop))


def test_a_file_cut_in_the_middle_of_a_row_is_an_error(tiny_shop: Path) -> None:
    path = tiny_shop / "transactions_train.csv"
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(BadRows, match=r"line 6: the line has fewer cells(.|\n)*download it again"):
        convert(tiny_shop, DataFolder(tiny_shop))


def test_a_file_cut_in_the_middle_of_a_description_is_an_error(tiny_shop: Path) -> None:
    path = tiny_shop / A
    path.write_bytes(path.read_bytes()[:-6])
    with pytest.raises(BadRows, match=r"line 5: the line has a quotation mark(.|\n)*not closed"):
        convert(tiny_shop, DataFolder(tiny_shop))


@pytest.mark.usefixtures("small_pieces")
def test_a_packed_file_that_is_cut_off_is_an_error(tmp_path: Path) -> None:
    write_shop(tmp_path, random_rows(4, 2000))
    pack_gz(tmp_path / T)
    path = tmp_path / f"{T}.gz"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(BadArchive, match=r"csv\.gz cannot be unpacked completely"):
        convert(tmp_path, DataFolder(tmp_path))
    assert not tables(tmp_path)


def test_an_archive_of_two_csvs_is_not_guessed_at(tiny_shop: Path) -> None:
    with zipfile.ZipFile(tiny_shop / f"{T}.zip", "w") as archive:
        archive.write(tiny_shop / T, T)
        archive.write(tiny_shop / A, A)
    (tiny_shop / T).unlink()
    with pytest.raises(BadArchive, match="should hold one CSV"):
        convert(tiny_shop, DataFolder(tiny_shop))


@pytest.mark.usefixtures("small_pieces")
def test_a_quotation_mark_that_is_never_closed_costs_its_own_line_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [bought("2020-09-01", 1)] * 100
    rows[40] = ('"2020-09-01', *rows[40][1:])
    for longest in (1 << 20, 3000):
        monkeypatch.setattr("stylo.tables.records.LONGEST", longest)
        monkeypatch.setattr("stylo.tables.csv_file.LONGEST", longest)
        write_shop(tmp_path, rows)
        with pytest.raises(BadRows, match=f"1 of 100 rows(.|\n)*line 42: {STRAY_MARK}"):
            convert(tmp_path, DataFolder(tmp_path))


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_are_right_across_blocks_behind_blank_lines_and_long_descriptions(
    tmp_path: Path, end: str
) -> None:
    pieces, bad = [ARTICLE_COLUMNS + end], []
    for number in range(1, 200):
        if number % 7 == 0:
            pieces.append(end * (number % 5))
        name = "" if number % 13 == 0 else "Tee"
        if not name:
            bad.append("".join(pieces).count("\n") + 1)
        text = article_row(f"{number:010d}", name=name)
        pieces.append((text.replace("soft", f"soft{end * 3}warm") if number % 11 == 0 else text) + end)
    write_shop(tmp_path, [bought("2020-09-01", 1)])
    (tmp_path / A).write_bytes("".join(pieces).encode())
    convert(tmp_path, DataFolder(tmp_path), quarantine=True)
    rejects = read(tmp_path, "rejects")
    assert rejects["line"].to_list() == bad
    assert set(rejects["reason"]) == {"prod_name must hold a text"}


def test_lines_are_right_behind_a_line_that_holds_only_what_is_left_out(tmp_path: Path) -> None:
    write_shop(tmp_path, [bought("2020-09-01", 1)])
    rows = [f"{CUSTOMER_COLUMNS},x", ",,,,,,,1", f"{customer(1)},,,,,30,,", f"{customer(2)},,,,,old,,"]
    (tmp_path / C).write_text("\n".join(rows) + "\n")
    with pytest.raises(BadRows, match=r"line 2, customer_id: nothing must hold(.|\n)*line 4, age: 'old'"):
        convert(tmp_path, DataFolder(tmp_path))


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08\x00\xff\xfe\xfd"])
def test_a_file_without_a_header_is_an_error(tiny_shop: Path, content: bytes) -> None:
    (tiny_shop / "articles.csv").write_bytes(content)
    with pytest.raises((BadHeader, BadArchive), match=r"articles\.csv"):
        convert(tiny_shop, DataFolder(tiny_shop))


def test_a_table_without_rows_is_an_error(tiny_shop: Path) -> None:
    path = tiny_shop / "transactions_train.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(BadRows, match="no row"):
        convert(tiny_shop, DataFolder(tiny_shop))


def test_a_missing_file_is_named(tiny_shop: Path) -> None:
    (tiny_shop / "customers.csv").unlink()
    with pytest.raises(MissingFile, match=r"customers\.csv is not there"):
        convert(tiny_shop, DataFolder(tiny_shop))


def test_a_folder_that_cannot_be_made_is_named(tiny_shop: Path) -> None:
    in_the_way = tiny_shop / "customers.csv" / "data"
    with pytest.raises(CannotWrite, match="a file stands where a folder should be"):
        convert(tiny_shop, DataFolder(in_the_way))


class AtOnce:
    """An executor that has done everything before `submit` returns."""

    def __init__(self, _: int) -> None: ...

    def __enter__(self) -> AtOnce:
        return self

    def __exit__(self, *_: object) -> None: ...

    def submit(self, work: Callable[..., object], *given: object) -> Future[object]:
        done: Future[object] = Future()
        try:
            done.set_result(work(*given))
        except OSError as error:
            done.set_exception(error)
        return done


def test_customers_that_cannot_be_written_stop_the_run_before_the_transactions_are_read(
    tiny_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, begun = converting.write_parquet, []

    def full(rows: pl.DataFrame, path: Path, *given: Any) -> None:
        if "customer" in rows.columns:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(rows, path, *given)

    monkeypatch.setattr(converting, "ThreadPoolExecutor", AtOnce)
    monkeypatch.setattr(converting, "write_parquet", full)
    monkeypatch.setattr(converting, "write_transactions", lambda *_: begun.append(1))
    with pytest.raises(CannotWrite, match="the disk is full"):
        convert(tiny_shop, DataFolder(tiny_shop))
    assert not begun
