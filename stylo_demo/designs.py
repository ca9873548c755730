"""What the shop's articles may look like: kinds of article, their designs, the colours that these come in.

The kinds are read from `kinds.toml`.
"""

import tomllib
from bisect import bisect
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path

import numpy as np

from stylo_demo.article import Design
from stylo_demo.vocabulary import COLOUR_WEIGHTS, COLOURS, Weights


@dataclass(frozen=True)
class Kind:
    """One product type; `kinds.toml` says what its fields mean."""

    name: str
    number: int
    group: str
    garment_group: str
    share: float
    euros: tuple[float, float]
    summer: float
    basic: float
    audiences: tuple[str, ...]
    appearances: Weights
    words: dict[str, Weights]
    details: Weights = field(default_factory=dict)
    noun: str = ""
    long_noun: str = ""
    ending: str = ""


def _kinds() -> dict[str, Kind]:
    rows = tomllib.loads(Path(__file__).with_name("kinds.toml").read_text("utf-8"))
    return {name: Kind(name, **row) for name, row in rows.items()}


KINDS = _kinds()

_FEMALE_ONLY = {"cropped", "cap", "puff", "balloon", "scoop", "boat", "square", "paper bag", "wide", "heeled"}
# A pattern shows when its colours differ by this much in brightness.
_CONTRAST = 70
_SIZES = {"girls": 0.8, "boys": 0.82}


def draw_design(kind: str, audience: str, denim: bool, rng: np.random.Generator) -> Design:
    """One design of a kind for an audience; `denim` makes it jeans, a trucker jacket, a denim skirt."""
    female = audience in ("women", "divided", "girls", "sport women")
    words = {
        name: draw(
            {word: weight for word, weight in options.items() if female or word not in _FEMALE_ONLY}, rng
        )
        for name, options in KINDS[kind].words.items()
    }
    details = {name for name, chance in KINDS[kind].details.items() if rng.random() < chance and female}
    if kind in ("T-shirt", "Shirt"):
        details = {name for name, chance in KINDS[kind].details.items() if rng.random() < chance}
    if denim:
        words |= {"fabric": "denim"}
        words |= {"model": "jeans"} if kind in ("Trousers", "Shorts") else {}
        words |= {"model": "trucker"} if kind == "Jacket" else {}
        words |= {"model": "a-line"} if kind == "Skirt" else {}
    words |= _consistent(kind, audience, words)
    width, drop, shape = (float(deviation) for deviation in rng.uniform(-1, 1, 3).round(3))
    return Design(
        kind=kind,
        details=frozenset(details),
        width=width,
        drop=drop,
        shape=shape,
        size=_SIZES.get(audience, 1.0),
        **words,
    )


def _consistent(kind: str, audience: str, words: dict[str, str]) -> dict[str, str]:
    """Words that others decide: joggers are of sweatshirt fabric, men swim in shorts."""
    model = words.get("model", "")
    if kind == "Swimwear bottom" and audience in ("men", "boys"):
        return {"model": "swim shorts", "length": "short"}
    if kind == "Jacket":
        fabrics = {"biker": "leather", "padded": "padded", "shacket": "wool", "trucker": "denim"}
        return {"fabric": fabrics.get(model, "twill")}
    if model == "joggers":
        return {"fabric": "sweatshirt"}
    if model == "wide":
        return {"fabric": "viscose"}
    if kind == "Skirt" and model == "pencil" and words["length"] == "maxi":
        return {"length": "midi"}
    if kind == "Bag" and model in ("shopper", "backpack"):
        return {"fabric": "canvas"}
    if kind == "Dress" and model == "shirt":
        return {"neckline": "shirt"}
    if kind == "Dress" and model == "wrap":
        return {"neckline": "v"}
    return {}


def colours_of(design: Design, appearance: str) -> Weights:
    """The colour names that a design may have in an appearance, each with its share."""
    if appearance == "Denim":
        return COLOUR_WEIGHTS["denim"]
    if appearance == "Melange":
        return COLOUR_WEIGHTS["melange"]
    if design.fabric == "straw" and design.model != "bucket":
        return COLOUR_WEIGHTS["straw"]
    return COLOUR_WEIGHTS["leather"] if design.fabric in ("leather", "plastic") else COLOUR_WEIGHTS["usual"]


def second_colour(colour: str, appearance: str, rng: np.random.Generator) -> str:
    """The other colour of a pattern: far enough from the first in brightness to be seen."""
    return draw(_seconds(colour, appearance), rng)


@cache
def _seconds(colour: str, appearance: str) -> Weights:
    first = COLOURS[colour]
    shares = {
        name: COLOUR_WEIGHTS["usual"][name]
        for name, other in COLOURS.items()
        if abs(other.luma - first.luma) > _CONTRAST
    }
    for name in ("White", "Off White", "Black", "Dark Blue"):
        if name in shares and appearance in ("Stripe", "Dot", "Check"):
            shares[name] *= 3
    return shares


def draw(options: Weights, rng: np.random.Generator) -> str:
    """One of the names, each in proportion to its weight."""
    reach = list(accumulate(options.values()))
    return list(options)[min(bisect(reach, rng.random() * reach[-1]), len(reach) - 1)]
