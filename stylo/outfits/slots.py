"""Where on a person an article is worn, and whom it is made for: read off the words of its type, group and section.

Nothing here is learned. A shop with other names than H&M's is read by the same English words; what no word tells has no
slot, and is made for any adult.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import numpy as np
import polars as pl

#: The slots of an outfit, from the body outwards; the number of a slot is its place here, −1 is none.
SLOTS = ("top", "bottom", "dress", "outerwear", "shoes", "bag", "accessory")
TOP, BOTTOM, DRESS, OUTERWEAR, SHOES, BAG, ACCESSORY = range(len(SLOTS))
#: Slots that cannot be filled beside a slot: a dress is worn instead of a top and a bottom.
EXCLUDES: dict[int, tuple[int, ...]] = {DRESS: (TOP, BOTTOM), TOP: (DRESS,), BOTTOM: (DRESS,)}

#: Whom an article is made for; it may be several.
WOMEN, MEN, GIRLS, BOYS, BABIES = 1, 2, 4, 8, 16
ADULTS, CHILDREN = WOMEN | MEN, GIRLS | BOYS
_AUDIENCE_NAMES = {WOMEN: "women", MEN: "men", GIRLS: "girls", BOYS: "boys", BABIES: "babies"}


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What is worn beneath, at night, in water or not at all; one such word decides.
_NO_SLOT = _words_of("""
    sock stocking underwear underdress bra bralette brief boxer panty thong lingerie corset nipple
    pyjama pajama nightwear nightgown night robe sleep sleeping sleepwear loungewear long-john
    swimwear swimsuit swim swimming bathing bathrobe bikini sarong
    toy fun costume bib dog pet gift giftbox waterbottle bottle case keychain earphone
    cosmetic beauty perfume furniture side-table interior home towel blanket cushion stationery pen
    care stain sewing zipper washing mist
    """)
_WORDS: dict[int, str] = {
    TOP: """top upper shirt tshirt tee blouse sweater jumper pullover hoodie sweatshirt cardigan vest bodysuit polo
        tunic tank camisole knit knitwear waistcoat jersey""",
    BOTTOM: "bottom lower trouser pant jean short skirt legging jogger chino culotte sweatpant",
    DRESS: "dress dresse full jumpsuit playsuit dungaree romper gown onesie",
    OUTERWEAR: """jacket coat blazer parka anorak trench raincoat windbreaker cape poncho outerwear overcoat overall
        gilet snowsuit fleece bomber""",
    SHOES: """shoe footwear sneaker trainer boot bootie sandal ballerina slipper pump heel wedge flop moccasin loafer
        mule espadrille pre-walker brogue clog oxford""",
    BAG: "bag backpack bumbag tote clutch handbag rucksack purse satchel",
    ACCESSORY: """accessory accessorie hat beanie cap scarf scarve glove mitten belt tie necklace earring bracelet ring
        watch watche sunglasse eyeglasse glasse umbrella wallet headband hairband jewellery jewelry brooch shawl
        suspender brace""",
}
_SLOT_OF_WORD = {word: slot for slot, words in _WORDS.items() for word in words.split()}
# Two words that mean another thing together.
_TOGETHER = {
    ("t", "shirt"): "tshirt",
    ("long", "john"): "long-john",
    ("side", "table"): "side-table",
    ("pre", "walker"): "pre-walker",
    ("outdoor", "waistcoat"): "gilet",
    ("flip", "flop"): "flop",
}
_UNKNOWN = (None, "", "Unknown")

_WOMEN_WORDS = _words_of("women woman womenswear lady ladie ladieswear mama maternity female her lingerie")
_MEN_WORDS = _words_of("men man menswear male gentleman gentlemen him")
_GIRL_WORDS, _BOY_WORDS = frozenset({"girl", "girlswear"}), frozenset({"boy", "boyswear"})
_CHILD_WORDS = _words_of("kid child children childrenswear kidswear junior teen youth toddler")
_BABY_WORDS = _words_of("baby babie newborn infant")
# H&M's line for young women names nobody.
_YOUNG_WOMEN = "divided"


def slots_of(articles: pl.DataFrame) -> np.ndarray:
    """int8 (n,), of rows of articles.parquet: the slot of each article, −1 for what no outfit has a place for."""
    found = [_slot(*row) for row in _texts(articles, "product_type_name", "product_group_name", "prod_name")]
    return np.array(found, dtype=np.int8)


def audiences_of(articles: pl.DataFrame) -> np.ndarray:
    """uint8 (n,), of rows of articles.parquet: for whom each is made, as a sum of WOMEN, MEN, GIRLS, BOYS, BABIES.

    Two articles go together if one of these is in both. Whom no word names is any adult.
    """
    columns = ("section_name", "index_name", "index_group_name", "department_name")
    return np.array([_audience(*row) for row in _texts(articles, *columns)], dtype=np.uint8)


def _texts(articles: pl.DataFrame, *columns: str) -> Iterable[tuple[str | None, ...]]:
    """Of each article; None in a column that the table lacks."""
    lacking = [pl.lit(None, pl.String).alias(name) for name in columns if name not in articles.columns]
    return articles.with_columns(lacking).select(columns).iter_rows()


def audience_name(audience: int) -> str:
    """As a sentence has it: "women", "girls and boys"."""
    return " and ".join(name for bit, name in _AUDIENCE_NAMES.items() if audience & bit)


@cache
def _slot(kind: str | None, group: str | None, name: str | None) -> int:
    known = [_words(text) for text in (kind, group) if text not in _UNKNOWN]
    if any(not _NO_SLOT.isdisjoint(words) for words in known):
        return -1
    for words in known:
        if (slot := _last_slot(words)) >= 0:
            return slot
    if known or name in _UNKNOWN:
        return -1
    return _slot(name, None, None)


def _last_slot(words: tuple[str, ...]) -> int:
    """That of the last word that has one: a shirt dress is a dress, and dress shoes are shoes."""
    return next((_SLOT_OF_WORD[word] for word in reversed(words) if word in _SLOT_OF_WORD), -1)


@cache
def _words(text: str | None) -> tuple[str, ...]:
    """In lower case and the singular."""
    found = re.findall(r"[a-z]+", re.sub(r"['’]s?\b", "", (text or "").lower()))
    singular = [
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
        for word in found
    ]
    joined: list[str] = []
    for word in singular:
        if joined and (both := _TOGETHER.get((joined[-1], word))):
            joined[-1] = both
        else:
            joined.append(word)
    return tuple(joined)


@cache
def _audience(*texts: str | None) -> int:
    """By the first text that names anybody."""
    read = [frozenset(_words(text)) for text in texts]
    for words in read:
        if audience := _named(words):
            return audience
    return WOMEN if any(_YOUNG_WOMEN in words for words in read) else ADULTS


def _named(words: frozenset[str]) -> int:
    girls, boys = not words.isdisjoint(_GIRL_WORDS), not words.isdisjoint(_BOY_WORDS)
    children, babies = not words.isdisjoint(_CHILD_WORDS), not words.isdisjoint(_BABY_WORDS)
    if babies:
        return BABIES | CHILDREN if children else BABIES
    if girls or boys or children:
        return (GIRLS * girls | BOYS * boys) or CHILDREN
    return WOMEN * (not words.isdisjoint(_WOMEN_WORDS)) | MEN * (not words.isdisjoint(_MEN_WORDS))
