"""The words of a catalogue: found as they are, in another form, by their beginning, or by spelling."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

#: Words that tell nothing of an article; they are not looked for while there are others.
STOP_WORDS = frozenset(
    ("a", "an", "and", "at", "by", "for", "from", "in", "is", "it", "of", "on", "or", "the", "to", "with")
)

# Scripts that set no spaces between words, and Korean, which writes words together.
_SPACELESS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー\u3099\u309A"
_RUN = f"[{_SPACELESS}]+"
_PART = rf"{_RUN}|[[\p{{L}}\p{{M}}\p{{N}}]--[{_SPACELESS}]]+[-\x1f]?"
# Accents of European letters, Arabic and Hebrew points. Marks of other scripts tell words apart, as letters do.
_ACCENTS = r"[\p{M}&&[\p{Inherited}\p{Latin}\p{Greek}\p{Cyrillic}\p{Hebrew}\p{Arabic}]--[\u3099\u309A]]"
_NOTHING = rf"{_ACCENTS}|[\p{{Cf}}ـ]"
_APOSTROPHE = "['’‘ʼ]"
# d'été, dell'estate, O'Neill; not men's, don't, they're.
_ELIDED = rf"(\p{{L}}){_APOSTROPHE}(\p{{L}}{{3}})"
#: How the first of two words ends that are one as well: tied by a hyphen, and by an apostrophe.
HYPHEN, ELISION = "-", "\x1f"
#: Whether a `word` is of a script without spaces.
IS_RUN = pl.col("word").str.contains(f"^{_RUN}$")
_PIECE = 2
# Letters with no accent that could be taken off, and those of which there are two for one.
_UNDECOMPOSED = {
    "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i",
    "ς": "σ", "ی": "ي", "ى": "ي", "ک": "ك", "ة": "ه",
}  # fmt: skip
# Garments that are no plural of the word without s.
_OWN_WORDS = frozenset({"shorts", "tights", "briefs"})
_ENDINGS = (("ed", 4), ("ing", 5), ("y", 4))
_IRREGULAR = {
    "children": "child",
    "men": "man",
    "mens": "man",
    "scarves": "scarf",
    "women": "woman",
    "womens": "woman",
}
#: What a match counts for, by how it came about.
EXACT, OTHER_NUMBER, OTHER_FORM, BEGINNING, CORRECTED = 1.0, 0.95, 0.9, 0.8, 0.7
_LAST_CHARACTER = chr(0x10FFFF)


def parts(text: pl.Expr) -> pl.Expr:
    """The words of texts, folded; those that are tied to the next end so: `T-shirt dress` → t-, shirt, dress.

    Accents are taken off, letters are small, an apostrophe ties a word of three letters and more, as in d'été, else
    it is nothing; all other punctuation is a space. Letters of scripts without spaces stay together: `in_pieces` cuts
    them.
    """
    return _cut(
        text.str.normalize("NFKD")
        .str.replace_all(_NOTHING, "")
        .str.to_lowercase()
        .str.replace_many(_UNDECOMPOSED)
        .str.normalize("NFC")
        .str.replace_all("[‐–—]", "-")
    )


def _cut(folded: pl.Expr) -> pl.Expr:
    return (
        folded.str.replace_all(_ELIDED, "${1}\x1f${2}")
        .str.replace_all(_APOSTROPHE, "")
        .str.replace_all(r"-[^\p{L}\p{M}\p{N}]+", " ")
        .str.extract_all(_PART)
    )


def in_pieces(words: pl.DataFrame) -> pl.DataFrame:
    """Frames with a column `word`, in which words of scripts without spaces became their pieces of two letters.

    連衣裙 is 連衣, 衣裙 and, for who looks for one letter, the last one, 裙: what begins with a letter is found by it.
    """
    runs = words.filter(IS_RUN)
    if runs.is_empty():
        return words
    places = pl.int_ranges(pl.col("word").str.len_chars())
    pieces = runs.with_columns(place=places).explode("place")
    pieces = pieces.with_columns(pl.col("word").str.slice(pl.col("place"), _PIECE)).drop("place")
    return pl.concat([words.filter(~IS_RUN), pieces])


def parts_of(text: str) -> list[str]:
    """The words of one text to look for, without hyphens; what is not Unicode is passed over.

    Of scripts without spaces these are the pieces of two letters that begin at each letter but the last.
    """
    sound = text.encode(errors="ignore").decode()
    if sound.isascii():  # of all the folding only small letters are left to do
        cut = pl.select(_cut(pl.lit(sound.lower()))).item()
        return [word.rstrip(HYPHEN + ELISION) for word in cut]
    cut = pl.select(parts(pl.lit(sound))).item().rename("word")
    runs = cut.to_frame().select(IS_RUN).to_series()
    words = []
    for word, run in zip(cut, runs, strict=True):
        starts = range(max(1, len(word) - 1)) if run else ()
        words += [word[at : at + _PIECE] for at in starts] or [word.rstrip(HYPHEN + ELISION)]
    return words


def singular(word: str) -> str:
    """A word without its plural ending: dresses → dress, shoes → shoe, ladies → lady; shorts stay shorts.

    An ending in ie is one in y, so that hoody, hoodie and hoodies are one.
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _OWN_WORDS or len(word) < 4:
        return word
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-2] if word.endswith(("sses", "shes", "ches", "xes", "zes")) else word[:-1]
    return word[:-2] + "y" if word.endswith("ie") and len(word) > 4 else word


