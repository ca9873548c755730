"""Articles found by their SKUs: by all of one, by its beginning, or by digits inside it, in any case.

An article may have several, those of its sizes: any of them finds it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from unicodedata import normalize

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stylo.tables.ids import OTHER_SKUS, SKU, every_sku

#: What a SKU counts for that is what was asked for, that begins with it, and that has it inside.
WHOLE, BEGINS, INSIDE = 1.0, 0.8, 0.5
_FEWEST, _FEWEST_INSIDE = 3, 4
_LAST = "\U0010ffff"
#: Rows of articles, and what each counts for.
SkuMatches = tuple[NDArray[np.int32], NDArray[np.float32]]
NOTHING: SkuMatches = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)


@dataclass(frozen=True)
class SkuIndex:
    """SKUs in one case, sorted; `rows` says which article each is of. Some 120 bytes for each.

    text : all of them, each after a line break; starts : where each begins in it.
    several : whether some article has more than one.
    """

    skus: list[str]
    rows: NDArray[np.int32]
    text: str
    starts: NDArray[np.int64]
    several: bool = False

    @classmethod
    def of(cls, articles: pl.DataFrame) -> SkuIndex | None:
        """Of rows of `articles.parquet`; None in a shop without SKUs."""
        if SKU not in articles.columns:
            return None
        by_row = pl.col(SKU, OTHER_SKUS) if OTHER_SKUS in articles.columns else pl.col(SKU)
        table = every_sku(articles.select(by_row).with_row_index("article"))
        alike = [_alike(sku) for sku in table[SKU]]
        order = sorted(range(len(alike)), key=alike.__getitem__)
        skus = [alike[place] for place in order]
        ends = np.cumsum([len(sku) + 1 for sku in skus], dtype=np.int64)
        starts = np.concatenate([[0], ends[:-1]]) if skus else ends
        rows = table["article"].to_numpy().astype(np.int32)[order]
        return cls(skus, rows, "\n".join(skus), starts, several=table.height > table["article"].n_unique())

    def find(self, query: str) -> SkuMatches:
        """The rows whose SKU is a query; begins with it, if it has three characters; has it inside, if it has four and
        a digit among them; and what each counts for. O(log n + found), inside O(n)."""
        wanted = _alike(" ".join(query.split()))
        if not wanted:
            return NOTHING
        first = bisect_left(self.skus, wanted)
        same = bisect_right(self.skus, wanted)
        last = max(same, bisect_left(self.skus, wanted + _LAST) if len(wanted) >= _FEWEST else first)
        places = [np.arange(first, same), np.arange(same, last)]
        if len(wanted) >= _FEWEST_INSIDE and re.search(r"\d", wanted):
            hits = [at.start() for at in re.finditer(re.escape(wanted), self.text)]
            inside = np.unique(np.searchsorted(self.starts, hits, side="right") - 1)
            places.append(inside[(inside < first) | (inside >= last)])
        counts = np.repeat(
            np.array([WHOLE, BEGINS, INSIDE][: len(places)], dtype=np.float32), [len(each) for each in places]
        )
        rows = self.rows[np.concatenate(places)]
        if not self.several:
            return rows, counts
        # The best come first: of an article that is found by several, that one counts.
        found, first_of = np.unique(rows, return_index=True)
        return found, counts[first_of]


def _alike(sku: str) -> str:
    return normalize("NFC", sku).casefold()
