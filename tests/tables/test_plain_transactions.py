"""Plain blocks are read at once: the same values, refusals and files as the careful reader alone gives."""

from __future__ import annotations

import csv
import io
import itertools
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from helpers import Row, bought, contents, customer, random_rows, tables, write_shop
from hypothesis import given, settings
from hypothesis import strategies as st

from stylo.errors import StyloError
from stylo.tables import csv_file, plain_transactions
from stylo.tables.convert import convert
from stylo.tables.csv_file import CsvFile
from stylo.tables.folder import DataFolder
from stylo.tables.ids import CustomerNumbers
from stylo.tables.plain_transactions import PlainTransactions
from stylo.tables.schemas import TRANSACTIONS_CSV
from stylo.tables.transactions import transaction_check

T = "transactions_train.csv"
COLUMNS = TRANSACTIONS_CSV.names
CUSTOMERS = pl.Series("customer_id", [customer(number) for number in range(1, 21)])
ARTICLES = pl.Series("article", range(1, 11), pl.Int32)

PRICES = [
    "0.0508305084745763",
    "0.05",
    "0",
    "5",
    "5.",
    ".5",
    "1e-3",
    "1E3",
    "999999900",
    "00.50",
    "1.17549435e-38",
]
#: What a reader of numbers, dates or CSVs may take for something else, in any of the columns.
ODD = [
    *("", " ", "0.05 ", " 0.05", "+0.05", "-0.05", "-0", "-0.0", "1e39", "1e9", "nan", "inf", "1_0", "0,05", "0x1"),
    *("٣", "0.05\t", "0.05\0", "\0" + "0.05", "0.05\r", '"0.05"', '0.0"5', "0.05\n", "½", "0.1234567890123456789"),
    *("0" * 31, "0" * 32, "0." + "0" * 40 + "5", "1000000000", "999999999.99999999"),
    *("1", "2", "3", "1.0", "2.0", "02", "+1", "2 ", "0", "257"),
    *("2020-9-01", "2020-09-31", "1899-12-31", "2200-01-01", "20200901", "2020/09/01", " 2020-09-1", "2020-09-01T"),
    *("0000000011", "1000000001", "000000001", "00000000001", "+000000001", "0000000001.", "00000000 1", "0.00000001"),
    *(customer(21), customer(1).upper(), "f" * 63, "F" * 64, customer(1) + "0", customer(1)[:-1] + "g", "é" * 32),
]  # fmt: skip

rows_of_shops = st.lists(
    st.builds(
        lambda day, who, what, price, channel: bought(f"2020-0{day}", who, what, price, channel),
        st.sampled_from(["8-31", "9-01", "9-02", "9-30"]),
        st.integers(1, 20),
        st.integers(1, 10),
        st.sampled_from(PRICES) | st.floats(0, 1e8, width=32).map(repr),
        st.integers(1, 2),
    ),
    min_size=1,
    max_size=30,
)


