"""CSV → Parquet: lossless, checked, all or nothing."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest
from helpers import CUSTOMER_COLUMNS, article_row, customer

from stylo.errors import BadHeader, BadRows, CannotWrite, MissingFile, StyloError
from stylo.progress import Silent
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
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

    convert(tiny_shop, DataFolder(tiny_shop), Listener())
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
        (T, ",2\n", ",\n", BadRows, ["line 2, sales_channel_id: nothing must hold a whole number"]),
        (T, ",2\n", ",300\n", BadRows, ["line 2, sales_channel_id: '300'"]),
        (T, ",2\n", ",2,9\n", BadRows, ["Line 2 has 6 cells, the header 5"]),
        (T, "price", "prise", BadHeader, ["no column 'price'", "Is 'prise' meant"]),
        (T, ",sales_channel_id", "", BadHeader, ["no column 'sales_channel_id'"]),
        (
            A,
            "0108775044",
            "0108775015",
            BadRows,
            ["line 2, article_id:", "line 3, article_id:", "is there twice"],
        ),
        (A, "0108775044", "1108775044", BadRows, ["line 3, article_id: '1108775044'"]),
        (A, ",Tee,", ",,", BadRows, ["line 2, prod_name: nothing must hold a text"]),
        (C, customer(2), customer(1), BadRows, ["line 3, customer_id:", "line 4", "is there twice"]),
        (C, "21.0", "21.5", BadRows, ["line 3, age: '21.5' is not a whole number"]),
        (C, "age", "Alter", BadHeader, ["no column 'age'"]),
    ],
)
def test_a_fault_is_named_with_its_line_and_the_old_tables_stay_whole(
    tiny_shop: Path, file: str, old: str, new: str, error: type[StyloError], words: list[str]
) -> None:
    folder = DataFolder(tiny_shop)
    convert(tiny_shop, folder)
    before = {path: path.read_bytes() for path in sorted(tiny_shop.glob("*.parquet"))}
    edit(tiny_shop / file, old, new)
    with pytest.raises(error) as caught:
        convert(tiny_shop, folder)
    message = str(caught.value)
    assert str(tiny_shop / file) in message
    for word in words:
        assert word in message
    assert {
        path: path.read_bytes() for path in sorted(tiny_shop.iterdir()) if path.suffix != ".csv"
    } == before


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
    with pytest.raises(BadRows, match=r"line 6, (article_id|price|sales_channel_id)"):
        convert(tiny_shop, DataFolder(tiny_shop))


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08\x00\xff\xfe\xfd"])
def test_a_file_without_a_header_is_an_error(tiny_shop: Path, content: bytes) -> None:
    (tiny_shop / "articles.csv").write_bytes(content)
    with pytest.raises(BadHeader, match=r"articles\.csv"):
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
