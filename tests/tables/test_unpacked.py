"""CSVs in archives of all kinds: they are read, or it is said why not and what to do; never a traceback."""

from __future__ import annotations

import gzip
import io
import struct
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import bought, given_back, kept, random_rows, write_shop
from hypothesis import given, settings
from hypothesis import strategies as st

from stylo.errors import BadArchive, MissingFile, StyloError
from stylo.tables.convert import convert
from stylo.tables.csv_file import CsvFile
from stylo.tables.folder import DataFolder
from stylo.tables.schemas import TRANSACTIONS_CSV

T, A = "transactions_train.csv", "articles.csv"
ROWS = random_rows(3, 300)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A shop whose transactions wait to be packed."""
    write_shop(tmp_path, ROWS)
    (tmp_path / T).rename(tmp_path / "plain")
    return tmp_path


def archive(folder: Path, *members: str, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Packs the transactions under each of these names; of another name than a CSV's something else."""
    path = folder / f"{T}.zip"
    with zipfile.ZipFile(path, "w", method) as packed:
        for member in members:
            name = zipfile.ZipInfo(member)
            name.compress_type = method
            is_csv = member.lower().endswith(".csv") and "._" not in member
            packed.writestr(name, (folder / "plain").read_bytes() if is_csv else b"\0\5Mac OS X")
    return path


@pytest.mark.parametrize(
    "members",
    [
        [T],
        ["any name.CSV"],
        [f"data/{T}"],
        [f"data\\{T}"],
        ["data/", f"data/{T}", f"__MACOSX/data/._{T}", "data/.DS_Store", "data/read me.txt"],
        [f"__MACOSX\\._{T}", T, f"._{T}"],
        ["folder.csv/", f"folder.csv/{T}"],
        ["möbel/läge.csv"],
    ],
)
def test_the_one_csv_of_an_archive_is_found(shop: Path, members: list[str]) -> None:
    archive(shop, *members)
    convert(shop, DataFolder(shop))
    assert given_back(shop) == kept(ROWS)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_method_that_python_knows_is_read(shop: Path, method: int) -> None:
    archive(shop, T, method=method)
    convert(shop, DataFolder(shop))
    assert given_back(shop) == kept(ROWS)


def test_an_archive_with_fields_for_large_files_is_read(shop: Path) -> None:
    with zipfile.ZipFile(shop / f"{T}.zip", "w") as packed, packed.open(T, "w", force_zip64=True) as member:
        member.write((shop / "plain").read_bytes())
    convert(shop, DataFolder(shop))
    assert given_back(shop) == kept(ROWS)


def set_in_headers(at_local: int, at_central: int, value: int) -> Callable[[bytes], bytes]:
    """Sets a number of two bytes in the local and the central header of an archive of one member."""

    def change(data: bytes) -> bytes:
        changed = bytearray(data)
        struct.pack_into("<H", changed, at_local, value)
        struct.pack_into("<H", changed, data.index(b"PK\x01\x02") + at_central, value)
        return bytes(changed)

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (set_in_headers(8, 10, 9), ["Deflate64", "Unpack it"]),
        (set_in_headers(8, 10, 93), ["Zstandard", "Unpack it"]),
        (set_in_headers(8, 10, 99), ["AES", "Unpack it"]),
        (set_in_headers(8, 10, 77), ["method 77", "Unpack it"]),
        (set_in_headers(6, 8, 1), ["is encrypted", "Unpack it"]),
        (set_in_headers(6, 8, 0x41), ["is encrypted", "Unpack it"]),
        (set_in_headers(4, 6, 90), ["zip file version 9.0", "Unpack it"]),
        (lambda data: data[:-30], ["truncated or damaged", "Download the file again"]),
        (lambda data: data[: len(data) // 2], ["truncated or damaged", "Download the file again"]),
        (lambda data: data.replace(b"PK\x01\x02", b"PK\x01\x00"), ["damaged", "Download the file again"]),
        (lambda data: data[:60] + bytes(40) + data[100:], ["damaged", "Download the file again"]),
    ],
)
def test_what_cannot_be_unpacked_has_the_cure_of_its_cause(
    shop: Path, change: Callable[[bytes], bytes], words: list[str]
) -> None:
    path = archive(shop, T)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(BadArchive) as caught:
        convert(shop, DataFolder(shop))
    for word in [str(path), *words]:
        assert word in str(caught.value)
    assert not (shop / "transactions.parquet").exists()


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([T, A], f"It holds {T}, {A}."),
        (["notes.txt", "folder/"], "It holds notes.txt."),
        ([], "It holds no file."),
        ([f"__MACOSX/._{T}"], "It holds no file."),
        (["[Content_Types].xml", "xl/workbook.xml"], "It is an Excel workbook."),
    ],
)
def test_an_archive_without_one_csv_says_what_it_holds(shop: Path, members: list[str], words: str) -> None:
    archive(shop, *members)
    with pytest.raises(BadArchive) as caught:
        convert(shop, DataFolder(shop))
    assert words in str(caught.value)


def test_a_folder_in_the_place_of_a_csv_is_called_one(shop: Path) -> None:
    (shop / T).mkdir()
    with pytest.raises(MissingFile, match="is a folder, not a file"):
        convert(shop, DataFolder(shop))


def packed_both_ways() -> list[bytes]:
    text = b"t_dat,customer_id,article_id,price,sales_channel_id\n" + b"".join(
        ",".join(bought("2020-09-01", number)).encode() + b"\n" for number in range(1, 60)
    )
    found = [gzip.compress(text, mtime=0)]
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", method) as packed, packed.open(T, "w", force_zip64=True) as member:
            member.write(text)
        found.append(target.getvalue())
    return found


PACKED = packed_both_ways()


@settings(max_examples=250)
@given(
    st.sampled_from(PACKED),
    st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=3),
    st.none() | st.integers(1, 1 << 16),
)
def test_damaged_archives_are_read_or_refused(
    data: bytes, changes: list[tuple[int, int]], length: int | None
) -> None:
    damaged = bytearray(data)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / f"{T}.zip"
        path.write_bytes(bytes(damaged[:length]))
        try:
            for _ in CsvFile(path, TRANSACTIONS_CSV).blocks():
                pass
        except StyloError as error:
            assert error.cure
