"""Exports as they lie on the disk: encodings, separators, line breaks, and files that are no good."""

from __future__ import annotations

from pathlib import Path

import pytest

from stylo.errors import BadHeader, BadOption, BadRows, MissingFile
from stylo.importing.export_file import ExportFile, read_all
from stylo.importing.matching import matched
from stylo.importing.templates import TEMPLATES

HEADER = "Order;Date;SKU;Name;Price"
ROWS = ["1;2025-03-01;A-1;Tee;9,95", '2;2025-03-02;B-2;"Two\nlines; here";19,95']


def written(path: Path, *rows: str, encoding: str = "utf-8", end: str = "\n") -> Path:
    path.write_bytes((end.join(rows) + end).encode(encoding))
    return path


def names_of(path: Path) -> list[str | None]:
    read = ExportFile(path).read({"sku": "SKU", "name": "Name"})
    return read.rows["name"].to_list()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, separator: str) -> None:
    rows = [separator.join(cells) for cells in (["SKU", "Name", "Price"], ["A", "Tee", "1.5"])]
    file = ExportFile(written(tmp_path / "a.csv", *rows))
    assert (file.separator, file.header) == (separator, ["SKU", "Name", "Price"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_the_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path / "a.csv", "SKU;Name", "A;Größe", encoding=encoding)
    file = ExportFile(path)
    assert file.header == ["SKU", "Name"]
    assert file.read({"name": "Name"}).rows["name"].to_list() == ["Größe"]


def test_an_encoding_that_is_named_is_used(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "SKU;Name", "A;Łódź", encoding="iso8859-2")
    assert ExportFile(path, encoding="iso8859-2").read({"name": "Name"}).rows["name"].to_list() == ["Łódź"]
    with pytest.raises(BadOption, match="no encoding 'latin-99'"):
        ExportFile(path, encoding="latin-99")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_breaks_within_quotation_marks_belong_to_the_cell(tmp_path: Path, end: str) -> None:
    assert names_of(written(tmp_path / "a.csv", HEADER, *ROWS, end=end)) == ["Tee", "Two\nlines; here"]


def test_a_note_for_excel_is_passed_over(tmp_path: Path) -> None:
    file = ExportFile(written(tmp_path / "a.csv", "sep=;", "SKU;Name", "A;Tee"))
    assert file.header == ["SKU", "Name"]
    assert file.read({"sku": "SKU"}).rows["sku"].to_list() == ["A"]


def test_what_a_spreadsheet_puts_around_a_number_is_taken_off(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "SKU,Name", '"=""0012""",x', "'0034,'tis")
    assert ExportFile(path).read({"sku": "SKU", "name": "Name"}).rows.rows() == [
        ("0012", "x"),
        ("0034", "'tis"),
    ]


def test_headers_that_are_repeated_are_dropped_and_counted(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", HEADER, ROWS[0], HEADER, ROWS[1], HEADER)
    read = ExportFile(path).read({"sku": "SKU", "name": "Name"})
    assert (read.rows.height, read.repeated_headers) == (2, 2)


def test_a_repeated_header_may_have_the_mark_of_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("\ufeffSKU,Name\nA,Tee\n\ufeffSKU,Name\nB,Hat\n".encode())
    read = ExportFile(tmp_path / "a.csv").read({"sku": "SKU", "name": "Name"})
    assert (read.rows["name"].to_list(), read.repeated_headers) == (["Tee", "Hat"], 1)


def test_rows_of_nothing_are_no_rows(tmp_path: Path) -> None:
    assert names_of(written(tmp_path / "a.csv", "SKU,Name", "A,Tee", "", ",", "B,Hat", "")) == ["Tee", "Hat"]


def test_lines_may_end_as_on_old_macs(tmp_path: Path) -> None:
    assert names_of(written(tmp_path / "a.csv", "SKU,Name", "A,Tee", "B,Hat", end="\r")) == ["Tee", "Hat"]


@pytest.mark.parametrize("end", ["\n", ""])
def test_a_mark_of_inches_is_part_of_its_cell(tmp_path: Path, end: str) -> None:
    (tmp_path / "a.csv").write_text('SKU,Name\nA,5" heel\nB,"Two\nlines"\nC,Hat' + end)
    file = ExportFile(tmp_path / "a.csv")
    assert file.read({"name": "Name"}).rows["name"].to_list() == ['5" heel', "Two\nlines", "Hat"]
    assert "quotation marks within cells" in file.remarks[0]


def test_rows_with_marks_of_inches_are_not_merged(tmp_path: Path) -> None:
    rows = ["c0,c1,c2,c3", 'k0,"q, r",5" heel,x y', 'k1,"line\nbreak","line\nbreak",a', 'k2,5" heel,a,b']
    read = ExportFile(written(tmp_path / "a.csv", *rows)).read({f"c{n}": f"c{n}" for n in range(4)})
    assert read.rows.rows() == [
        ("k0", "q, r", '5" heel', "x y"),
        ("k1", "line\nbreak", "line\nbreak", "a"),
        ("k2", '5" heel', "a", "b"),
    ]


def test_marks_that_are_doubled_within_quotation_marks_need_no_slow_reading(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.csv", '"SKU","Name"', 'A,"5"" heel, ""red"""', '"","x"', 'B,""""', end="\r\n"
    )
    file = ExportFile(path)
    assert file.read({"name": "Name"}).rows["name"].to_list() == ['5" heel, "red"', "x", '"']
    assert file.remarks == []


def test_a_last_line_without_its_end_may_have_a_mark_of_inches(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('SKU,Name,Price,More\nA,Tee,1.00,x\nB,5" heel,2.00,y')
    assert names_of(path) == ["Tee", '5" heel']
    path.write_text('SKU,Name,Price,More\nA,Tee,1.00,x\nB,5" heel,2.00')
    with pytest.raises(BadRows, match="its last line has 3 of 4 cells"):
        names_of(path)


def test_an_archive_of_one_file_is_unpacked(tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"SKU,Name\nA,Tee\n"))
    assert names_of(path) == ["Tee"]


def test_a_file_that_breaks_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join([HEADER, *ROWS]) + "\n3;2025-03-0")
    with pytest.raises(BadRows, match="breaks off: its last line has 2 of 5 cells"):
        ExportFile(path).read({"sku": "SKU"})


def test_a_file_that_breaks_off_within_quotation_marks_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join([HEADER, *ROWS]) + '\n3;2025-03-03;C;"a long')
    with pytest.raises(BadRows, match="breaks off"):
        ExportFile(path).read({"sku": "SKU"})


