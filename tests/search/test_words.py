"""Words are the same however they were written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stylo.search.vocabulary import parts_of, singular


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Black DRESS", ["black", "dress"]),
        ("T-shirt/top, l.s.", ["t", "shirt", "top", "l", "s"]),
        ("Chloé Grön Ægir ﬁt", ["chloe", "gron", "aegir", "fit"]),
        ("Men's men’s", ["mens", "mens"]),
        ("Under-, Nightwear", ["under", "nightwear"]),
        ("off–shoulder", ["off", "shoulder"]),
        ("100% wool & 2-pack", ["100", "wool", "2", "pack"]),
        ("  !? ", []),
        ("", []),
    ],
)
def test_a_text_is_cut_into_small_letters_without_accents_and_punctuation(
    text: str, words: list[str]
) -> None:
    assert parts_of(text) == words


@given(st.text())
def test_whatever_is_typed_words_are_letters_and_digits_and_stay_as_they_are(text: str) -> None:
    words = parts_of(text)
    assert all(word and not word.isspace() and "-" not in word for word in words)
    assert parts_of(" ".join(words)) == words


@given(st.text(st.characters(max_codepoint=127)))
def test_a_plain_text_is_cut_as_any_other(text: str) -> None:
    assert parts_of(text) == parts_of(text + " 裙")[:-1]


def test_half_a_character_is_passed_over() -> None:
    assert parts_of("red\ud800 dress") == ["red", "dress"]


@pytest.mark.parametrize(
    ("word", "one"),
    [
        ("dresses", "dress"),
        ("dress", "dress"),
        ("shoes", "shoe"),
        ("blouses", "blouse"),
        ("brushes", "brush"),
        ("watches", "watch"),
        ("bodies", "body"),
        ("ladies", "lady"),
        ("hoodies", "hoody"),
        ("hoodie", "hoody"),
        ("hoody", "hoody"),
        ("ties", "tie"),
        ("tshirts", "tshirt"),
        ("women", "woman"),
        ("mens", "man"),
        ("scarves", "scarf"),
        ("shorts", "shorts"),
        ("tights", "tights"),
        ("bonus", "bonus"),
        ("bus", "bus"),
        ("s", "s"),
    ],
)
def test_plurals_are_folded_but_shorts_are_not_short(word: str, one: str) -> None:
    assert singular(word) == one
