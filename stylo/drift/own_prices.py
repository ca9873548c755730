"""How prices change: each article's mean price against its own in the last week before in which it was sold.

A shop whose articles all become a twentieth dearer sells at other prices, but so does one that sells coats instead of
socks; this tells the one from the other.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from stylo.drift.assortment import SETTLED_WEEKS, Assortment
from stylo.drift.distances import Numbers
from stylo.drift.signal import Signal
from stylo.drift.weeks import WeekCounts

_EDGES = (0.7, 0.9, 0.98, 1.02, 1.1, 1.3)
_LONGEST_PAUSE = 8  # weeks
_STEPS, _STEP = 300, 0.01  # of the ratio's logarithm, the middle one around no change


class OwnPrices:
    """Takes in the weeks one after the other and keeps the histograms of the ratios; purchases count.

    Articles of which nothing was sold in the eight weeks before have no ratio.
    """

    def __init__(self, assortment: Assortment, weeks: int) -> None:
        self._assortment = assortment
        self._price = np.zeros(len(assortment.articles) + 1)
        self._week = np.full(len(assortment.articles) + 1, -_LONGEST_PAUSE - 1)
        self._grid = np.zeros((weeks, _STEPS + 1))
        self._counts = np.zeros((weeks, len(_EDGES) + 1))

    def add(self, counts: WeekCounts) -> None:
        week, (articles, sales) = counts.week, counts.articles
        known = counts.spent > 0
        rows, sales = self._assortment.rows(articles[known]), sales[known]
        price = counts.spent[known] / sales
        recent = (week - self._week[rows] <= _LONGEST_PAUSE) & (rows < len(self._assortment.articles))
        ratio = price[recent] / self._price[rows[recent]]
        steps = np.clip(np.round(np.log(ratio) / _STEP) + _STEPS // 2, 0, _STEPS).astype(np.int64)
        bins = np.searchsorted(_EDGES, ratio, side="right")
        self._grid[week] = np.bincount(steps, sales[recent], _STEPS + 1)
        self._counts[week] = np.bincount(bins, sales[recent], len(_EDGES) + 1)
        self._price[rows], self._week[rows] = price, week

    def signal(self, observations: Numbers) -> Signal:
        return Signal("own_price", "Prices against the same articles' before", "prices", _names(), self._counts,
                      np.minimum(observations, self._counts.sum(axis=1)), self._grid, SETTLED_WEEKS)  # fmt: skip


def _names() -> tuple[str, ...]:
    """“below 70 %”, “70 to 90 %”, …"""
    percents = [round(100 * edge) for edge in _EDGES]
    inner = [f"{low} to {high} %" for low, high in pairwise(percents)]
    return (f"below {percents[0]} %", *inner, f"{percents[-1]} % and more")
