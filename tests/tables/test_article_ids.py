"""The ids by which a shop's articles are known: SKUs of any kind both ways, ten digits where a shop has none."""

from __future__ import annotations

import hashlib
import pickle
from urllib.parse import unquote

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from own_shop import HARD

from stylo.errors import BadIdentifier, UnknownArticle
from stylo.tables.ids import ArticleIds, article_id, article_number, customer_key

#: Article 3 goes by the ten digits of article 5.
SKUS = {1: HARD[0], 2: HARD[1], 3: "0000000005", 5: HARD[2], 8: HARD[7]}
IDS = ArticleIds(
    pl.DataFrame({"article": list(SKUS), "sku": list(SKUS.values())}, {"article": pl.Int32, "sku": str})
)
written = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=64)


@given(st.lists(written, unique=True, min_size=1, max_size=30), st.data())
def test_every_sku_survives_both_ways(skus: list[str], data: st.DataObject) -> None:
    number = st.integers(0, 999_999_999)
    numbers = data.draw(st.lists(number, unique=True, min_size=len(skus), max_size=len(skus)))
    table = pl.DataFrame({"article": numbers, "sku": skus}, {"article": pl.Int32, "sku": pl.String})
    ids = ArticleIds.of(table)
    assert [ids.id(each) for each in numbers] == skus
    assert [ids.number(each) for each in skus] == numbers
    assert table.select(ids.ids(pl.col("article"))).to_series().to_list() == skus
    assert table.select(ids.numbers(pl.col("sku"))).to_series().to_list() == numbers


@given(st.integers(0, 999_999_999) | st.sampled_from([*SKUS]))
def test_a_table_reads_and_writes_what_the_single_functions_do(number: int) -> None:
    table = pl.DataFrame({"article": [number, None]}, {"article": pl.Int32})
    assert table.select(IDS.ids(pl.col("article"))).to_series().to_list() == [IDS.id(number), None]
    texts = pl.DataFrame({"id": [article_id(number), IDS.id(number), "nothing", None]}, {"id": pl.String})
    read = texts.select(IDS.numbers(pl.col("id"))).to_series().to_list()
    assert read == [IDS.number(article_id(number)), IDS.number(IDS.id(number)), None, None]


def test_a_sku_is_found_before_the_number_that_it_looks_like() -> None:
    assert IDS.number("0000000005") == 3
    assert IDS.number(SKUS[5]) == 5
    assert IDS.number("0000000008") == 8  # no SKU, so it is the number
    assert IDS.number("0000000004") == 4  # of no article, which the caller sees
    assert IDS.id(4) == "0000000004"


def test_skus_that_differ_in_case_are_two() -> None:
    assert (IDS.number("AB-12/é 3"), IDS.number("ab-12/É 3")) == (1, 2)
    with pytest.raises(UnknownArticle, match="upper and lower case differ"):
        IDS.number("Ab-12/é 3")
    assert IDS.meant(" Ab-12/É 3 ") in (SKUS[1], SKUS[2])
    assert IDS.meant("Ab") is None


@pytest.mark.parametrize("text", ["", "x" * 65, "a\nb", "\x00", "\ud800"])
def test_what_no_shop_can_have_is_no_id(text: str) -> None:
    with pytest.raises(BadIdentifier, match="SKU"):
        IDS.number(text)


def test_a_shop_without_skus_has_ten_digits() -> None:
    ids = ArticleIds.of(pl.DataFrame({"article": [108775015]}, {"article": pl.Int32}))
    assert not ids.own
    assert ids.id(108775015) == "0108775015"
    assert ids.number("0108775015") == article_number("0108775015")
    assert ids.meant("108775015") == "0108775015"
    with pytest.raises(BadIdentifier, match="ten digits"):
        ids.number("AB-12")


def test_several_ids_in_one_text_can_be_told_apart() -> None:
    lists = pl.DataFrame({"ids": [[SKUS[1], "50% off", SKUS[8]], []]}, {"ids": pl.List(pl.String)})
    first, second = lists.select(IDS.in_one_text(pl.col("ids"))).to_series()
    assert [unquote(each) for each in first.split(" ")] == [SKUS[1], "50% off", SKUS[8]]
    assert second == ""
    plain = pl.DataFrame({"ids": [["0000000001", "0000000002"]]})
    assert plain.select(ArticleIds().in_one_text(pl.col("ids"))).item() == "0000000001 0000000002"


def test_other_processes_get_the_same_ids() -> None:
    again = pickle.loads(pickle.dumps(IDS))
    assert [again.number(sku) for sku in SKUS.values()] == list(SKUS)


def test_a_shops_own_customer_id_stands_for_its_sha_256() -> None:
    digest = hashlib.sha256(b"Kundin 7").hexdigest()
    assert customer_key("Kundin 7", own=True) == digest
    assert customer_key(digest, own=True) == digest
    for wrong, own in (
        ("Kundin 7", False),
        ("", True),
        ("x" * 65, True),
        ("\ud800", True),
        ("C-17 ", True),
        ("a\nb", True),
    ):
        with pytest.raises(BadIdentifier):
            customer_key(wrong, own=own)
