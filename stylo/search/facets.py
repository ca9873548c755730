"""Facets: what articles can be narrowed by, and how many each choice would leave."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

#: Facet → the column that it is read from. A frame need not have them all.
COLUMNS: dict[str, str] = {
    "section": "section_name",
    "product_type": "product_type_name",
    "colour": "colour_group_name",
    "pattern": "graphical_appearance_name",
    "season": "season",
    "new": "is_new",
    "photo": "has_photo",
}
#: The labels of a column of true and false.
YES, NO = "yes", "no"

Range = tuple[float | None, float | None]


@dataclass(frozen=True)
class Facet:
    """One thing by which articles differ: `codes` int32 (n,) are places in `labels`, −1 where it is not known."""

    labels: tuple[str, ...]
    codes: NDArray[np.int32]

    @classmethod
    def of(cls, values: pl.Series) -> Facet:
        """A facet of texts, or of true and false; the same text is one label."""
        if values.dtype == pl.Boolean:
            values = values.replace_strict({True: YES, False: NO}, return_dtype=pl.String)
        texts = values.cast(pl.String)
        labels = texts.drop_nulls().unique().sort()
        codes = (texts.rank("dense").cast(pl.Int32) - 1).fill_null(-1)
        return cls(tuple(labels), codes.to_numpy())

    @cached_property
    def tells(self) -> bool:
        """Whether articles differ in it: in one shop all have a photo, in another nothing is said of patterns."""
        return len(self.codes) > 0 and bool((self.codes != self.codes[0]).any())

    def any_of(self, chosen: Collection[str]) -> NDArray[np.bool_]:
        """Which articles have one of these labels, bool (n,)."""
        wanted = np.array([label in chosen for label in self.labels] + [False])
        return wanted[self.codes]

    def counts(self, codes: NDArray[np.int32], chosen: Collection[str]) -> list[tuple[str, int]]:
        """How often each label is among some codes, the most first; without zeros, unless chosen."""
        times = np.bincount(codes + 1, minlength=len(self.labels) + 1)[1:].tolist()
        there = [pair for pair in zip(self.labels, times, strict=True) if pair[1] or pair[0] in chosen]
        return sorted(there, key=lambda pair: (-pair[1], pair[0]))


@dataclass(frozen=True)
class Narrowed:
    """What is left.

    mask : the articles that pass everything, bool (n,).
    counts : facet → labels, each with the number of articles that it has among those that pass all else.
    unknown : facet → what was chosen and is not there; it was passed over.
    unpriced : how many were left out for having no price, where one was asked for, and pass all else.
    never_sold : how many never sold and pass all else but how often they sold.
    """

    mask: NDArray[np.bool_]
    counts: dict[str, list[tuple[str, int]]]
    unknown: dict[str, list[str]] = field(default_factory=dict)
    unpriced: int = 0
    never_sold: int = 0


@dataclass(frozen=True)
class Facets:
    """Facets of n articles; prices, float64 (n,), nan where there is none; how often each sold, int64 (n,)."""

    facets: dict[str, Facet]
    prices: NDArray[np.float64]
    sold: NDArray[np.int64]

    @classmethod
    def of(cls, articles: pl.DataFrame) -> Facets:
        """From columns of articles.parquet and, where they are there, season, is_new, has_photo, price and sold.

        null is no label: it is never counted and never chosen; nor does an article without a price have one. Without
        `sold` nothing sold.
        """
        facets = {
            name: Facet.of(articles[column]) for name, column in COLUMNS.items() if column in articles.columns
        }
        prices = (
            articles["price"].cast(pl.Float64).fill_null(np.nan).to_numpy()
            if "price" in articles.columns
            else np.full(articles.height, np.nan)
        )
        sold = (
            articles["sold"].fill_null(0)
            if "sold" in articles.columns
            else pl.repeat(0, articles.height, eager=True)
        )
        return cls(facets, prices, sold.cast(pl.Int64).to_numpy())

    def narrow(
        self,
        found: NDArray[np.bool_] | None,
        chosen: Mapping[str, Collection[str]],
        price: Range = (None, None),
        sold_below: int | None = None,
    ) -> Narrowed:
        """Articles that were found and have, of each facet, one of the labels chosen; and what else to choose.

        Parameters
        ----------
        found : bool (n,); None stands for all.
        chosen : facet → labels. None chosen, or none that exists, is no condition.
        price : from and to, both included; None leaves an end open. Upside down, nothing passes.
        sold_below : articles that sold less often; 1 leaves those that never did, None all.

        O(n × facets).
        """
        known, unknown = self._known(chosen)
        passes = self._priced(price)
        if found is not None:
            passes &= found
        unsold = passes & (self.sold == 0)
        few = None if sold_below is None else self.sold < sold_below
        if few is not None:
            passes &= few
            found = few if found is None else found & few
        ticked = {name: self.facets[name].any_of(labels) for name, labels in known.items()}
        missed = np.zeros(len(passes), dtype=np.int8)
        for has in ticked.values():
            missed += ~has
        mask = passes & (missed == 0)
        left = np.flatnonzero(mask)
        counts = {}
        for name, facet in self.facets.items():
            others = left
            if name in ticked:
                others = np.flatnonzero(passes & (missed == ~ticked[name]))
            counts[name] = facet.counts(facet.codes[others], known.get(name, ()))
        unpriced = self._unpriced(found, missed) if price != (None, None) else 0
        return Narrowed(mask, counts, unknown, unpriced, int((unsold & (missed == 0)).sum()))

    def _unpriced(self, found: NDArray[np.bool_] | None, missed: NDArray[np.int8]) -> int:
        others = np.isnan(self.prices) & (missed == 0)
        return int((others if found is None else others & found).sum())

    def _known(
        self, chosen: Mapping[str, Collection[str]]
    ) -> tuple[dict[str, set[str]], dict[str, list[str]]]:
        """The labels that are there, and those that are not; facets with none of either are left out."""
        known, unknown = {}, {}
        for name, labels in chosen.items():
            there = self.facets[name].labels if name in self.facets else ()
            if have := set(labels) & set(there):
                known[name] = have
            if strange := [label for label in labels if label not in have]:
                unknown[name] = strange
        return known, unknown

    def _priced(self, price: Range) -> NDArray[np.bool_]:
        least, most = price
        passes = np.ones(len(self.prices), dtype=np.bool_)
        if least is not None:
            passes &= self.prices >= least
        if most is not None:
            passes &= self.prices <= most
        return passes
