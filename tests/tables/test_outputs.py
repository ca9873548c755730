"""Files that a user names for an output: nothing but its like is ever replaced, and the ending says what it holds."""

from __future__ import annotations

import gzip
import io
import os
import string
import zipfile
from pathlib import Path

import pytest
from helpers import contents
from hypothesis import given
from hypothesis import strategies as st

from stylo.errors import BadOption, CannotWrite
from stylo.tables.folder import MADE_BY, DataFolder
from stylo.tables.outputs import CSV_ENDINGS, HEADER, check_output, ending_of, holds_lists, lists_written_to

LISTS = HEADER + b"\n" + b"a" * 64 + b",0108775015 0108775044\n"


def written(folder: Path, name: str) -> Path:
    path = folder / name
    with lists_written_to(path, path) as file:
        file.write(LISTS)
    return path


def test_the_ending_says_what_is_written(tmp_path: Path) -> None:
    assert written(tmp_path, "a.csv").read_bytes() == LISTS
    assert gzip.decompress(written(tmp_path, "a.csv.gz").read_bytes()) == LISTS
    for name in ("b.zip", "b.csv.zip", "b.CSV.ZIP"):
        with zipfile.ZipFile(written(tmp_path, name)) as archive:
            assert archive.namelist() == ["submission.csv"]
            assert archive.read("submission.csv") == LISTS
            assert archive.testzip() is None


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.zip"])
def test_the_same_lists_are_the_same_bytes(tmp_path: Path, name: str) -> None:
    first = written(tmp_path, name).read_bytes()
    os.utime(tmp_path / name, (0, 0))
    assert written(tmp_path, name).read_bytes() == first


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.zip", "A.CSV"])
def test_an_earlier_output_is_replaced_and_so_is_an_empty_file(tmp_path: Path, name: str) -> None:
    folder = DataFolder(tmp_path / "data")
    check_output(tmp_path / name, folder)
    (tmp_path / name).touch()
    check_output(tmp_path / name, folder)
    written(tmp_path, name)
    check_output(tmp_path / name, folder)


def test_plain_text_that_an_older_version_named_gz_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(LISTS)
    check_output(tmp_path / "a.csv.gz", DataFolder(tmp_path / "data"))


@pytest.mark.parametrize("name", ["a", "a.parquet", "a.gz", "a.csv.bz2", ".csv", "a.txt", "csv"])
def test_another_ending_is_refused_with_those_there_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadOption, match=r"\.csv, \.csv\.gz, \.zip"):
        check_output(tmp_path / name, DataFolder(tmp_path))


def lead_to(precious: Path, how: str) -> Path:
    """Another name of a file, which ends as an output does."""
    other = precious.parent / "other" / "list.csv"
    other.parent.mkdir()
    if how == "link":
        other.symlink_to(precious)
    elif how == "hard link":
        other.hardlink_to(precious)
    elif how == "chain":
        (precious.parent / "step").symlink_to(precious)
        other.symlink_to(Path("..", "step"))
    else:
        precious.rename(precious.with_suffix(".csv"))
        other = precious.parent / "other" / ".." / precious.with_suffix(".csv").name
    return other


@pytest.mark.parametrize("how", ["link", "hard link", "chain", "dots"])
@pytest.mark.parametrize(
    "content",
    [b"PAR1\0\0PAR1", b"customer_id,FN\n", b"my notes", b"\x1f\x8b", b"PK\x03\x04", b"[]", b"\xff\xfe"],
)
def test_nothing_else_is_replaced_whatever_leads_to_it(tmp_path: Path, how: str, content: bytes) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(content)
    output = lead_to(precious, how)
    before = contents(tmp_path)
    with pytest.raises(BadOption, match="is not an earlier output"):
        check_output(output, DataFolder(tmp_path / "data"))
    assert contents(tmp_path) == before


NAMES = st.text(string.ascii_letters + "._- ", min_size=1, max_size=12).filter(
    lambda name: set(name) != {"."}
)


@given(name=NAMES, ending=st.sampled_from(CSV_ENDINGS), content=st.binary(max_size=200))
def test_any_file_that_is_accepted_is_new_empty_or_holds_lists(
    tmp_path_factory: pytest.TempPathFactory, name: str, ending: str, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / f"{name}{ending}"
    check_output(path, DataFolder(path.parent / "data"))
    path.write_bytes(content)
    packed = io.BytesIO(content)
    first = content.splitlines()[:1]
    if not content or first == [HEADER]:
        check_output(path, DataFolder(path.parent / "data"))
    elif not (content.startswith(b"\x1f\x8b") or zipfile.is_zipfile(packed)):
        with pytest.raises(BadOption):
            check_output(path, DataFolder(path.parent / "data"))


@pytest.mark.parametrize("name", [*MADE_BY, "model.json", "transactions.json", "Customers.Parquet"])
@pytest.mark.parametrize("inside", [False, True])
def test_the_names_of_artefacts_are_taken_also_where_they_are_not_there(
    tmp_path: Path, name: str, inside: bool
) -> None:
    out = tmp_path / name / "a.csv" if inside else tmp_path / name
    with pytest.raises(BadOption, match=r"what \w+\.py makes"):
        check_output(out, DataFolder(tmp_path), (*CSV_ENDINGS, Path(name).suffix.lower()))


@pytest.mark.parametrize("name", ["articles.csv", "customers.csv.gz", "transactions_train.csv.zip"])
def test_the_names_of_the_inputs_are_taken(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadOption, match=r"data_optim\.py reads"):
        check_output(tmp_path / name, DataFolder(tmp_path))


def test_a_folder_a_device_and_a_link_to_nowhere_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    (tmp_path / "b.csv").symlink_to("/dev/null")
    (tmp_path / "c.csv").symlink_to(tmp_path / "away" / "c.csv")
    for name in ("a.csv", "b.csv"):
        with pytest.raises(BadOption):
            check_output(tmp_path / name, DataFolder(tmp_path))
    with pytest.raises(CannotWrite, match="is a broken link"):
        check_output(tmp_path / "c.csv", DataFolder(tmp_path))


@given(st.binary(max_size=300))
def test_any_bytes_hold_lists_or_do_not(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "a.csv"
    path.write_bytes(content)
    assert holds_lists(path) in (True, False)


@given(st.text(max_size=30).filter(lambda name: "/" not in name and "\0" not in name))
def test_an_ending_is_that_of_the_name(name: str) -> None:
    ending = ending_of(Path(name))
    assert ending is None or Path(name).name.lower().endswith(ending)
