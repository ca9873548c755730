"""What stands on the shelves of an article, checked against the baskets themselves."""

from __future__ import annotations

import shutil
from itertools import product
from pathlib import Path

import polars as pl
import pytest
from helpers import copy_table

from stylo.artefacts import read_manifest, write_parquet
from stylo.dashboard.article.shelves import ALIKE, OWN, VARIANTS, goes_with, instead_of
from stylo.dashboard.shop import Shop, open_shop
from stylo.tables.folder import DataFolder
from stylo.tables.ids import product_keys


@pytest.fixture(scope="module")
def shop(demo_shop: Path) -> Shop:
    return open_shop(DataFolder(demo_shop), demo_shop / "images")


@pytest.fixture(scope="module")
def pairs(demo_shop: Path) -> set[tuple[int, int]]:
    """Every two articles of one basket, before the cutoff."""
    rows = pl.read_parquet(demo_shop / "train_split.parquet/*.parquet")
    baskets = rows.group_by("customer", "t_dat").agg(pl.col("article").unique())["article"]
    return {pair for basket in baskets for pair in product(basket, basket)}


def test_what_goes_with_an_article_is_of_another_group_and_was_in_a_basket_as_is_said(
    shop: Shop, pairs: set[tuple[int, int]]
) -> None:
    rows = shop.articles.rows(named=True)
    said = set()
    for row in rows:
        found = goes_with(shop, row)
        assert len(found) <= 12
        assert len({other["article"] for other, _ in found}) == len(found)
        speakers = {
            OWN: [row],
            VARIANTS: shop.variants(row["article"]),
            ALIKE: [
                each
                for each in rows
                if (each["product_type_name"], each["colour_group_name"])
                == (row["product_type_name"], row["colour_group_name"])
            ],
        }
        for other, basis in found:
            if row["product_group_name"] not in ("Accessories", "Swimwear"):
                assert other["product_group_name"] != row["product_group_name"]
            assert other["product_type_name"] != row["product_type_name"]
            assert any((each["article"], other["article"]) in pairs for each in speakers[basis])
            said.add(basis)
        bases = [basis for _, basis in found]
        assert bases == sorted(bases, key=[OWN, VARIANTS, ALIKE].index)
    assert {OWN, VARIANTS} <= said


def test_an_article_that_nobody_bought_goes_with_what_its_like_went_with(
    shop: Shop, pairs: set[tuple[int, int]]
) -> None:
    bought = {one for one, _ in pairs}
    new = [row for row in shop.articles.rows(named=True) if row["article"] not in bought]
    if not new:
        pytest.skip("every article of this demo shop was bought")
    found = [basis for row in new for _, basis in goes_with(shop, row)]
    assert OWN not in found
    assert found


def test_what_stands_in_for_an_article_is_of_its_group_and_of_another_product_its_type_first(
    shop: Shop,
) -> None:
    some = 0
    for row in shop.articles.rows(named=True):
        found = [other for other, _ in instead_of(shop, row)]
        some += len(found)
        assert len({other["article"] for other in found}) == len(found) <= 12
        both = product_keys(
            pl.Series([row["article"], *(other["article"] for other in found)]).to_numpy(),
            pl.Series([row["product_code"], *(other["product_code"] for other in found)]).to_numpy(),
        )
        assert both[0] not in both[1:]
        assert {other["product_group_name"] for other in found} <= {row["product_group_name"]}
        same = [other["product_type_name"] == row["product_type_name"] for other in found]
        assert same == sorted(same, reverse=True)
    assert some


def test_lists_of_an_earlier_version_still_say_what_goes_with_an_article(
    shop: Shop, demo_shop: Path, tmp_path: Path
) -> None:
    for path in demo_shop.glob("*.parquet"):
        copy_table(path, tmp_path)
    for path in demo_shop.glob("visual_*"):
        if not (tmp_path / path.name).exists():
            shutil.copy(path, tmp_path)
    name = "article_reccs.parquet"
    manifest = read_manifest(demo_shop / name)
    assert manifest is not None
    (tmp_path / name).unlink()
    earlier = pl.read_parquet(demo_shop / name).filter(pl.col("strategy") != "goes with")
    write_parquet(earlier, tmp_path / name, manifest)
    old = open_shop(DataFolder(tmp_path), demo_shop / "images")
    assert not old.problems
    for row in shop.articles.head(5).rows(named=True):
        own = [other["article"] for other, basis in goes_with(old, row) if basis == OWN]
        assert set(own) <= {other["article"] for other, basis in goes_with(shop, row) if basis == OWN}
    assert any(goes_with(old, row) for row in shop.articles.rows(named=True))
