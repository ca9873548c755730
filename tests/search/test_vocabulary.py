"""A vocabulary finds words by number, beginning and spelling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stylo.search.vocabulary import Vocabulary


def vocabulary(**articles: int) -> Vocabulary:
    words = sorted(articles)
    return Vocabulary(words, np.array([articles[word] for word in words], dtype=np.int64))


def edits(one: str, other: str) -> int:
    """Optimal string alignment as the textbook has it."""
    table = [[max(i, j) if 0 in (i, j) else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            table[i][j] = min(
                table[i - 1][j] + 1,
                table[i][j - 1] + 1,
                table[i - 1][j - 1] + (one[i - 1] != other[j - 1]),
            )
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 2 : j][::-1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


def test_a_word_matches_itself_its_plural_and_what_begins_with_it() -> None:
    words = vocabulary(dress=3, dressed=1, dresses=2, red=9)
    assert [(match.first, match.last, match.counts) for match in words.matches("dress")] == [
        (0, 1, 1.0),
        (2, 3, 0.95),
        (0, 3, 0.8),
    ]
    assert words.matches("blue") == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("blak", "black"),  # a letter too few
        ("blacck", "black"),  # too many
        ("blask", "black"),  # wrong
        ("balck", "black"),  # swapped
        ("blk", None),  # too short to tell
        ("balkc", None),  # two edits in five letters
        ("trosuers", "trousers"),
        ("trosuer", "trousers"),  # two edits in seven
        ("black", None),  # nothing else is near
        ("bla1k", None),
    ],
)
def test_one_edit_is_forgiven_from_four_letters_and_two_from_seven(typed: str, meant: str | None) -> None:
    assert vocabulary(black=5, trousers=3, top=9).corrected(typed) == meant


def test_the_fewest_edits_win_then_the_commoner_word_then_the_alphabet() -> None:
    words = vocabulary(skirt=5, shirt=9, shirts=100, apart=2, apert=2)
    assert words.corrected("sxirt") == "shirt"
    assert words.corrected("skirrt") == "skirt"
    assert words.corrected("apxrt") == "apart"


def test_a_word_that_is_too_rare_is_not_meant() -> None:
    assert vocabulary(black=5).corrected("blak", least=5) == "black"
    assert vocabulary(black=5, blab=9).corrected("black", least=6) is None


_WORD = st.text("abc", min_size=1, max_size=9)


@given(st.dictionaries(_WORD, st.integers(1, 5), max_size=30), _WORD)
def test_the_correction_is_that_of_a_search_through_all_words(counts: dict[str, int], typed: str) -> None:
    allowed = 0 if len(typed) < 4 else 1 if len(typed) < 7 else 2
    near = [(edits(typed, word), -count, word) for word, count in counts.items() if word != typed]
    meant = min((one for one in near if one[0] <= allowed), default=(0, 0, None))[2]
    assert vocabulary(**counts).corrected(typed) == meant


@given(st.dictionaries(_WORD, st.integers(1, 5), max_size=30), _WORD)
def test_a_beginning_is_found_as_by_looking_at_every_word(counts: dict[str, int], typed: str) -> None:
    words = vocabulary(**counts)
    matched = {
        words.words[place]
        for match in words.matches(typed)
        if match.counts == 0.8
        for place in range(match.first, match.last)
    }
    assert matched == {word for word in counts if word.startswith(typed)}
    assert words.begins(typed) == bool(matched)
