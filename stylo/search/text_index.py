"""Articles found by words: an inverted index over their texts that forgives how a word is written.

    texts ─ parts ─▶ words ─▶ vocabulary (sorted) ─▶ for each word, the articles that have it and a weight

A word finds itself, its singular or plural, and what begins with it; a word with synonyms, what the catalogue calls
the same. Where that is next to nothing and nobody knows the word, the one that was likely meant is found, too. Four
digits and more also find article ids, and a SKU or its beginning the article that it is of.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stylo.search.english import GENERAL_WORDS, KNOWN
from stylo.search.postings import KINDS, TERMS, postings, words_of
from stylo.search.skus import NOTHING, WHOLE, SkuIndex, SkuMatches
from stylo.search.synonyms import LONGEST, Phrase, is_thing, synonyms, words_with_synonyms
from stylo.search.vocabulary import (
    BEGINNING,
    CORRECTED,
    EXACT,
    STOP_WORDS,
    Match,
    Vocabulary,
    parts_of,
    singular,
)
from stylo.tables.ids import ARTICLE_ID_DIGITS, SKU

# Digits inside an article id, neither its beginning nor all of it.
_INSIDE = 0.5
#: So much of a query is read.
MOST_WORDS, MOST_CHARACTERS = 12, 1000
_FEWEST_DIGITS = 4
#: A word is taken for a misspelling, too, where so many times more articles have the one that it resembles:
#: the catalogue has a Blake and a "leggins".
_COMMONER = 50
#: How many articles a word that is nowhere is taken to be in, when it is weighed.
_RARE = 50
#: What words of descriptions, sections and groups count for at most; `Dresses/Skirts girls` is a group. An article is
#: of a kind only by what counts for more.
_NO_KIND = 0.6
#: What begins with a word for a kind counts for hardly anything: baggy is no bag.
_BEGINS_WITH_KIND = 0.3


IsCommon = Callable[[str], bool]


def _no_word(_: str) -> bool:
    return False


@dataclass(frozen=True)
class Found:
    """What a query found.

    score : float32 (n,), in the order of the articles; 0 is not found, ties are frequent.
    words : those that were looked for, as understood; empty if nothing was asked.
    corrected : the query as understood, if a word was misspelt.
    unknown : words for which nothing was found; they are passed over if others found something.
    all_words : whether every found article has every word. Where no article has all that are known, those are
        found that have at least one, the more the higher.
    share : float32 (n,), how much of what was asked an article has, from 0 to 1; a rare word is more than a common one,
        and words that tell nothing of a garment (GENERAL_WORDS) are none.
    closest : bool (n,), which articles have as many of those words as any has; none where no article has one.
    asked : the words as typed, as understood, and what the catalogue calls the same: whose meaning may be asked for.
    by_meaning : whether articles were found or put in order by what the words mean, too.

    A word for a kind or colour is first looked for outside of descriptions, with synonyms or without.
    """

    score: NDArray[np.float32]
    words: tuple[str, ...] = ()
    corrected: str | None = None
    unknown: tuple[str, ...] = ()
    all_words: bool = True
    share: NDArray[np.float32] | None = None
    closest: NDArray[np.bool_] | None = None
    asked: tuple[str, ...] = ()
    by_meaning: bool = False

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Which articles were found, bool (n,)."""
        return self.score > 0


