"""Where an article is worn, and for whom it is made, is read off the words of its names."""

from __future__ import annotations

import polars as pl
import pytest

from stylo.outfits.slots import (
    BABIES,
    BOYS,
    CHILDREN,
    GIRLS,
    MEN,
    SLOTS,
    WOMEN,
    audiences_of,
    slots_of,
)


def slot(kind: str | None, group: str | None = None, name: str | None = None) -> str | None:
    table = pl.DataFrame(
        {"product_type_name": [kind], "product_group_name": [group], "prod_name": [name]},
        schema=dict.fromkeys(("product_type_name", "product_group_name", "prod_name"), pl.String),
    )
    (number,) = slots_of(table)
    return SLOTS[number] if number >= 0 else None


@pytest.mark.parametrize(
    ("kind", "group", "expected"),
    [
        ("T-shirt", "Garment Upper body", "top"),
        ("Bodysuit", "Garment Upper body", "top"),
        ("Blazer", "Garment Upper body", "outerwear"),
        ("Outdoor Waistcoat", "Garment Upper body", "outerwear"),
        ("Tailored Waistcoat", "Garment Upper body", "top"),
        ("Leggings/Tights", "Garment Lower body", "bottom"),
        ("Outdoor trousers", "Garment Lower body", "bottom"),
        ("Jumpsuit/Playsuit", "Garment Full body", "dress"),
        ("Garment Set", "Garment Full body", "dress"),
        ("Other shoe", "Shoes", "shoes"),
        ("Flip flop", "Shoes", "shoes"),
        ("Weekend/Gym bag", "Bags", "bag"),
        ("Bag", "Accessories", "bag"),
        ("Hat/beanie", "Accessories", "accessory"),
        ("Hair clip", "Accessories", "accessory"),
        ("Socks", "Socks & Tights", None),
        ("Underwear Tights", "Socks & Tights", None),
        ("Swimwear top", "Swimwear", None),
        ("Pyjama bottom", "Nightwear", None),
        ("Soft Toys", "Accessories", None),
        ("Dog Wear", "Accessories", None),
        ("Cushion", "Interior textile", None),
    ],
)
def test_hm_names_have_the_slot_in_which_they_are_worn(kind: str, group: str, expected: str | None) -> None:
    assert slot(kind, group) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Maxi dresses", "dress"),
        ("Shirt dress", "dress"),
        ("Dress shirt", "top"),
        ("Dress shoes", "shoes"),
        ("Women's running shoes", "shoes"),
        ("Shoe bag", "bag"),
        ("Skinny Jeans", "bottom"),
        ("Puffer Jackets", "outerwear"),
        ("Tote", "bag"),
        ("Leather belts", "accessory"),
        ("Boxer shorts", None),
        ("Swim shorts", None),
        ("Bathing suit", None),
        ("Gift card", None),
        ("Kleid", None),
        ("", None),
    ],
)
def test_another_shops_types_are_read_by_their_last_word_that_says_anything(
    kind: str, expected: str | None
) -> None:
    assert slot(kind) == expected


def test_where_type_and_group_are_unknown_the_name_tells() -> None:
    assert slot("Unknown", "Unknown", "Siri trousers") == "bottom"
    assert slot(None, None, "Zzyzx") is None
    assert slot("Cosmetics", None, "Lip gloss for a dress") is None


def test_a_table_without_these_columns_has_no_slots() -> None:
    assert slots_of(pl.DataFrame({"article": [1, 2]})).tolist() == [-1, -1]


@pytest.mark.parametrize(
    ("section", "index", "expected"),
    [
        ("Womens Everyday Basics", "Ladieswear", WOMEN),
        ("Contemporary Smart", "Menswear", MEN),
        ("Men H&M Sport", "Sport", MEN),
        ("Divided Collection", "Divided", WOMEN),
        ("Young Girl", "Children Sizes 134-170", GIRLS),
        ("Kids Boy", "Children Sizes 92-140", BOYS),
        ("Kids Outerwear", "Children Sizes 92-140", CHILDREN),
        ("Baby Girl", "Baby Sizes 50-98", BABIES),
        ("Kids & Baby Shoes", "Children Accessories, Swimwear", BABIES | CHILDREN),
        ("Garden", None, WOMEN | MEN),
        (None, None, WOMEN | MEN),
    ],
)
def test_whom_an_article_is_made_for(section: str | None, index: str | None, expected: int) -> None:
    table = pl.DataFrame(
        {"section_name": [section], "index_name": [index]},
        schema={"section_name": pl.String, "index_name": pl.String},
    )
    assert audiences_of(table).tolist() == [expected]
