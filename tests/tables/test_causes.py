"""Files that are bad in one way from top to bottom: the message names the cause, shows it, and says the right cure."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from helpers import bought, customer, given_back, kept, write_shop, write_transactions

from stylo.errors import BadHeader, BadRows
from stylo.tables.append import append
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder

T, A, C = "transactions_train.csv", "articles.csv", "customers.csv"


def change(path: Path, column: str, new: Callable[[str], str]) -> None:
    """Writes a CSV again with other values in one column."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, column: new(row[column])} for row in rows)


def fault(folder: Path, quarantine: bool) -> str:
    with pytest.raises(BadRows) as caught:
        convert(folder, DataFolder(folder), quarantine=quarantine)
    assert not (folder / "transactions.parquet").exists()
    return str(caught.value)


@pytest.mark.parametrize("quarantine", [False, True])
@pytest.mark.parametrize(
    ("file", "column", "new", "words"),
    [
        (A, "article_id", lambda text: text[1:], ["'000000001'", "leading zero", "--restore-leading-zero"]),
        (T, "article_id", lambda text: text[1:], ["'000000001'", "leading zero", "--restore-leading-zero"]),
        (A, "article_id", lambda text: f"{int(text) + 10**8}.0", ["'100000001.0'", "dtype=str"]),
        (A, "article_id", lambda text: "1.08775E+08", ["'1.08775E+08'", "rounded", "cannot be restored"]),
        (A, "article_id", lambda text: f"'{text}", ['"\'0000000001"', "extra characters around the ids"]),
        (A, "article_id", lambda text: f" {text}", ["' 0000000001'", "extra characters around the ids"]),
        (A, "article_id", lambda text: f'="{text}"', ["extra characters around the ids"]),
        (A, "article_id", lambda text: f"SKU-{text}", ["ten digits, the first of them a zero"]),
        (C, "customer_id", lambda text: str(int(text, 16)), ["'1'", "whole numbers", "sha256"]),
        (C, "customer_id", lambda text: f"{int(text, 16) - 2**62}", ["whole numbers"]),
        (C, "customer_id", lambda text: text.replace("0", "A"), ["upper case", "lower case"]),
        (C, "customer_id", lambda text: text[:40], ["truncated"]),
        (C, "customer_id", lambda text: "3f2504e0-4f89-11d3-9a0c-0305e82c3301", ["sha256"]),
        (T, "t_dat", lambda text: f"{text} 00:00:00", ["'2020-09-01 00:00:00'", "time of day"]),
        (T, "t_dat", lambda text: f"{text}T10:30:00Z", ["time of day"]),
        (T, "t_dat", lambda text: "01.09.2020", ["begin with the day or the month"]),
        (T, "t_dat", lambda text: "9/1/2020", ["begin with the day or the month"]),
        (T, "t_dat", lambda text: text.replace("-", "/"), ["other separators"]),
        (T, "t_dat", lambda text: text.replace("-", ""), ["without hyphens"]),
        (T, "t_dat", lambda text: "44075", ["days since 1900"]),
        (T, "t_dat", lambda text: "1598918400", ["seconds since 1970"]),
        (T, "t_dat", lambda text: "0001-01-01", ["from 1900 to 2199", "placeholder"]),
        (T, "t_dat", lambda text: "9999-12-31", ["from 1900 to 2199", "placeholder"]),
        (T, "price", lambda text: "0,05", ["'0,05'", "decimal comma"]),
        (T, "price", lambda text: "1.234,50", ["thousands separators"]),
        (T, "price", lambda text: "€ 12.50", ["currency"]),
        (T, "price", lambda text: "12.50 kr", ["currency"]),
        (T, "price", lambda text: "4006381333931", ["barcode"]),
        (T, "price", lambda text: "3e38", ["barcode"]),
        (T, "price", lambda text: "NaN", ["price is missing"]),
        (T, "price", lambda text: "-0.05", ["returns"]),
        (T, "sales_channel_id", lambda text: "online", ["2 for purchases online"]),
        (T, "sales_channel_id", lambda text: "3", ["2 for purchases online"]),
        (T, "customer_id", lambda text: customer(99), ["is not in customers.csv", "same shop"]),
        (C, "age", lambda text: "1987", ["'1987'", "whole years"]),
    ],
)
def test_what_is_wrong_with_every_row_is_said_with_an_example_and_its_cure(
    tmp_path: Path, file: str, column: str, new: Callable[[str], str], words: list[str], quarantine: bool
) -> None:
    write_shop(tmp_path, [bought("2020-09-01", 1)] * 12, customers=12, articles=12)
    change(tmp_path / file, column, new)
    message = fault(tmp_path, quarantine)
    for word in [str(tmp_path / file), "no usable rows: all 12", "line 2", column, *words]:
        assert word in message
    assert "Download the file" not in message
    assert "--quarantine" not in message


