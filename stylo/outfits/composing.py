"""An outfit put together: one article for each slot, others that could take its place, within what it may cost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from stylo.errors import BadOption
from stylo.outfits.model import OutfitModel
from stylo.outfits.slots import BOTTOM, DRESS, EXCLUDES, SLOTS, TOP, audience_name

# An article that was chosen for another slot counts for so much of a given one.
_CHOSEN = 0.25
# The best of a slot that are looked at where the price is limited, and the cheapest of its shortlist.
_BEST, _CHEAPEST = 60, 10
# Slots in the order in which they are given up where the price does not allow all of them.
_GIVEN_UP = tuple(
    SLOTS.index(name) for name in ("accessory", "bag", "outerwear", "shoes", "bottom", "top", "dress")
)
# Sums of prices are off by so much: what costs 30.00 may cost 30.00.
_ROUNDED = 1e-6
NOTHING_FITS, TOO_DEAR = "nothing fits", "too dear"


@dataclass(frozen=True)
class OutfitQuery:
    """What an outfit shall be.

    given : the row that it is put together around.
    locked : rows that stay in it.
    without : slots that stay empty.
    alternatives : how many others are shown for each slot.
    max_price : what all of it may cost together, the given and the locked articles included; None for any price.
    passes : bool (n,), which rows may be chosen; None for all.
    """

    given: int
    locked: Sequence[int] = ()
    without: Collection[int] = ()
    alternatives: int = 3
    max_price: float | None = None
    passes: np.ndarray | None = None


@dataclass(frozen=True)
class FilledSlot:
    """A slot with the article that was chosen for it, and others that fit in its place, the best first.

    score, scores : how well they go with the given and the locked articles.
    """

    slot: int
    row: int
    score: float
    locked: bool = False
    others: list[int] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Outfit:
    """slots : in the order of SLOTS, without that of the given article.

    left_out : slots that stayed empty, and why: NOTHING_FITS or TOO_DEAR.
    price : of all of it; None where something has no price.
    """

    slots: list[FilledSlot]
    left_out: dict[int, str]
    price: float | None


def compose(model: OutfitModel, prices: np.ndarray, asked: OutfitQuery) -> Outfit:
    """An outfit around an article. The same request gives the same outfit.

    prices : float (n,), by row, NaN where a price is not known; such an article is not chosen where the price is
        limited.

    Raises BadOption where what is given contradicts itself, in words for whoever asked.
    """
    kept = [asked.given, *asked.locked]
    audience = _check(model, prices, asked)
    taken = {int(model.slot[row]): row for row in kept}
    spent = float(np.nansum(prices[kept]))
    passes, room = asked.passes, np.inf
    if asked.max_price is not None:
        room = asked.max_price - spent + _ROUNDED
        priced = ~np.isnan(prices)
        passes = priced if passes is None else passes & priced
    wanted = _slots(model, asked, taken, audience, passes)
    lists = best_of_slots(model, wanted, kept, audience, passes, None if room == np.inf else prices)
    left_out = {slot: NOTHING_FITS for slot in wanted if not len(lists[slot][0])}
    lists = {slot: each for slot, each in lists.items() if slot not in left_out}
    lists = _for_the_same(model, lists, audience)
    chosen, dropped = _within(lists, prices, room)
    left_out |= dict.fromkeys(dropped, TOO_DEAR)
    room -= sum(prices[row] for row in chosen.values()) if asked.max_price is not None else 0
    filled = [_locked(model, asked, row) for row in asked.locked]
    filled += [
        _filled(model, prices, lists[slot], slot, row, room, asked.alternatives)
        for slot, row in chosen.items()
    ]
    total = float(np.sum(prices[[*kept, *chosen.values()]]))
    return Outfit(
        sorted(filled, key=lambda each: each.slot),
        dict(sorted(left_out.items())),
        None if np.isnan(total) else total,
    )


def best_of_slots(
    model: OutfitModel,
    slots: Sequence[int],
    given: Sequence[int],
    audience: int,
    passes: np.ndarray | None = None,
    prices: np.ndarray | None = None,
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """For each slot its rows and their scores, the best first: one of each product, none of a given one's.

    prices : float (n,), by row, where they are limited: the cheapest of each slot are among its rows.

    The first of each slot is chosen for it: whom it is made for narrows down the next, and it counts for a quarter of a
    given article there.
    """
    chosen: list[int] = []
    found: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for slot in slots:
        found[slot] = ranked(model, slot, given, audience, passes, chosen, prices)
        if len(rows := found[slot][0]):
            chosen.append(int(rows[0]))
            audience &= int(model.audience[rows[0]])
    return found


def ranked(
    model: OutfitModel,
    slot: int,
    given: Sequence[int],
    audience: int,
    passes: np.ndarray | None = None,
    beside: Sequence[int] = (),
    prices: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """One slot of `best_of_slots`.

    beside : rows that count less than the given ones: those chosen for other slots.
    """
    rows = model.shortlist(slot, given, audience, passes)
    if prices is not None:
        fits = model.fitting(slot, audience, passes)
        if len(fits) > len(rows):  # else they are all there
            rows = np.union1d(rows, fits[np.argpartition(prices[fits], _CHEAPEST)[:_CHEAPEST]])
    rows = rows[~np.isin(model.product[rows], model.product[list(given)])]
    share = 1 / (len(given) + _CHOSEN * len(beside))
    shares = [*[share] * len(given), *[_CHOSEN * share] * len(beside)]
    score = model.score([*given, *beside], shares, rows)
    order = np.lexsort((rows, -score))
    _, first = np.unique(model.product[rows[order]], return_index=True)
    order = order[np.sort(first)]
    return rows[order], score[order]


def _for_the_same(
    model: OutfitModel, lists: dict[int, tuple[np.ndarray, np.ndarray]], audience: int
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Of each slot what is made for everybody for whom the first of all slots are.

    So whichever of a slot is worn, with whichever of the others, is for the same people.
    """
    for rows, _ in lists.values():
        audience &= int(model.audience[rows[0]])
    fits = {slot: (model.audience[rows] & audience) == audience for slot, (rows, _) in lists.items()}
    return {slot: (rows[fits[slot]], score[fits[slot]]) for slot, (rows, score) in lists.items()}


