"""For whom an article is made, and where in H&M's hierarchy it therefore stands."""

from stylo.demo.kinds import Kind

AUDIENCES = ("women", "divided", "men", "girls", "boys", "sport women", "sport men")

_ADULT_INDEX = {"women": "Ladieswear", "divided": "Divided", "men": "Menswear"}
_SMALL = ("Hat/beanie", "Cap/peaked", "Sunglasses")
_DEPARTMENT_SUFFIX = {
    "women": "",
    "divided": " DS",
    "men": " Men",
    "girls": " Girl",
    "boys": " Boy",
    "sport women": " Sport Ladies",
    "sport men": " Sport Men",
}
_DRESSED = {
    "women": (
        ("Womens Everyday Collection", 5.0),
        ("Womens Casual", 2.0),
        ("Womens Trend", 2.0),
        ("Womens Premium", 1.0),
    ),
    "divided": (("Divided Collection", 5.0), ("Divided Projects", 2.0)),
    "men": (("Contemporary Casual", 3.0), ("Contemporary Smart", 3.0), ("Contemporary Street", 2.0)),
}


def index_of(kind: Kind, audience: str, young: bool) -> str:
    """The index_name of a kind made for an audience; `young` is the larger of the two children's sizes."""
    if audience.startswith("sport"):
        return "Sport"
    if audience in ("girls", "boys"):
        if kind.group in ("Shoes", "Accessories", "Swimwear"):
            return "Children Accessories, Swimwear"
        return "Children Sizes 134-170" if young else "Children Sizes 92-140"
    if audience == "women" and kind.group in ("Swimwear", "Socks & Tights"):
        return "Lingeries/Tights"
    if audience == "women" and kind.group in ("Shoes", "Accessories"):
        return "Ladies Accessories"
    return _ADULT_INDEX[audience]


def sections_of(
    kind: Kind, audience: str, young: bool, basic: bool, denim: bool
) -> tuple[tuple[str, float], ...]:
    """The section_names that may hold such an article, each with its weight."""
    if audience == "sport women":
        return (("Ladies H&M Sport", 1.0),)
    if audience == "sport men":
        return (("Men H&M Sport", 1.0),)
    if audience in ("girls", "boys"):
        return ((_childrens(kind, audience, young), 1.0),)
    return _special(kind, audience, basic, denim) or _DRESSED[audience]


def _childrens(kind: Kind, audience: str, young: bool) -> str:
    if kind.group == "Shoes":
        return "Kids & Baby Shoes"
    if kind.group in ("Accessories", "Swimwear"):
        return "Kids Accessories, Swimwear & D"
    if kind.garment_group == "Outdoor":
        return "Kids Outerwear"
    child = "Girl" if audience == "girls" else "Boy"
    return f"Young {child}" if young else f"Kids {child}"


def _special(kind: Kind, audience: str, basic: bool, denim: bool) -> tuple[tuple[str, float], ...]:
    """The one section that a kind, a basic or denim has of its own, if it has one."""
    names = {
        "women": {
            "Shoes": "Womens Shoes",
            "Swimwear": "Womens Swimwear, beachwear",
            "Socks & Tights": "Womens Nightwear, Socks & Tigh",
            "Accessories": "Womens Small accessories" if kind.name in _SMALL else "Womens Big accessories",
            "Outdoor": "Womens Jackets",
            "Dressed": "Womens Tailoring",
            "denim": "Ladies Denim",
            "basic": "Womens Everyday Basics",
        },
        "divided": {
            "Shoes": "Divided Accessories",
            "Accessories": "Divided Accessories",
            "basic": "Divided Basics",
        },
        "men": {
            "Shoes": "Men Shoes",
            "Socks & Tights": "Men Underwear",
            "Accessories": "Men Accessories",
            "Outdoor": "Mens Outerwear",
            "Dressed": "Men Suits & Tailoring",
            "denim": "Denim Men",
        },
    }[audience]
    for key, holds in (
        (kind.group, True),
        (kind.garment_group, True),
        ("denim", denim),
        ("basic", basic),
    ):
        if holds and key in names:
            return ((names[key], 1.0),)
    return ()


def garment_group_of(kind: Kind, audience: str, basic: bool, denim: bool) -> str:
    """The garment_group_name of a kind made for an audience."""
    if denim and kind.name == "Trousers":
        return "Trousers Denim"
    if kind.garment_group == "Jersey Fancy" and basic:
        return "Jersey Basic"
    if kind.name == "Shirt" and audience == "women":
        return "Blouses"
    if audience == "girls" and kind.name in ("Dress", "Skirt", "Jumpsuit/Playsuit"):
        return "Dresses/Skirts girls"
    return kind.garment_group


def department_of(garment_group: str, audience: str) -> str:
    """The department_name: a garment group of one audience."""
    return garment_group + _DEPARTMENT_SUFFIX[audience]


DEPARTMENT_SUFFIXES = tuple(_DEPARTMENT_SUFFIX.values())
