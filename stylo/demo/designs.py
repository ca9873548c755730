"""Which words a kind's design may be made of, and the drawing of one design."""

import numpy as np

from stylo.demo.article import Design
from stylo.demo.colourways import draw
from stylo.demo.kinds import Weights

Words = dict[str, Weights]

_FITS: Weights = {"slim": 1.0, "regular": 3.0, "loose": 1.0}
_LENGTHS: Weights = {"hip": 5.0, "cropped": 1.5, "long": 1.0}

WORDS: dict[str, Words] = {
    "T-shirt": {
        "neckline": {"round": 5, "v": 2, "scoop": 1},
        "sleeve": {"short": 6, "cap": 1, "elbow": 1},
        "length": _LENGTHS,
        "fit": {**_FITS, "oversized": 1},
        "fabric": {"jersey": 6, "rib": 1},
    },
    "Vest top": {
        "neckline": {"scoop": 4, "v": 2, "square": 2},
        "sleeve": {"straps": 3, "none": 3},
        "length": _LENGTHS,
        "fit": {"slim": 3, "regular": 2},
        "fabric": {"jersey": 4, "rib": 3},
    },
    "Top": {
        "neckline": {"round": 3, "turtle": 2, "v": 1, "square": 2, "boat": 2},
        "sleeve": {"long": 5, "elbow": 1, "puff": 2},
        "length": _LENGTHS,
        "fit": {"slim": 3, "regular": 2},
        "fabric": {"jersey": 3, "rib": 3},
    },
    "Polo shirt": {
        "neckline": {"polo": 1},
        "sleeve": {"short": 5, "long": 1},
        "length": {"hip": 1},
        "fit": _FITS,
    },
    "Shirt": {
        "neckline": {"shirt": 5, "band": 1},
        "sleeve": {"long": 5, "short": 2},
        "length": {"hip": 3, "long": 1},
        "fit": {**_FITS, "oversized": 0.7},
        "fabric": {"poplin": 3, "linen": 1, "flannel": 1},
    },
    "Blouse": {
        "neckline": {"v": 3, "band": 2, "round": 2, "tie": 2, "frill": 1},
        "sleeve": {"long": 3, "balloon": 3, "puff": 2, "cap": 1},
        "length": {"hip": 4, "cropped": 1},
        "fit": {"regular": 3, "loose": 2},
        "fabric": {"chiffon": 2, "viscose": 3, "satin": 1},
    },
    "Sweater": {
        "neckline": {"round": 5, "v": 2, "turtle": 2, "boat": 1},
        "sleeve": {"long": 5, "balloon": 1},
        "length": _LENGTHS,
        "fit": {**_FITS, "oversized": 1.5},
        "fabric": {"fine knit": 3, "rib knit": 2, "cable knit": 2, "chunky knit": 1},
    },
    "Cardigan": {
        "neckline": {"v": 4, "round": 2},
        "sleeve": {"long": 4, "balloon": 1},
        "length": {"hip": 4, "cropped": 2, "long": 2},
        "fit": {**_FITS, "oversized": 1},
        "fabric": {"fine knit": 3, "rib knit": 3, "chunky knit": 1},
    },
    "Hoodie": {
        "model": {"pullover": 3, "zip": 2},
        "neckline": {"hood": 1},
        "sleeve": {"long": 1},
        "length": {"hip": 5, "cropped": 1},
        "fit": {"regular": 2, "oversized": 1},
        "fabric": {"sweatshirt": 1},
    },
    "Jacket": {
        "model": {"bomber": 2, "biker": 1.5, "padded": 2, "shacket": 1.5, "trucker": 0.5},
        "sleeve": {"long": 1},
        "length": {"hip": 4, "cropped": 1},
        "fit": {"regular": 3, "oversized": 1},
        "fabric": {"twill": 1},
    },
    "Coat": {
        "model": {"single-breasted": 3, "double-breasted": 2, "wrap": 1.5},
        "neckline": {"lapels": 1},
        "sleeve": {"long": 1},
        "length": {"knee": 2, "midi": 1},
        "fit": {"regular": 2, "oversized": 1},
        "fabric": {"wool": 1},
    },
    "Blazer": {
        "model": {"single-breasted": 3, "double-breasted": 1},
        "neckline": {"lapels": 1},
        "sleeve": {"long": 1},
        "length": {"hip": 1},
        "fit": _FITS,
        "fabric": {"twill": 1},
    },
    "Dress": {
        "model": {"a-line": 3, "fitted": 2, "straight": 2, "tiered": 2, "shirt": 1, "wrap": 1.5},
        "neckline": {"round": 3, "v": 3, "square": 1.5, "scoop": 1},
        "sleeve": {"short": 2, "long": 1.5, "none": 1, "straps": 2, "puff": 1.5, "balloon": 1},
        "length": {"short": 3, "knee": 2, "midi": 2, "maxi": 1},
        "fabric": {"viscose": 3, "jersey": 2, "satin": 1, "chiffon": 1},
    },
    "Jumpsuit/Playsuit": {
        "model": {"jumpsuit": 2, "playsuit": 1},
        "neckline": {"v": 2, "round": 1, "square": 1},
        "sleeve": {"straps": 2, "short": 2, "none": 1},
        "fit": {"regular": 1, "loose": 1},
        "fabric": {"viscose": 2, "linen": 1},
    },
    "Trousers": {
        "model": {"chinos": 2, "tailored": 2, "joggers": 2, "wide": 1.5, "cargo": 1, "paper bag": 0.7},
        "length": {"long": 4, "ankle": 2},
        "fit": {"slim": 2, "regular": 2, "loose": 1},
        "fabric": {"twill": 1},
    },
    "Leggings/Tights": {"length": {"long": 3, "ankle": 2, "cropped": 1}, "fit": {"slim": 1}},
    "Shorts": {
        "model": {"chinos": 2, "tailored": 1, "joggers": 2, "paper bag": 0.7},
        "length": {"short": 3, "knee": 1.5},
        "fit": {"regular": 2, "loose": 1},
        "fabric": {"twill": 1},
    },
    "Skirt": {
        "model": {"a-line": 3, "pencil": 2, "pleated": 2, "tiered": 1.5, "wrap": 1.5},
        "length": {"short": 2, "knee": 2, "midi": 2, "maxi": 1},
        "fabric": {"viscose": 2, "twill": 2, "satin": 1},
    },
    "Sneakers": {"model": {"court": 3, "runner": 2, "high-top": 1.5, "slip-on": 1}, "fabric": {"leather": 1}},
    "Boots": {"model": {"chelsea": 3, "lace-up": 2, "heeled": 2, "knee-high": 1}, "fabric": {"leather": 1}},
    "Ballerinas": {"model": {"bow": 2, "strap": 1, "pointed": 1}, "fabric": {"leather": 1}},
    "Bag": {"model": {"shopper": 3, "shoulder": 3, "backpack": 2, "crossbody": 2}, "fabric": {"leather": 1}},
    "Hat/beanie": {
        "model": {"turn-up": 3, "pompom": 2, "slouchy": 1},
        "fabric": {"rib knit": 2, "cable knit": 1},
    },
    "Cap/peaked": {"fabric": {"twill": 1}},
    "Hat/brim": {"model": {"straw": 2, "fedora": 1, "bucket": 1}, "fabric": {"straw": 1}},
    "Scarf": {"model": {"folded": 2, "looped": 1, "tube": 1}, "fabric": {"fine knit": 2, "wool": 2}},
    "Sunglasses": {"model": {"round": 1, "square": 2, "cat-eye": 1}, "fabric": {"plastic": 1}},
    "Socks": {"model": {"crew": 3, "ankle": 2, "knee": 1}, "fabric": {"fine knit": 1}},
    "Swimsuit": {
        "neckline": {"v": 2, "scoop": 2, "square": 1, "bandeau": 1},
        "sleeve": {"straps": 1},
        "fabric": {"swim": 1},
    },
    "Bikini top": {"model": {"triangle": 2, "crop": 2, "bandeau": 1}, "fabric": {"swim": 1}},
    "Swimwear bottom": {"model": {"brief": 2, "high waist": 1, "tie": 1}, "fabric": {"swim": 1}},
}

