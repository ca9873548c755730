"""Which queries the search by meaning answers, and what else could tell sensible ones from nonsense.

`search_intents.toml` holds both. For each candidate a threshold is set that 4 % of the nonsense of the first half pass:
how many sensible queries pass it, and how many of both in the second half. Part of `benchmarks.search_by_meaning`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stylo.search.article_finder import ArticleFinder
from stylo.search.english import GENERAL_WORDS
from stylo.search.meaning import MeaningIndex
from stylo.search.vocabulary import STOP_WORDS, parts_of

_FILE = Path(__file__).with_name("search_intents.toml")
_PASSING = 0.04
_PAIRS, _SEED = 3000, 0


def report(finder: ArticleFinder, meaning: MeaningIndex) -> None:
    """Prints the table of the candidates, and what the search itself does."""
    halves = tomllib.loads(_FILE.read_text("utf-8"))
    lists = [halves[half][kind] for half in ("chosen_with", "test") for kind in ("sensible", "nonsense")]
    signals = _Signals(meaning)
    table = [np.array([signals.of(query) for query in queries]) for queries in lists]
    counts = [len(queries) for queries in lists]
    print("\n| what tells | sensible | nonsense | test: sensible | test: nonsense |\n|---|--:|--:|--:|--:|")
    for column, name in enumerate(signals.names):
        threshold = np.quantile(table[1][:, column], 1 - _PASSING)
        passed = [int((each[:, column] > threshold).sum()) for each in table]
        _line(f"{name} > {threshold:.2f}", passed, counts)
    searched = [[finder.search(query) for query in queries] for queries in lists]
    _line(
        "the search: found by meaning", [sum(each.by_meaning for each in some) for some in searched], counts
    )
    _line(
        "found by words or meaning",
        [sum(bool(each.mask.any()) for each in some) for some in searched],
        counts,
    )


def _line(name: str, passed: Sequence[int], counts: Sequence[int]) -> None:
    print(
        f"| {name} | "
        + " | ".join(f"{one} of {all_}" for one, all_ in zip(passed, counts, strict=True))
        + " |"
    )


class _Signals:
    """What could tell whether a query asks for something to wear."""

    names = (
        "the best cosine",
        "its distance from the mean of this query's cosines, in standard deviations",
        "the same against pairs of random words, by article",
        "the best cosine, the mean article taken off",
        "cosines with the nearest five occasions",
    )

    def __init__(self, meaning: MeaningIndex) -> None:
        self._meaning = meaning
        self._vectors = meaning.vectors * meaning.scales[:, None]
        middle = self._vectors - self._vectors.mean(axis=0)
        self._middle = middle / np.linalg.norm(middle, axis=1, keepdims=True)
        words = [
            token[1:]
            for token in meaning.words.tokenizer.get_vocab()
            if len(token) > 3
            and token[0] == "▁"
            and token[1:].isascii()
            and token[1:].isalpha()
            and token.islower()
        ]
        drawn = np.random.default_rng(_SEED).choice(sorted(words), (_PAIRS, 2))
        pairs = np.stack([meaning.meant(pair) for pair in drawn.tolist()]) @ self._vectors.T
        self._mean, self._spread = pairs.mean(axis=0), pairs.std(axis=0)

    def of(self, query: str) -> tuple[float, ...]:
        asked = [word for word in dict.fromkeys(parts_of(query)) if word.isalpha() and word not in STOP_WORDS]
        if all(word in GENERAL_WORDS for word in asked):
            return (0.0,) * len(self.names)
        meant = self._meaning.meant(asked)
        cosine = self._vectors @ meant
        return (
            float(cosine.max()),
            float((cosine.max() - cosine.mean()) / cosine.std()),
            float(((cosine - self._mean) / self._spread).max()),
            float((self._middle @ meant).max()),
            self._meaning.occasion(meant),
        )
