"""The articles as arrays: row numbers in place of ids, dense codes in place of attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from stylo.candidates.rows import find
from stylo.tables.ids import products

#: Attributes by which articles fall into groups: the article's product code, and columns of articles.parquet.
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


@dataclass(frozen=True)
class Catalogue:
    """Articles in ascending order of their ids; an article's place here is its row.

    articles : int32 (n,).
    groups : attribute → int32 (n,), codes 0, 1, 2 … in the order of the attribute's values; −1 where unknown.
    """

    articles: np.ndarray
    groups: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, articles: pl.DataFrame, others: np.ndarray) -> Catalogue:
        """Of `articles.parquet`, and `others` that were sold or photographed though they are not in it."""
        ids = np.union1d(articles["article"].to_numpy(), others).astype(np.int32)
        row = np.searchsorted(ids, articles["article"].to_numpy())
        groups = {PRODUCT: _codes(products(ids))}
        for attribute in ATTRIBUTES:
            codes = np.full(len(ids), _UNKNOWN, dtype=np.int32)
            if attribute in articles.columns:
                known = articles[attribute].is_not_null().to_numpy()
                codes[row[known]] = _codes(articles[attribute].drop_nulls().to_numpy())
            groups[attribute] = codes
        return cls(ids, groups)

    def __len__(self) -> int:
        return len(self.articles)

    def rows(self, articles: np.ndarray) -> np.ndarray:
        """int32 rows of article ids; −1 for an id that is not here."""
        return find(self.articles, articles).astype(np.int32)


def _codes(values: np.ndarray) -> np.ndarray:
    return np.unique(values, return_inverse=True)[1].astype(np.int32)
