"""Garments as parts: `cut` gives a design's parts, farthest back first, in photo pixels."""

from collections.abc import Callable

from stylo.demo.article import Design
from stylo.demo.garments.accessories import scarf, socks, sunglasses
from stylo.demo.garments.bags import bag
from stylo.demo.garments.ballerinas import ballerinas
from stylo.demo.garments.boots import boots
from stylo.demo.garments.bottoms import leggings, shorts, trousers
from stylo.demo.garments.cardigans import cardigan, hoodie
from stylo.demo.garments.dresses import dress, jumpsuit, skirt
from stylo.demo.garments.headwear import beanie, cap, hat
from stylo.demo.garments.jackets import jacket
from stylo.demo.garments.parts import Part, moved
from stylo.demo.garments.shirts import blouse, shirt
from stylo.demo.garments.sneakers import sneakers
from stylo.demo.garments.swim import bikini_top, swim_bottom, swimsuit
from stylo.demo.garments.tailoring import blazer, coat
from stylo.demo.garments.tops import polo_shirt, sweater, t_shirt, top, vest_top

Cutter = Callable[[Design], list[Part]]

_CUTTERS: dict[str, Cutter] = {
    "T-shirt": t_shirt,
    "Vest top": vest_top,
    "Top": top,
    "Polo shirt": polo_shirt,
    "Sweater": sweater,
    "Shirt": shirt,
    "Blouse": blouse,
    "Cardigan": cardigan,
    "Hoodie": hoodie,
    "Jacket": jacket,
    "Coat": coat,
    "Blazer": blazer,
    "Dress": dress,
    "Jumpsuit/Playsuit": jumpsuit,
    "Skirt": skirt,
    "Trousers": trousers,
    "Leggings/Tights": leggings,
    "Shorts": shorts,
    "Sneakers": sneakers,
    "Boots": boots,
    "Ballerinas": ballerinas,
    "Bag": bag,
    "Hat/beanie": beanie,
    "Cap/peaked": cap,
    "Hat/brim": hat,
    "Scarf": scarf,
    "Sunglasses": sunglasses,
    "Socks": socks,
    "Swimsuit": swimsuit,
    "Bikini top": bikini_top,
    "Swimwear bottom": swim_bottom,
}


def cut(design: Design) -> list[Part]:
    """The parts of a design, the same for all its variants."""
    parts = _CUTTERS[design.kind](design)
    return moved(parts, 0, 10, design.size) if design.size != 1.0 else parts
