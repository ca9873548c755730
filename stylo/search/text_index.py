"""Articles found by words: an inverted index over their texts that forgives how a word is written.

    texts ─ parts ─▶ words ─▶ vocabulary (sorted) ─▶ for each word, the articles that have it and a weight

A word finds itself, its singular or plural, and what begins with it; where that is next to nothing, the word that
was likely meant, too. Four digits and more also find article ids.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stylo.search.vocabulary import (
    BEGINNING,
    CORRECTED,
    ELISION,
    EXACT,
    HYPHEN,
    IS_RUN,
    STOP_WORDS,
    Match,
    Vocabulary,
    in_pieces,
    parts,
    parts_of,
)
from stylo.tables.ids import ARTICLE_ID_DIGITS

#: What a word counts for by where it stands; where it stands twice, the higher one holds.
FIELDS: dict[str, float] = {
    "prod_name": 1.0,
    "product_type_name": 0.9,
    "colour_group_name": 0.9,
    "perceived_colour_value_name": 0.9,
    "perceived_colour_master_name": 0.9,
    "section_name": 0.6,
    "department_name": 0.6,
    "garment_group_name": 0.6,
    "index_group_name": 0.6,
    "graphical_appearance_name": 0.6,
    "detail_desc": 0.3,
}
#: Digits inside an article id, neither its beginning nor all of it.
_INSIDE = 0.5
#: So much of a query is read.
MOST_WORDS, MOST_CHARACTERS = 12, 1000
_FEWEST_DIGITS = 4
#: A word is taken for a misspelling, too, where so many times more articles have the one that it resembles:
#: the catalogue has a Blake and a "leggins".
_COMMONER = 50


def postings(articles: pl.DataFrame) -> tuple[list[str], pl.DataFrame]:
    """The words of articles, sorted; and columns `word` (its place among them), `row` Int32, `weight` Float32.

    The weight is the most that the word counts for in the article. Sorted by word and row, none twice.
    """
    texts = _texts(articles)
    words = _words(texts)
    places = (
        words.lazy()
        .with_columns(word=pl.col("word").rank("dense") - 1)
        .join(texts.lazy().select("at", "row", "weight"), on="at")
        .select("word", "row", "weight")
        .explode("row")
        .group_by("word", "row")
        .agg(pl.col("weight").max())
        .sort("word", "row")
        .collect()
    )
    return words["word"].unique().sort().to_list(), places


def _texts(articles: pl.DataFrame) -> pl.DataFrame:
    """The distinct texts of each field: `at`, `part` List (the words), `row` List (where it stands), `weight`."""
    rows = articles.lazy().with_columns(row=pl.int_range(pl.len(), dtype=pl.Int32))
    fields = [
        rows.select("row", text=pl.col(column).cast(pl.String))
        .drop_nulls()
        .group_by("text")
        .agg("row")
        .select("row", part=parts(pl.col("text")), weight=pl.lit(weight, pl.Float32))
        for column, weight in FIELDS.items()
    ]
    return pl.concat(fields).with_row_index("at").collect()


def _words(texts: pl.DataFrame) -> pl.DataFrame:
    """Columns at, word: the words of each text, none twice.

    Two words that some text ties by a hyphen are one word more wherever they follow each other, and nothing but
    that if the first is a letter: a T-shirt is no shirt. (In a script without spaces a letter may be a word: T-恤 is
    found by 恤.) What an apostrophe ties is found by either word and by both.
    """
    cut = texts.lazy().select("at", "part").explode("part", empty_as_null=False)
    word = pl.col("part").str.strip_chars_end(HYPHEN + ELISION)
    pair = pl.when(pl.col("at") == pl.col("at").shift(-1)).then(word + word.shift(-1))
    ties = {"tied": pl.col("part").str.ends_with(HYPHEN), "elided": pl.col("part").str.ends_with(ELISION)}
    words = cut.select("at", word=word, pair=pair, **ties).collect()
    tied = words.filter("tied")["pair"].drop_nulls().unique()
    elided = words.filter("elided").select("at", word="pair").drop_nulls()
    words = words.with_columns(pl.when(pl.col("pair").is_in(tied.implode())).then("pair").alias("pair"))
    letter = pl.col("pair").is_not_null() & pl.col("word").str.contains(r"^\p{L}$")
    alone = ~letter & ~letter.shift(1, fill_value=False) | IS_RUN
    single = words.filter(alone).select("at", "word")
    pairs = words.select("at", word="pair").drop_nulls()
    told = ~pl.col("word").is_in(list(STOP_WORDS))
    return in_pieces(pl.concat([single, pairs, elided]).filter(told)).unique()


@dataclass(frozen=True)
class Found:
    """What a query found.

    score : float32 (n,), in the order of the articles; 0 is not found, ties are frequent.
    words : those that were looked for, as understood; empty if nothing was asked.
    corrected : the query as understood, if a word was misspelt.
    unknown : words for which nothing was found; they are passed over if others found something.
    all_words : whether every found article has every word. Where no article has all that are known, those are
        found that have at least one, the more the higher.
    """

    score: NDArray[np.float32]
    words: tuple[str, ...] = ()
    corrected: str | None = None
    unknown: tuple[str, ...] = ()
    all_words: bool = True

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Which articles were found, bool (n,)."""
        return self.score > 0


