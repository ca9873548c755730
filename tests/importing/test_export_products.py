"""Rows of product exports become variants, and variants articles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from stylo.errors import DamagedArtefact
from stylo.importing.articles import articles_of, with_numbers
from stylo.importing.numbers import FILE, OwnNumbers
from stylo.importing.products import ProductVariants, almost_alike, read_variants


def read(*rows: dict[str, Any]) -> ProductVariants:
    table = pl.DataFrame(rows, infer_schema_length=None)
    return read_variants(
        table.with_columns(pl.all().cast(pl.String)), "auto", frozenset({"draft", "archived"})
    )


def shopify(*variants: tuple[str, str, str]) -> list[dict[str, Any]]:
    """A tee in variants of colour, size and SKU: the first row says what all share."""
    first = {
        "name": "Tee",
        "type": "Top",
        "category": "Clothing > Tops",
        "option1_name": "Farbe",
        "option2_name": "Size",
    }
    first |= {"description": "<p>Soft</p>", "brand": "Ours", "tags": "damen", "photo": "https://x/tee.jpg"}
    rows = [
        {"product": "tee", "option1_value": colour, "option2_value": size, "sku": sku, "price": "9.95"}
        for colour, size, sku in variants
    ]
    return [first | rows[0], *rows[1:], {"product": "tee", "photo": "https://x/back.jpg"}]


def articles(variants: ProductVariants, numbers: OwnNumbers, *, merge: bool = True) -> pl.DataFrame:
    return articles_of(with_numbers(variants.table, numbers, merge_sizes=merge), numbers)


def none_yet() -> OwnNumbers:
    return OwnNumbers.open(Path("nowhere") / FILE)


def test_variants_of_shopify_share_what_their_first_row_says() -> None:
    found = read(*shopify(("Red", "S", "A"), ("Blue", "S", "B"))).table
    assert found["sku"].to_list() == ["A", "B"]
    assert found.select("name", "type", "brand", "description", "gender").unique().rows() == [
        ("Tee", "Top", "Ours", "Soft", "Women")
    ]
    assert found["colour"].to_list() == ["Red", "Blue"]
    assert found["variant_name"].to_list() == ["Tee - Red / S", "Tee - Blue / S"]


def test_variants_that_differ_in_size_alone_are_one_article() -> None:
    found = read(*shopify(("Red", "S", "A"), ("Red", "M", "B"), ("Blue", "S", "C")))
    merged = articles(found, none_yet())
    assert merged["sku"].to_list() == ["A", "C"]
    assert merged["product_code"].n_unique() == 1
    assert articles(found, none_yet(), merge=False)["sku"].to_list() == ["A", "B", "C"]


def test_a_variation_of_woocommerce_has_its_parent_s_name_and_categories() -> None:
    found = read(
        {"product_id": "10", "kind": "variable", "sku": "TEE", "name": "Tee", "category": "Women > Tops, Sale"},
        {"product_id": "11", "kind": "variation", "sku": "TEE-R", "name": "Tee - Red", "product": "TEE",
         "price": "9,95", "option1_name": "Color", "option1_value": "Red"},
        {"product_id": "12", "kind": "variation", "name": "Tee - Blue", "product": "id:10", "price": "9,95",
         "option1_name": "Color", "option1_value": "Blue"},
        {"product_id": "20", "kind": "simple", "sku": "HAT", "name": "Hat", "price": "30,00"},
    )  # fmt: skip
    table = found.table.sort("sku")
    assert table["sku"].to_list() == ["HAT", "TEE-R", "TEE/Blue"]
    assert table["name"].to_list() == ["Hat", "Tee", "Tee"]
    assert table["product"].to_list() == ["HAT", "TEE", "TEE"]
    assert table["variant_name"].to_list()[1] == "Tee - Red"
    assert table["price"].to_list() == [30.0, 9.95, 9.95]
    assert found.if_sold["sku"].to_list() == ["TEE"]


def test_a_variation_with_its_parent_s_sku_is_taken_and_not_counted_as_left_out() -> None:
    found = read(
        {"product_id": "10", "kind": "variable", "sku": "TEE", "name": "Tee"},
        {"product_id": "11", "kind": "variation", "sku": "TEE", "name": "Tee - Red", "product": "id:10", "price": "9"},
        {"product_id": "12", "kind": "variation", "sku": "TEE", "name": "Tee - Blue", "product": "id:10", "price": "9"},
    )  # fmt: skip
    assert found.table["variant_name"].to_list() == ["Tee - Red"]
    assert [each.count for each in found.left_out] == [1]


def test_columns_of_kaggle_are_filled_by_what_there_is() -> None:
    row = articles(read(*shopify(("Navy Blue", "S", "A"))), none_yet()).row(0, named=True)
    assert row["article_id"] == "0000000001"
    assert (row["prod_name"], row["product_type_name"], row["product_group_name"]) == (
        "Tee",
        "Top",
        "Clothing",
    )
    assert (row["colour_group_name"], row["perceived_colour_master_name"]) == ("Navy Blue", "Blue")
    assert (row["index_group_name"], row["index_code"], row["section_name"]) == ("Women", "W", "Women")
    assert row["department_name"] == "Ours"
    assert (row["graphical_appearance_name"], row["graphical_appearance_no"]) == ("Unknown", -1)
    assert row["detail_desc"] == "Soft"


def test_gift_cards_are_no_articles() -> None:
    found = read(
        {"sku": "A"}, {"sku": "G", "product": "card", "gift_card": "TRUE"}, {"sku": "G2", "product": "card"}
    )
    assert found.table["sku"].to_list() == ["A"]
    assert found.gift_cards["sku"].to_list() == ["G", "G2"]
    assert [(each.why, each.count) for each in found.left_out] == [
        ("variants of gift cards, which are no articles", 2)
    ]


def test_drafts_and_what_is_in_the_archive_are_articles_only_if_they_were_sold() -> None:
    found = read(
        {"sku": "A", "state": "active"},
        {"sku": "B", "product": "b", "state": "Draft"},
        {"sku": "B2", "product": "b"},
        {"sku": "C", "state": "archived"},
    )
    assert found.table["sku"].to_list() == ["A"]
    assert found.if_sold["sku"].to_list() == ["B", "B2", "C"]


def test_variants_without_a_sku_have_one_each_however_long_their_names_are() -> None:
    rows = shopify(("Red", "S", ""), ("Red", "M", ""))
    for row in rows:
        row["product"] = "a-very-long-handle-of-a-product-" * 4
        row.pop("sku", None)
    skus = read(*rows).table["sku"].to_list()
    assert len(set(skus)) == 2
    assert [len(sku) for sku in skus] == [64, 64]


def test_articles_are_known_by_the_skus_of_all_their_sizes() -> None:
    found = read(*shopify(("Red", "S", "A"), ("Red", "M", "B"), ("Blue", "S", "C"), ("Red", "L", "D")))
    assert articles(found, none_yet()).select("sku", "other_skus").rows() == [("A", "B\tD"), ("C", None)]
    assert articles(found, none_yet(), merge=False)["other_skus"].to_list() == [None] * 4


def test_a_product_that_is_called_like_another_s_sku_stays_another() -> None:
    sizes = [{"product": "cap", "size": size, "sku": f"CAP-{size}"} for size in "SM"]
    found = read(*sizes, {"product": "other", "sku": "cap"})
    assert articles(found, none_yet())["sku"].to_list() == ["CAP-S", "cap"]


def test_a_colour_is_no_pattern() -> None:
    found = read(
        {"product": "tee", "size": "S", "sku": "A", "colour": "Dots"},
        {"product": "tee", "size": "S", "sku": "B", "pattern": "Dots"},
    )
    assert articles(found, none_yet())["sku"].to_list() == ["A", "B"]


def test_a_product_with_nothing_but_a_sku_is_an_article() -> None:
    row = articles(read({"sku": "A"}), none_yet()).row(0, named=True)
    assert (row["prod_name"], row["product_type_name"], row["colour_group_code"]) == ("A", "Unknown", -1)


def test_skus_that_differ_in_case_are_two_and_are_told() -> None:
    found = read({"sku": "a-1", "name": "x"}, {"sku": "A-1", "name": "y"}, {"sku": "B", "name": "z"})
    assert articles(found, none_yet()).height == 3
    assert almost_alike(found.table["sku"]) == ["A-1", "a-1"]


def test_rows_with_the_same_sku_and_skus_that_cannot_be_shown_are_left_out() -> None:
    found = read({"sku": "A"}, {"sku": "A"}, {"sku": "x" * 65}, {"sku": "B\u200b"}, {"sku": "C"})
    assert found.table["sku"].to_list() == ["A", "C"]
    assert [each.count for each in found.left_out] == [2, 1]


def test_numbers_never_change_and_new_skus_come_last(tmp_path: Path) -> None:
    numbers = OwnNumbers.open(tmp_path / FILE)
    first = articles(read({"sku": "B"}, {"sku": "A"}), numbers)
    numbers.save(tmp_path / FILE)
    later = articles(read({"sku": "0"}, {"sku": "A"}, {"sku": "B"}), OwnNumbers.open(tmp_path / FILE))
    assert dict(first.select("sku", "article_id").rows()) == {"B": "0000000001", "A": "0000000002"}
    assert dict(later.select("sku", "article_id").rows()) == {
        "B": "0000000001",
        "A": "0000000002",
        "0": "0000000003",
    }


def test_a_new_size_belongs_to_the_article_that_is_there(tmp_path: Path) -> None:
    numbers = OwnNumbers.open(tmp_path / FILE)
    articles(read(*shopify(("Red", "M", "A"), ("Blue", "M", "B"))), numbers)
    later = articles(read(*shopify(("Red", "S", "A-S"), ("Red", "M", "A"), ("Blue", "M", "B"))), numbers)
    assert later.select("article_id", "sku").rows() == [("0000000001", "A"), ("0000000002", "B")]


@pytest.mark.parametrize(
    "content", ["kind,own_id,number\narticle,A,1\narticle,A,2\n", "kind,own_id,number\na,b,x\n", "x"]
)
def test_damaged_numbers_are_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(DamagedArtefact):
        OwnNumbers.open(tmp_path / FILE)
