"""What lies on the shelves in a week: articles in proportion to their pull, so that a blind grab is a choice.

audience   women ──────────────────────────────┐ divided ───────────┐ men …
section    Everyday ──────┐ Swimwear ──┐ Denim ┐ Basics ┐ Collection ┐
slots      a a a a b c c c d d e f f f g h h h …          one of them at random = by popularity
"""

from dataclasses import dataclass

import numpy as np

from stylo_demo.assortment import ShopAssortment
from stylo_demo.customers import Ints, Marks, Reals

_SLOTS_AN_ARTICLE = 16
_FEWEST, _MOST = 1 << 12, 1 << 20


@dataclass(frozen=True)
class Stretch:
    """A part of the shelves for each of some customers: from slot `start`, `length` slots; 0 is none."""

    start: Ints
    length: Ints

    def __getitem__(self, at: Marks | Ints) -> "Stretch":
        return Stretch(self.start[at], self.length[at])

    def or_else(self, other: "Stretch") -> "Stretch":
        """The other where this is empty."""
        return Stretch(
            np.where(self.length > 0, self.start, other.start),
            np.where(self.length > 0, self.length, other.length),
        )


class Shelf:
    """The shelves of one week. Empty if nothing is on sale."""

    def __init__(self, range_: ShopAssortment, pull: Reals, rng: np.random.Generator) -> None:
        self._range = range_
        self.on_sale = pull > 0
        rows = np.flatnonzero(self.on_sale)
        rows = rows[np.argsort(range_.section[rows], kind="stable")]
        slots = min(max(_SLOTS_AN_ARTICLE * len(rows), _FEWEST), _MOST) if len(rows) else 0
        # A common random offset: an article of less than a slot is on the shelf in some weeks only.
        share = np.cumsum(pull[rows]) / max(float(pull[rows].sum()), 1e-300)
        ends = np.floor(share * slots + rng.random()).astype(np.int64)
        copies = np.diff(np.minimum(ends, slots), prepend=0)
        self.articles = np.repeat(rows, copies)
        self._sections = _stretches(range_.section[self.articles], int(range_.section.max()) + 1)
        self._audiences = _stretches(range_.audience[self.articles], int(range_.audience.max()) + 1)
        self._weights = np.concatenate([[0.0], np.cumsum(pull)])

    def everything(self, customers: int) -> Stretch:
        """All shelves, for each of so many customers."""
        return Stretch(np.zeros(customers, dtype=np.int64), np.full(customers, len(self.articles)))

    def of_audience(self, audience: Ints) -> Stretch:
        """The shelves of each of these audiences."""
        known = audience < len(self._audiences.start)
        found = self._audiences[np.where(known, audience, 0)]
        return Stretch(found.start, np.where(known, found.length, 0))

    def beside(self, article: Ints) -> Stretch:
        """The shelves of the section that each of these articles belongs to; none where it is -1."""
        found = self._sections[self._range.section[article]]
        return Stretch(found.start, np.where(article >= 0, found.length, 0))

    def variants(self, article: Ints, rng: np.random.Generator) -> Ints:
        """Another article of the same product that is on sale, by pull; -1 where none was found."""
        low, high = self._weights[self._range.first[article]], self._weights[self._range.last[article]]
        at = np.searchsorted(self._weights, low + rng.random(len(article)) * (high - low), side="right") - 1
        found = (high > low) & (at != article) & (article >= 0)
        at = np.where(found, at, 0)
        return np.where(found & self.on_sale[at], at, -1)


def _stretches(names: Ints, count: int) -> Stretch:
    """Where each name's slots begin, and how many they are; slots of a name lie together."""
    return Stretch(np.searchsorted(names, np.arange(count)), np.bincount(names, minlength=count))