def test_a_last_line_without_its_end_is_read_if_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join([HEADER, *ROWS]))
    assert len(names_of(path)) == 2


def test_a_row_with_too_many_cells_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", HEADER, ROWS[0], "2;2025-03-02;B;Tee; striped;3", ROWS[1])
    with pytest.raises(BadRows, match="line 3: 6 cells, but the header names 5"):
        ExportFile(path).read({"sku": "SKU"})


def test_fifty_thousand_columns_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", ",".join(f"column {n}" for n in range(50_000)), "1")
    with pytest.raises(BadHeader, match="has 50,000 columns"):
        ExportFile(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\n\n", "begins with an empty line"),
        (b"\xd0\xcf\x11\xe0 old Excel", "an Excel workbook"),
        (b"<!DOCTYPE html><html>", "a web page"),
    ],
)
def test_what_is_no_csv_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(BadHeader, match=told):
        ExportFile(tmp_path / "a.csv")


def test_a_header_alone_is_no_export(tmp_path: Path) -> None:
    with pytest.raises(BadRows, match="a header but no rows"):
        names_of(written(tmp_path / "a.csv", HEADER))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="is not there"):
        ExportFile(tmp_path / "a.csv")


def test_files_are_read_one_behind_the_other(tmp_path: Path) -> None:
    files = [
        ExportFile(written(tmp_path / "a.csv", "SKU,Name", "A,Tee")),
        ExportFile(written(tmp_path / "b.csv", "Name;SKU;More", "Hat;B;x")),
    ]
    rows, _ = read_all(files, [{"sku": "SKU", "name": "Name"}] * 2)
    assert rows.select("sku", "name", "file").rows() == [("A", "Tee", 0), ("B", "Hat", 1)]


def test_columns_are_found_by_name_whatever_its_case_and_signs(tmp_path: Path) -> None:
    file = ExportFile(
        written(tmp_path / "a.csv", "ORDER_NUMBER;Order-Date;Artikelnummer;Einzelpreis;Foo", "1;2;3;4;5")
    )
    match = matched(file, "orders", TEMPLATES["csv"], {})
    assert match.columns == {
        "order": "ORDER_NUMBER",
        "date": "Order-Date",
        "sku": "Artikelnummer",
        "price": "Einzelpreis",
    }
    assert match.unused == ["Foo"]


def test_what_the_shop_says_goes_before_what_is_found(tmp_path: Path) -> None:
    file = ExportFile(written(tmp_path / "a.csv", "Date;SKU;EAN;Price", "1;2;3;4"))
    assert matched(file, "orders", TEMPLATES["csv"], {"sku": "EAN", "price": ""}).columns == {
        "date": "Date",
        "sku": "EAN",
    }


def test_a_column_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    file = ExportFile(written(tmp_path / "a.csv", "Date;SKU;Price", "1;2;3"))
    with pytest.raises(BadOption) as error:
        matched(file, "orders", TEMPLATES["csv"], {"price": "Prize"})
    assert "'Price' meant" in error.value.where
    with pytest.raises(BadOption, match="'colour', which is no column of orders"):
        matched(file, "orders", TEMPLATES["csv"], {"colour": "SKU"})


def test_the_wrong_file_is_recognised(tmp_path: Path) -> None:
    file = ExportFile(
        written(
            tmp_path / "a.csv", "Handle,Title,Body (HTML),Vendor,Variant SKU,Variant Price", "a,b,c,d,e,1"
        )
    )
    with pytest.raises(BadHeader) as error:
        matched(file, "orders", TEMPLATES["shopify"], {})
    assert "It looks like products of --from shopify" in error.value.cure
