"""What people combine: how often articles, and values of their attributes, lie in one basket in two different slots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import scipy.sparse as sp

from stylo.outfits.slots import SLOTS

# Of counts that were seen and counts that chance would give, so many are added to both: few baskets say little.
_SHRUNK = 10.0
_KEPT = 64


@dataclass(frozen=True)
class Baskets:
    """What was bought together: a customer's articles of one day that have a slot.

    basket : int64 (m,), 0, 1, 2 … in ascending order.   row : int64 (m,), rows of the catalogue, each once a basket.
    slot : int8 (articles,), of the catalogue.
    """

    basket: np.ndarray
    row: np.ndarray
    slot: np.ndarray

    @classmethod
    def of(cls, bought: pl.DataFrame, slot: np.ndarray, largest: int) -> Baskets:
        """Of `customer`, `t_dat` and `row` (in the catalogue), distinct; those of more than `largest` are left out."""
        worn = bought.filter(pl.Series(slot[bought["row"].to_numpy()] >= 0, dtype=pl.Boolean))
        small = worn.filter(pl.len().over("customer", "t_dat") <= largest).sort("customer", "t_dat", "row")
        basket = small.select(pl.struct("customer", "t_dat").rle_id().cast(pl.Int64)).to_series()
        return cls(basket.to_numpy(), small["row"].to_numpy().astype(np.int64), slot)

    def __len__(self) -> int:
        return int(self.basket[-1]) + 1 if len(self.basket) else 0

    def among(self, kept: np.ndarray) -> Baskets:
        """Some of their rows, bool (m,); baskets are numbered anew."""
        _, basket = np.unique(self.basket[kept], return_inverse=True)
        return Baskets(basket.astype(np.int64), self.row[kept], self.slot)

    def by_slot(self, code: np.ndarray, values: int) -> list[sp.csr_matrix]:
        """For each slot (baskets, values) float32: how many of its articles in a basket have each value.

        code : int (articles,), of the catalogue, below `values`.
        """
        slot, found = self.slot[self.row], []
        for number in range(len(SLOTS)):
            mine = slot == number
            cells = (np.ones(int(mine.sum()), np.float32), (self.basket[mine], code[self.row[mine]]))
            found.append(sp.csr_matrix(cells, shape=(max(len(self), 1), values)))
        return found


def lift_table(baskets: Baskets, code: np.ndarray, values: int) -> np.ndarray:
    """float32 (values, values): how much more often two values are combined than chance would have it, as a logarithm.

    ln((seen + 10) / (expected + 10)) over pairs of articles in different slots; what is expected is the product of the
    shares of both values, slot by slot, so that it is not told again that shoes are bought less often than tops. A
    value 0 is unknown: it says nothing. O(pairs + values²).
    """
    by_slot = baskets.by_slot(code, values)
    seen, expected = np.zeros((values, values)), np.zeros((values, values))
    for one, mine in enumerate(by_slot):
        for other, theirs in enumerate(by_slot):
            if one != other:
                pairs = np.asarray((mine.T @ theirs).todense(), dtype=np.float64)
                if total := pairs.sum():
                    seen += pairs
                    expected += np.outer(pairs.sum(axis=1), pairs.sum(axis=0)) / total
    table = np.log((seen + _SHRUNK) / (expected + _SHRUNK))
    table[0], table[:, 0] = 0, 0
    return table.astype(np.float32)


@dataclass(frozen=True)
class Together:
    """How often articles, or products, were bought together with those of other slots.

    start : int64 (values + 1,): the partners of a value are start[i] … start[i + 1], in ascending order.
    partner : int32 (m,).   times : float32 (m,), in how many baskets; the 64 most frequent of each value are kept.
    bought : float32 (values,), how often each was bought in a basket.
    baskets : how many baskets there are.
    """

    start: np.ndarray
    partner: np.ndarray
    times: np.ndarray
    bought: np.ndarray
    baskets: int

    @classmethod
    def of(cls, baskets: Baskets, code: np.ndarray, values: int) -> Together:
        """O(pairs), and memory for them."""
        by_slot = baskets.by_slot(code, values)
        every = sum(by_slot[1:], by_slot[0])
        pairs = (every.T @ every).tocsr()
        for mine in by_slot:
            pairs = pairs - mine.T @ mine  # two of one slot are no combination
        pairs.eliminate_zeros()
        whose = np.repeat(np.arange(values), np.diff(pairs.indptr))
        order = np.lexsort((pairs.indices, -pairs.data, whose))
        place = np.arange(len(order)) - pairs.indptr[whose[order]]
        kept = np.sort(order[place < _KEPT])
        kept = kept[np.lexsort((pairs.indices[kept], whose[kept]))]
        start = np.searchsorted(whose[kept], np.arange(values + 1))
        bought = np.bincount(code[baskets.row], minlength=values)
        return cls(
            start.astype(np.int64),
            pairs.indices[kept].astype(np.int32),
            pairs.data[kept].astype(np.float32),
            bought.astype(np.float32),
            len(baskets),
        )

    def partners(self, value: int) -> np.ndarray:
        return self.partner[self.start[value] : self.start[value + 1]]

    def with_each(self, value: int, others: np.ndarray) -> np.ndarray:
        """float32 (n,): how often a value was bought together with each of the others."""
        mine = slice(self.start[value], self.start[value + 1])
        partner, times = self.partner[mine], self.times[mine]
        if not len(partner):
            return np.zeros(len(others), np.float32)
        place = np.minimum(np.searchsorted(partner, others), len(partner) - 1)
        return np.where(partner[place] == others, times[place], np.float32(0))

    def lift(self, value: int, others: np.ndarray, times: np.ndarray) -> np.ndarray:
        """float32 (n,): ln((times + ½) / (expected by chance + ½))."""
        expected = self.bought[value] * self.bought[others] / np.float32(max(self.baskets, 1))
        return np.log((times + np.float32(0.5)) / (expected + np.float32(0.5)))
