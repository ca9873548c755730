"""Quotation marks in a CSV: whether they stand around cells, or within one that has none around it."""

from __future__ import annotations

import csv

import numpy as np

_BLOCK = 1 << 24


def has_marks_within_cells(source: bytes, separator: str) -> bool:
    """Whether a cell without quotation marks around it has one in it, as of inches. O(bytes)."""
    text = np.frombuffer(source, np.uint8)
    mark, seen = ord('"'), 0
    beside = np.frombuffer(f'{separator}\r\n"'.encode(), np.uint8)
    for start in range(0, len(text), _BLOCK):
        at = np.flatnonzero(text[start : start + _BLOCK] == mark) + start
        opens = (np.arange(len(at)) + seen) % 2 == 0
        seen += len(at)
        neighbour = np.where(opens, at - 1, at + 1)
        known = (neighbour >= 0) & (neighbour < len(text))
        odd = ~np.isin(text[neighbour[known]], beside)
        if odd.any():
            # Text behind a closing mark is another fault: Polars tells what it is.
            return bool(opens[known][odd.argmax()])
    return False


def cells_of(line: str, separator: str) -> int:
    """How many cells a line has; 0 if it ends within quotation marks."""
    try:
        return len(next(csv.reader([line], delimiter=separator, strict=True), []))
    except csv.Error:
        return 0
