"""The three CSVs look like Kaggle's."""

from datetime import date
from typing import Any

import polars as pl
import pytest

HEADERS = {
    "transactions_train.csv": "t_dat,customer_id,article_id,price,sales_channel_id",
    "customers.csv": "customer_id,FN,Active,club_member_status,fashion_news_frequency,age,postal_code",
    "articles.csv": (
        "article_id,product_code,prod_name,product_type_no,product_type_name,product_group_name,"
        "graphical_appearance_no,graphical_appearance_name,colour_group_code,colour_group_name,"
        "perceived_colour_value_id,perceived_colour_value_name,perceived_colour_master_id,"
        "perceived_colour_master_name,department_no,department_name,index_code,index_name,index_group_no,"
        "index_group_name,section_no,section_name,garment_group_no,garment_group_name,detail_desc"
    ),
}
CODES = [
    ("product_type_no", "product_type_name"),
    ("graphical_appearance_no", "graphical_appearance_name"),
    ("colour_group_code", "colour_group_name"),
    ("perceived_colour_value_id", "perceived_colour_value_name"),
    ("perceived_colour_master_id", "perceived_colour_master_name"),
    ("department_no", "department_name"),
    ("index_code", "index_name"),
    ("index_group_no", "index_group_name"),
    ("section_no", "section_name"),
    ("garment_group_no", "garment_group_name"),
]


@pytest.mark.parametrize("name", HEADERS)
def test_headers_are_kaggles(shop: Any, name: str) -> None:
    with (shop.folder / name).open() as file:
        assert file.readline().rstrip("\n") == HEADERS[name]


def test_counts_are_those_asked_for(shop: Any) -> None:
    assert shop.articles.height == 90
    assert shop.customers.height == 300
    assert shop.transactions["t_dat"].min() >= date(2020, 2, 26)  # 209 days before the last
    assert date(2020, 9, 16) <= shop.transactions["t_dat"].max() <= date(2020, 9, 22)


def test_article_ids_are_ten_digits_and_hold_their_product_code(shop: Any) -> None:
    ids = shop.articles["article_id"]
    assert ids.is_unique().all()
    assert ids.is_sorted()
    assert ids.str.contains(r"^0\d{9}$").all()
    assert (ids.str.slice(1, 6).cast(pl.Int64) == shop.articles["product_code"]).all()


def test_variants_share_a_product(shop: Any) -> None:
    products = shop.articles.group_by("product_code").agg(
        pl.len(), pl.col("prod_name", "section_name", "product_type_name").n_unique()
    )
    assert products["len"].max() > 1
    assert (products.select("prod_name", "section_name", "product_type_name").max_horizontal() == 1).all()


@pytest.mark.parametrize(("code", "name"), CODES)
def test_codes_and_names_are_one_to_one(shop: Any, code: str, name: str) -> None:
    pairs = shop.articles.select(code, name).unique()
    assert pairs[code].is_unique().all()
    assert pairs[name].is_unique().all()


def test_at_least_sixteen_kinds_are_sold(shop: Any) -> None:
    assert shop.articles["product_type_name"].n_unique() >= 16


def test_customers_are_written_as_kaggle_writes_them(shop: Any) -> None:
    customers = shop.customers
    assert customers["customer_id"].is_sorted()
    assert customers["customer_id"].is_unique().all()
    for column in ("customer_id", "postal_code"):
        assert customers[column].str.contains("^[0-9a-f]{64}$").all()
    assert set(customers["FN"].unique()) == {"1.0", None}
    assert set(customers["Active"].unique()) == {"1.0", None}
    assert customers["age"].drop_nulls().str.contains(r"^\d\d\.0$").all()
    assert set(customers["club_member_status"].unique()) <= {"ACTIVE", "PRE-CREATE", "LEFT CLUB", None}
    assert set(customers["fashion_news_frequency"].unique()) <= {"NONE", "Regularly", "Monthly", None}


def test_transactions_are_sorted_and_refer_to_known_rows(shop: Any) -> None:
    rows = shop.transactions
    order = rows.select("t_dat", "customer_id")
    assert order.equals(order.sort("t_dat", "customer_id", maintain_order=True))
    assert rows["customer_id"].is_in(shop.customers["customer_id"].implode()).all()
    assert rows["article_id"].is_in(shop.articles["article_id"].implode()).all()
    assert set(rows["sales_channel_id"].unique()) == {1, 2}


def test_prices_are_positive_cents_on_kaggles_scale(shop: Any) -> None:
    euros = shop.transactions["price"] * 590
    assert euros.min() > 0.5
    assert euros.max() < 300
    assert ((euros * 100 - (euros * 100).round()).abs() < 1e-6).all()


def test_the_summary_tells_what_was_written(shop: Any) -> None:
    assert shop.summary.transactions == shop.transactions.height
    assert shop.summary.buyers == shop.transactions["customer_id"].n_unique()
    assert shop.summary.never_sold == 90 - shop.transactions["article_id"].n_unique()
