"""Answers of the APIs of Shopify and WooCommerce are read as their CSV exports are."""

from __future__ import annotations

import gzip
import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from stylo.errors import BadHeader, BadRows
from stylo.importing import json_export
from stylo.importing.json_export import JsonExport, is_json
from stylo.importing.shop import Imported, import_shop
from stylo.records.importing import ImportSettings

SHOPIFY_ORDERS: list[dict[str, Any]] = [
    {
        "id": 450789469, "name": "#1001", "email": "Ann@Example.com", "created_at": "2025-03-01T23:30:00-05:00",
        "cancelled_at": None, "financial_status": "partially_refunded", "currency": "USD", "test": False,
        "subtotal_price": "34.00", "total_discounts": "6.00", "source_name": "web",
        "billing_address": {"zip": "10115"},
        "line_items": [
            {"id": 1, "sku": "0012", "title": "Tee", "variant_title": "Red / S", "quantity": 3, "price": "10.00",
             "discount_allocations": [{"amount": "2.00"}, {"amount": "1.00"}]},
            {"id": 2, "sku": "CARD", "title": "Gift card", "quantity": 1, "price": "50.00", "gift_card": True},
            {"id": 3, "sku": "", "name": "Tee - Blue / S", "quantity": 1, "price": 10.5, "total_discount": "0.50"},
        ],
        "refunds": [{"refund_line_items": [{"line_item_id": 1, "quantity": 1}]}],
    },
    {
        "name": "#1002", "email": "bo@example.com", "created_at": "2025-03-03T12:00:00-05:00", "currency": "USD",
        "financial_status": "paid", "test": True,
        "line_items": [{"id": 4, "sku": "0012", "quantity": 1, "price": "10"}],
    },
]  # fmt: skip
SHOPIFY_PRODUCTS: list[dict[str, Any]] = [
    {
        "handle": "tee", "title": "Tee", "body_html": "<p>Soft</p>", "vendor": "Ours", "product_type": "Top",
        "tags": "women", "status": "active", "options": [{"name": "Color"}, {"name": "Size"}],
        "images": [{"id": 7, "src": "https://x/red.jpg"}, {"id": 8, "src": "https://x/blue.jpg"}],
        "variants": [
            {"sku": "0012", "price": "12.00", "option1": "Red", "option2": "S", "image_id": 7},
            {"sku": "0013", "price": "12.00", "option1": "Red", "option2": "M", "image_id": 7},
            {"sku": "0014", "price": "12.00", "option1": "Blue", "option2": "S", "image_id": 8},
        ],
    }
]  # fmt: skip
WOOCOMMERCE_ORDERS: list[dict[str, Any]] = [
    {
        "id": 727, "number": "727", "status": "processing", "currency": "EUR", "date_created": "2025-03-02T00:30:00",
        "date_created_gmt": "2025-03-01T23:30:00", "billing": {"email": "ann@example.com", "postcode": "10115"},
        "line_items": [
            {"name": "Tee - Red", "product_id": 10, "variation_id": 11, "quantity": 2, "sku": "TEE-R",
             "subtotal": "20.00", "total": "15.00", "total_tax": "2.85"},
            {"name": "Hat", "product_id": 20, "variation_id": 0, "quantity": 1, "sku": "", "subtotal": "30.00",
             "total": "30.00", "total_tax": "5.70"},
        ],
    },
    {"id": 728, "number": "728", "status": "cancelled", "currency": "EUR", "date_created_gmt": "2025-03-02T10:00:00",
     "billing": {"email": "bo@example.com"}, "line_items": [{"sku": "TEE-R", "quantity": 1, "total": "10.00"}]},
]  # fmt: skip
WOOCOMMERCE_PRODUCTS: list[dict[str, Any]] = [
    {"id": 10, "type": "variable", "sku": "TEE", "name": "Tee", "status": "publish", "categories": [{"name": "Tops"}],
     "images": [{"src": "https://x/tee.jpg"}], "attributes": [{"name": "Color", "options": ["Red", "Blue"]}]},
    {"id": 11, "parent_id": 10, "sku": "TEE-R", "regular_price": "10.00", "image": {"src": "https://x/red.jpg"},
     "attributes": [{"name": "Color", "option": "Red"}]},
    {"id": 20, "type": "simple", "sku": "HAT", "name": "Hat", "regular_price": "30.00", "parent_id": 0, "images": []},
    {"id": 30, "type": "simple", "sku": "OLD", "name": "Old", "regular_price": "3.00", "status": "draft"},
]  # fmt: skip