def test_the_commonest_cause_decides_what_is_advised(tmp_path: Path) -> None:
    rows = [("2020-13-01", *bought("", 1)[1:]), *[bought("2020-09-01", 1, price='"1,5"')] * 8]
    write_shop(tmp_path, rows)
    message = fault(tmp_path, quarantine=False)
    assert "decimal comma" in message
    assert "8 × price" in message


def test_some_bad_rows_among_good_ones_offer_the_quarantine(tmp_path: Path) -> None:
    write_shop(tmp_path, [bought("2020-09-01", 1), bought("2020-09-02", 1, price="€1")])
    message = fault(tmp_path, quarantine=False)
    assert "1 of 2 rows" in message
    assert "currency" in message
    assert "--quarantine" in message


def test_what_was_set_aside_is_said_with_its_commonest_cause(tmp_path: Path) -> None:
    write_shop(tmp_path, [bought("2020-09-01", 1), *[bought("2020-09-02", 1, price="€1")] * 3])
    *_, found = convert(tmp_path, DataFolder(tmp_path), quarantine=True)
    (remark,) = found.remarks
    for words in ("3 rows were set aside", "line 3", "'€1'", "currency"):
        assert words in remark


def without_zeros(folder: Path) -> None:
    for file in (A, T):
        change(folder / file, "article_id", lambda text: text[1:] if int(text) % 2 else text)


def test_lost_zeros_are_restored_in_articles_and_transactions_and_counted(tmp_path: Path) -> None:
    rows = [bought("2020-09-01", 1, what) for what in (1, 2, 3, 3)]
    write_shop(tmp_path, rows, articles=5)
    without_zeros(tmp_path)
    found = {each.table: each for each in convert(tmp_path, DataFolder(tmp_path), restore_leading_zero=True)}
    assert given_back(tmp_path) == kept(rows)
    articles = pl.read_parquet(tmp_path / "articles.parquet")
    assert articles["article_id"].to_list() == [f"{number:010d}" for number in range(1, 6)]
    assert {name: each.restored for name, each in found.items()} == {
        "customers": 0, "articles": 3, "transactions": 3,
    }  # fmt: skip
    assert any("the leading zero of 3 article ids was restored" in each for each in found["articles"].remarks)


def test_lost_zeros_are_restored_in_appended_days_too(tmp_path: Path) -> None:
    first, later = [bought("2020-09-01", 1, 1)], [bought("2020-09-02", 1, 1)]
    write_shop(tmp_path, first)
    folder = DataFolder(tmp_path)
    convert(tmp_path, folder)
    new = write_transactions(tmp_path / "week.csv", later)
    change(new, "article_id", lambda text: text[1:])
    with pytest.raises(BadRows, match="--restore-leading-zero"):
        append(new, tmp_path, folder)
    (found,), _ = append(new, tmp_path, folder, restore_leading_zero=True)
    assert given_back(tmp_path) == kept([*first, *later])
    assert found.restored == 1


def test_a_table_that_was_made_of_restored_ids_takes_later_days_in_the_same_way(tmp_path: Path) -> None:
    rows = [bought("2020-09-01", 1, 1), bought("2020-09-02", 1, 1), bought("2020-09-03", 1, 2)]
    write_shop(tmp_path, rows[:1])
    without_zeros(tmp_path)
    folder = DataFolder(tmp_path)
    convert(tmp_path, folder, restore_leading_zero=True)
    for row in rows[1:]:
        new = write_transactions(tmp_path / "week.csv", [row])
        change(new, "article_id", lambda text: text[1:])
        append(new, tmp_path, folder)
    assert given_back(tmp_path) == kept(rows)


@pytest.mark.parametrize("text", ["10877501", "1108775015", "108775015.0", " 108775015", "1.08775E+08"])
def test_only_nine_digits_are_restored(tmp_path: Path, text: str) -> None:
    write_shop(tmp_path, [bought("2020-09-01", 1)])
    change(tmp_path / A, "article_id", lambda article: text if article == "0000000002" else article)
    with pytest.raises(BadRows, match=r"1 of 10 rows(.|\n)*line 3, article_id"):
        convert(tmp_path, DataFolder(tmp_path), restore_leading_zero=True)


