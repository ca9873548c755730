"""Which colours, second colours and motifs an article may come in."""

from bisect import bisect
from functools import cache
from itertools import accumulate

import numpy as np

from stylo.demo.article import Design
from stylo.demo.kinds import Weights
from stylo.demo.vocabulary import COLOURS

_USUAL: Weights = {
    "Black": 20, "Dark Blue": 11, "White": 9, "Light Pink": 5, "Grey": 4, "Light Beige": 4, "Blue": 4,
    "Red": 3,
    "Light Blue": 4, "Greenish Khaki": 3, "Dark Grey": 3, "Off White": 4, "Beige": 3, "Dark Red": 2.5,
    "Dark Green": 2.5, "Light Grey": 3, "Pink": 2.5, "Yellow": 2, "Light Orange": 1.5, "Yellowish Brown": 2,
    "Dark Beige": 1.5, "Light Turquoise": 1.5, "Light Yellow": 1.3, "Dark Orange": 1.5, "Dark Pink": 1,
    "Green": 1.2, "Orange": 1, "Light Green": 1, "Dark Yellow": 1, "Light Purple": 1, "Turquoise": 0.8,
    "Purple": 0.5,
}  # fmt: skip
_DENIM: Weights = {
    "Blue": 4, "Light Blue": 3, "Dark Blue": 3, "Black": 2, "Dark Grey": 1.5, "Grey": 1, "White": 0.6,
}  # fmt: skip
_LEATHER: Weights = {
    "Black": 6, "White": 2.5, "Yellowish Brown": 3, "Beige": 2, "Dark Beige": 1.5, "Dark Blue": 1,
    "Light Pink": 1, "Dark Red": 1, "Off White": 1, "Greenish Khaki": 0.5,
}  # fmt: skip
_STRAW: Weights = {"Light Beige": 4, "Beige": 4, "Black": 1, "Yellowish Brown": 1}
_MELANGE: Weights = {
    "Grey": 4, "Light Grey": 3, "Dark Grey": 2, "Beige": 1.5, "Light Beige": 1, "Dark Blue": 1, "Pink": 0.5,
    "Greenish Khaki": 0.7, "Blue": 0.7, "Dark Red": 0.5,
}  # fmt: skip

MOTIFS = {
    "All over pattern": ("floral", "blossom", "leaves", "leopard", "brush", "geometric"),
    "Check": ("gingham", "tartan", "windowpane"),
    "Stripe": ("fine", "breton", "wide", "pinstripe"),
    "Front print": ("sun", "mountains", "word", "wave", "flower", "circles", "heart", "star"),
    "Placement print": ("flower", "heart", "star", "word", "sun"),
    "Jacquard": ("fair isle", "diamonds"),
    "Colour blocking": ("bands", "chest"),
}

# A pattern shows when its colours differ by this much in brightness.
_CONTRAST = 70


def colours_of(design: Design, appearance: str) -> Weights:
    """The colour names that a design may have in an appearance, each with its share."""
    if appearance == "Denim":
        return _DENIM
    if appearance == "Melange":
        return _MELANGE
    if design.fabric == "straw" and design.model != "bucket":
        return _STRAW
    return _LEATHER if design.fabric in ("leather", "plastic") else _USUAL


def second_colour(colour: str, appearance: str, rng: np.random.Generator) -> str:
    """The other colour of a pattern: far enough from the first in brightness to be seen."""
    return draw(_seconds(colour, appearance), rng)


@cache
def _seconds(colour: str, appearance: str) -> Weights:
    first = COLOURS[colour]
    shares = {
        name: _USUAL[name] for name, other in COLOURS.items() if abs(other.luma - first.luma) > _CONTRAST
    }
    for name in ("White", "Off White", "Black", "Dark Blue"):
        if name in shares and appearance in ("Stripe", "Dot", "Check"):
            shares[name] *= 3
    return shares


def draw(options: Weights, rng: np.random.Generator) -> str:
    """One of the names, each in proportion to its weight."""
    reach = list(accumulate(options.values()))
    return list(options)[min(bisect(reach, rng.random() * reach[-1]), len(reach) - 1)]
