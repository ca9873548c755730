"""The words of a catalogue: found as they are, in another number, by their beginning, or by spelling."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from stylo.search.words import singular

#: What a match counts for, by how it came about.
EXACT, OTHER_NUMBER, BEGINNING, CORRECTED = 1.0, 0.95, 0.8, 0.7

_LAST_CHARACTER = chr(0x10FFFF)


class Match(NamedTuple):
    """Words that match: those from `first` to before `last`, and what the match counts for."""

    first: int
    last: int
    counts: float


class Vocabulary:
    """The words of a catalogue.

    Parameters
    ----------
    words : sorted, none twice; m of them.
    articles : how many articles have each word, shape (m,).
    """

    def __init__(self, words: list[str], articles: NDArray[np.int64]) -> None:
        self.words, self.articles = words, articles
        self._most = int(articles.max(initial=0))
        self._numbers: defaultdict[str, list[int]] = defaultdict(list)
        self._lengths: defaultdict[int, list[str]] = defaultdict(list)
        for place, word in enumerate(words):
            self._numbers[singular(word)].append(place)
            self._lengths[len(word)].append(word)

    def __contains__(self, word: str) -> bool:
        """Whether a word is there, in the singular or plural."""
        return singular(word) in self._numbers

    def begins(self, word: str) -> bool:
        """Whether a word begins with this."""
        place = bisect_left(self.words, word)
        return place < len(self.words) and self.words[place].startswith(word)

    def matches(self, word: str) -> list[Match]:
        """Where the word is, its singular and plurals, and all that begin with it; may be empty, may overlap."""
        found = [
            Match(place, place + 1, EXACT if self.words[place] == word else OTHER_NUMBER)
            for place in self._numbers.get(singular(word), ())
        ]
        first, last = bisect_left(self.words, word), bisect_left(self.words, word + _LAST_CHARACTER)
        return [*found, Match(first, last, BEGINNING)] if first < last else found

    def corrected(self, word: str, least: int = 0) -> str | None:
        """Another word that may have been meant: of the fewest edits, then in most articles, then by the alphabet.

        An edit is a letter too many, too few, wrong, or swapped with the next (optimal string alignment). One is
        forgiven in 4 to 6 letters, two from 7; shorter words and those with digits are not corrected. None, too,
        if the word meant is not in at least so many articles.
        """
        if len(word) < 4 or not word.isalpha() or least > self._most:
            return None
        edits = 1 if len(word) < 7 else 2
        near = range(len(word) - edits, len(word) + edits + 1)
        choices = [other for length in near for other in self._lengths.get(length, ())]
        if not choices:
            return None
        distances = process.cdist([word], choices, scorer=OSA.distance, score_cutoff=edits)[0]
        distances[distances == 0] = edits + 1  # the word itself
        closest = np.flatnonzero(distances == distances.min())
        if distances[closest[0]] > edits:
            return None
        meant = min((choices[at] for at in closest), key=lambda other: (-self._count(other), other))
        return meant if self._count(meant) >= least else None

    def _count(self, word: str) -> int:
        return int(self.articles[bisect_left(self.words, word)])
