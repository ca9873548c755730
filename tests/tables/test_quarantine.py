"""Quarantine: bad rows are set aside with file, line, reason and text, and every row is in one of two places."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest
from helpers import (
    ARTICLE_COLUMNS,
    CUSTOMER_COLUMNS,
    TRANSACTION_COLUMNS,
    article_row,
    bought,
    customer,
    given_back,
    kept,
    random_rows,
    tables,
    write_shop,
)

from stylo.errors import BadRows
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.records import STRAY_MARK

GOOD = ",".join(bought("2020-09-01", 1))
DAY, WHO, WHAT, PRICE, CHANNEL = GOOD.split(",")
T, A, C = "transactions_train.csv", "articles.csv", "customers.csv"
A_CODE = "a whole number from -1 to 2,147,483,647"
HEADERS = {T: TRANSACTION_COLUMNS, A: ARTICLE_COLUMNS, C: CUSTOMER_COLUMNS}


def set_aside(folder: Path) -> list[tuple[str, int, str, str]]:
    return DataFolder(folder).scan("rejects.parquet").collect().rows()


def records(path: Path) -> int:
    """How many records a CSV has below its header, by Python's own reader."""
    with path.open(newline="") as file:
        return sum(any(row) for row in csv.reader(file)) - 1


@pytest.mark.parametrize(
    ("file", "line", "reason"),
    [
        (T, GOOD.replace("09-01", "09-31"), "t_dat is not a date as YYYY-MM-DD from 1900 to 2199"),
        (T, GOOD.replace(DAY, ""), "t_dat must hold a date as YYYY-MM-DD from 1900 to 2199"),
        (T, GOOD.replace(WHO, WHO.replace("0", "A")), "customer_id is not 64 characters 0-9 a-f"),
        (T, GOOD.replace(WHO, WHO[1:]), "customer_id is not 64 characters 0-9 a-f"),
        (T, GOOD.replace(WHO, ""), "customer_id must hold 64 characters 0-9 a-f"),
        (T, GOOD.replace(WHO, customer(99)), "customer_id is not in customers.csv"),
        (T, f"{DAY},{WHO},{WHAT[1:]},{PRICE},{CHANNEL}", "article_id is not ten digits with a leading zero"),
        (T, f"{DAY},{WHO},0000000099,{PRICE},{CHANNEL}", "article_id is not in articles.csv"),
        (T, GOOD.replace(PRICE, "inf"), "price is not a number from 0 to below 1,000,000,000"),
        (T, GOOD.replace(PRICE, "-0.05"), "price is not a number from 0 to below 1,000,000,000"),
        (T, GOOD.replace(PRICE, "1e39"), "price is not a number from 0 to below 1,000,000,000"),
        (T, GOOD[:-1] + "256", "sales_channel_id is not 1 (in a shop) or 2 (online)"),
        (T, GOOD[:-1] + "1.5", "sales_channel_id is not 1 (in a shop) or 2 (online)"),
        (T, GOOD[:-1], "sales_channel_id must hold 1 (in a shop) or 2 (online)"),
        (T, f"{DAY},{WHO}", "the line has fewer cells than the header's 5"),
        (T, f"{GOOD},surplus", "the line has more cells than the header's 5"),
        (T, f'{DAY},"{WHO}"x,{WHAT},{PRICE},{CHANNEL}', STRAY_MARK),
        (
            T,
            f'"{DAY}\n",{WHO},{WHAT},{PRICE},{CHANNEL}',
            "t_dat is not a date as YYYY-MM-DD from 1900 to 2199",
        ),
        (A, article_row("0000000001"), "article_id appears twice"),
        (A, article_row("1000000001"), "article_id is not ten digits with a leading zero"),
        (A, article_row("0000000077", name=""), "prod_name must hold a text"),
        (
            A,
            article_row("0000000077").replace(",255,", ",shirt,"),
            f"product_type_no is not {A_CODE}",
        ),
        (C, f"{customer(1)},,,,,,", "customer_id appears twice"),
        (C, f"{customer(77)},2.5,,,,,", "FN is not 1.0, 0.0 or nothing"),
        (C, f"{customer(77)},,,,,300,", "age is not a whole number from 0 to 120"),
    ],
)
def test_a_row_at_fault_is_kept_with_file_line_reason_and_text(
    tmp_path: Path, file: str, line: str, reason: str
) -> None:
    rows = [bought("2020-09-01", 1)] * 3
    write_shop(tmp_path, rows, customers=2, articles=2)
    header, *lines = (tmp_path / file).read_text().splitlines()
    (tmp_path / file).write_text("\n".join([header, *lines, line, ""]))
    found = {table.table: table for table in convert(tmp_path, DataFolder(tmp_path), quarantine=True)}
    assert set_aside(tmp_path) == [(file, len(lines) + 2, reason, line)]
    assert given_back(tmp_path) == kept(rows)
    for name, path in (("transactions", T), ("articles", A), ("customers", C)):
        assert found[name].records == found[name].rows + found[name].rejected == records(tmp_path / path)
        assert found[name].rejected == (path == file)


