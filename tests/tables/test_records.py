"""One bad line among good ones: it alone is refused, whatever is wrong with it, and all else is read."""

from __future__ import annotations

import csv
import io
import itertools
import tempfile
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
    slow,
    write_shop,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stylo.tables import csv_file
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.records import read_records, whole_records

T, A, C = "transactions_train.csv", "articles.csv", "customers.csv"
DAY, WHO, WHAT, PRICE, CHANNEL = bought("2020-09-01", 1)
HEADERS = {T: TRANSACTION_COLUMNS, A: ARTICLE_COLUMNS, C: CUSTOMER_COLUMNS}


def without_description(number: int) -> str:
    return article_row(f"{number:010d}").rsplit(',"A tee', 1)[0]


ARTICLE = f"{without_description(77)},soft"
#: Lines each of which is one record at fault, in whatever neighbourhood.
BAD: dict[str, list[bytes]] = {
    T: [
        f"{DAY},{WHO},{WHAT},{PRICE}".encode(),
        f"{DAY},{WHO}".encode(),
        f"{DAY}".encode(),
        f"{DAY},{WHO},{WHAT},{PRICE},{CHANNEL},".encode(),
        f"{DAY},{WHO},{WHAT},0,05,{CHANNEL}".encode(),
        f"{DAY},{WHO},{WHAT}\r,{PRICE},{CHANNEL}".encode(),
        f"{DAY},{WHO},{WHAT},{PRICE},{CHANNEL}\r{DAY},{WHO},{WHAT},{PRICE},{CHANNEL}".encode(),
        f'"{DAY},{WHO},{WHAT},{PRICE},{CHANNEL}'.encode(),
        f'{DAY}",{WHO},{WHAT},{PRICE},{CHANNEL}'.encode(),
        f'{DAY},{WHO},{WHAT},{PRICE},"{CHANNEL}'.encode(),
        f'{DAY},{WHO},{WHAT},{PRICE},{CHANNEL}"'.encode(),
        f'{DAY},"{WHO}"x,{WHAT},{PRICE},{CHANNEL}'.encode(),
        f'{DAY},{WHO},{WHAT},0.0"5,{CHANNEL}'.encode(),
        f"{DAY},{WHO},{WHAT},{PRICE},{CHANNEL}\0".encode(),
        f"{DAY}\xff,{WHO},{WHAT},{PRICE},{CHANNEL}".encode("latin-1"),
        f"{DAY},{WHO},{WHAT},4006381333931,{CHANNEL}".encode(),
        f"{DAY},{WHO},{WHAT},3e38,{CHANNEL}".encode(),
        f"{DAY},{WHO},{WHAT},1000000000,{CHANNEL}".encode(),
        f"{DAY},{WHO},{WHAT},nan,{CHANNEL}".encode(),
        f"{DAY},{WHO},{WHAT},{PRICE},3".encode(),
        f"{DAY} 00:00:00,{WHO},{WHAT},{PRICE},{CHANNEL}".encode(),
        f"0001-01-01,{WHO},{WHAT},{PRICE},{CHANNEL}".encode(),
        f"9999-12-31,{WHO},{WHAT},{PRICE},{CHANNEL}".encode(),
        f"{DAY},{WHO},{WHAT[1:]},{PRICE},{CHANNEL}".encode(),
        f"{DAY},{WHO},{WHAT}.0,{PRICE},{CHANNEL}".encode(),
        b"   ",
        b"x",
    ],
    C: [
        f"{customer(77)},1.0,,ACTIVE,NONE,30".encode(),
        f"{customer(77)}".encode(),
        f"{customer(77)},,,,,,,".encode(),
        f"{customer(77)},,,AC\rTIVE,,,".encode(),
        f"{customer(77)},,,\0,,,".encode(),
        f'{customer(77)},,,ACT"IVE,,,'.encode(),
        f'{customer(77)},,,"ACTIVE,,,'.encode(),
        f"{customer(77)},,,,,121,".encode(),
        f"{customer(77)},,,,,-1,".encode(),
        f"{customer(77)},2.0,,,,,".encode(),
        f"{customer(77).replace('0', 'A')},,,,,,".encode(),
        f"{customer(77)},,,\xff,,,".encode("latin-1"),
    ],
    A: [
        without_description(77).encode(),
        ARTICLE.rsplit(",", 3)[0].encode(),
        f"{ARTICLE},".encode(),
        ARTICLE.replace("soft", "so\rft").encode(),
        ARTICLE.replace("soft", '5" soft').encode(),
        ARTICLE.replace("soft", 'soft"').encode(),
        ARTICLE.replace("soft", '"soft').encode(),
        ARTICLE.replace(",255,", ",-2,").encode(),
        ARTICLE.replace(",255,", ",2147483648,").encode(),
        ARTICLE.replace(",255,", ",shirt,").encode(),
        ARTICLE.replace(",Tee,", ",,").encode(),
        ARTICLE.replace(",Tee,", ',"Tee,').encode(),
        ARTICLE.replace("soft", "so\0ft").encode(),
    ],
}


