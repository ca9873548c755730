"""The ids that a shop gives itself: an optional last column of articles and customers."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl
import pytest
from helpers import article_row, customer

from stylo.artefacts import read_table
from stylo.errors import BadRows
from stylo.tables.append import append
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder

OWN = ["3", "anna@läden.example", "2"]
SKUS = ["RED-01", "red-01", "Größe 38/40", "0108775044"]


def with_column(path: Path, name: str, values: list[str]) -> None:
    lines = path.read_text().splitlines()
    added = [f"{line},{value}" for line, value in zip(lines, [name, *values], strict=True)]
    path.write_text("\n".join(added) + "\n")


def with_shop_customers(shop: Path) -> None:
    """Gives customers ids of their own, and their digests in both files."""
    path = shop / "customers.csv"
    with_column(path, "shop_customer_id", OWN)
    ids = [line.split(",")[0] for line in path.read_text().splitlines()[1:]]
    for file in (path, shop / "transactions_train.csv"):
        text = file.read_text()
        for old, own in zip(ids, OWN, strict=True):
            text = text.replace(old, hashlib.sha256(own.encode()).hexdigest())
        file.write_text(text)


def test_own_ids_are_the_last_column_of_the_tables(tiny_shop: Path) -> None:
    with_column(tiny_shop / "articles.csv", "sku", SKUS)
    with_shop_customers(tiny_shop)
    convert(tiny_shop, DataFolder(tiny_shop))
    articles = DataFolder(tiny_shop).scan("articles.parquet").collect()
    assert articles.columns[-1] == "sku"
    assert articles["sku"].to_list() == SKUS
    customers = DataFolder(tiny_shop).scan("customers.parquet").collect()
    assert customers.columns[-1] == "shop_customer_id"
    assert customers["shop_customer_id"].to_list() == OWN


def test_an_id_that_is_not_the_digest_of_the_shop_s_own_is_named_with_its_line(tiny_shop: Path) -> None:
    with_shop_customers(tiny_shop)
    path = tiny_shop / "customers.csv"
    digest = hashlib.sha256(OWN[1].encode()).hexdigest()
    path.write_text(path.read_text().replace(digest, "ab" * 32))
    with pytest.raises(BadRows) as error:
        convert(tiny_shop, DataFolder(tiny_shop))
    assert f"line 3, customer_id: '{'ab' * 32}' is not the SHA-256 of shop_customer_id" in error.value.where
    assert "hashlib.sha256(ID.encode()).hexdigest()" in error.value.cure
    of = {each.table: each for each in convert(tiny_shop, DataFolder(tiny_shop), quarantine=True)}
    assert (of["customers"].rows, of["customers"].rejected) == (2, 1)


def test_without_the_column_nothing_changes(tiny_shop: Path) -> None:
    convert(tiny_shop, DataFolder(tiny_shop))
    assert "sku" not in DataFolder(tiny_shop).scan("articles.parquet").collect_schema().names()


@pytest.mark.parametrize("wrong", ["", "x" * 65, " RED", "RED ", "R\u200bED", "R\tED"])
def test_an_own_id_that_could_not_be_shown_is_refused(tiny_shop: Path, wrong: str) -> None:
    with_column(tiny_shop / "articles.csv", "sku", [*SKUS[:3], wrong])
    with pytest.raises(BadRows) as error:
        convert(tiny_shop, DataFolder(tiny_shop))
    assert "line 5, sku" in error.value.where


def test_an_own_id_may_not_repeat(tiny_shop: Path) -> None:
    with_column(tiny_shop / "articles.csv", "sku", ["A", "B", "A", "C"])
    with pytest.raises(BadRows) as error:
        convert(tiny_shop, DataFolder(tiny_shop))
    assert "line 4, sku: 'A' appears twice" in error.value.where


def test_of_a_repeated_own_id_the_first_row_stays_and_every_row_is_accounted_for(tiny_shop: Path) -> None:
    articles = tiny_shop / "articles.csv"
    articles.write_text(articles.read_text() + article_row("0108775015") + "\n")
    with_column(articles, "sku", ["A", "B", "A", "C", "D"])
    of = {each.table: each for each in convert(tiny_shop, DataFolder(tiny_shop), quarantine=True)}
    assert (of["articles"].records, of["articles"].rows, of["articles"].rejected) == (5, 3, 2)
    rejects = read_table(tiny_shop / "rejects.parquet").filter(pl.col("file") == "articles.csv")
    assert set(rejects["reason"]) == {"article_id appears twice", "sku appears twice"}


def test_new_days_bring_new_own_ids(tiny_shop: Path) -> None:
    with_column(tiny_shop / "articles.csv", "sku", SKUS)
    folder = DataFolder(tiny_shop)
    convert(tiny_shop, folder)
    articles = tiny_shop / "articles.csv"
    articles.write_text(articles.read_text() + article_row("0555555555") + ",NEW\n")
    days = tiny_shop / "later.csv"
    days.write_text(
        f"t_dat,customer_id,article_id,price,sales_channel_id\n2020-09-21,{customer(1)},0555555555,0.02,2\n"
    )
    append(days, tiny_shop, folder)
    assert set(folder.scan("articles.parquet").collect()["sku"]) == {*SKUS, "NEW"}


def test_other_skus_come_after_the_sku_and_lead_to_the_same_article(tiny_shop: Path) -> None:
    with_column(tiny_shop / "articles.csv", "sku", SKUS)
    with_column(tiny_shop / "articles.csv", "other_skus", ["RED-02\tRED-03", "", "Größe 42", ""])
    convert(tiny_shop, DataFolder(tiny_shop))
    articles = DataFolder(tiny_shop).scan("articles.parquet").collect()
    assert articles.columns[-2:] == ["sku", "other_skus"]
    assert articles["other_skus"].to_list() == ["RED-02\tRED-03", None, "Größe 42", None]
    ids = DataFolder(tiny_shop).article_ids()
    assert ids.number("RED-03") == ids.number("RED-01")
    assert ids.id(ids.number("Größe 42")) == "Größe 38/40"


def test_other_skus_without_skus_are_passed_over(tiny_shop: Path) -> None:
    with_column(tiny_shop / "articles.csv", "other_skus", ["A", "B", "C", "D"])
    convert(tiny_shop, DataFolder(tiny_shop))
    assert "other_skus" not in DataFolder(tiny_shop).scan("articles.parquet").collect_schema().names()


@pytest.mark.parametrize("wrong", ["x" * 65, "A\t\tB", "A \tB", "A\u200b"])
def test_other_skus_that_could_not_be_shown_are_refused(tiny_shop: Path, wrong: str) -> None:
    with_column(tiny_shop / "articles.csv", "sku", SKUS)
    with_column(tiny_shop / "articles.csv", "other_skus", ["", "", wrong, ""])
    with pytest.raises(BadRows) as error:
        convert(tiny_shop, DataFolder(tiny_shop))
    assert "line 4, other_skus" in error.value.where


@pytest.mark.parametrize(
    "cells", [["RED-02", "RED-02", "", ""], ["", "RED-01", "", ""], ["X\tX", "", "", ""]]
)
@pytest.mark.parametrize("quarantine", [False, True])
def test_a_sku_that_could_mean_two_articles_is_refused(
    tiny_shop: Path, cells: list[str], quarantine: bool
) -> None:
    with_column(tiny_shop / "articles.csv", "sku", SKUS)
    with_column(tiny_shop / "articles.csv", "other_skus", cells)
    with pytest.raises(BadRows, match="stands twice in the columns sku and other_skus"):
        convert(tiny_shop, DataFolder(tiny_shop), quarantine=quarantine)