_FEMALE_ONLY = {"cropped", "cap", "puff", "balloon", "scoop", "boat", "square", "paper bag", "wide", "heeled"}

_DETAILS: dict[str, Weights] = {
    "T-shirt": {"chest pocket": 0.18},
    "Shirt": {"chest pocket": 0.5, "two pockets": 0.2},
    "Blouse": {"frills": 0.25, "buttons": 0.4},
    "Cardigan": {"pockets": 0.35},
    "Dress": {"tie belt": 0.3, "buttons": 0.25, "frills": 0.15},
    "Jumpsuit/Playsuit": {"tie belt": 0.6, "buttons": 0.3},
    "Top": {"buttons": 0.2},
    "Vest top": {"lace edge": 0.15, "buttons": 0.15},
    "Skirt": {"buttons": 0.25, "slit": 0.25, "tie belt": 0.15},
    "Swimsuit": {"tie belt": 0.15, "gathers": 0.3},
}

_SIZES = {"girls": 0.8, "boys": 0.82}


def draw_design(kind: str, audience: str, denim: bool, rng: np.random.Generator) -> Design:
    """One design of a kind for an audience; `denim` makes it jeans, a trucker jacket, a denim skirt."""
    female = audience in ("women", "divided", "girls", "sport women")
    words = {
        name: draw(
            {word: weight for word, weight in options.items() if female or word not in _FEMALE_ONLY}, rng
        )
        for name, options in WORDS[kind].items()
    }
    details = {name for name, chance in _DETAILS.get(kind, {}).items() if rng.random() < chance and female}
    if kind in ("T-shirt", "Shirt"):
        details = {name for name, chance in _DETAILS[kind].items() if rng.random() < chance}
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