def bases(word: str) -> list[str]:
    """What a word may be formed from, the likeliest first: quilted → quilte, quilt; ribbed → ribbe, ribb, rib."""
    for ending, shortest in _ENDINGS:
        if word.endswith(ending) and len(word) > shortest:
            stem = word.removesuffix(ending)
            return [stem + "e", stem, *([stem[:-1]] if stem[-1] == stem[-2] else [])]
    return []


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
    also : other words that may be meant by a misspelt one, and how many articles they stand for.
    """

    def __init__(
        self, words: list[str], articles: NDArray[np.int64], also: Mapping[str, int] | None = None
    ) -> None:
        self.words, self.articles = words, articles
        self._also = {word: count for word, count in (also or {}).items() if word not in set(words)}
        self._most = max(int(articles.max(initial=0)), *self._also.values(), 0)
        self._numbers: defaultdict[str, list[int]] = defaultdict(list)
        self._lengths: defaultdict[int, list[str]] = defaultdict(list)
        for place, word in enumerate(words):
            self._numbers[singular(word)].append(place)
            self._lengths[len(word)].append(word)
        for word in self._also:
            self._lengths[len(word)].append(word)

    def __contains__(self, word: str) -> bool:
        """Whether a word is there, in the singular or plural."""
        return singular(word) in self._numbers

    def begins(self, word: str) -> bool:
        """Whether a word begins with this."""
        place = bisect_left(self.words, word)
        return place < len(self.words) and self.words[place].startswith(word)

    def forms(self, word: str) -> list[Match]:
        """Where the word is, its singular and plurals; may be empty."""
        return [
            Match(place, place + 1, EXACT if self.words[place] == word else OTHER_NUMBER)
            for place in self._numbers.get(singular(word), ())
        ]

    def matches(self, word: str, beginning: float = BEGINNING) -> list[Match]:
        """Where the word is, its singular and plurals, and all that begin with it; may be empty, may overlap.

        A word that is not there in any number is looked for as that from which it was formed.

        beginning : what the words count for that begin with it.
        """
        found = self.forms(word) or self.base_forms(word)
        first, last = bisect_left(self.words, word), bisect_left(self.words, word + _LAST_CHARACTER)
        return [*found, Match(first, last, beginning)] if first < last else found

    def base_forms(self, word: str) -> list[Match]:
        """Where that is from which the word was formed: of pleated, pleat and pleats."""
        base = next((base for base in bases(word) if base in self), None)
        return [] if base is None else [match._replace(counts=OTHER_FORM) for match in self.forms(base)]

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
        return self._also[word] if word in self._also else int(self.articles[bisect_left(self.words, word)])