def test_bytes_that_are_no_text_are_set_aside(tmp_path: Path) -> None:
    write_shop(tmp_path, [bought("2020-09-01", 1)])
    with (tmp_path / C).open("ab") as file:
        file.write(customer(77).encode() + b",,,\xff\xfe,,,\n" + customer(78).encode() + b",,,\xc3\xa9,,,\n")
    convert(tmp_path, DataFolder(tmp_path), quarantine=True)
    row = (C, 22, "the line is not UTF-8", f"{customer(77)},,,\ufffd\ufffd,,,")
    assert set_aside(tmp_path) == [row]
    customers = DataFolder(tmp_path).scan("customers.parquet").collect()
    assert customers.rows(named=True)[-1]["club_member_status"] == "é"


@pytest.mark.parametrize("seed", range(3))
def test_good_and_set_aside_make_up_all_that_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr("stylo.tables.csv_file._BLOCK_BYTES", 1000)
    rows = random_rows(seed, 600)
    faults = [
        ("2020-13-01", *rows[0][1:]),
        (*rows[1][:2], "0000000011", *rows[1][3:]),
        (rows[2][0], customer(21), *rows[2][2:]),
        (*rows[3], "more"),
        (*rows[4][:3], '"0.05"0', "2"),
    ]
    mixed = [faults[at % 5] if at % (seed + 3) == 0 else row for at, row in enumerate(rows)]
    write_shop(tmp_path, mixed)
    *_, found = convert(tmp_path, DataFolder(tmp_path), quarantine=True)
    bad = [(at + 2, ",".join(row)) for at, row in enumerate(mixed) if at % (seed + 3) == 0]
    assert [(line, raw) for _, line, _, raw in set_aside(tmp_path)] == bad
    good = [row for at, row in enumerate(mixed) if at % (seed + 3)]
    assert given_back(tmp_path) == kept(good)
    assert (found.records, found.rows, found.rejected) == (len(mixed), len(good), len(bad))


def test_of_rows_with_one_key_the_first_that_is_allowed_stays(tmp_path: Path) -> None:
    write_shop(tmp_path, [bought("2020-09-01", 1)], customers=1)
    ages = ["old", "31", "32", "33"]
    lines = [f"{customer(1)},,,,,{age}," for age in ages]
    (tmp_path / C).write_text("\n".join([CUSTOMER_COLUMNS, *lines]) + "\n")
    found, *_ = convert(tmp_path, DataFolder(tmp_path), quarantine=True)
    assert DataFolder(tmp_path).scan("customers.parquet").collect()["age"].to_list() == [31]
    twice = "customer_id appears twice"
    assert sorted(row[1:] for row in set_aside(tmp_path)) == [
        (2, "age is not a whole number from 0 to 120", lines[0]),
        (4, twice, lines[2]),
        (5, twice, lines[3]),
    ]
    assert (found.records, found.rows, found.rejected) == (4, 1, 3)


def test_transactions_of_a_customer_who_was_set_aside_are_set_aside(tmp_path: Path) -> None:
    rows = [bought("2020-09-01", 1), bought("2020-09-01", 2)]
    write_shop(tmp_path, rows)
    text = (tmp_path / C).read_text()
    (tmp_path / C).write_text(text.replace(f"{customer(2)},,,ACTIVE,NONE,30", f"{customer(2)},,,,,999"))
    convert(tmp_path, DataFolder(tmp_path), quarantine=True)
    assert [row[:3] for row in set_aside(tmp_path)] == [
        (C, 3, "age is not a whole number from 0 to 120"),
        (T, 3, "customer_id is not in customers.csv"),
    ]
    assert given_back(tmp_path) == kept(rows[:1])


def test_without_quarantine_rejects_of_an_earlier_run_go(tmp_path: Path) -> None:
    write_shop(tmp_path, [bought("2020-09-01", 1), ("bad", *bought("", 1)[1:])])
    convert(tmp_path, DataFolder(tmp_path), quarantine=True)
    assert len(set_aside(tmp_path)) == 1
    with pytest.raises(BadRows, match="--quarantine"):
        convert(tmp_path, DataFolder(tmp_path))
    assert len(set_aside(tmp_path)) == 1
    write_shop(tmp_path, [bought("2020-09-01", 1)])
    convert(tmp_path, DataFolder(tmp_path))
    assert not (tmp_path / "rejects.parquet").exists()


def test_nothing_at_fault_gives_an_empty_list(tmp_path: Path) -> None:
    write_shop(tmp_path, [bought("2020-09-01", 1)])
    convert(tmp_path, DataFolder(tmp_path), quarantine=True)
    assert set_aside(tmp_path) == []
    assert dict(pl.read_parquet_schema(tmp_path / "rejects.parquet")) == {
        "file": pl.String, "line": pl.UInt32, "reason": pl.String, "raw": pl.String,
    }  # fmt: skip


@pytest.mark.parametrize("file", [T, A, C])
def test_a_file_without_one_good_row_is_an_error_and_the_old_tables_stay(tmp_path: Path, file: str) -> None:
    write_shop(tmp_path, [bought("2020-09-01", 1)])
    convert(tmp_path, DataFolder(tmp_path))
    before = tables(tmp_path)
    (tmp_path / file).write_text(f"{HEADERS[file]}\nbad\nworse\n")
    with pytest.raises(BadRows, match="no usable rows"):
        convert(tmp_path, DataFolder(tmp_path), quarantine=True)
    assert tables(tmp_path) == before
