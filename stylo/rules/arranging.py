"""The rules that hold for a customer on a day, and what they make of a list: the one place where rules are applied.

candidates in the model's order ─▶ exclude ─▶ boost and bury ─▶ pins first, then diversity and caps ─▶ list
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

# A place counts 1 / (3 + place), as where lists are fused: the first is worth four times the thirteenth.
_CONSTANT = 3.0
# Of so many candidates for each place of a list the most different are chosen; and at least of so many.
_DEPTH, _LEAST = 4, 48
_WORTH = 1 / (_CONSTANT + np.arange(1, 513))
_NOBODY = -1


class RuleTouch(NamedTuple):
    """A rule that had a hand in where an article stands."""

    kind: str
    name: str


#: In place of a rule: the variety that a request asks for.
ASKED = RuleTouch("diversity", "request")

_SAYS = {
    "pin": "The rule “{name}” places it first.",
    "boost": "The rule “{name}” raises it.",
    "bury": "The rule “{name}” lowers it.",
    "exclude": "The rule “{name}” leaves it out.",
    "cap": "The rule “{name}” allows no more of its kind.",
    "diversity": "The rule “{name}” puts it here for variety.",
}


def said_of(touch: RuleTouch) -> str:
    """What a rule does to an article, in a sentence."""
    if touch == ASKED:
        return "It stands here for the variety that was asked for."
    return _SAYS[touch.kind].format(name=touch.name)


class Arranged(NamedTuple):
    """An article of a list: its place among the columns, its position among the candidates (−1: none proposed it), and
    the rules that touched it."""

    place: int
    candidate: int
    rules: tuple[RuleTouch, ...]


@dataclass(frozen=True, eq=False)
class Cap:
    """most : of each code.   codes : int64 (articles + 1,), −1 for an article that is not capped."""

    touch: RuleTouch
    most: int
    codes: np.ndarray


@dataclass(frozen=True, eq=False)
class Diversity:
    """weight : λ.   look : share of the look in the likeness of two articles.   vectors : as `looks_of`; None without
    photos.   types : int64 (articles + 1,)."""

    touch: RuleTouch
    weight: float
    look: float
    vectors: Callable[[], np.ndarray | None]
    types: np.ndarray

    def alike(self, places: np.ndarray) -> np.ndarray:
        """float32 (n, n), from 0 to 1: how alike articles are."""
        types = self.types[places]
        same = ((types[:, None] == types) & (types >= 0)).astype(np.float32)
        vectors = self.vectors() if self.look > 0 else None
        if vectors is None:
            return same
        looks = vectors[places]
        cosines = looks @ looks.T
        np.maximum(cosines, 0, out=cosines)
        cosines *= np.float32(self.look)
        same *= np.float32(1 - self.look)
        cosines += same
        return cosines


@dataclass(frozen=True, eq=False)
class RulePlan:
    """The rules that hold for some audience on a day.

    allowed : bool (articles + 1,), which may be recommended; None for all of them.
    worth : float32 (articles + 1,), by how much each counts more or less; None if no rule says so.
    pins : places in their order, each with its rule.
    moving : the rules that boost or bury, each with its articles, bool (articles + 1,).
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
        rules = dict[int, RuleTouch](self.pins)
        pins = list(may_show(list(rules)) if may_show and rules else rules)
        if self.allowed is not None:
            pins = [place for place in pins if self.allowed[place]]
        del pins[k:]
        rows, here = self._ordered(candidates, pins)
        chosen: Sequence[int]
        moved: Collection[int] = ()
        if self.diversity is not None and self.diversity.weight > 0:
            chosen, moved = self._diverse(here, pins, k)
        else:
            chosen = self._capped(here, pins, k)
        found = [Arranged(place, _position(candidates, place), self._touches(place, rules)) for place in pins]
        taken = np.array(chosen, dtype=np.int64)
        places, positions = here.take(taken), rows.take(taken).tolist()
        touches = self._touches_of(places)
        for n, place, position, touched in zip(chosen, places.tolist(), positions, touches, strict=True):
            if n in moved:
                assert self.diversity is not None
                touched = (*touched, self.diversity.touch)
            found.append(Arranged(place, position, touched))
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

    def _ordered(self, candidates: np.ndarray, pins: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """Positions among the candidates of those that are left, and their places, in their new order."""
        if self.allowed is None and not pins:
            rows, here = np.arange(len(candidates)), candidates
        else:
            kept = np.ones(len(candidates), bool) if self.allowed is None else self.allowed.take(candidates)
            if pins:
                for place in pins:
                    kept &= candidates != place
            rows = kept.nonzero()[0]
            here = candidates.take(rows)
        if self.worth is not None and len(here):
            base = (
                _WORTH[: len(here)]
                if len(here) <= len(_WORTH)
                else 1 / (_CONSTANT + np.arange(1, len(here) + 1))
            )
            again = (-base * self.worth.take(here)).argsort(kind="stable")
            rows, here = rows.take(again), here.take(again)
        return rows, here

    def _counts(self, pins: Sequence[int]) -> list[dict[int, int]]:
        """Of each cap how many of each code stand in the list already."""
        counts: list[dict[int, int]] = []
        for cap in self.caps:
            mine: dict[int, int] = {}
            for place in pins:
                code = int(cap.codes[place])
                mine[code] = mine.get(code, 0) + 1
            counts.append(mine)
        return counts

    def _capped(self, here: np.ndarray, pins: Sequence[int], k: int) -> Sequence[int]:
        """The first that no cap forbids."""
        wanted = k - len(pins)
        if not self.caps:
            return range(min(wanted, len(here)))
        counts, chosen = self._counts(pins), list[int]()
        codes = [cap.codes.take(here).tolist() for cap in self.caps]
        for n in range(len(here)):
            if len(chosen) == wanted:
                break
            for cap, mine, of in zip(self.caps, codes, counts, strict=True):
                if mine[n] >= 0 and of.get(mine[n], 0) >= cap.most:
                    break
            else:
                chosen.append(n)
                for mine, of in zip(codes, counts, strict=True):
                    of[mine[n]] = of.get(mine[n], 0) + 1
        return chosen

    def _diverse(self, here: np.ndarray, pins: Sequence[int], k: int) -> tuple[list[int], set[int]]:
        """Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): one after the other the article with the
        highest (1 − λ) · relevance − λ · likeness to the most alike before it. Also those that did not keep their turn.

        The relevance of the article at place p is (3 + 1) / (3 + p).
        """
        assert self.diversity is not None
        wanted, weight = k - len(pins), np.float32(self.diversity.weight)
        here = here[: min(max(_DEPTH * k, _LEAST), len(_WORTH))]
        count = len(here)
        places = np.concatenate([here, np.array(pins, dtype=np.int64)]) if pins else here
        alike = self.diversity.alike(places)
        alike *= weight
        base = ((_CONSTANT + 1) * (1 - weight)) * _WORTH[:count].astype(np.float32)
        nearest = alike[:count, count:].max(axis=1, initial=0.0) if pins else np.zeros(count, np.float32)
        codes, counts = [cap.codes.take(here) for cap in self.caps], self._counts(pins)
        known = [mine.tolist() for mine in codes]
        for cap, mine, of in zip(self.caps, codes, counts, strict=True):
            for code in [0, *of] if cap.most == 0 else of:
                if code >= 0 and of.get(code, 0) >= cap.most:
                    base[mine == code] = -np.inf
        chosen, moved, turn = list[int](), set[int](), 0
        room = np.empty(count, np.float32)
        for _ in range(min(wanted, count)):
            np.subtract(base, nearest, out=room)
            n = int(room.argmax())
            if base[n] == -np.inf:
                break
            while base[turn] == -np.inf:
                turn += 1
            if n != turn:
                moved.add(n)
            chosen.append(n)
            base[n] = -np.inf
            np.maximum(nearest, alike[n, :count], out=nearest)
            for cap, mine, each, of in zip(self.caps, codes, known, counts, strict=True):
                if (code := each[n]) >= 0:
                    of[code] = of.get(code, 0) + 1
                    if of[code] >= cap.most:
                        base[mine == code] = -np.inf
        return chosen, moved

    def _filled(self, found: Sequence[Arranged], more: np.ndarray, wanted: int) -> list[Arranged]:
        listed = [each.place for each in found]
        left = more[~np.isin(more, listed)]
        if self.allowed is not None:
            left = left[self.allowed[left]]
        chosen = self._capped(left, listed, wanted + len(listed))
        return [Arranged(int(left[n]), _NOBODY, self._touches(int(left[n]))) for n in chosen]

    def _touches_of(self, places: np.ndarray) -> list[tuple[RuleTouch, ...]]:
        """The rules that boost or bury each of some articles."""
        found: list[tuple[RuleTouch, ...]] = [()] * len(places)
        for touch, mask in self.moving:
            for n in mask.take(places).nonzero()[0].tolist():
                found[n] = (*found[n], touch)
        return found

    def _touches(self, place: int, pinned: dict[int, RuleTouch] | None = None) -> tuple[RuleTouch, ...]:
        found = tuple(touch for touch, mask in self.moving if mask[place]) if self.moving else ()
        return (pinned[place], *found) if pinned else found


def _position(candidates: np.ndarray, place: int) -> int:
    found = (candidates == place).nonzero()[0]
    return int(found[0]) if len(found) else _NOBODY
