"""The invented name and the description of a product, from the same words that its photo is drawn from."""

import numpy as np

from stylo.demo.article import Design

_FIRST_NAMES = [
    "Alva", "Astrid", "Bea", "Cleo", "Dagny", "Ebba", "Edda", "Elin", "Elsa", "Embla", "Fia", "Freja",
    "Greta", "Hedda", "Hilma", "Ida", "Inga", "Iris", "Juni", "Kaja", "Klara", "Lilja", "Linnea", "Liv",
    "Lova", "Maja", "Malva", "Märta", "Mira", "Nora", "Olga", "Pia", "Ronja", "Runa", "Saga", "Selma",
    "Sigrid", "Siri", "Smilla", "Solveig", "Stina", "Svea", "Thea", "Tilda", "Tove", "Tuva", "Vera",
    "Vilja", "Ylva", "Alfons", "Anton", "Arvid", "Axel", "Birk", "Bo", "Dag", "Edvin", "Elis", "Emil",
    "Folke", "Frej", "Gusten", "Hugo", "Ivar", "Kasper", "Leo", "Loke", "Love", "Ludde", "Malte", "Måns",
    "Nils", "Noel", "Odd", "Olle", "Otto", "Rasmus", "Rune", "Sixten", "Stellan", "Sven", "Ture", "Vidar",
    "Viggo", "Vilgot",
]  # fmt: skip
_NOUNS = {
    "Sweater": "jumper",
    "Hat/beanie": "beanie",
    "Hat/brim": "hat",
    "Cap/peaked": "cap",
    "Leggings/Tights": "leggings",
    "Swimwear bottom": "bikini bottoms",
    "T-shirt": "tee",
}
_LONG_NOUNS = {**_NOUNS, "T-shirt": "T-shirt"}

_NECKLINES = {
    "round": "a round neck",
    "v": "a V-neck",
    "scoop": "a scooped neckline",
    "square": "a square neckline",
    "turtle": "a polo neck",
    "boat": "a boat neck",
    "polo": "a collar and a short button placket",
    "shirt": "a turn-down collar",
    "band": "a grandad collar",
    "tie": "ties at the neck",
    "frill": "a frill-trimmed collar",
    "hood": "a drawstring hood",
    "lapels": "notch lapels",
    "bandeau": "a straight neckline",
}
_SLEEVES = {
    "short": "short sleeves",
    "cap": "short cap sleeves",
    "elbow": "elbow-length sleeves",
    "long": "long sleeves",
    "puff": "short puff sleeves",
    "balloon": "long balloon sleeves with narrow cuffs",
    "straps": "narrow shoulder straps",
    "none": "no sleeves",
}
_FABRICS = {
    "jersey": "soft cotton jersey",
    "rib": "ribbed jersey",
    "poplin": "crisp cotton poplin",
    "linen": "an airy linen blend",
    "flannel": "brushed cotton flannel",
    "chiffon": "crinkled chiffon",
    "viscose": "a soft viscose weave",
    "satin": "softly draping satin",
    "fine knit": "a soft fine knit",
    "rib knit": "a soft rib knit",
    "cable knit": "a cable knit containing some wool",
    "chunky knit": "a chunky, loose knit",
    "sweatshirt": "soft sweatshirt fabric",
    "twill": "cotton twill",
    "wool": "a felted wool blend",
    "leather": "imitation leather",
    "padded": "padded nylon",
    "denim": "washed denim",
    "canvas": "sturdy cotton canvas",
    "straw": "paper straw",
    "plastic": "plastic",
    "swim": "fast-drying swim fabric",
}
_ENDINGS = {
    "Sweater": "Ribbing at the cuffs and hem.",
    "Cardigan": "Buttons down the front and ribbing at the cuffs and hem.",
    "Hoodie": "Ribbing at the cuffs and hem and a soft brushed inside.",
    "Blazer": "Front pockets with a flap and a single back vent.",
    "Coat": "Side pockets and a lining.",
    "Sneakers": "Padded edge, lacing at the front and patterned soles.",
    "Boots": "Canvas linings and chunky soles.",
    "Ballerinas": "Satin insoles and rubber soles.",
    "Sunglasses": "UV-protective, tinted lenses.",
    "Hat/beanie": "Soft and warm.",
    "Leggings/Tights": "Wide waistband with elastication.",
    "Swimsuit": "Fully lined.",
    "Bikini top": "Lined, with cups that hold removable inserts.",
}
_TROUSERS = {
    "jeans": "5-pocket jeans in {fabric} with a zip fly and button",
    "chinos": "{noun} in {fabric} with side pockets and a zip fly",
    "tailored": "Tailored {noun} in {fabric} with creases down the legs",
    "joggers": "Joggers in {fabric} with an elasticated drawstring waist",
    "wide": "Wide {noun} in {fabric} with a high waist",
    "cargo": "Cargo {noun} in {fabric} with roomy pockets on the legs",
    "paper bag": "Paper bag {noun} in {fabric} with a tie belt at the waist",
}
_DETAILS = {
    "chest pocket": "A chest pocket.",
    "two pockets": "Chest pockets with a flap.",
    "frills": "Frill trims.",
    "buttons": "Buttons down the front.",
    "pockets": "Front pockets.",
    "tie belt": "Detachable tie belt at the waist.",
    "lace edge": 'Lace edging, "picot" style.',
    "slit": "Slit at the hem.",
    "gathers": "Gathers at the sides.",
}


def product_name(design: Design, rng: np.random.Generator) -> str:
    """A short name as a shop would print it: `Saga rib jumper`, `Nils chinos`."""
    first = _FIRST_NAMES[int(rng.integers(len(_FIRST_NAMES)))]
    if design.kind in ("Trousers", "Shorts"):
        noun = {"Trousers": "trousers", "Shorts": "shorts"}[design.kind]
        words = {"jeans": "jeans" if noun == "trousers" else "denim shorts", "chinos": f"chino {noun}"}
        return f"{first} {words.get(design.model, f'{design.model} {noun}')}"
    noun = (
        design.model if design.kind == "Jumpsuit/Playsuit" else _NOUNS.get(design.kind, design.kind.lower())
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
    endings = [_ENDINGS[design.kind]] if design.kind in _ENDINGS else []
    details = [_DETAILS[name] for name in sorted(design.details) if name in _DETAILS]
    return " ".join([opening[0].upper() + opening[1:] + ".", *details, *endings])


def _opening(design: Design) -> str:
    fabric = _FABRICS.get(design.fabric, "soft fabric")
    noun = _LONG_NOUNS.get(design.kind, design.kind.lower())
    if design.kind in ("Trousers", "Shorts"):
        length = " and ankle-length legs" if design.length == "ankle" else ""
        return _TROUSERS[design.model].format(noun=noun, fabric=fabric) + length
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
    shape = [words for words in (_NECKLINES.get(design.neckline), _SLEEVES.get(design.sleeve)) if words]
    return f"{fit}{before}{noun} in {fabric}" + (f" with {' and '.join(shape)}" if shape else "")