def imported(
    tmp_path: Path, orders: Any, products: Any, /, **settings: object
) -> tuple[Imported, pl.DataFrame]:
    """What was imported, and its purchases with SKUs."""
    (tmp_path / "o.json").write_text(json.dumps(orders))
    (tmp_path / "p.json").write_text(json.dumps(products))
    chosen = ImportSettings.model_validate({"orders": "o.json", "products": "p.json"} | settings)
    data = tmp_path / "data"
    done = import_shop(chosen, tmp_path, data, data / "images")
    sold = pl.read_csv(data / "transactions_train.csv", infer_schema=False)
    articles = pl.read_csv(data / "articles.csv", infer_schema=False)
    return done, sold.join(articles.select("article_id", "sku"), on="article_id", maintain_order="left")


def test_orders_and_products_of_shopify_s_api(tmp_path: Path) -> None:
    done, sold = imported(
        tmp_path,
        {"orders": SHOPIFY_ORDERS},
        {"products": SHOPIFY_PRODUCTS},
        **{"from": "shopify", "time_zone": "America/New_York"},
    )
    # Three tees for 30 less 3, one of them given back; and one for 10.50 less 0.50, found by its name.
    assert sold.select("t_dat", "sku", "price").rows() == [
        ("2025-03-01", "0012", "9.0"),
        ("2025-03-01", "0012", "9.0"),
        ("2025-03-01", "0014", "10.0"),
    ]
    assert {each.why: each.count for each in done.left_out} == {
        "lines of gift cards": 1,
        "lines of test orders": 1,
    }
    assert not any("partly refunded" in remark for remark in done.remarks)
    articles = pl.read_csv(tmp_path / "data" / "articles.csv", infer_schema=False)
    assert articles.select("sku", "other_skus", "colour_group_name", "detail_desc").rows() == [
        ("0012", "0013", "Red", "Soft"),
        ("0014", None, "Blue", "Soft"),
    ]


def test_orders_and_products_of_woocommerce_s_api(tmp_path: Path) -> None:
    done, sold = imported(
        tmp_path,
        WOOCOMMERCE_ORDERS,
        WOOCOMMERCE_PRODUCTS,
        **{"from": "woocommerce", "time_zone": "Europe/Berlin"},
    )
    assert sold.select("t_dat", "sku", "price").rows() == [
        ("2025-03-02", "TEE-R", "7.5"),
        ("2025-03-02", "TEE-R", "7.5"),
        ("2025-03-02", "HAT", "30.0"),
    ]
    assert (done.first, done.last, done.cancelled) == (date(2025, 3, 2), date(2025, 3, 2), 1)
    assert pl.read_csv(tmp_path / "data" / "articles.csv")["sku"].to_list() == ["HAT", "TEE-R"]


def test_objects_of_any_other_shop_are_rows(tmp_path: Path) -> None:
    orders = [
        {"order": 7, "date": "2025-03-01", "sku": "A", "price": 9.95, "customer": "c", "extra": {"x": 1}}
    ]
    _, sold = imported(tmp_path, orders, [{"sku": "A", "name": "Tee"}])
    assert sold.select("sku", "price").rows() == [("A", "9.95")]


def test_an_answer_may_be_packed_and_have_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "o.json.gz"
    path.write_bytes(gzip.compress(b'\xef\xbb\xbf\n {"customers": [{"email": "a@b.c"}]}'))
    assert is_json(path)
    assert JsonExport(path, "customers").read({"email": "email"}).rows.rows() == [("a@b.c",)]


