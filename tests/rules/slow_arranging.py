"""What rules make of a list, written for reading: each step from the whole list, no arrays. The code that answers must
give the same lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from stylo.rules.arranging import Arranged, RulePlan
from stylo.rules.touches import RuleTouch

Row = tuple[int, int, tuple[RuleTouch, ...]]


def slowly_arranged(plan: RulePlan, candidates: Sequence[int], k: int, more: Sequence[int]) -> list[Arranged]:
    def allowed(place: int) -> bool:
        return plan.allowed is None or bool(plan.allowed[place])

    def moved(place: int) -> tuple[RuleTouch, ...]:
        return tuple(touch for touch, mask in plan.moving if mask[place])

    def fits(place: int, listed: Sequence[int]) -> bool:
        return all(
            cap.codes[place] < 0
            or sum(bool(cap.codes[each] == cap.codes[place]) for each in listed) < cap.most
            for cap in plan.caps
        )

    pins = [(place, touch) for place, touch in plan.pins if allowed(place)][:k]
    where = {place: n for n, place in reversed(list(enumerate(candidates)))}
    listed: list[Row] = [(place, where.get(place, -1), (touch, *moved(place))) for place, touch in pins]
    left = [
        (n, place)
        for n, place in enumerate(candidates)
        if allowed(place) and place not in {place for place, _ in pins}
    ]
    factor = plan.worth if plan.worth is not None else np.ones(max([0, *candidates, *more]) + 2)
    left = [
        left[turn]
        for turn in sorted(range(len(left)), key=lambda n: (-float(factor[left[n][1]]) / (4 + n), n))
    ]

    def listed_places() -> list[int]:
        return [place for place, _, _ in listed]

    if plan.diversity is not None and plan.diversity.weight > 0:
        depth = max(4 * k, 48)
        first, left = left[:depth], left[depth:]
        turns = list(range(len(first)))
        while turns and len(listed) < k:
            may = [n for n in turns if fits(first[n][1], listed_places())]
            if not may:
                break
            worth = {n: _marginal(plan, n, first[n][1], listed_places()) for n in may}
            best = max(may, key=lambda n: (worth[n], -n))
            n, place = first[best]
            touch = (plan.diversity.touch,) if best != may[0] else ()
            listed.append((place, n, (*moved(place), *touch)))
            turns.remove(best)
    for n, place in left:
        if len(listed) < k and fits(place, listed_places()):
            listed.append((place, n, moved(place)))
    for place in more:
        if (
            len(listed) < k
            and allowed(place)
            and place not in listed_places()
            and fits(place, listed_places())
        ):
            listed.append((place, -1, moved(place)))
    return [Arranged(*each) for each in listed]


def _marginal(plan: RulePlan, turn: int, place: int, listed: Sequence[int]) -> float:
    """(1 − λ) · 4 / (3 + place) − λ · likeness to the most alike."""
    assert plan.diversity is not None
    weight = plan.diversity.weight
    near = max((_alike(plan, place, other) for other in listed), default=0.0)
    return (1 - weight) * 4 / (4 + turn) - weight * near


def _alike(plan: RulePlan, one: int, other: int) -> float:
    assert plan.diversity is not None
    types, look = plan.diversity.types, plan.diversity.look
    same = float(types[one] >= 0 and types[one] == types[other])
    vectors: Callable[[], np.ndarray | None] = plan.diversity.vectors
    found = vectors() if look > 0 else None
    if found is None:
        return same
    return look * max(float(found[one] @ found[other]), 0.0) + (1 - look) * same