@dataclass(frozen=True)
class _Word:
    """A word of a query, or a phrase with synonyms; what finds the same; and the pairs that it is half of."""

    text: str
    phrases: tuple[Phrase, ...] = ()
    pairs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class TextIndex:
    """The words of n articles. `rows` and `weights` of word w lie from starts[w] to before starts[w + 1].

    `kinds` and `terms` are words in the singular: of types and colours, and of all that is named by a fixed list.

    Eight bytes for each distinct word of an article; with the vocabulary, about 50 MB for 105,542 articles.
    """

    vocabulary: Vocabulary
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]
    ids: bytes
    articles: int
    kinds: frozenset[str]
    terms: frozenset[str]
    skus: SkuIndex | None = None

    @classmethod
    def of(cls, articles: pl.DataFrame) -> TextIndex:
        """The index of the rows of articles.parquet; any text may be null."""
        words, places = postings(articles)
        counts = np.bincount(places["word"].to_numpy(), minlength=len(words))
        count = dict(zip(words, counts.tolist(), strict=True))
        meant = {
            word: max(min(count.get(part, 0) for part in phrase) for phrase in synonyms(word))
            for word in words_with_synonyms()
        }
        return cls(
            Vocabulary(words, counts, {word: n for word, n in meant.items() if n and word not in count}),
            np.concatenate([[0], np.cumsum(counts)]),
            places["row"].to_numpy(),
            places["weight"].to_numpy(),
            # In a shop with SKUs nobody knows the articles by their numbers.
            b""
            if SKU in articles.columns
            else "\n".join(articles["article_id"].fill_null("?" * ARTICLE_ID_DIGITS)).encode(),
            articles.height,
            words_of(articles, KINDS),
            words_of(articles, TERMS),
            SkuIndex.of(articles),
        )

    def search(self, query: str, *, literally: bool = False, is_common: IsCommon = _no_word) -> Found:
        """Articles that have the words of a query: its first 12 words, within its first 1,000 characters.

        literally : the words as they are written, without synonyms and corrections.
        is_common : which other words are of the language, so that they are never taken for misspellings.

        A query that is a SKU, or the beginning of one, also finds the articles of such SKUs.

        O(articles × words), and the articles of every word that begins with one of them.
        """
        found = self._by_words(query, literally, is_common)
        return found if self.skus is None else self._with_skus(self.skus, query, found)

    def _with_skus(self, skus: SkuIndex, query: str, found: Found) -> Found:
        """What words found, and SKUs: the SKU itself alone, its beginning beside articles that have every word."""
        rows, counts = skus.find(query[:MOST_CHARACTERS])
        if not len(rows):
            return found
        alone = counts.max() == WHOLE or not found.all_words
        score = self._nothing() if alone else found.score.copy()
        score[rows] = np.maximum(score[rows], counts)
        return Found(score, found.words or (query,))

    def _by_words(self, query: str, literally: bool, is_common: IsCommon) -> Found:
        understood: list[str] = []
        unknown: list[str] = []
        counts: list[NDArray[np.float32]] = []
        telling: list[NDArray[np.float32]] = []
        kinds: list[bool] = []
        asked: list[str] = []
        misspelt = False
        for word in self._asked(query, literally):
            best, meant = self._best(word, literally, is_common)
            asked += [*word.text.split(), *meant.split()]
            if not best.any():
                unknown.append(word.text)
                continue
            asked += word.phrases[0] if word.phrases else ()
            understood.append(meant)
            misspelt |= meant != word.text
            counts.append(best)
            if word.text not in GENERAL_WORDS:
                telling.append(best)
            kinds.append(self._is_kind(word, meant) and bool(best.max() > _NO_KIND))
        score, all_words = self._together(counts, kinds)
        return Found(
            score,
            tuple(understood),
            " ".join(understood) if misspelt else None,
            tuple(unknown),
            all_words=all_words and not unknown,
            share=self._share(telling, len(unknown)),
            closest=self._closest(telling),
            asked=tuple(dict.fromkeys(asked)),
        )

    def _together(
        self, counts: list[NDArray[np.float32]], kinds: list[bool]
    ) -> tuple[NDArray[np.float32], bool]:
        """The scores of words together, of the articles with all of them; of those with any, where none has all.

        kinds : which words are of a kind, so that an article must not only mention them.
        """
        score = self._nothing()
        for each in counts:
            score += each
        for strict in (True, False) if any(kinds) else (False,):
            lacks = np.zeros(self.articles, dtype=np.bool_)
            for each, kind in zip(counts, kinds, strict=True):
                lacks |= each <= (_NO_KIND if strict and kind else 0)
            if not lacks.all():
                score[lacks] = 0
                return score, True
        for each in counts:
            score += (each > 0) * np.float32(len(counts))
        return score, False

    def _share(self, counts: list[NDArray[np.float32]], unknown: int) -> NDArray[np.float32]:
        """What words count for, weighed by how rare they are: ln(1 + articles / those with the word)."""
        share = self._nothing()
        whole = unknown * math.log1p(self.articles / _RARE)
        for each in counts:
            rarity = math.log1p(self.articles / np.count_nonzero(each))
            share += np.float32(rarity) * each
            whole += rarity
        return share / np.float32(whole) if whole else share

    def _closest(self, counts: list[NDArray[np.float32]]) -> NDArray[np.bool_]:
        """Which articles have as many of the words as any, and at least one."""
        has = np.zeros(self.articles, dtype=np.int8)
        for each in counts:
            has += each > 0
        return has == max(int(has.max(initial=0)), 1)

    def _nothing(self) -> NDArray[np.float32]:
        return np.zeros(self.articles, dtype=np.float32)

    def _is_kind(self, word: _Word, meant: str) -> bool:
        return is_thing("".join(meant.split())) or (not word.phrases and singular(meant) in self.kinds)

    def _asked(self, query: str, literally: bool) -> list[_Word]:
        """The words of a query, each once, with their synonyms and the pairs that they are half of.

        `rain coat` also finds a raincoat. A single letter and the word after it are one word: V neck.
        """
        cut = parts_of(query[:MOST_CHARACTERS])
        words: dict[str, _Word] = {}
        while cut and len(words) < MOST_WORDS:
            if not literally and (phrase := _longest(cut)) is not None:
                words.setdefault(phrase.text, phrase)
                del cut[: len(phrase.text.split())]
                continue
            word, pair = cut[0], "".join(cut[:2])
            if len(word) == 1 and len(cut) > 1 and self._has_pair(word, pair, last=len(cut) == 2):
                words[pair] = _Word(pair, () if literally else synonyms(pair))
                del cut[:2]
                continue
            words.setdefault(word, _Word(word))
            if len(cut) > 1 and pair in self.vocabulary:
                words[word].pairs.append(pair)
                words.setdefault(cut[1], _Word(cut[1])).pairs.append(pair)
            del cut[0]
        return [word for word in words.values() if word.text not in STOP_WORDS] or list(words.values())

    def _has_pair(self, letter: str, pair: str, *, last: bool) -> bool:
        if pair in self.vocabulary:
            return True
        return last and letter not in STOP_WORDS and self.vocabulary.begins(pair)

    def _best(
        self, word: _Word, literally: bool, is_common: IsCommon = _no_word
    ) -> tuple[NDArray[np.float32], str]:
        """What a word, or a pair with it, counts for in each article, float32 (n,); and the word that was meant."""
        if word.phrases:
            return self._same(word), word.text
        text = word.text
        is_kind = singular(text) in self.kinds
        matches = self.vocabulary.matches(text, _BEGINS_WITH_KIND if is_kind and not literally else BEGINNING)
        best = self._counted(
            matches + [match for pair in word.pairs for match in self.vocabulary.matches(pair)]
        )
        rows, counts = self._ids_with(text)
        if len(rows):
            np.maximum.at(best, rows, counts)
            return best, text
        if literally or self._known(text) or is_common(text):
            return best, text
        meant = self.vocabulary.corrected(text, least=_COMMONER * int(np.count_nonzero(best)))
        if meant is None:
            return best, text
        if text not in self.vocabulary:
            best *= np.float32(CORRECTED)
        corrected = self._best(_Word(meant, synonyms(meant)), literally=True)[0] * np.float32(CORRECTED)
        return np.maximum(best, corrected), meant

    def _known(self, word: str) -> bool:
        """Whether a word is one of the language, so that it is meant as it is."""
        return word in KNOWN or singular(word) in KNOWN or singular(word) in self.terms

    def _same(self, word: _Word) -> NDArray[np.float32]:
        """What the synonyms of a word count for; the word itself, too, if it is a term of the catalogue.

        A phrase counts for the mean of its words. Where there are none of all these, the word is looked for as it is.
        """
        single = [
            match for phrase in word.phrases if len(phrase) == 1 for match in self.vocabulary.forms(phrase[0])
        ]
        best = self._counted(single)
        for phrase in word.phrases:
            if len(phrase) > 1:
                rows, counts = self._phrase([self.vocabulary.forms(part) for part in phrase])
                best[rows] = np.maximum(best[rows], counts)
        parts = word.text.split()
        if len(parts) == 1 and (not best.any() or singular(parts[0]) in self.terms):
            matches = self.vocabulary.forms(parts[0]) if best.any() else self.vocabulary.matches(parts[0])
            np.maximum(best, self._counted(matches), out=best)
        return best

    def _phrase(self, words: list[list[Match]]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """The rows that have every word, and the mean of what the words count for there."""
        rarest, *others = sorted(words, key=lambda matches: sum(self._length(match) for match in matches))
        counted = self._counted(rarest)
        rows = np.flatnonzero(counted)
        total = counted[rows]
        for matches in others if len(rows) else ():
            counts = self._counted(matches)[rows]
            has = counts > 0
            rows, total = rows[has], total[has] + counts[has]
        return rows, total / np.float32(len(words))

    def _length(self, match: Match) -> int:
        return int(self.starts[match.last] - self.starts[match.first])

    def _counted(self, matches: list[Match]) -> NDArray[np.float32]:
        best = self._nothing()
        for match in matches:
            stretch = slice(self.starts[match.first], self.starts[match.last])
            rows, counts = self.rows[stretch], self.weights[stretch] * np.float32(match.counts)
            if match.last == match.first + 1:  # no row stands twice
                best[rows] = np.maximum(best[rows], counts)
            else:
                np.maximum.at(best, rows, counts)
        return best

    def _ids_with(self, digits: str) -> SkuMatches:
        """The rows whose article id has these digits, at least four, and what each counts for; or a SKU with a digit.

        All ten, or nine without the zero, are exact; the first ones are a beginning (a product code).
        """
        if self.skus is not None:
            return self.skus.find(digits) if re.search("[0-9]", digits) else NOTHING
        if not re.fullmatch(f"[0-9]{{{_FEWEST_DIGITS},{ARTICLE_ID_DIGITS}}}", digits):
            return NOTHING
        found = []
        for at in re.finditer(digits.encode(), self.ids):
            row, place = divmod(at.start(), ARTICLE_ID_DIGITS + 1)
            begins = place == 0 or (place == 1 and digits[0] != "0")
            whole = begins and place + len(digits) == ARTICLE_ID_DIGITS
            found.append((row, EXACT if whole else BEGINNING if begins else _INSIDE))
        rows, counts = zip(*found, strict=True) if found else ((), ())
        return np.array(rows, dtype=np.int32), np.array(counts, dtype=np.float32)


def _longest(cut: list[str]) -> _Word | None:
    """The longest phrase with synonyms that a query begins with."""
    for length in range(min(LONGEST, len(cut)), 0, -1):
        if phrases := synonyms("".join(cut[:length])):
            return _Word(" ".join(cut[:length]), phrases)
    return None
