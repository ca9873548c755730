"""Lines of a CSV that all have one shape: cells as wide as they always are, but for one, and no quotation marks.

    2018-09-20,000058a1…091e318,0663713001,0.0508305084745763,2⏎
    ├── as far from its beginning ────────┤├── what is left ─┤├┤ as far from its end in each line

Where lines end tells where each cell lies, so that whole columns are cut out at once. A cell is cut out with the
separator behind it, and nothing is checked here but the separators that this leaves out: who finds all texts of all
columns to be allowed ones knows that each line holds these cells and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from stylo.tables.texts import WORD, Words

#: A varying cell is at most so long.
LONGEST_CELL = 4 * WORD - 1
_COMMA, _LINE_FEED, _RETURN = b",\n\r"
_BITS = 64
_EXPONENT, _BIAS = 52, 1023  # of a Float64
# Row n keeps the first n bytes of a text.
_KEEP = (np.tri(_BITS + 1, _BITS, -1, dtype=np.uint8) * np.uint8(0xFF)).view(np.uint64)
_KEEP_VARYING = _KEEP[:, : (LONGEST_CELL + 1) // WORD].copy()

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


class PlainLines:
    """Cuts columns out of blocks of such lines, which end with LF or with CR LF and have 64 bytes or more.

    Parameters
    ----------
    header : the columns in the order of the file.
    widths : of the cells of each column, in bytes; None for the one whose cells vary.
    """

    def __init__(self, header: Sequence[str], widths: Mapping[str, int | None]) -> None:
        self._columns = [(name, widths[name]) for name in header] if set(header) == set(widths) else []
        self._least = sum(width or 0 for _, width in self._columns) + len(self._columns) - 1

    def cells(self, source: bytes) -> dict[str, Words] | None:
        """The cells of each column, each with its separator (a comma, LF or CR) unless it fills its words.

        None if a line has another shape.
        """
        text = np.frombuffer(source, np.uint8)
        ends = _line_ends(text)
        if not self._columns or ends is None or ends[-1] != len(text) - 1:
            return None
        starts = np.empty_like(ends)
        starts[0], starts[1:] = 0, ends[:-1] + 1
        last_separator = _LINE_FEED
        if text[ends[0] - 1] == _RETURN:
            last_separator = _RETURN
            ends -= 1
        varying = ends - starts
        varying -= self._least
        if varying.min() < 0 or varying.max() > LONGEST_CELL:
            return None
        cells = {}
        for name, width, place in self._places(starts, ends):
            if width is None:
                cells[name] = _cut(text, place, len(_KEEP_VARYING[0]))
                cells[name] &= _KEEP_VARYING.take(varying + 1, axis=0)
            elif width % WORD:
                words = 1 << (width // WORD).bit_length()
                cells[name] = _cut(text, place, words)
                for word in range(width // WORD, words):
                    cells[name][:, word] &= _KEEP[width + 1, word]
            else:
                separator = last_separator if name == self._columns[-1][0] else _COMMA
                if (text.take(place + width) != separator).any():
                    return None
                cells[name] = _cut(text, place, width // WORD)
        return cells

    def _places(self, starts: Places, ends: Places) -> Iterator[tuple[str, int | None, Places]]:
        """Where the cells of each column begin: told from the line's end behind the one that varies."""
        place, is_behind = starts, False
        for at, (name, width) in enumerate(self._columns):
            if is_behind:
                place = ends + 1 - sum((behind or 0) + 1 for _, behind in self._columns[at:])
            yield name, width, place
            place, is_behind = place + (width or 0) + 1, is_behind or width is None


def _line_ends(text: Bytes) -> Places | None:
    """Where line feeds are. None if there is none, or two within 64 bytes."""
    stretches = -(-len(text) // _BITS)
    is_end = np.zeros(stretches * _BITS, dtype=bool)
    np.equal(text, _LINE_FEED, out=is_end[: len(text)])
    bits = np.packbits(is_end, bitorder="little").view(np.uint64)
    at = np.flatnonzero(bits)
    bits = bits[at]
    if not len(bits) or (bits & (bits - np.uint64(1))).any():
        return None
    # The exponent of a power of two as a Float64 is the place of its bit.
    ends = bits.astype(np.float64).view(np.int64) >> _EXPONENT
    ends += at * _BITS - _BIAS
    return ends


def _cut(text: Bytes, place: Places, words: int) -> Words:
    """So many words from each place; where the text ends, zeros."""
    width = words * WORD
    every = np.ndarray((len(text) - width + 1,), f"V{width}", text, strides=(1,))
    cells = every[np.minimum(place, len(every) - 1)].view(np.uint64).reshape(-1, words)
    if len(last := text[place[-1] :]) < width:
        cells[-1] = np.concatenate([last, np.zeros(width - len(last), np.uint8)]).view(np.uint64)
    return cells
