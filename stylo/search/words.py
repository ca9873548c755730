"""Text cut into words that are the same however they were written: case, accents, punctuation, plural."""

from __future__ import annotations

import polars as pl

#: Words that tell nothing of an article; they are not looked for while there are others.
STOP_WORDS = frozenset(
    ("a", "an", "and", "at", "by", "for", "from", "in", "is", "it", "of", "on", "or", "the", "to", "with")
)

_PART = r"[\p{L}\p{N}]+-?"
_UNDECOMPOSED = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i"}
# Garments that are no plural of the word without s.
_OWN_WORDS = frozenset({"shorts", "tights", "briefs"})
_IRREGULAR = {
    "children": "child",
    "men": "man",
    "mens": "man",
    "scarves": "scarf",
    "women": "woman",
    "womens": "woman",
}


def parts(text: pl.Expr) -> pl.Expr:
    """The words of texts, folded; those that a hyphen ties to the next keep it: `T-shirt dress` → t-, shirt, dress.

    Accents are taken off, letters are small, an apostrophe is nothing, all other punctuation is a space.
    """
    return (
        text.str.normalize("NFKD")
        .str.replace_all(r"[\p{M}'’]", "")
        .str.to_lowercase()
        .str.replace_many(_UNDECOMPOSED)
        .str.replace_all("[‐–—]", "-")
        .str.replace_all(r"-[^\p{L}\p{N}]+", " ")
        .str.extract_all(_PART)
    )


def parts_of(text: str) -> list[str]:
    """The same of one text, without hyphens; what is not Unicode is passed over."""
    sound = text.encode(errors="ignore").decode()
    cut = pl.select(parts(pl.lit(sound))).item().to_list()
    return [part.removesuffix("-") for part in cut]


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
