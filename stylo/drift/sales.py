"""At which prices, through which channel, and how much is bought."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from stylo.drift.distances import Numbers
from stylo.drift.signal import UNKNOWN, Signal, between, most_frequent, quantiles
from stylo.drift.weeks import Counted, WeekCounts

_PARTS = 10
_NOT_IN_CENTS = -1
_CHANNELS = {1: "in a store", 2: "online"}


class Sales:
    """Takes in the weeks one after the other and keeps their prices, channels and volume."""

    def __init__(self) -> None:
        self._prices: list[Counted] = []
        self._channels: list[Counted] = []
        self._purchases: list[int] = []

    def add(self, counts: WeekCounts) -> None:
        self._prices.append(counts.prices)
        self._channels.append(counts.channels)
        self._purchases.append(counts.purchases)

    def signals(self, observations: Numbers) -> list[Signal]:
        volume = np.array(self._purchases, dtype=np.float64)[:, None]
        # Few buyers are what a volume is about: they do not excuse it.
        ordinary = np.full(len(volume), np.median(observations))
        values, channels = _on_one_grid(self._channels)
        labels = [
            None if value == _NOT_IN_CENTS else _CHANNELS.get(value, f"channel {value}") for value in values
        ]
        return [
            self._price_signal(observations),
            Signal("channel", "Channels", "channels", *most_frequent(labels, channels), observations),
            Signal("sales", "Purchases in all", "sales", ("purchases",), volume, ordinary, is_volume=True),
        ]

    def _price_signal(self, observations: Numbers) -> Signal:
        """Ten parts of about the same size, by all weeks but the last; every price for itself on the grid."""
        values, grid = _on_one_grid(self._prices)
        known = values != _NOT_IN_CENTS
        priced, prices, unpriced = grid[:, known], values[known].astype(np.float64), grid[:, ~known]
        edges = quantiles(prices, priced[:-1].sum(axis=0), _PARTS)
        bins, names = between(priced, prices, edges), _price_ranges(edges)
        if unpriced.any():
            bins, names = np.column_stack([bins, unpriced]), (*names, UNKNOWN)
        grid = np.column_stack([priced, unpriced])
        return Signal("price", "Prices", "prices", names, bins, observations, grid)


def _on_one_grid(weeks: list[Counted]) -> tuple[np.ndarray, Numbers]:
    """All values that occur, ascending, and the counts (weeks, values) of each."""
    values = np.unique(np.concatenate([values for values, _ in weeks]))
    grid = np.zeros((len(weeks), len(values)))
    for week, (found, counts) in enumerate(weeks):
        grid[week, np.searchsorted(values, found)] = counts
    return values, grid


def _price_ranges(cents: Numbers) -> tuple[str, ...]:
    edges = [f"{edge / 100:.2f}" for edge in cents]
    if not edges:
        return ("all prices",)
    inner = [f"{low} to below {high}" for low, high in pairwise(edges)]
    return (f"below {edges[0]}", *inner, f"{edges[-1]} and more")
