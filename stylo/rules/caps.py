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


def codes_of(caps: Sequence[Cap], here: np.ndarray) -> list[tuple[int, ...]]:
    """Of each of some places its codes, one for each cap; empty without caps."""
    return list(zip(*(cap.codes.take(here).tolist() for cap in caps), strict=True))


def is_full(caps: Sequence[Cap], codes: tuple[int, ...], counts: CapCounts) -> bool:
    """Whether a cap allows no more of what has these codes."""
    full = False
    for cap, code, of in zip(caps, codes, counts, strict=True):
        full = full or (code >= 0 and of.get(code, 0) >= cap.most)
    return full


def count_one(codes: tuple[int, ...], counts: CapCounts) -> None:
    for code, of in zip(codes, counts, strict=True):
        of[code] = of.get(code, 0) + 1


def counted(caps: Sequence[Cap], places: Iterable[int]) -> CapCounts:
    """What stands in a list already."""
    counts: list[dict[int, int]] = [{} for _ in caps]
    for place in places:
        count_one(tuple(cap.codes.item(place) for cap in caps), counts)
    return counts


def first_allowed(
    caps: Sequence[Cap], here: np.ndarray, wanted: int, counts: CapCounts, start: int = 0
) -> Sequence[int]:
    """Positions of the first so many places that no cap forbids, from `start` on; `counts` goes on counting."""
    if not caps:
        return range(start, min(start + max(wanted, 0), len(here)))
    chosen = list[int]()
    while len(chosen) < wanted and start < len(here):
        for n, codes in enumerate(codes_of(caps, here[start : start + _AT_ONCE]), start):
            if not is_full(caps, codes, counts):
                count_one(codes, counts)
                chosen.append(n)
                if len(chosen) == wanted:
                    break
        start += _AT_ONCE
    return chosen