@pytest.mark.parametrize(
    ("content", "error", "told"),
    [
        ('{"orders": [', BadRows, "is not whole JSON"),
        ("[" * 100_000, BadRows, "is not whole JSON"),
        ('{"data": {"orders": {"edges": []}}}', BadHeader, "has no list of orders"),
        ("[1, 2]", BadHeader, "has no list of orders"),
        ('[{"line_items": [{"sku": "A"}]}, {"line_items": [7]}]', BadRows, "number 2 of its orders"),
        ('[{"line_items": [], "refunds": [7]}]', BadRows, "number 1 of its orders"),
    ],
)
def test_an_answer_that_is_no_good_is_refused(
    tmp_path: Path, content: str, error: type[Exception], told: str
) -> None:
    (tmp_path / "o.json").write_text(content)
    with pytest.raises(error, match=told):
        JsonExport(tmp_path / "o.json", "orders")


def test_numbers_of_an_answer_have_a_point_where_the_shop_s_other_files_have_commas(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("Handle;Title;Variant SKU;Variant Price\ntee;Tee;0012;12,50\n")
    order = {"name": "#1", "email": "a@b.c", "created_at": "2025-03-01T10:00:00Z", "financial_status": "paid",
             "line_items": [{"sku": "0012", "quantity": 1, "price": "9.95"}]}  # fmt: skip
    _, sold = imported(
        tmp_path, {"orders": [order]}, [], **{"from": "shopify", "decimal": ",", "products": "p.csv"}
    )
    assert sold["price"].to_list() == ["9.95"]


def test_a_page_without_objects_is_passed_over_unless_all_are_empty(tmp_path: Path) -> None:
    (tmp_path / "page2.json").write_text('{"products": []}')
    done, sold = imported(
        tmp_path,
        {"orders": SHOPIFY_ORDERS},
        {"products": SHOPIFY_PRODUCTS},
        **{"from": "shopify", "products": ["p.json", "page2.json"]},
    )
    assert sold.height == 3
    assert "page2.json has no products: it was passed over." in done.remarks
    with pytest.raises(BadRows, match=r"o\.json has no orders"):
        imported(tmp_path, {"orders": []}, {"products": SHOPIFY_PRODUCTS}, **{"from": "shopify"})


def test_a_customer_of_shopify_without_an_address_is_known_by_the_id(tmp_path: Path) -> None:
    order = {
        "created_at": "2025-03-01T10:00:00Z",
        "customer": {"id": 77},
        "line_items": [{"sku": "0012", "price": "1"}],
    }
    orders = [order | {"name": "#1"}, order | {"name": "#2"}]
    (tmp_path / "c.json").write_text(
        '{"customers": [{"id": 77, "email": null, "default_address": {"zip": "10115"}}]}'
    )
    imported(
        tmp_path,
        {"orders": orders},
        {"products": SHOPIFY_PRODUCTS},
        **{"from": "shopify", "customers": "c.json"},
    )
    customers = pl.read_csv(tmp_path / "data" / "customers.csv", infer_schema=False)
    assert customers.select("shop_customer_id", "postal_code").rows() == [("77", "10115")]


def test_a_variation_of_a_draft_is_not_for_sale(tmp_path: Path) -> None:
    products = [each | {"status": "draft"} if each["id"] == 10 else each for each in WOOCOMMERCE_PRODUCTS]
    products += [{"id": 12, "parent_id": 10, "sku": "TEE-B", "status": "publish", "regular_price": "10.00"}]
    imported(tmp_path, WOOCOMMERCE_ORDERS, products, **{"from": "woocommerce"})
    # The red one was sold.
    assert pl.read_csv(tmp_path / "data" / "articles.csv")["sku"].to_list() == ["HAT", "TEE-R"]


def test_of_a_packed_answer_no_more_is_unpacked_than_may_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its end is missing: who unpacks all of it finds out.
    packed = gzip.compress(b"[" + random.Random(0).randbytes(4_000_000))
    (tmp_path / "o.json.gz").write_bytes(packed[: len(packed) // 2])
    monkeypatch.setattr(json_export, "LARGEST", 10)
    with pytest.raises(BadRows, match="at most 10 are read"):
        JsonExport(tmp_path / "o.json.gz", "orders")


def test_an_answer_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "o.json").write_text('[{"sku": "A"}]')
    monkeypatch.setattr(json_export, "LARGEST", 10)
    with pytest.raises(BadRows, match="at most 10 are read"):
        JsonExport(tmp_path / "o.json", "orders")