def _check(model: OutfitModel, prices: np.ndarray, asked: OutfitQuery) -> int:
    """Whom all that is given is made for. Raises BadOption where it cannot be one outfit."""
    slots: dict[int, int] = {}
    audience = 0xFF
    for row in (asked.given, *asked.locked):
        slot = int(model.slot[row])
        if slot in slots:
            raise BadOption(f"Two articles for one slot: {SLOTS[slot]}.", cure="Give one article a slot.")
        for other in EXCLUDES.get(slot, ()):
            if other in slots:
                raise BadOption(
                    f"A {SLOTS[DRESS]} takes the place of a top and a bottom.", cure="Lock one or the other."
                )
        if not audience & int(model.audience[row]):
            raise BadOption(
                f"One outfit is not for {audience_name(audience)} and {audience_name(int(model.audience[row]))}.",
                cure="Lock articles that are made for the same people.",
            )
        if row != asked.given and slot in asked.without:
            raise BadOption(
                f"An article is locked for a slot that stays empty: {SLOTS[slot]}.",
                cure="Ask for one or the other.",
            )
        slots[slot] = row
        audience &= int(model.audience[row])
    if asked.max_price is not None:
        spent = float(np.nansum(prices[list(slots.values())]))
        if spent > asked.max_price + _ROUNDED:
            raise BadOption(
                f"What is given costs {spent:,.2f} alone, and all of it may cost {asked.max_price:,.2f}.",
                cure="Raise max_price: it counts the whole outfit.",
            )
    return audience


