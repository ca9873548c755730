"""The only place that converts ids, both ways; what does not round-trip is refused.

An article id is ten digits with its leading zero outside (`0108775015`) and an Int32 inside. A customer id is
64 hex characters outside and the row number in `customers.parquet`, a UInt32, inside.
"""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from stylo.errors import BadIdentifier, DamagedArtefact
from stylo.tables.texts import NOWHERE, WORD, KnownTexts, Words

ARTICLE_ID_DIGITS = 10
#: Regular expressions of an id.
ARTICLE_ID, CUSTOMER_ID = "0[0-9]{9}", "[0-9a-f]{64}"
#: Of a customer id.
CHARACTERS = 64
#: Characters of an id that a shop gives its articles or customers itself.
LONGEST_OWN_ID = 64
# Control characters, line separators, what is not assigned, and a blank at either end.
_NOT_IN_OWN_ID = r"[\p{C}\p{Zl}\p{Zp}]|^\s|\s$"
_LARGEST_ARTICLE = 10 ** (ARTICLE_ID_DIGITS - 1) - 1
_CURE = "An article id is ten digits with its leading zero, for example 0706016001."


def article_number(article_id: str) -> int:
    """`0108775015` → 108775015. Raises BadIdentifier for anything that would not come back the same."""
    if not re.fullmatch(ARTICLE_ID, article_id):
        raise BadIdentifier(f"{article_id!r} is not an article id.", cure=_CURE)
    return int(article_id)


def article_id(article: int) -> str:
    """108775015 → `0108775015`."""
    if not 0 <= article <= _LARGEST_ARTICLE:
        raise BadIdentifier(f"{article} is not an article number.", cure=_CURE)
    return f"{article:0{ARTICLE_ID_DIGITS}d}"


def article_numbers(ids: pl.Expr) -> pl.Expr:
    """String → Int32 in a table; null where an id does not round-trip."""
    # A number of ten characters that begins with 0 has no sign, blank or point: nothing else would be read.
    ten_digits = (ids.str.len_bytes() == ARTICLE_ID_DIGITS) & ids.str.starts_with("0")
    return pl.when(ten_digits).then(ids.cast(pl.Int32, strict=False))


def article_ids(articles: pl.Expr) -> pl.Expr:
    """Int32 → String in a table."""
    return articles.cast(pl.String).str.zfill(ARTICLE_ID_DIGITS)


def restore_leading_zeros(ids: pl.Series) -> tuple[pl.Series, int]:
    """Puts a zero before each text of nine digits, which as an article id has no other meaning; and how many."""
    lost = ids.str.contains(r"^[0-9]{9}$").fill_null(value=False)
    if not lost.any():
        return ids, 0
    return pl.select(pl.when(lost).then("0" + ids).otherwise(ids).alias(ids.name)).to_series(), int(
        lost.sum()
    )


def product_keys(articles: NDArray[np.integer], product_codes: NDArray[np.integer]) -> NDArray[np.int64]:
    """Equal for articles that are variants of one product, by the product codes of `articles.parquet`.

    Who has none, a code below zero, stands alone.
    """
    return np.where(product_codes >= 0, product_codes.astype(np.int64), -1 - articles.astype(np.int64))


def check_customer_ids(ids: pl.Expr) -> pl.Expr:
    """String → the same String in a table; null where it is not 64 lower-case hex characters."""
    return pl.when(ids.str.contains(f"^{CUSTOMER_ID}$")).then(ids)


def check_own_ids(ids: pl.Expr) -> pl.Expr:
    """String → the same String in a table; null where it cannot be the id that a shop gives an article or customer."""
    fits = ids.str.len_chars().is_between(1, LONGEST_OWN_ID) & ~ids.str.contains(_NOT_IN_OWN_ID)
    return pl.when(fits).then(ids)


class CustomerNumbers:
    """The row number of each customer id in `customers.parquet`: found by a hash, confirmed by all characters.

    Some 80 bytes a customer.

    Parameters
    ----------
    ids : distinct, 64 characters each; the position is the number. Raises DamagedArtefact if they are not.
    """

    def __init__(self, ids: pl.Series) -> None:
        if not (whole := _whole(ids)).all():
            raise _damaged("contains something that is not a customer id", ids.filter(~whole))
        self._ids = KnownTexts(_characters(ids))
        if self._ids.repeated is not None:
            raise _damaged("names a customer twice", ids[[self._ids.repeated]])

    def of(self, ids: pl.Series) -> pl.Series:
        """UInt32, null where an id is not one of the customers'. O(ids)."""
        whole = _whole(ids)
        if not whole.all():
            found = self.of(ids.filter(whole))
            places = whole.arg_true()
            return pl.repeat(None, len(ids), dtype=pl.UInt32, eager=True).scatter(places, found)
        numbers = pl.Series(self._ids.of(_characters(ids)), dtype=pl.UInt32)
        return pl.select(pl.when(numbers != NOWHERE).then(numbers)).to_series()

    def of_characters(self, ids: Words) -> NDArray[np.uint32] | None:
        """The same for ids as words; None if one of them is no customer's."""
        numbers = self._ids.of(ids)
        return None if (numbers == NOWHERE).any() else numbers


class KnownArticles:
    """Which article numbers exist.

    Parameters
    ----------
    articles : the numbers of all articles, Int32.
    """

    def __init__(self, articles: pl.Series) -> None:
        self._articles = KnownTexts(_as_words(articles))

    def only(self, articles: pl.Series) -> pl.Series:
        """The same numbers, null where there is no such article. O(articles)."""
        exists = pl.Series(self._articles.of(_as_words(articles.fill_null(-1))) != NOWHERE)
        return articles if exists.all() else pl.select(pl.when(exists).then(articles)).to_series()


def _as_words(numbers: pl.Series) -> Words:
    return numbers.to_numpy().astype(np.uint64).reshape(-1, 1)


def _whole(ids: pl.Series) -> pl.Series:
    return (ids.str.len_bytes() == CHARACTERS).fill_null(value=False)


def _damaged(how: str, ids: pl.Series) -> DamagedArtefact:
    return DamagedArtefact(
        f"customers.parquet is damaged: it {how}.",
        where=f"For example {ids[0]!r}.",
        cure="Delete it and make it again: python data_optim.py",
    )


def _characters(ids: pl.Series) -> Words:
    """Ids of 64 characters as a matrix of eight words each, shape (ids, 8)."""
    _, offsets, text = ids.to_arrow().cast(pa.large_string()).buffers()
    start = int(np.frombuffer(offsets, np.int64)[0])
    characters = np.frombuffer(text, np.uint8)[start : start + len(ids) * CHARACTERS]
    return characters.view(np.uint64).reshape(-1, CHARACTERS // WORD)
