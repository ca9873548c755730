"""The only place that converts ids, both ways; what does not round-trip is refused.

An article id is ten digits with its leading zero outside (`0108775015`) and an Int32 inside. A customer id is
64 hex characters outside and the row number in `customers.parquet`, a UInt32, inside.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from stylo.errors import BadIdentifier, DamagedArtefact

ARTICLE_ID_DIGITS = 10
#: Regular expressions of an id.
ARTICLE_ID, CUSTOMER_ID = "0[0-9]{9}", "[0-9a-f]{64}"
_CHARACTERS = 64
_SEEDS = 16
_STRETCH = 1000  # articles are looked up in stretches of so many numbers
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


class CustomerNumbers:
    """The row number of each customer id in `customers.parquet`: found by a hash, confirmed by all characters.

    About 80 bytes a customer: the ids in the order of their hashes, and where each stretch of hashes begins,
    so that a look-up is one jump and a step or two.

    Parameters
    ----------
    ids : distinct, 64 characters each; the position is the number. Raises DamagedArtefact if they are not.
    """

    def __init__(self, ids: pl.Series) -> None:
        if not (whole := _whole(ids)).all():
            raise _damaged("contains something that is not a customer id", ids.filter(~whole))
        for self._seed in range(_SEEDS):
            hashes = ids.hash(self._seed).to_numpy()
            order = np.argsort(hashes)
            ordered = hashes[order]
            if (ordered[1:] != ordered[:-1]).all():
                break
            if (repeated := ids.is_duplicated()).any():
                raise _damaged("names a customer twice", ids.filter(repeated))
            # Else two customers have one hash, as good as never: another seed tells them apart.
        else:
            raise AssertionError(f"{_SEEDS} seeds do not tell {len(ids):,} customers apart")
        self._numbers = order.astype(np.uint32)
        self._hashes = np.append(ordered, np.iinfo(np.uint64).max)
        self._ids = _characters(ids.gather(self._numbers))
        bits = max(len(ids).bit_length(), 1)
        self._shift = np.uint64(64 - bits)
        in_stretch = np.bincount(ordered >> self._shift, minlength=2**bits)
        self._first = (np.cumsum(in_stretch) - in_stretch).astype(np.uint32)

    def of(self, ids: pl.Series) -> pl.Series:
        """UInt32, null where an id is not one of the customers'. O(ids)."""
        whole = _whole(ids)
        if not whole.all():
            found = self.of(ids.filter(whole))
            places = whole.arg_true()
            return pl.repeat(None, len(ids), dtype=pl.UInt32, eager=True).scatter(places, found)
        if ids.is_empty() or not len(self._numbers):
            return pl.repeat(None, len(ids), dtype=pl.UInt32, eager=True)
        hashes = ids.hash(self._seed).to_numpy()
        place = _places(self._hashes, self._first[hashes >> self._shift], hashes)
        written, known = _characters(ids), self._ids.take(place, axis=0, mode="clip")
        numbers = pl.Series(self._numbers.take(place, mode="clip"))
        if np.array_equal(written, known):
            return numbers
        same = pl.Series((written == known).all(axis=1))
        return pl.select(pl.when(same).then(numbers)).to_series()


class KnownArticles:
    """Which article numbers exist: a jump to the first of a stretch of numbers, and a step or two.

    Parameters
    ----------
    articles : the numbers of all articles, Int32.
    """

    def __init__(self, articles: pl.Series) -> None:
        self._articles = np.append(np.sort(articles.to_numpy()), np.iinfo(np.int32).max)
        stretches = np.arange(_LARGEST_ARTICLE // _STRETCH + 1, dtype=np.int64) * _STRETCH
        self._first = np.searchsorted(self._articles, stretches).astype(np.uint32)

    def only(self, articles: pl.Series) -> pl.Series:
        """The same numbers, null where there is no such article. O(articles)."""
        numbers = articles.fill_null(0).to_numpy()
        place = _places(self._articles, self._first[numbers // _STRETCH], numbers)
        exists = pl.Series(self._articles[place] == numbers)
        return articles if exists.all() else pl.select(pl.when(exists).then(articles)).to_series()


def _places(ordered: NDArray[Any], start: NDArray[np.uint32], values: NDArray[Any]) -> NDArray[np.int64]:
    """The first place in ascending order that is not below each value, found by steps from `start`."""
    place = start.astype(np.int64)
    below = np.flatnonzero(ordered[place] < values)
    while len(below):
        place[below] += 1
        below = below[ordered[place[below]] < values[below]]
    return place


def _whole(ids: pl.Series) -> pl.Series:
    return (ids.str.len_bytes() == _CHARACTERS).fill_null(value=False)


def _damaged(how: str, ids: pl.Series) -> DamagedArtefact:
    return DamagedArtefact(
        f"customers.parquet is damaged: it {how}.",
        where=f"For example {ids[0]!r}.",
        cure="Delete it and make it again: python data_optim.py",
    )


def _characters(ids: pl.Series) -> NDArray[np.uint64]:
    """Ids of 64 characters as a matrix of eight words each, shape (ids, 8)."""
    _, offsets, text = ids.to_arrow().cast(pa.large_string()).buffers()
    start = int(np.frombuffer(offsets, np.int64)[0])
    characters = np.frombuffer(text, np.uint8)[start : start + len(ids) * _CHARACTERS]
    return characters.view(np.uint64).reshape(-1, _CHARACTERS // 8)
