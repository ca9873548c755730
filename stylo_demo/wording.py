"""The invented name and the description of a product, from the same words that its photo is drawn from."""

import tomllib
from pathlib import Path

import numpy as np

from stylo_demo.article import Design
from stylo_demo.designs import KINDS

_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def product_name(design: Design, rng: np.random.Generator) -> str:
    """A short name as a shop would print it: `Saga rib jumper`, `Nils chinos`."""
    first = _WORDS["first_names"][int(rng.integers(len(_WORDS["first_names"])))]
    if design.kind in ("Trousers", "Shorts"):
        noun = {"Trousers": "trousers", "Shorts": "shorts"}[design.kind]
        words = {"jeans": "jeans" if noun == "trousers" else "denim shorts", "chinos": f"chino {noun}"}
        return f"{first} {words.get(design.model, f'{design.model} {noun}')}"
    noun = (
        design.model
        if design.kind == "Jumpsuit/Playsuit"
        else (KINDS[design.kind].noun or design.kind.lower())
    )
    if design.model == "swim shorts":
        return f"{first} swim shorts"
    adjective = {
        "rib": "rib ",
        "rib knit": "rib ",
        "cable knit": "cable ",
        "linen": "linen ",
        "satin": "satin ",
    }
    size = {"cropped": "cropped ", "maxi": "maxi ", "midi": "midi "}
    extra = adjective.get(design.fabric, "") or size.get(design.length, "")
    if design.kind in ("Bag", "Boots", "Sneakers") and rng.random() < 0.5:
        extra = f"{design.model} "
    return f"{first} {extra}{noun}"


def product_description(design: Design) -> str:
    """What is drawn, told as a shop does; sentences end in full stops."""
    opening = _opening(design)
    endings = [KINDS[design.kind].ending] if KINDS[design.kind].ending else []
    details = [_WORDS["details"][name] for name in sorted(design.details) if name in _WORDS["details"]]
    return " ".join([opening[0].upper() + opening[1:] + ".", *details, *endings])


def _opening(design: Design) -> str:
    fabric = _WORDS["fabrics"].get(design.fabric, "soft fabric")
    noun = KINDS[design.kind].long_noun or KINDS[design.kind].noun or design.kind.lower()
    if design.kind in ("Trousers", "Shorts"):
        length = " and ankle-length legs" if design.length == "ankle" else ""
        return _WORDS["trousers"][design.model].format(noun=noun, fabric=fabric) + length
    if design.model == "swim shorts":
        return f"Swim shorts in {fabric} with an elasticated drawstring waist and side pockets"
    if design.kind == "Jumpsuit/Playsuit":
        noun = design.model
    elif design.model and design.kind not in ("Swimwear bottom",):
        noun = f"{design.model} {noun}"
    lengths = {
        "cropped": "short ",
        "long": "long ",
        "maxi": "ankle-length ",
        "midi": "calf-length ",
        "knee": "knee-length ",
    }
    before = lengths.get(design.length, "") if design.kind not in ("Leggings/Tights",) else ""
    fit = {"oversized": "oversized ", "slim": "fitted ", "loose": "loose-fitting "}.get(design.fit, "")
    shape = [
        words
        for words in (_WORDS["necklines"].get(design.neckline), _WORDS["sleeves"].get(design.sleeve))
        if words
    ]
    return f"{fit}{before}{noun} in {fabric}" + (f" with {' and '.join(shape)}" if shape else "")