def test_two_articles_that_become_one_by_restoring_are_refused(tmp_path: Path) -> None:
    write_shop(tmp_path, [bought("2020-09-01", 1)])
    change(tmp_path / A, "article_id", lambda text: "000000001" if text == "0000000002" else text)
    with pytest.raises(BadRows, match=r"line 3, article_id: '0000000001' appears twice"):
        convert(tmp_path, DataFolder(tmp_path), restore_leading_zero=True)


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("mark", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize(("separator", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")])
def test_another_separator_or_encoding_is_named(
    tmp_path: Path, separator: str, name: str, mark: str, quoted: bool, packed: bool
) -> None:
    write_shop(tmp_path, [bought("2020-09-01", 1)])
    path = tmp_path / C
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    with path.open("w", newline="", encoding=mark) as file:
        quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
        csv.writer(file, delimiter=separator, quoting=quoting).writerows(rows)
    if packed:
        path.with_name(f"{C}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    with pytest.raises(BadHeader) as caught:
        convert(tmp_path, DataFolder(tmp_path))
    message = str(caught.value)
    assert f"separated by {name}" in message
    assert "comma" in message
    assert ("UTF-16" in message) == mark.startswith("utf-16")
    assert ("UTF-32" in message) == mark.startswith("utf-32")
    assert "Correct the names" not in message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32-be"])
def test_another_encoding_is_named_with_commas_too(tmp_path: Path, encoding: str) -> None:
    write_shop(tmp_path, [bought("2020-09-01", 1)])
    (tmp_path / C).write_text((tmp_path / C).read_text(), encoding=encoding)
    with pytest.raises(BadHeader, match=f"in {encoding[:6].upper()}, not in UTF-8"):
        convert(tmp_path, DataFolder(tmp_path))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"sep=;\r\nt_dat;price\r\n", "a note for Excel"),
        (b"\n\nt_dat\n", "begins with an empty line"),
        (b"", "is empty"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an Excel workbook"),
        (b"PAR1\x15\x04", "Parquet"),
        (b"2020-09-01,a,b,0.05,2\n", "does not start with a line of column names"),
        (
            b"t_dat,customer_id,article_id,price,sales_channel_id\r2020-09-01,a,b,1,2\r",
            "carriage return alone",
        ),
        (b"t_dat,customer_id,article_id,price,\xff\n", "does not start with a line of column names"),
    ],
)
def test_a_file_that_is_no_such_csv_is_called_what_it_is(tmp_path: Path, content: bytes, words: str) -> None:
    write_shop(tmp_path, [bought("2020-09-01", 1)])
    (tmp_path / T).write_bytes(content)
    with pytest.raises(BadHeader, match=words):
        convert(tmp_path, DataFolder(tmp_path))


def odd(first: str, *others: str) -> list[tuple[str, str, str, str, str]]:
    return [bought(day, 1) for day in (first, *others)]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (
            "1970-01-01",
            "1 row of 1970-01-01 lies 51 years before the others (transactions_train.csv, line 4)",
        ),
        ("1900-01-01", "1 row of 1900-01-01 lies 121 years before the others"),
        ("2199-12-31", "1 row of 2199-12-31 lies 179 years after the others"),
    ],
)
def test_a_row_that_lies_years_away_is_named(tmp_path: Path, day: str, words: str) -> None:
    write_shop(tmp_path, odd("2020-09-01", "2020-09-02", day, "2020-09-03"))
    *_, found = convert(tmp_path, DataFolder(tmp_path), today=date(2020, 9, 10))
    (remark,) = found.remarks
    assert words in remark
    assert "line 4)" in remark


def test_rows_after_today_are_named_but_not_those_of_tomorrow(tmp_path: Path) -> None:
    write_shop(tmp_path, odd("2020-09-01", "2020-09-11", "2020-09-12", "2020-10-05"))
    *_, found = convert(tmp_path, DataFolder(tmp_path), today=date(2020, 9, 10))
    assert found.remarks == (
        "WARNING: 2 rows from 2020-09-12 to 2020-10-05 are dated in the future (transactions_train.csv, line 4).",
    )


def test_a_pause_of_a_year_is_nothing_odd(tmp_path: Path) -> None:
    write_shop(tmp_path, odd("2019-09-01", "2020-09-01"))
    *_, found = convert(tmp_path, DataFolder(tmp_path), today=date(2020, 9, 10))
    assert found.remarks == ()


def test_an_odd_day_that_is_appended_is_named_with_its_own_file(tmp_path: Path) -> None:
    write_shop(tmp_path, odd("1970-01-01", "2020-09-01", "2020-09-02"))
    folder = DataFolder(tmp_path)
    convert(tmp_path, folder)
    new = write_transactions(tmp_path / "week.csv", odd("2020-09-03", "2199-01-01"))
    (found,), _ = append(new, tmp_path, folder)
    assert [remark.partition("(")[2] for remark in found.remarks] == [
        "transactions_train.csv, line 2). Check the date.",
        "week.csv, line 3). Check the date.",
    ]
