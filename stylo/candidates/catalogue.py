"""Articles and customers as arrays: row numbers in place of ids, codes in place of attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from stylo.tables.ids import product_keys

_MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
#: Columns of articles.parquet by which articles fall into groups. An article without a product code stands alone.
PRODUCT = "product_code"
ATTRIBUTES = (
    "department_no",
    "product_type_no",
    "section_no",
    "garment_group_no",
    "index_group_no",
    "colour_group_code",
    "graphical_appearance_no",
)
_UNKNOWN = -1


# By methods of arrays: NumPy's functions take some microseconds more, which is much of what one customer takes.
def find(ascending: np.ndarray, values: np.ndarray) -> np.ndarray:
    """int64: where each value lies in an array without twins; −1 where it does not. O(values × log n)."""
    row = ascending.searchsorted(values)
    if not len(ascending):
        return row - 1
    row[ascending.take(row, mode="clip") != values] = -1
    return row


def begins(keys: np.ndarray) -> np.ndarray:
    """int64: where each run of equal values begins."""
    return other_than_before(keys).nonzero()[0]


def other_than_before(keys: np.ndarray) -> np.ndarray:
    """bool (n,): where a value differs from the one before; the first does."""
    other = np.empty(len(keys), dtype=bool)
    other[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=other[1:])
    return other


def hashes(customer: np.ndarray, article: np.ndarray, salt: np.ndarray | int = 0) -> np.ndarray:
    """uint64: numbers that look drawn, and are the same for the same customer, article and salt everywhere."""
    mixed = (customer.astype(np.uint64) * _MIX[0]) ^ (article.astype(np.uint64) * _MIX[1])
    mixed ^= np.asarray(salt, dtype=np.uint64)
    return (mixed ^ (mixed >> np.uint64(31))) * _MIX[0]


@dataclass(frozen=True)
class Catalogue:
    """Articles in ascending order of their ids; an article's place here is its row.

    articles : int32 (n,).
    product_codes : int32 (n,), as in the table; −1 where there is none.
    groups : attribute → int32 (n,), codes 0, 1, 2 … in the order of the attribute's values; −1 where unknown.
    """

    articles: np.ndarray
    product_codes: np.ndarray
    groups: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, articles: pl.DataFrame, others: np.ndarray) -> Catalogue:
        """Of `articles.parquet`, and `others` that were sold or photographed though they are not in it."""
        ids = np.union1d(articles["article"].to_numpy(), others).astype(np.int32)
        row = np.searchsorted(ids, articles["article"].to_numpy())
        product_codes = np.full(len(ids), _UNKNOWN, dtype=np.int32)
        if PRODUCT in articles.columns:
            product_codes[row] = articles[PRODUCT].fill_null(_UNKNOWN).to_numpy()
        groups = {PRODUCT: _codes(product_keys(ids, product_codes))}
        for attribute in ATTRIBUTES:
            codes = np.full(len(ids), _UNKNOWN, dtype=np.int32)
            if attribute in articles.columns:
                known = articles[attribute].is_not_null().to_numpy()
                codes[row[known]] = _codes(articles[attribute].drop_nulls().to_numpy())
            groups[attribute] = codes
        return cls(ids, product_codes, groups)

    def __len__(self) -> int:
        return len(self.articles)

    def rows(self, articles: np.ndarray) -> np.ndarray:
        """int32 rows of article ids; −1 for an id that is not here."""
        return find(self.articles, articles).astype(np.int32)


def _codes(values: np.ndarray) -> np.ndarray:
    return np.unique(values, return_inverse=True)[1].astype(np.int32)


#: Words of customers.csv → what `Members.club` has.
CLUB = {"LEFT CLUB": 0, "PRE-CREATE": 1, "ACTIVE": 2}


@dataclass(frozen=True)
class Members:
    """What is known of all customers beside their purchases, by customer number; NaN where it is not.

    age : float32 (n,), years.
    club : float32 (n,): 0 has left the club, 1 is about to join, 2 is a member.
    news : float32 (n,): 0 wants no fashion news, 1 monthly, 2 regularly.
    """

    age: np.ndarray
    club: np.ndarray
    news: np.ndarray

    @classmethod
    def of(cls, customers: pl.DataFrame) -> Members:
        """Of `customers.parquet`; a column that it lacks is unknown of everybody."""
        number = customers["customer"].to_numpy() if customers.height else np.zeros(0, dtype=np.uint32)
        count = int(number.max(initial=0)) + 1 if len(number) else 0

        def known(column: str, words: dict[str, int] | None = None) -> np.ndarray:
            values = np.full(count, np.nan, dtype=np.float32)
            if column in customers.columns:
                read = customers[column]
                if words is not None:
                    read = read.replace_strict(words, default=None, return_dtype=pl.Float32)
                values[number] = read.cast(pl.Float32).fill_null(np.nan).to_numpy()
            return values

        return cls(
            known("age"),
            known("club_member_status", CLUB),
            known("fashion_news_frequency", {"NONE": 0, "None": 0, "Monthly": 1, "Regularly": 2}),
        )

    def at(self, positions: slice | np.ndarray) -> Members:
        """Those at some positions: a slice, or bool (n,)."""
        return Members(self.age[positions], self.club[positions], self.news[positions])

    def completed(self, age: Sequence[float | None], club: Sequence[str | None]) -> Members:
        """With what is told of each, where it was not known: years, and a word of CLUB."""
        ages = np.array([np.nan if each is None else each for each in age], dtype=np.float32)
        clubs = np.array([np.nan if each is None else CLUB[each] for each in club], dtype=np.float32)
        return Members(
            np.where(np.isnan(self.age), ages, self.age),
            np.where(np.isnan(self.club), clubs, self.club),
            self.news,
        )

    def only(self, customers: np.ndarray) -> Members:
        """Those of some customers, in their order; an unknown customer is unknown in everything."""

        def of(values: np.ndarray) -> np.ndarray:
            found = np.full(len(customers), np.nan, dtype=np.float32)
            here = customers < len(values)
            found[here] = values[customers[here]]
            return found

        return Members(of(self.age), of(self.club), of(self.news))
