"""The first line of a CSV: is this a CSV of ours at all, and if not, what is it?"""

from __future__ import annotations

import codecs
import csv
import difflib
from collections.abc import Sequence
from pathlib import Path

from stylo.errors import BadHeader, MissingFile
from stylo.tables.schemas import CsvTable
from stylo.tables.unpacked import unpacked

_LONGEST = 1 << 20
_SHOWN = 300
_SEPARATORS = {
    ";": "semicolons",
    "\t": "tabs",
    "|": "vertical bars",
    ":": "colons",
    " ": "spaces",
    "~": "tildes",
}
# The longer marks first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
# How other files begin that are sent under the name of a CSV, what they are, and what to do.
_FETCH = "Download the file again: servers send a web page instead of a file when, for example, you are not logged in."
_OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (b"<!doctype", "a web page", _FETCH),
    (b"<html", "a web page", _FETCH),
    (b"<?xml", "XML", "Save it as CSV."),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook", "Save the sheet as CSV (UTF-8), with ids as text."),
    (b"par1", "Parquet", "Write it as CSV."),
    (b"7z\xbc\xaf", "a 7z archive", "Unpack it and put the CSV in its place."),
    (b"rar!", "a RAR archive", "Unpack it and put the CSV in its place."),
    (b"bzh", "packed by bzip2", "Unpack it and put the CSV in its place."),
    (b"\xfd7zxz", "packed by xz", "Unpack it and put the CSV in its place."),
    (b"\x28\xb5\x2f\xfd", "packed by zstd", "Unpack it and put the CSV in its place."),
    (b"version https://git-lfs", "a pointer of Git LFS", "Download the file itself: git lfs pull."),
)


def read_header(path: Path, table: CsvTable) -> list[str]:
    """The names in line 1. Raises MissingFile, BadArchive, or BadHeader when they are not those of the table."""
    _check_that_it_is_there(path, table)
    with unpacked(path) as content:
        line = content.readline(_LONGEST)
    if not line.strip():
        raise BadHeader(
            f"{path} is empty." if not line else f"{path} begins with an empty line.",
            cure="Download the file again."
            if not line
            else "Line 1 should name the columns: remove everything above it.",
        )
    text = _decoded(path, line, table).rstrip("\r\n")
    if "\r" in text:
        raise BadHeader(
            f"{path} ends its lines with a carriage return alone, as old Macs did.",
            where=f"Line 1: {_short(text.splitlines()[0])}",
            cure="Save it with line feeds (LF, or CR LF): tr '\\r' '\\n' < OLD > NEW",
        )
    header = next(csv.reader([text]), [])
    _check(path, table, text, header)
    return header


def _check_that_it_is_there(path: Path, table: CsvTable) -> None:
    if not path.parent.is_dir():
        raise MissingFile(
            f"There is no folder {path.parent}.", cure="Give the folder with Kaggle's CSVs: --raw DIR."
        )
    if path.is_dir():
        raise MissingFile(
            f"{path} is a folder, not a file.", cure=f"Put the file {table.file} itself there instead."
        )
    if not path.is_file():
        cure = f"Put Kaggle's {table.file} into {path.parent}, or give its folder: --raw DIR."
        if not path.name.startswith(table.file):
            cure = "Give a CSV with the columns of transactions_train.csv."
        raise MissingFile(f"{path} is not there.", cure=cure)


def _decoded(path: Path, line: bytes, table: CsvTable) -> str:
    for begins, what, cure in _OTHERS:
        if line.lower().startswith(begins):
            raise BadHeader(f"{path} is not a CSV but {what}.", cure=cure)
    if encoding := _other_encoding(line):
        text = line.decode(encoding, "replace").lstrip("\ufeff")
        separator = separator_of(text, table)
        raise BadHeader(
            f"{path} is in {encoding[:6]}, not in UTF-8"
            + (f", and separated by {_named(separator)}, not by commas." if separator else "."),
            where=f"Line 1: {_short(text.splitlines()[0])}" if text.strip() else "",
            cure="Save it as “CSV UTF-8 (comma delimited)”"
            + ("." if separator else f", or convert it: iconv -f {encoding[:6]} -t UTF-8 OLD > NEW"),
        )
    try:
        text = line.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        raise _no_header(path, str(error)) from error
    if "\0" in text:
        raise _no_header(path, "It contains bytes that are not text.")
    return text


