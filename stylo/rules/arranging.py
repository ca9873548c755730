"""The rules that hold for a customer on a day, and what they make of a list: the one place where rules are applied.

candidates in the model's order ─▶ exclude ─▶ boost and bury ─▶ pins first, then diversity and caps ─▶ list
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from stylo.rules.caps import Cap, counted, first_allowed
from stylo.rules.touches import RuleTouch
from stylo.rules.variety import Diversity, debt_of_places

_NOBODY = -1


class Arranged(NamedTuple):
    """An article of a list: its place among the columns, its position among the candidates (−1: none proposed it), and
    the rules that touched it."""

    place: int
    candidate: int
    rules: tuple[RuleTouch, ...]


@dataclass(frozen=True, eq=False)
class RulePlan:
    """The rules that hold for some audience on a day.

    They may oppose each other where a customer is of two audiences whose rules were not held against each other (see
    `may_meet`): an exclude wins over a pin, pins stay above caps that they exceed, a boost and a bury multiply, and of
    diversities the first of the file holds.

    allowed : bool (articles + 1,), which may be recommended; None for all of them.
    worth : float64 (articles + 1,), by how much each counts more or less; None if no rule says so.
    pins : places in their order, each with its rule.
    moving : the rules that boost or bury, each with the articles that it moves, bool (articles + 1,).
    """

    in_force: tuple[RuleTouch, ...] = ()
    excludes: tuple[tuple[RuleTouch, np.ndarray], ...] = ()
    allowed: np.ndarray | None = None
    worth: np.ndarray | None = None
    pins: tuple[tuple[int, RuleTouch], ...] = ()
    moving: tuple[tuple[RuleTouch, np.ndarray], ...] = ()
    caps: tuple[Cap, ...] = ()
    diversity: Diversity | None = None

    @property
    def idle(self) -> bool:
        """Whether every list stays as it is."""
        return not self.in_force and self.diversity is None

    def arrange(
        self,
        candidates: np.ndarray,
        k: int,
        may_show: Callable[[list[int]], Iterable[int]] | None = None,
        more: Callable[[], np.ndarray] | None = None,
    ) -> list[Arranged]:
        """At most k articles.

        Parameters
        ----------
        candidates : int64 (n,), places of articles in the model's order; −1 for one that no rule knows.
        may_show : which of the pinned places this customer may be shown, in their order; None for all.
        more : further places, in their order, for a list that is not full.

        O(n + k × 48) time, whatever the number of rules.
        """
        pins = self._pinned_for(may_show)[:k]
        pinned_at = [_position(candidates, place) for place in pins]
        rows, here = self._ordered(candidates, [n for n in pinned_at if n >= 0])
        counts, chosen, moved, seen = counted(self.caps, pins), list[int](), set[int](), 0
        if self.diversity is not None and self.diversity.weight > 0:
            chosen, moved, seen = self.diversity.chosen(here, pins, k, self.caps, counts)
        if (wanted := k - len(pins) - len(chosen)) > 0:
            chosen += first_allowed(self.caps, here, wanted, counts, seen)
        taken = np.array(chosen, dtype=np.int64)
        places = here.take(taken).tolist()
        touches = self._touches([*pins, *places])
        for n, place in enumerate(pins):
            touches[n] = (self._pin_of[place], *touches[n])
        for n in moved:
            assert self.diversity is not None
            touches[len(pins) + n] += (self.diversity.touch,)
        positions = chosen if rows is None else rows.take(taken).tolist()
        found = list(map(Arranged, [*pins, *places], [*pinned_at, *positions], touches))
        if len(found) < k and more is not None:
            found += self._filled(found, more(), k - len(found))
        return found

    def absent(self, place: int, listed: Sequence[int]) -> tuple[RuleTouch, ...]:
        """The rules that keep an article out of a list of places."""
        found = tuple(touch for touch, mask in self.excludes if mask[place])
        for cap in self.caps:
            if (code := cap.codes[place]) >= 0 and (cap.codes[list(listed)] == code).sum() >= cap.most:
                found += (cap.touch,)
        return found + tuple(touch for touch, mask in self.moving if mask[place] and touch.kind == "bury")

    @cached_property
    def _pin_of(self) -> dict[int, RuleTouch]:
        """Pinned places in their order, without those that a rule excludes."""
        return {
            place: touch for place, touch in self.pins if self.allowed is None or bool(self.allowed[place])
        }

    def _pinned_for(self, may_show: Callable[[list[int]], Iterable[int]] | None) -> list[int]:
        pins = list(self._pin_of)
        return list(may_show(pins)) if may_show is not None and pins else pins

    def _ordered(self, candidates: np.ndarray, pinned: list[int]) -> tuple[np.ndarray | None, np.ndarray]:
        """Positions among the candidates of those that are left, and their places, in their new order; no positions
        where all stay as they are.

        pinned : positions of the pinned ones.
        """
        rows, here = None, candidates
        if self.allowed is not None or pinned:
            kept = np.ones(len(candidates), bool) if self.allowed is None else self.allowed.take(candidates)
            kept[pinned] = False
            rows = kept.nonzero()[0]
            here = candidates.take(rows)
        if self.worth is not None and len(here):
            again = (debt_of_places(len(here)) * self.worth.take(here)).argsort(kind="stable")
            rows, here = again if rows is None else rows.take(again), here.take(again)
        return rows, here

    def _filled(self, found: Sequence[Arranged], more: np.ndarray, wanted: int) -> list[Arranged]:
        listed = [each.place for each in found]
        left = more[~np.isin(more, listed)]
        if self.allowed is not None:
            left = left[self.allowed[left]]
        chosen = list(first_allowed(self.caps, left, wanted, counted(self.caps, listed)))
        places = left[chosen].tolist()
        return [
            Arranged(place, _NOBODY, touched)
            for place, touched in zip(places, self._touches(places), strict=True)
        ]

    def _touches(self, places: list[int]) -> list[tuple[RuleTouch, ...]]:
        """The rules that boost or bury each of some articles."""
        if not self.moving:
            return [()] * len(places)
        codes, touches = self._moves
        return [touches[code] for code in codes.take(places).tolist()]

    @cached_property
    def _moves(self) -> tuple[np.ndarray, list[tuple[RuleTouch, ...]]]:
        """int32 (articles + 1,), and for each number of it which rules boost or bury the article."""
        codes, touches = np.zeros(len(self.moving[0][1]), dtype=np.int32), [tuple[RuleTouch, ...]()]
        for touch, mask in self.moving:
            split = 2 * codes + mask
            there = np.bincount(split, minlength=2 * len(touches)) > 0
            touches = [
                (*touches[number // 2], touch) if number % 2 else touches[number // 2]
                for number in there.nonzero()[0].tolist()
            ]
            codes = (there.cumsum() - 1).astype(np.int32)[split]
        return codes, touches


def _position(candidates: np.ndarray, place: int) -> int:
    found = (candidates == place).nonzero()[0]
    return int(found[0]) if len(found) else _NOBODY