def written(
    rows: Sequence[Row], columns: Sequence[str], end: str = "\n", quoting: int = csv.QUOTE_MINIMAL
) -> bytes:
    """A CSV with the columns in this order; those that the table does not know hold a word."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="word", lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writeheader()
    writer.writerows(dict(zip(COLUMNS, row, strict=True)) for row in rows)
    return text.getvalue().encode()


@st.composite
def sound_csvs(draw: st.DrawFn) -> bytes:
    """Valid ones, in any dress."""
    columns = draw(st.permutations([*COLUMNS, *draw(st.sampled_from([[], [], ["extra"]]))]))
    content = written(
        draw(rows_of_shops),
        draw(st.sampled_from([COLUMNS, columns])),
        draw(st.sampled_from(["\n", "\r\n"])),
        draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])),
    )
    if draw(st.booleans()):
        content = content.rstrip(b"\r\n")
    if draw(st.integers(0, 4)) == 0:
        content = content.replace(b"\n", b"\n\n", draw(st.integers(1, 3)))
    return draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"])) + content


@st.composite
def spoilt_csvs(draw: st.DrawFn) -> bytes:
    """With some cells that are odd, and with some bytes below the header changed, put in or left out."""
    rows = [list(row) for row in draw(rows_of_shops)]
    for _ in range(draw(st.integers(0, 2))):
        row = draw(st.sampled_from(rows))
        row[draw(st.integers(0, len(row) - 1))] = draw(st.sampled_from(ODD))
    header, _, body = written([], draw(st.sampled_from([COLUMNS, COLUMNS[::-1]]))).partition(b"\n")
    lines = (",".join(row if header.startswith(b"t_dat") else row[::-1]) for row in rows)
    body = bytearray("".join(f"{line}\n" for line in lines).encode())
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(body) - 1))
        body[at : at + draw(st.integers(0, 2))] = draw(
            st.sampled_from([b"", b",", b"\n", b"\r", b"\0", b'"', b" ", b"0", b"\xff", b"9"])
        )
        body = body or bytearray(b"\n")
    return header + b"\n" + bytes(body)


def never(_: PlainTransactions, __: bytes) -> None:
    """In place of the plain way: leaves everything to the careful reader."""


def outcomes(content: bytes, quarantine: bool) -> list[object]:
    """What becomes of a shop with this CSV of transactions: with the plain way, and by the careful reader alone."""
    found: list[object] = []
    for way in (PlainTransactions.__call__, never):
        with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
            patch.setattr(PlainTransactions, "__call__", way)
            patch.setattr(csv_file, "_BLOCK_BYTES", 1000)
            folder = write_shop(Path(name), [])
            (folder / T).write_bytes(content)
            try:
                made = convert(folder, DataFolder(folder), quarantine=quarantine)
            except StyloError as error:
                found.append((str(error).replace(name, ""), sorted(tables(folder))))
            else:
                set_aside = pl.read_parquet(folder / "rejects.parquet").rows() if quarantine else []
                found.append((made[-1], contents(folder / "transactions.parquet"), set_aside))
    return found


@settings(max_examples=20)
@given(sound_csvs())
def test_sound_csvs_become_the_same_files_byte_for_byte(content: bytes) -> None:
    plain, careful = outcomes(content, quarantine=False)
    assert plain == careful


@pytest.mark.parametrize("quarantine", [False, True])
@settings(max_examples=20)
@given(content=spoilt_csvs())
def test_spoilt_csvs_are_refused_in_the_same_words(content: bytes, quarantine: bool) -> None:
    plain, careful = outcomes(content, quarantine)
    assert plain == careful


@settings(max_examples=60)
@given(spoilt_csvs() | sound_csvs())
def test_each_block_is_read_as_the_careful_reader_reads_it(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, T)
        path.write_bytes(content)
        file = CsvFile(path, TRANSACTIONS_CSV)
        check = transaction_check(file, CUSTOMERS, ARTICLES)
        body = content.partition(b"\n")[2]
        plain = check(body)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(PlainTransactions, "__call__", never)
            careful = check(body)
    assert plain.values.schema == careful.values.schema
    assert plain.values.equals(careful.values)
    assert plain.rejected.equals(careful.rejected)
    assert (plain.records, plain.lines, plain.restored) == (careful.records, careful.lines, careful.restored)


def plainly_read(columns: Sequence[str], body: bytes) -> pl.DataFrame | None:
    return PlainTransactions(columns, CustomerNumbers(CUSTOMERS), ARTICLES)(body)


def body_of(columns: Sequence[str], end: str = "\n", rows: Sequence[Row] = ()) -> bytes:
    return written(rows or random_rows(1, 200), columns, end).partition(b"\n")[2]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("columns", list(itertools.permutations(COLUMNS))[::7])
def test_plain_lines_do_not_need_the_careful_reader_whatever_the_order_of_columns(
    columns: Sequence[str], end: str
) -> None:
    rows = random_rows(1, 200)
    found = plainly_read(columns, body_of(columns, end, rows))
    if (columns[-1], end) == ("article_id", "\r\n"):  # its lines are left to the careful reader
        assert found is None
        return
    assert found is not None
    assert found["customer_id"].to_list() == [int(row[1], 16) - 1 for row in rows]
    assert found["article_id"].to_list() == [int(row[2]) for row in rows]
    assert [str(day) for day in found["t_dat"]] == [row[0] for row in rows]
    assert found["price"].to_list() == [float(np.float32(row[3])) for row in rows]
    assert found["sales_channel_id"].to_list() == [int(row[4]) for row in rows]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.removesuffix(b"\n"),
        lambda body: b"\n" + body,
        lambda body: body + b"\n",
        lambda body: body.replace(b",", b";", 1),
        lambda body: body.replace(b",", b'","', 1),
        lambda body: body.replace(b"\n", b"\r\n", 1),
        lambda body: body.replace(b",2\n", b",3\n", 1),
        lambda body: body.replace(b",0.59,", b",0.59\0,", 1),
        lambda body: body.replace(b",0.59,", b",\x000.59,", 1),
        lambda body: body.replace(b",0.59,", b", 0.59,", 1),
        lambda body: body.replace(b",0.59,", b",,", 1),
        lambda body: body.replace(b",0.59,", b",1e9,", 1),
        lambda body: body.replace(customer(3).encode(), customer(21).encode(), 1),
        lambda body: body.replace(b",0000000004,", b",0000000011,", 1),
        lambda body: b"",
        lambda body: b"\n" * 200,
    ],
)
def test_one_odd_line_leaves_the_block_to_the_careful_reader(spoil: Callable[[bytes], bytes]) -> None:
    body = body_of(COLUMNS)
    assert plainly_read(COLUMNS, body) is not None
    assert spoil(body) != body
    assert plainly_read(COLUMNS, spoil(body)) is None


def test_more_prices_than_are_remembered_are_left_to_the_careful_reader(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plain_transactions, "_MOST_PRICES", 4)
    assert plainly_read(COLUMNS, body_of(COLUMNS)) is None
    few = [row for row in random_rows(1, 200) if row[3] != "0"]
    assert plainly_read(COLUMNS, body_of(COLUMNS, rows=few)) is not None


def test_a_bad_value_in_the_last_row_of_many_is_named_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "_BLOCK_BYTES", 1000)
    rows = random_rows(1, 1000)
    write_shop(tmp_path, rows)
    convert(tmp_path, DataFolder(tmp_path))
    before = tables(tmp_path)
    write_shop(tmp_path, [*rows, bought("2020-01-15", 1, 1, price="cheap")])
    with pytest.raises(
        StyloError, match=f"line {len(rows) + 2:,}, price: 'cheap' is not a number".replace(",", ",?", 1)
    ):
        convert(tmp_path, DataFolder(tmp_path))
    assert tables(tmp_path) == before