def _other_encoding(line: bytes) -> str:
    """UTF-16 or UTF-32 as Python decodes it, told by its mark or by the zeros beside each letter; else nothing."""
    for mark, name in _MARKS:
        if line.startswith(mark):
            return name
    if len(line) > 3 and 0 in line[:4]:
        for name, zeros in (
            ("UTF-32-LE", (1, 2, 3)),
            ("UTF-32-BE", (0, 1, 2)),
            ("UTF-16-LE", (1, 3)),
            ("UTF-16-BE", (0, 2)),
        ):
            if [at for at in range(4) if not line[at]] == list(zeros):
                return name
    return ""


def _no_header(path: Path, where: str) -> BadHeader:
    return BadHeader(
        f"{path} does not start with a line of column names.",
        where=where[:_SHOWN],
        cure="It should be a CSV file in UTF-8, as it is or packed as .gz or .zip.",
    )


def separator_of(text: str, table: CsvTable) -> str:
    """The sign other than a comma that parts the names of a header; empty if none does better than the comma."""

    def known(separator: str) -> int:
        names = next(csv.reader([text.splitlines()[0]], delimiter=separator), []) if text.strip() else []
        return len({name.strip(" \"'") for name in names} & set(table.names))

    best = max(_SEPARATORS, key=known)
    return best if known(best) > max(known(","), 1) else ""


def _named(separator: str) -> str:
    return f"{_SEPARATORS[separator]} ({separator!r})"


def _check(path: Path, table: CsvTable, text: str, header: Sequence[str]) -> None:
    where = f"Line 1: {_short(text)}"
    if text.strip('"').lower().startswith("sep="):
        raise BadHeader(
            f"{path} begins with a note for Excel, not with the names of the columns.",
            where=where,
            cure="Remove that line; the cells must be separated by commas.",
        )
    if separator := separator_of(text, table):
        points = " Prices then need a decimal point: 0.05, not 0,05." if separator == ";" else ""
        raise BadHeader(
            f"{path} is separated by {_named(separator)}, not by commas.",
            where=where,
            cure=f"Save it with commas: in Excel as “CSV UTF-8 (comma delimited)”, or\n"
            f"  python -c \"import polars; polars.read_csv('OLD', separator={separator!r}, "
            f"infer_schema=False).write_csv('NEW')\"{points and chr(10) + points.strip()}",
        )
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise BadHeader(f"{path} names {', '.join(map(repr, twice))} twice.", cure="Name each column once.")
    missing = [name for name in table.names if name not in header]
    if len(missing) == len(table.names) and len(header) == len(table.names):
        raise BadHeader(
            f"{path} does not start with a line of column names.",
            where=where,
            cure=f"Put this line above it:\n{','.join(table.names)}",
        )
    if missing:
        extra = [name for name in header if name not in table.names]
        raise BadHeader(
            f"{path} has no column {', '.join(map(repr, missing))}.",
            where=f"Line 1 names {', '.join(header)[:1000]}.{_guess(missing, extra)}",
            cure=f"Correct the names in line 1, or download Kaggle's {table.file} again.",
        )


def _guess(missing: list[str], extra: list[str]) -> str:
    guesses = [
        f" Is {close[0]!r} meant to be {name!r}?"
        for name in missing
        if (close := difflib.get_close_matches(name, extra, n=1, cutoff=0.5))
    ]
    return "".join(guesses)


def _short(line: str) -> str:
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