@dataclass(frozen=True)
class TextIndex:
    """The words of n articles. `rows` and `weights` of word w lie from starts[w] to before starts[w + 1].

    Eight bytes for each distinct word of an article; with the vocabulary, about 50 MB for 105,542 articles.
    """

    vocabulary: Vocabulary
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]
    ids: bytes
    articles: int

    @classmethod
    def of(cls, articles: pl.DataFrame) -> TextIndex:
        """The index of the rows of articles.parquet; any text may be null."""
        words, places = postings(articles)
        counts = np.bincount(places["word"].to_numpy(), minlength=len(words))
        return cls(
            Vocabulary(words, counts),
            np.concatenate([[0], np.cumsum(counts)]),
            places["row"].to_numpy(),
            places["weight"].to_numpy(),
            "\n".join(articles["article_id"].fill_null("?" * ARTICLE_ID_DIGITS)).encode(),
            articles.height,
        )

    def search(self, query: str) -> Found:
        """Articles that have the words of a query: its first 12 words, within its first 1,000 characters.

        O(articles × words), and the articles of every word that begins with one of them.
        """
        score = np.zeros(self.articles, dtype=np.float32)
        times = np.zeros(self.articles, dtype=np.int8)
        understood: list[str] = []
        unknown: list[str] = []
        misspelt = False
        for word, pairs in self._asked(query).items():
            best, meant = self._best(word, pairs)
            if not best.any():
                unknown.append(word)
                continue
            understood.append(meant)
            misspelt |= meant != word
            score += best
            times += best > 0
        has_all = times == len(understood)
        if has_all.any():
            score[~has_all] = 0
        else:
            score += times * np.float32(len(understood))
        return Found(
            score,
            tuple(understood),
            " ".join(understood) if misspelt else None,
            tuple(unknown),
            all_words=bool(has_all.any()) and not unknown,
        )

    def _asked(self, query: str) -> dict[str, list[str]]:
        """The words of a query → the pairs that they are half of: `rain coat` also finds a raincoat.

        A single letter and the word after it are one word: V neck.
        """
        cut = parts_of(query[:MOST_CHARACTERS])
        words: dict[str, list[str]] = {}
        while cut and len(words) < MOST_WORDS:
            word, pair = cut[0], "".join(cut[:2])
            if len(word) == 1 and len(cut) > 1 and self._has_pair(word, pair, last=len(cut) == 2):
                words[pair] = []
                del cut[:2]
                continue
            words.setdefault(word, [])
            if len(cut) > 1 and pair in self.vocabulary:
                words[word].append(pair)
                words.setdefault(cut[1], []).append(pair)
            del cut[0]
        return {word: pairs for word, pairs in words.items() if word not in STOP_WORDS} or words

    def _has_pair(self, letter: str, pair: str, *, last: bool) -> bool:
        if pair in self.vocabulary:
            return True
        return last and letter not in STOP_WORDS and self.vocabulary.begins(pair)

    def _best(self, word: str, pairs: list[str]) -> tuple[NDArray[np.float32], str]:
        """What a word, or a pair with it, counts for in each article, float32 (n,); and the word that was meant."""
        matches = self.vocabulary.matches(word)
        best = self._counted(matches + [match for pair in pairs for match in self.vocabulary.matches(pair)])
        if numbers := self._ids_with(word):
            for row, counts in numbers:
                best[row] = max(best[row], counts)
            return best, word
        meant = self.vocabulary.corrected(word, least=_COMMONER * int(np.count_nonzero(best)))
        if meant is None:
            return best, word
        if word not in self.vocabulary:
            best *= np.float32(CORRECTED)
        corrected = self._counted(self.vocabulary.matches(meant)) * np.float32(CORRECTED)
        return np.maximum(best, corrected), meant

    def _counted(self, matches: list[Match]) -> NDArray[np.float32]:
        best = np.zeros(self.articles, dtype=np.float32)
        for match in matches:
            stretch = slice(self.starts[match.first], self.starts[match.last])
            np.maximum.at(best, self.rows[stretch], self.weights[stretch] * np.float32(match.counts))
        return best

    def _ids_with(self, digits: str) -> list[tuple[int, float]]:
        """The rows whose article id has these digits, at least four, and what each counts for.

        All ten, or nine without the zero, are exact; the first ones are a beginning (a product code).
        """
        if not re.fullmatch(f"[0-9]{{{_FEWEST_DIGITS},{ARTICLE_ID_DIGITS}}}", digits):
            return []
        found = []
        for at in re.finditer(digits.encode(), self.ids):
            row, place = divmod(at.start(), ARTICLE_ID_DIGITS + 1)
            begins = place == 0 or (place == 1 and digits[0] != "0")
            whole = begins and place + len(digits) == ARTICLE_ID_DIGITS
            found.append((row, EXACT if whole else BEGINNING if begins else _INSIDE))
        return found
