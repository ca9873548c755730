"""For whom an article is made, and where in H&M's hierarchy it therefore stands: the rules for `vocabulary.toml`."""

from stylo_demo.designs import Kind
from stylo_demo.vocabulary import AUDIENCE_FACTS, Weights

AUDIENCES = tuple(AUDIENCE_FACTS)
DEPARTMENT_SUFFIXES = tuple(str(facts["department"]) for facts in AUDIENCE_FACTS.values())
_SMALL = ("Hat/beanie", "Cap/peaked", "Sunglasses")


def index_of(kind: Kind, audience: str, young: bool) -> str:
    """The index_name of a kind made for an audience; `young` is the larger of the two children's sizes."""
    if audience in ("girls", "boys"):
        if kind.group in ("Shoes", "Accessories", "Swimwear"):
            return "Children Accessories, Swimwear"
        return "Children Sizes 134-170" if young else "Children Sizes 92-140"
    if audience == "women" and kind.group in ("Swimwear", "Socks & Tights"):
        return "Lingeries/Tights"
    if audience == "women" and kind.group in ("Shoes", "Accessories"):
        return "Ladies Accessories"
    return str(AUDIENCE_FACTS[audience]["index"])


def sections_of(kind: Kind, audience: str, young: bool, basic: bool, denim: bool) -> Weights:
    """The section_names that may hold such an article, each with its weight."""
    if audience in ("girls", "boys"):
        return {_childrens(kind, audience, young): 1.0}
    own: dict[str, str] = AUDIENCE_FACTS[audience]["own"]
    if kind.name in _SMALL and "small" in own:
        return {own["small"]: 1.0}
    for key, holds in ((kind.group, True), (kind.garment_group, True), ("denim", denim), ("basic", basic)):
        if holds and key in own:
            return {own[key]: 1.0}
    dressed: Weights = AUDIENCE_FACTS[audience]["dressed"]
    return dressed


def _childrens(kind: Kind, audience: str, young: bool) -> str:
    if kind.group == "Shoes":
        return "Kids & Baby Shoes"
    if kind.group in ("Accessories", "Swimwear"):
        return "Kids Accessories, Swimwear & D"
    if kind.garment_group == "Outdoor":
        return "Kids Outerwear"
    child = "Girl" if audience == "girls" else "Boy"
    return f"Young {child}" if young else f"Kids {child}"


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
    return garment_group + str(AUDIENCE_FACTS[audience]["department"])
