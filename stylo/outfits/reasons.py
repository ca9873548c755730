"""Why an article is in an outfit: what of the score says most for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stylo.outfits.model import (
    FEATURES,
    LIFT,
    LOOK,
    POPULARITY,
    PRODUCT_LIFT,
    PRODUCT_TOGETHER,
    SEASON,
    TOGETHER,
    WORDS,
    OutfitModel,
)

#: Kinds of reasons; a value beside a kind is a count of baskets, or how many times as often as by chance.
VARIANTS, COLOURS, TYPES, STYLE, PATTERNS, PRICES = (
    "variants",
    "colours",
    "types",
    "style",
    "patterns",
    "prices",
)
KINDS = (TOGETHER, VARIANTS, COLOURS, TYPES, STYLE, PATTERNS, PRICES, SEASON, WORDS, LOOK, POPULARITY)
_FEATURES_OF: dict[str, tuple[str, ...]] = {
    TOGETHER: (TOGETHER, LIFT),
    VARIANTS: (PRODUCT_TOGETHER, PRODUCT_LIFT),
    COLOURS: ("colour_group_name", "perceived_colour_master_name", "perceived_colour_value_name"),
    TYPES: ("product_type_name", "garment_group_name"),
    STYLE: ("department_no", "section_name", "index_name"),
    PATTERNS: ("graphical_appearance_name",),
    PRICES: ("price",),
    SEASON: (SEASON,),
    WORDS: (WORDS,),
    LOOK: (LOOK,),
    POPULARITY: (POPULARITY,),
}
# What a kind is quoted with: the first attribute of each.
_QUOTED = {
    COLOURS: "colour_group_name",
    TYPES: "product_type_name",
    PATTERNS: "graphical_appearance_name",
    STYLE: "section_name",
}
_COUNTED = (TOGETHER, VARIANTS)
_SHOWN = 3
# Less than this added to the score says nothing; nor does something combined less than 1.1 times as often as by chance.
_LEAST, _LEAST_TIMES = 0.05, 1.1
_BEST = 200


@dataclass(frozen=True)
class OutfitReason:
    """kind : one of KINDS.

    value : baskets for `together` and `variants`, times chance for `colours`, `types`, `patterns`
        and `style` (sections), else None.
    added : to the score, more than the usual article of the slot gets.
    """

    kind: str
    value: float | None
    added: float


def reasons(model: OutfitModel, given: int, rows: Sequence[int]) -> list[list[OutfitReason]]:
    """For each of some rows of one slot at most three, what says most first; those of baskets before all others.

    What is said is what tells an article from the usual one: the middle of the two hundred that sell best of its slot.
    """
    if not len(rows):
        return []
    mine = model.of_slot[int(model.slot[rows[0]])]
    best = mine[np.argsort(-model.popularity[mine], kind="stable")[:_BEST]]
    features = model.features(given, np.array(rows, dtype=np.int64))
    usual = (
        np.median(model.features(given, best), axis=1) if len(best) else np.zeros(len(FEATURES), np.float32)
    )
    added = model.weights[:, None] * (features - usual[:, None])
    return [_reasons(features[:, place], added[:, place]) for place in range(len(rows))]


def _reasons(features: np.ndarray, added: np.ndarray) -> list[OutfitReason]:
    place = {name: number for number, name in enumerate(FEATURES)}
    found = []
    for kind, names in _FEATURES_OF.items():
        more = float(sum(added[place[name]] for name in names))
        value: float | None = None
        if kind in _COUNTED:
            value = round(float(np.expm1(features[place[names[0]]])))
            if not value:
                continue
        elif kind in _QUOTED:
            value = round(float(np.exp(features[place[_QUOTED[kind]]])), 2)
            if value < _LEAST_TIMES:
                continue
        if kind in _COUNTED or more >= _LEAST:
            found.append(OutfitReason(kind, value, more))
    # Where both were bought together, their variants' baskets say nothing new.
    if any(each.kind == TOGETHER for each in found):
        found = [each for each in found if each.kind != VARIANTS]
    found.sort(key=lambda each: (each.kind not in _COUNTED, -each.added))
    return found[:_SHOWN]


def sentence(reason: OutfitReason, mine: dict[str, str], other: dict[str, str]) -> str:
    """A reason in words, for a person.

    mine, other : `colour`, `type`, `pattern` and `section` of the given article and of the one beside it.
    """
    if reason.kind == TOGETHER:
        return f"Bought together {_times(reason.value)}."
    if reason.kind == VARIANTS:
        return f"Other colours of the two were bought together {_times(reason.value)}."
    if reason.kind in _QUOTED:
        what = {COLOURS: "colour", TYPES: "type", PATTERNS: "pattern", STYLE: "section"}[reason.kind]
        one, two = mine.get(what) or "this", other.get(what) or "that"
        two = two if reason.kind == STYLE else two.lower()
        return f"{one} with {two}: combined {reason.value:.1f} times as often as by chance."
    return {
        PRICES: "Shoppers combine these prices.",
        SEASON: "Sells in the same months.",
        WORDS: "Described in like words.",
        LOOK: "The photos go together.",
        POPULARITY: "Sells well.",
    }[reason.kind]


def _times(value: float | None) -> str:
    count = int(value or 0)
    return "once" if count == 1 else f"{count:,} times"
