"""Diversity of a list: maximal marginal relevance over the look and the type of articles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from stylo.rules.caps import Cap, CapCounts, codes_of, count_one, is_full
from stylo.rules.touches import RuleTouch

# Of so many candidates for each place of a list the most different are chosen; and at least of so many.
_DEPTH, _LEAST, _MOST = 4, 48, 512
_CONSTANT = 3.0
#: What a place counts, the first at 0: as where lists are fused, the first is worth four times the thirteenth.
WORTH = 1 / (_CONSTANT + np.arange(1, _MOST + 1))
_NEVER = -np.inf


_DEBT = -WORTH


def debt_of_places(count: int) -> np.ndarray:
    """float64 (count,): −1 / (3 + place), places from 1."""
    return _DEBT[:count] if count <= _MOST else -1 / (_CONSTANT + np.arange(1, count + 1))


@dataclass(frozen=True, eq=False)
class Diversity:
    """weight : λ.   look : share of the look in the likeness of two articles.   vectors : as `looks_of`; None without
    photos.   types : int64 (articles + 1,), −1 where unknown, and last."""

    touch: RuleTouch
    weight: float
    look: float
    vectors: Callable[[], np.ndarray | None]
    types: np.ndarray

    def chosen(
        self, here: np.ndarray, pins: Sequence[int], k: int, caps: Sequence[Cap], counts: CapCounts
    ) -> tuple[list[int], set[int], int]:
        """Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): one after the other the article with the
        highest (1 − λ) · relevance − λ · likeness to the most alike before it, of which no cap has had enough.

        The relevance of the article at place p is (3 + 1) / (3 + p).

        Parameters
        ----------
        here : int64 (n,), places of articles in the order of their relevance.
        pins : places of those that stand in the list already; they are among the k of it.
        counts : how many each cap has counted; it goes on counting.

        Returns the positions in `here` in their turn, which of these turns went to one that was not next, and of how
        many of `here` they were chosen.
        """
        here = here[: min(max(_DEPTH * k, _LEAST), _MOST)]
        count, wanted = len(here), min(k - len(pins), len(here))
        if wanted < 1:
            return [], set(), 0
        alike = self.alike(np.concatenate([here, np.array(pins, dtype=np.int64)]) if pins else here)
        value = (((_CONSTANT + 1) * (1 - self.weight)) * WORTH[:count]).astype(np.float32)
        # Beside each article, what the others are worth at the most: base − max(a, b) is min(base − a, base − b).
        left = value - (alike[:, :count] if pins else alike)
        left.ravel()[: count * count : count + 1] = _NEVER  # beside itself
        if pins:
            for pinned in left[count:]:
                np.minimum(value, pinned, out=value)
        known = codes_of(caps, here)
        chosen, moved, gone, turn = list[int](), set[int](), set[int](), 0
        while len(chosen) < wanted:
            n = int(value.argmax())
            if n in gone:  # all are
                break
            gone.add(n)
            if known and is_full(caps, known[n], counts):
                value[n] = _NEVER
                continue
            while turn != n and (turn in gone or (known and is_full(caps, known[turn], counts))):
                turn += 1
            if n != turn:
                moved.add(len(chosen))
            chosen.append(n)
            np.minimum(value, left[n], out=value)
            if known:
                count_one(known[n], counts)
        return chosen, moved, count

    def alike(self, places: np.ndarray) -> np.ndarray:
        """float32 (n, n), from 0 to λ: how alike articles are, times λ."""
        types = self.types.take(places)
        same = types[:, None] == types
        if types.min() < 0:
            same &= types >= 0
        vectors = self.vectors() if self.look > 0 else None
        if vectors is None:
            return same * np.float32(self.weight)
        looks = vectors.take(places, axis=0)
        cosines = looks.dot(looks.T)
        np.maximum(cosines, 0, out=cosines)
        cosines *= np.float32(self.weight * self.look)
        cosines += same * np.float32(self.weight * (1 - self.look))
        return cosines
