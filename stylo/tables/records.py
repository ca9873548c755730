"""Where the records of a CSV begin and end, and which of them are none: by RFC 4180, strictly.

A quotation mark opens or closes a cell, or is doubled within one; between quotation marks a cell may hold line breaks
and commas. All else that programs read in different ways (a quotation mark within a cell, a carriage return without a
line feed, a NUL byte, a line with more or fewer cells than the header) is a record at fault: one line, and the next
record begins right below it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: A record takes at most so many bytes: what is longer is a quotation mark that nobody closed.
LONGEST = 1 << 20
#: What is wrong with a record that is at fault as a whole.
TOO_LONG = "the line has more cells than the header's"
CUT_SHORT = "the line has fewer cells than the header's"
STRAY_MARK = "the line has a quotation mark within a cell, or one that is not closed"
_QUOTE, _COMMA, _LINE_FEED, _RETURN = b'",\n\r'
_CELL = r'(?:"[^"]*(?:""[^"]*)*"|[^",\r\n]*)'
_RECORD = re.compile(rf"{_CELL}(?:,{_CELL})*")
csv.field_size_limit(max(csv.field_size_limit(), LONGEST))

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


class Record(NamedTuple):
    """One record as it stands in the file: the line of the block on which it begins (0 is the first)."""

    line: int
    raw: str


class Read(NamedTuple):
    """A record, its cells, and why it is at fault; empty if it is not.

    lines : how many it takes.   is_open : its last cell has no end in the text.
    """

    record: Record
    cells: list[str]
    fault: str
    lines: int
    is_open: bool


def is_regular(source: bytes, width: int) -> bool:
    """Whether each reader would tell the same records in a block; their widths are not looked at. O(bytes), quick."""
    if b"\0" in source or (b"\r" in source and source.count(b"\r") != source.count(b"\r\n")):
        return False
    if b'"' not in source:
        return True
    text = np.frombuffer(source, np.uint8)
    marks = np.flatnonzero(text == _QUOTE)
    return len(marks) % 2 == 0 and _are_sound(text, marks) and not _hides_records(text, marks, width)


def separators(source: bytes) -> int:
    """How many commas of a regular block part cells."""
    text = np.frombuffer(source, np.uint8)
    commas = text == _COMMA
    if b'"' not in source:
        return int(np.count_nonzero(commas))
    places = np.flatnonzero(commas)
    before = np.searchsorted(places, np.flatnonzero(text == _QUOTE))
    return len(places) - int((before[1::2] - before[0::2]).sum())


def whole_records(source: bytearray, length: int, width: int) -> int:
    """How many of the first bytes are whole records.

    0 where the first has no end yet. Of one that is longer than LONGEST the first line counts as a record.
    """
    if source.find(b'"', 0, length) < 0:
        return source.rfind(b"\n", 0, length) + 1
    text = np.frombuffer(source, np.uint8, length)
    marks = np.flatnonzero(text == _QUOTE)
    ends = np.flatnonzero(text == _LINE_FEED) + 1
    if _are_sound(text, marks) and not _hides_records(text, marks, width):
        outside = ends[_outside(marks, ends)]
        whole = int(outside[-1]) if len(outside) else 0
    else:
        lines = 0
        for read in read_records(text.tobytes(), width):
            if read.is_open or read.record.line + read.lines > len(ends):
                break
            lines = read.record.line + read.lines
        whole = int(ends[lines - 1]) if lines else 0
    return int(ends[0]) if not whole and length > LONGEST and len(ends) else whole


def read_records(source: bytes, width: int) -> Iterator[Read]:
    """Each record of a block that holds any value. Slow: some microseconds a cell.

    width : how many cells the header has. Bytes that are no UTF-8 are lone surrogates in what is given.
    """
    lines = io.StringIO(source.decode("utf-8", "surrogateescape"), newline="\n").readlines()
    line = 0
    while line < len(lines):
        cells, count, is_open = _next(lines, line)
        if count > 1 and (not cells or _is_interrupted(lines[line + 1 : line + count - 1], width)):
            cells, count = [], 1
        raw = "".join(lines[line : line + count]).rstrip("\r\n")
        if raw and (not cells or any(cells)):
            yield Read(Record(line, raw), cells, _fault(raw, cells, width), count, is_open)
        line += count


def _next(lines: list[str], at: int) -> tuple[list[str], int, bool]:
    """The cells of the record that begins on a line, how many lines it takes, and whether it has no end.

    No cells where it is none.
    """
    taken = 0

    def following() -> Iterator[str]:
        nonlocal taken
        for place in range(at, len(lines) if '"' in lines[at] else at + 1):
            taken += 1
            yield lines[place]

    try:
        return next(csv.reader(following(), strict=True), []), taken, False
    except csv.Error as error:
        return [], max(taken, 1), "unexpected end" in str(error)


def _is_interrupted(lines: list[str], width: int) -> bool:
    """Whether one of the lines in a cell is a record by itself: then a quotation mark above it is a stray one."""
    return any(line.count(",") >= width - 1 and _is_record(line, width) for line in lines)


def _is_record(line: str, width: int) -> bool:
    try:
        cells = next(csv.reader([line], strict=True), [])
    except csv.Error:
        return False
    return len(cells) == width > 1


def _fault(raw: str, cells: list[str], width: int) -> str:
    if any("\ud800" <= sign <= "\udfff" for sign in raw):
        return "the line is not UTF-8"
    if "\0" in raw:
        return "the line holds a NUL byte"
    if "\r" in re.sub(r'"[^"]*"', "", raw):
        return "the line holds a carriage return (CR) that ends no line"
    if '"' in raw and not (cells and _RECORD.fullmatch(raw)):
        return STRAY_MARK
    if len(cells) == width:
        return ""
    return f"{TOO_LONG if len(cells) > width else CUT_SHORT} {width}"


def _are_sound(text: Bytes, marks: Places) -> bool:
    """Whether each quotation mark stands at an end of a cell or is doubled; the last one may lack its partner."""
    opening, closing = marks[0::2], marks[1::2]
    before = text[opening - 1]  # of one at the very beginning this is the last byte, which does not matter
    doubled = np.zeros(len(opening), dtype=bool)
    doubled[1:] = opening[1:] == closing[: len(opening) - 1] + 1
    if not ((before == _COMMA) | (before == _LINE_FEED) | doubled | (opening == 0)).all():
        return False
    closing = closing[closing + 1 < len(text)]
    after = text[closing + 1]
    return bool(((after == _COMMA) | (after == _LINE_FEED) | (after == _RETURN) | (after == _QUOTE)).all())


def _hides_records(text: Bytes, marks: Places, width: int) -> bool:
    """Whether a line that begins within a cell has as many commas as a record: perhaps one that a stray mark hides."""
    ends = np.flatnonzero(text == _LINE_FEED)
    inside = np.flatnonzero(~_outside(marks, ends))
    if not len(inside):
        return False
    bounds = np.append(ends, len(text))
    commas = np.flatnonzero(text == _COMMA)
    count = np.searchsorted(commas, bounds[inside + 1]) - np.searchsorted(commas, bounds[inside])
    return bool((count >= width - 1).any())


def _outside(marks: Places, places: Places) -> NDArray[np.bool_]:
    """Which places have an even number of quotation marks before them."""
    return np.searchsorted(marks, places) % 2 == 0
