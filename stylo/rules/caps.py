"""Caps: how many of a kind a list holds at most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from stylo.rules.touches import RuleTouch

# So many candidates are looked at together: a list is full after the first of them, as a rule.
_AT_ONCE = 48
#: Of each cap, how many of each code a list has.
CapCounts = Sequence[dict[int, int]]


@dataclass(frozen=True, eq=False)
class Cap:
    """most : of each code.   codes : int32 (articles + 1,), −1 for an article that is not capped, and last."""

    touch: RuleTouch
    most: int
    codes: np.ndarray

    def full(self, counts: dict[int, int]) -> list[int]:
        """The codes of which a list may have no more."""
        # Where nothing is allowed, there is one code: a cap of each value of a column allows one at least.
        there = {0, *counts} if self.most == 0 else counts
        return [code for code in there if code >= 0 and counts.get(code, 0) >= self.most]


def counted(caps: Sequence[Cap], places: Iterable[int]) -> CapCounts:
    """What stands in a list already."""
    counts: list[dict[int, int]] = [{} for _ in caps]
    for place in places:
        for cap, mine in zip(caps, counts, strict=True):
            code = cap.codes.item(place)
            mine[code] = mine.get(code, 0) + 1
    return counts


def first_allowed(
    caps: Sequence[Cap], here: np.ndarray, wanted: int, counts: CapCounts, start: int = 0
) -> Sequence[int]:
    """Positions of the first so many places that no cap forbids, from `start` on; `counts` goes on counting."""
    if not caps:
        return range(start, min(start + max(wanted, 0), len(here)))
    chosen = list[int]()
    most = [cap.most for cap in caps]
    while len(chosen) < wanted and start < len(here):
        some = here[start : start + _AT_ONCE]
        for n, codes in enumerate(zip(*(cap.codes.take(some).tolist() for cap in caps), strict=True), start):
            for code, limit, of in zip(codes, most, counts, strict=True):
                if code >= 0 and of.get(code, 0) >= limit:
                    break
            else:
                chosen.append(n)
                if len(chosen) == wanted:
                    break
                for code, of in zip(codes, counts, strict=True):
                    of[code] = of.get(code, 0) + 1
        start += _AT_ONCE
    return chosen
