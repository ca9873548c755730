"""Articles found by words, and by what the words mean where words alone find little: the one search of all pages.

query ─▶ words (TextIndex) ─ enough articles have all of them ─────────────────────────▶ as the words say
             │                                                                            ▲
             └ few or none have: ─▶ cosine with each article (MeaningIndex) ─ added ──────┘
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stylo.search.english import GENERAL_WORDS, KNOWN
from stylo.search.meaning import MeaningIndex
from stylo.search.sentence_vectors import SentenceVectors, sentence_vectors
from stylo.search.text_index import Found, TextIndex
from stylo.search.vocabulary import STOP_WORDS, singular

#: Where so many articles have every word of a query, the words are enough: a dozen fills what is first seen, and in a
#: small shop one of a thousand is not little.
ENOUGH, OF_A_SHOP = 12, 1000
#: A query is about what people dress for where it is as near to OCCASIONS as this; the figures are in docs/search.md.
OCCASION = 0.40
#: A smaller cosine is not meant where a query is about anything else: most nonsense and other languages stay below.
FLOOR = 0.36
#: Of a query about what people dress for, articles are meant whose cosine is this share of the best one, if that is
#: no smaller than the least.
NEAR, LEAST_BEST = 0.8, 0.15
#: So many articles are found by meaning alone at most, and those as near as the last.
MOST = 500
#: What all of a query's words count for beside the best cosine; and that an article has as many of them as any, if few
#: have. Chosen on the first half of the judged queries.
WORDS_WEIGHT, CLOSEST_WEIGHT = 0.5, 0.2
# More than the best cosine and all words together.
_EVERY_WORD = 2.0
_LEAST_SCORE = 1e-6


Part = Literal["used", "unused", "unavailable"]


@dataclass(frozen=True, eq=False)
class ArticleFinder:
    """The search of one catalogue. `vectors` is None where WordLlama is not installed: words alone are searched."""

    words: TextIndex
    articles: pl.DataFrame
    vectors: SentenceVectors | None

    @classmethod
    def of(cls, articles: pl.DataFrame) -> ArticleFinder:
        """The search of the rows of articles.parquet; any text may be null."""
        return cls(TextIndex.of(articles), articles, sentence_vectors())

    @cached_property
    def meaning(self) -> MeaningIndex | None:
        """Made when it is first needed."""
        return None if self.vectors is None else MeaningIndex.of(self.articles, self.vectors)

    def warm_up(self) -> None:
        """Makes at once what the first query by meaning would wait for."""
        _ = self.meaning

    def part(self, found: Found) -> Part:
        """What meaning had to do with an answer: `unavailable` where WordLlama is not installed."""
        return "unavailable" if self.vectors is None else "used" if found.by_meaning else "unused"

    def search(self, query: str, *, literally: bool = False) -> Found:
        """Articles by the words of a query and, where few or none have all of them, by their meaning.

        All that words find stays found; articles with every word stay before the others.

        literally : the words as they are written: no synonyms, no corrections, no meaning.
        """
        found = self.words.search(query, literally=literally, is_common=self._is_whole)
        asked = [] if literally else self._asked(found)
        if not asked or self.meaning is None or found.share is None or found.closest is None:
            return found
        meant = self.meaning.meant(asked)
        is_occasion = self.meaning.occasion(meant) >= OCCASION
        if not is_occasion and self._is_strange(found, asked):
            return found
        similar = self.meaning.similarities(meant)
        best = float(similar.max(initial=0))
        near = similar >= _floor(similar, best, is_occasion)
        if not near.any():
            return found
        score = similar / np.float32(best) + np.float32(WORDS_WEIGHT) * found.share
        if np.count_nonzero(found.closest) <= MOST:
            score += np.float32(CLOSEST_WEIGHT) * found.closest
        score = np.maximum(score, np.float32(_LEAST_SCORE))
        if found.all_words:
            score = np.where(found.mask, np.float32(_EVERY_WORD) + found.score, score)
        return replace(found, score=np.where(found.mask | near, score, np.float32(0)), by_meaning=True)

    @property
    def _enough(self) -> int:
        return min(ENOUGH, max(1, self.articles.height // OF_A_SHOP))

    def _asked(self, found: Found) -> list[str]:
        """The words whose meaning is asked for; none where words are enough, or none of them tells anything.

        One word that is found is a name or a thing: nothing but itself is meant. So are numbers.
        """
        words = [word for phrase in found.words for word in phrase.split()]
        enough = found.all_words and (len(words) < 2 or np.count_nonzero(found.score) >= self._enough)
        if enough and not found.unknown:
            return []
        asked = [word for word in found.asked if word.isalpha() and word not in STOP_WORDS]
        return asked if any(word not in GENERAL_WORDS for word in asked) else []

    def _is_strange(self, found: Found, asked: list[str]) -> bool:
        """Whether half of the words or more are not understood."""
        return 2 * sum(not self._is_common(word) for word in found.unknown) >= len(asked)

    def _is_common(self, word: str) -> bool:
        return word in KNOWN or singular(word) in KNOWN or self._is_whole(word)

    def _is_whole(self, word: str) -> bool:
        return self.vectors is not None and self.vectors.is_whole(word)


def _floor(similar: NDArray[np.float32], best: float, is_occasion: bool) -> float:
    """The smallest cosine of what is meant."""
    least = min(FLOOR, max(NEAR * best, LEAST_BEST)) if is_occasion else FLOOR
    return max(least, float(np.partition(similar, -MOST)[-MOST])) if len(similar) > MOST else least