def _slots(
    model: OutfitModel,
    asked: OutfitQuery,
    taken: Collection[int],
    audience: int,
    passes: np.ndarray | None,
) -> list[int]:
    """Those to be filled: a dress or a top and a bottom, as it is combined more often and can be."""
    out = {*asked.without, *taken, *(other for slot in taken for other in EXCLUDES.get(slot, ()))}
    if out.isdisjoint((TOP, BOTTOM, DRESS)):
        share = model.beside[model.codes[0][asked.given]]
        there = [len(model.fitting(slot, audience, passes)) > 0 for slot in (TOP, BOTTOM, DRESS)]
        usual = share[DRESS] > share[TOP] * share[BOTTOM]
        dressed = there[2] and (usual or not (there[0] and there[1]))
        out |= {TOP, BOTTOM} if dressed else {DRESS}
    elif DRESS not in out and not {TOP, BOTTOM} <= out:
        out.add(DRESS)  # one of the two was asked to be left out, not both
    return [slot for slot in range(len(SLOTS)) if slot not in out]


def _within(
    lists: dict[int, tuple[np.ndarray, np.ndarray]], prices: np.ndarray, room: float
) -> tuple[dict[int, int], list[int]]:
    """One row for each slot, of the highest scores in total that can be paid; and slots that were given up for that.

    By a price on money (Lagrange's multiplier), found by bisection, and then whatever better article the rest pays for.
    """
    if room == np.inf:
        return {slot: int(rows[0]) for slot, (rows, _) in lists.items()}, []
    few, dropped = {}, []
    for slot, (rows, score) in lists.items():
        cheap = np.argsort(prices[rows], kind="stable")[:_CHEAPEST]
        some = np.union1d(np.arange(min(_BEST, len(rows))), cheap)
        few[slot] = (rows[some], score[some], prices[rows[some]])
    for slot in _GIVEN_UP:
        if sum(float(price.min()) for _, _, price in few.values()) <= room:
            break
        if slot in few:
            del few[slot]
            dropped.append(slot)

    def pick(worth: float) -> dict[int, int]:
        return {slot: int(np.argmax(score - worth * price)) for slot, (_, score, price) in few.items()}

    def cost(places: dict[int, int]) -> float:
        return sum(float(few[slot][2][place]) for slot, place in places.items())

    places = pick(0.0)
    if cost(places) > room:
        low, high = 0.0, 1.0
        while cost(pick(high)) > room and high < 1e12:
            high *= 2
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (low, middle) if cost(pick(middle)) <= room else (middle, high)
        places = pick(high)
        if cost(places) > room:  # equal scores: the cheapest of all
            places = {slot: int(np.argmin(price)) for slot, (_, _, price) in few.items()}
        for slot, (_, score, price) in few.items():
            left = room - cost(places) + float(price[places[slot]])
            places[slot] = int(np.argmax(np.where(price <= left, score, -np.inf)))
    return {slot: int(few[slot][0][place]) for slot, place in places.items()}, dropped


def _locked(model: OutfitModel, asked: OutfitQuery, row: int) -> FilledSlot:
    score = float(model.score([asked.given], [1.0], np.array([row]))[0])
    return FilledSlot(int(model.slot[row]), row, score, locked=True)


def _filled(
    model: OutfitModel,
    prices: np.ndarray,
    listed: tuple[np.ndarray, np.ndarray],
    slot: int,
    row: int,
    room: float,
    alternatives: int,
) -> FilledSlot:
    """room : what could be paid beyond the chosen article's price."""
    rows, score = listed
    mine = int(np.flatnonzero(rows == row)[0])
    fits = rows != row
    if room != np.inf:
        fits &= prices[rows] <= prices[row] + room
    places = np.flatnonzero(fits)[:alternatives]
    return FilledSlot(slot, row, float(score[mine]), False, rows[places].tolist(), score[places].tolist())
