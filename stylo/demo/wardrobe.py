"""What customers own: the articles that each bought last."""

import numpy as np

from stylo.demo.arrays import Ints

_SLOTS = 12
_LATER_IS_LIKELIER = 0.2


class Wardrobe:
    """The last twelve articles of every customer, in a ring: 50 bytes a customer."""

    def __init__(self, customers: int) -> None:
        self._articles = np.zeros((customers, _SLOTS), dtype=np.int32)
        self._bought = np.zeros(customers, dtype=np.int32)

    def add(self, customer: Ints, article: Ints) -> None:
        """Puts in what was bought, a row each, rows of a customer together."""
        start = np.flatnonzero(np.diff(customer, prepend=-1))
        place = np.arange(len(customer)) - np.repeat(start, np.diff(start, append=len(customer)))
        slot = (self._bought[customer] + place) % _SLOTS
        self._articles[customer, slot] = article
        self._bought[customer[start]] += np.diff(start, append=len(customer)).astype(np.int32)

    def pick(self, customer: Ints, rng: np.random.Generator) -> Ints:
        """One of the articles of each of these customers, rather a late one; -1 for who has none."""
        held = np.minimum(self._bought[customer], _SLOTS)
        back = np.minimum(rng.geometric(_LATER_IS_LIKELIER, len(customer)), np.maximum(held, 1))
        slot = (self._bought[customer] - back) % _SLOTS
        return np.where(held > 0, self._articles[customer, slot], -1).astype(np.int64)