def good(file: str, number: int) -> str:
    """A line that is read, some with quotation marks, commas and line breaks in them."""
    if file == T:
        row = bought(f"2020-09-{1 + number % 28:02}", 1 + number % 20, 1 + number % 10)
        return ",".join(f'"{cell}"' if number % 5 == 2 else cell for cell in row)
    if file == C:
        return f"{customer(100 + number)},,,{'ACTIVE' if number % 3 else chr(34) + 'A,C' + chr(34)},,30,"
    text = ["soft", '"soft, and ""warm"""', '"soft\nand\r\nwarm\rindeed"'][number % 3]
    return f"{without_description(100 + number)},{text}"


@pytest.mark.parametrize("file", [T, *slow(A, C)])
@settings(max_examples=30)
@given(data=st.data())
def test_a_bad_line_costs_itself_alone(file: str, data: st.DataObject) -> None:
    lines: list[bytes] = [
        good(file, number).encode() for number in range(data.draw(st.integers(1, 25), "good"))
    ]
    expected = [cells for line in lines for cells in csv.reader(io.StringIO(line.decode(), newline=""))]
    bad = data.draw(st.lists(st.tuples(st.integers(0, 25), st.sampled_from(BAD[file])), max_size=3), "bad")
    assume(not any(one_record(*both) for both in itertools.permutations([line for _, line in bad], 2)))
    for place, line in bad:
        lines.insert(place, line)
    end = data.draw(st.sampled_from([b"\n", b"\r\n"]), "end of lines")
    last = data.draw(st.sampled_from([b"", end]), "end of file")
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_file, "_BLOCK_BYTES", data.draw(st.sampled_from([300, 1500, 1 << 20]), "block"))
        folder = Path(name)
        write_shop(folder, [bought("2020-09-01", 1)])
        (folder / file).write_bytes(HEADERS[file].encode() + end + end.join(lines) + last)
        if file != T:  # what is bought must be there still
            who, what = (customer(100), WHAT) if file == C else (WHO, "0000000100")
            (folder / T).write_text(f"{TRANSACTION_COLUMNS}\n{DAY},{who},{what},{PRICE},{CHANNEL}\n")
        convert(folder, DataFolder(folder), quarantine=True)
        rejects = pl.read_parquet(folder / "rejects.parquet")
        raw = [line.decode("utf-8", "replace").rstrip("\r\n") for _, line in bad]
        assert sorted(rejects["raw"].to_list()) == sorted(raw)
        assert read_back(folder, file) == sorted(as_read(file, cells) for cells in expected)


def one_record(first: bytes, second: bytes) -> bool:
    """Whether a line opens a cell that another one closes: then both are one record, as its writer may have meant."""
    text = b"\n".join([first, second]).decode("utf-8", "replace")
    try:
        return len(list(csv.reader(io.StringIO(text, newline=""), strict=True))) == 1
    except csv.Error:
        return False


def as_read(file: str, cells: list[str]) -> tuple[object, ...]:
    if file == T:
        return cells[0], cells[1], cells[2]
    return (cells[0], cells[3]) if file == C else (cells[0], cells[-1])


def read_back(folder: Path, file: str) -> list[tuple[object, ...]]:
    if file == C:
        return sorted(
            pl.read_parquet(folder / "customers.parquet").select("customer_id", "club_member_status").rows()
        )
    if file == A:
        return sorted(pl.read_parquet(folder / "articles.parquet").select("article_id", "detail_desc").rows())
    ids = pl.read_parquet(folder / "customers.parquet")["customer_id"]
    rows = pl.read_parquet(folder / "transactions.parquet" / "*.parquet")
    return sorted((str(row[0]), ids[row[1]], f"{row[2]:010d}") for row in rows.rows())


def width_of(line: str) -> int | None:
    """How many cells Python finds in a line; None if it finds no record."""
    try:
        return len(next(csv.reader([line]), []))
    except csv.Error:
        return None


cells = st.text(st.sampled_from('ab,"\n\r'), max_size=6)


@settings(max_examples=200)
@given(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=8), st.integers(1, 200))
def test_what_a_csv_writer_writes_is_read_as_it_was_wherever_it_is_cut(
    rows: list[list[str]], length: int
) -> None:
    """No inner line of a record may look like a record of its own."""
    written = [io.StringIO(newline="") for _ in rows]
    for text, row in zip(written, rows, strict=True):
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(row)
    inner = (line for text in written for line in text.getvalue().split("\n")[1:])
    assume(not any(width_of(line) == 3 for line in inner))
    source = "".join(text.getvalue() for text in written).encode()
    whole = whole_records(bytearray(source[:length]), len(source[:length]), 3)
    both = [*read_records(source[:whole], 3), *read_records(source[whole:], 3)]
    assert [read.cells for read in both] == [row for row in rows if any(row)]
    assert not any(read.fault for read in both)


@settings(max_examples=300)
@given(st.binary(max_size=60) | st.text(st.sampled_from('a,"\n\r\0'), max_size=60).map(str.encode))
def test_whatever_bytes_there_are_each_line_is_in_one_record(source: bytes) -> None:
    seen = 0
    for read in read_records(source, 3):
        assert read.record.line >= seen
        assert read.lines >= 1
        seen = read.record.line + read.lines
    assert seen <= source.count(b"\n") + 1
    assert 0 <= whole_records(bytearray(source), len(source), 3) <= len(source)
