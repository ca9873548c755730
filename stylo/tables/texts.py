"""Columns of short texts that are looked up rather than parsed: found by a hash, confirmed by all their characters.

A column is a matrix of UInt64, shape (texts, words), with 1, 2, 4 or 8 words: the bytes of each text, filled up with
zeros. So NumPy compares eight characters at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

WORD = 8
#: Stands for the place of a text that is not there.
NOWHERE = 2**32 - 1
Words = NDArray[np.uint64]
Places = NDArray[np.uint32]
Bools = NDArray[np.bool_]

_MOST_WORDS = 8
# Odd ones, drawn once: a sum of products by them is a universal hash in its upper bits.
_FACTORS = np.random.default_rng(64).integers(2**63, 2**64, _MOST_WORDS, dtype=np.uint64) | np.uint64(1)


class KnownTexts:
    """Where each text stands in a list.

    A table of slots holds the place of each text in the slot to which its hash leads, or in the next free one: a
    look-up is a jump and, rarely, a step or two. Takes 16 to 32 bytes a text beside the texts themselves.

    repeated : the place of a text that stands in the list twice; None if there is none.

    Parameters
    ----------
    texts : distinct ones.
    """

    def __init__(self, texts: Words) -> None:
        self._prepare(texts, len(texts))
        moved = self._enter(0, len(texts))
        again = moved[self.of(texts[moved]) != moved]
        self.repeated = int(again[0]) if len(again) else None

    def of(self, texts: Words) -> Places:
        """The place of each text in the list, or NOWHERE. O(texts)."""
        if not len(self._texts):
            return np.full(len(texts), NOWHERE, dtype=np.uint32)
        slots = self._first_slots(texts)
        places = self._slots[slots]
        rows = np.flatnonzero(~self._are(places, texts))
        while len(rows := rows[places[rows] != NOWHERE]):
            slots[rows] = (slots[rows] + 1) & self._last_slot
            places[rows] = self._slots[slots[rows]]
            rows = rows[~self._are(places[rows], texts[rows])]
        return places

    def _are(self, places: Places, texts: Words) -> Bools:
        # NOWHERE is taken for the last text; what is found there is nowhere all the same.
        return _same(self._texts.take(places, axis=0, mode="clip"), texts)

    def _prepare(self, texts: Words, most: int) -> None:
        bits = most.bit_length() + 2
        self._texts, self._shift, self._last_slot = texts, np.uint64(64 - bits), (1 << bits) - 1
        self._slots = np.full(1 << bits, NOWHERE, dtype=np.uint32)

    def _first_slots(self, texts: Words) -> NDArray[np.int64]:
        hashes = texts @ _FACTORS[: texts.shape[1]]
        return (hashes >> self._shift).astype(np.int64)

    def _enter(self, begin: int, end: int) -> Places:
        """Gives slots to some of the texts; the places of those that did not get their first one."""
        places = np.arange(begin, end, dtype=np.uint32)
        slots = self._first_slots(self._texts[begin:end])
        moved = None
        while len(places):
            free = self._slots[slots] == NOWHERE
            self._slots[slots[free]] = places[free]
            waiting = self._slots[slots] != places
            places, slots = places[waiting], (slots[waiting] + 1) & self._last_slot
            moved = places if moved is None else moved
        return places if moved is None else moved


class SeenTexts(KnownTexts):
    """What texts stand for that were read before: each is read once, however often it is asked for.

    Not for several threads at once.

    Parameters
    ----------
    read : texts, filled up with zeros → their values, or None if one of them has none.
    words, dtype : of a text, and of a value.
    most : how many are remembered; once there are more, none that is new is read.
    ahead : texts that are new → those that may well be asked for next. They are read at once, as long as half of the
        room is left: to read one text takes as long as to read hundreds.
    """

    def __init__(
        self,
        read: Callable[[list[bytes]], NDArray[Any] | None],
        words: int,
        dtype: Any,
        most: int,
        ahead: Callable[[list[bytes]], list[bytes]] = lambda texts: [],
    ) -> None:
        self._prepare(np.zeros((most, words), dtype=np.uint64), most)
        self._read, self._values, self._count, self._is_full = read, np.zeros(most, dtype=dtype), 0, False
        self._ahead = ahead

    def values(self, texts: Words) -> NDArray[Any] | None:
        """The value of each text; None if one of them has none, or if there is no room for it."""
        places = self.of(texts)
        if len(new := np.flatnonzero(places == NOWHERE)):
            if not self._remember(texts[new]):
                return None
            places[new] = self.of(texts[new])
        return self._values.take(places)

    def _remember(self, texts: Words) -> bool:
        """Whether all texts could be read, and are known now."""
        if self._is_full:
            return False
        new = list({text.tobytes() for text in texts})
        self._is_full = self._count + len(new) > len(self._texts)
        if self._is_full or not self._read_in(new):
            return False
        more = self._unknown(self._ahead(new))
        if self._count + len(more) <= len(self._texts) // 2:
            self._read_in(more)
        return True

    def _read_in(self, texts: list[bytes]) -> bool:
        """Whether these, distinct and unknown, could be read, and are known now."""
        if (values := self._read(texts) if texts else None) is None:
            return False
        begin, end = self._count, self._count + len(texts)
        self._texts[begin:end] = self._as_words(texts)
        self._values[begin:end] = values
        self._enter(begin, end)
        self._count = end
        return True

    def _unknown(self, texts: list[bytes]) -> list[bytes]:
        return [texts[n] for n in np.flatnonzero(self.of(self._as_words(texts)) == NOWHERE)]

    def _as_words(self, texts: list[bytes]) -> Words:
        return np.frombuffer(b"".join(texts), np.uint64).reshape(len(texts), self._texts.shape[1])


def runs_of(texts: Words) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each run of equal texts begins, and how long it is."""
    begins = np.ones(len(texts), dtype=bool)
    np.logical_not(_same(texts[1:], texts[:-1]), out=begins[1:])
    first = np.flatnonzero(begins)
    return first, np.diff(first, append=len(texts))


def _same(some: Words, others: Words) -> Bools:
    """For each row of two matrices whether all its words are the same."""
    words = some.shape[1]
    return (some == others).view(f"u{words}").ravel() == int.from_bytes(b"\1" * words)
