"""Lines of orders become purchases: what is taken, what is left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from stylo.errors import BadOption, BadRows
from stylo.importing.order_lines import KnownProducts
from stylo.importing.orders import ImportedPurchases, read_purchases
from stylo.importing.products import VARIANTS
from stylo.importing.templates import TEMPLATES
from stylo.records.importing import ImportSettings

PRODUCTS = [("TEE-1", "Tee", 10.0), ("HAT-1", "Hat", 30.0), ("Hat-2", "Cap", 5.0), ("SET-1", "Set", 40.0)]


def read(
    *lines: dict[str, Any],
    template: str = "csv",
    today: date | None = None,
    gift_cards: Sequence[str] = (),
    **settings: Any,
) -> ImportedPurchases:
    """Of lines that are of order 1, customer c, a tee of 2025-03-01, and 9.95 unless they say something else."""
    plain = {"order": "1", "date": "2025-03-01", "sku": "TEE-1", "price": "9.95", "customer": "c"}
    rows = pl.DataFrame(
        [{name: value for name, value in (plain | line).items() if value is not None} for line in lines],
        infer_schema_length=None,
    ).with_columns(pl.all().cast(pl.String))
    if "file" not in rows.columns:
        rows = rows.with_columns(file=pl.lit("0"))
    variants = pl.DataFrame(
        [
            {"sku": sku, "name": name, "variant_name": f"{name} - M", "price": price}
            for sku, name, price in PRODUCTS
        ],
        schema=VARIANTS,
    )
    return read_purchases(
        rows.with_columns(pl.col("file").cast(pl.UInt16)),
        KnownProducts.of(variants),
        ImportSettings.model_validate(settings),
        TEMPLATES[template],
        today,
        variants.select("sku", "price"),
        pl.Series(gift_cards, dtype=pl.String),
    )


def left_out(found: ImportedPurchases) -> dict[str, int]:
    return {each.why: each.count for each in found.left_out}


def bought(found: ImportedPurchases) -> list[tuple[str, str, float]]:
    rows = found.table.select("shop_customer_id", "sku", pl.col("price").round(2)).rows()
    return [(str(who), str(what), float(price)) for who, what, price in rows]


def test_n_pieces_are_n_purchases_at_the_price_of_one() -> None:
    assert bought(read({"quantity": "3"}, {"order": "2", "quantity": None})) == [("c", "TEE-1", 9.95)] * 4


def test_the_total_of_a_line_is_shared_by_its_pieces() -> None:
    assert bought(read({"price": None, "line_total": "30.00", "quantity": "3"})) == [("c", "TEE-1", 10.0)] * 3


def test_the_discount_of_a_line_is_of_all_its_pieces() -> None:
    found = read({"price": "10.00", "quantity": "2", "line_discount": "5.00"}, {"order": "2"})
    assert bought(found) == [("c", "TEE-1", 7.5)] * 2 + [("c", "TEE-1", 9.95)]
    assert (found.discounted, found.discounts) == (1, 5.0)
    assert found.remarks == ["1 lines were discounted, by 5.00 in all; prices are what was paid."]


@pytest.mark.parametrize(
    ("order_discount", "subtotal", "tee", "hat"),
    [
        # A tee for 10 and a hat for 30, of which 6 were taken off already; 8 more are shared 10 : 24.
        ("8.00", "26.00", 10 - 8 * 10 / 34, 24 - 8 * 24 / 34),
        # The discount of the order has that of the hat in it: 2 are left to share.
        ("8.00", "32.00", 10 - 2 * 10 / 34, 24 - 2 * 24 / 34),
        ("8.00", None, 10 - 2 * 10 / 34, 24 - 2 * 24 / 34),
        # A voucher for shipping.
        ("8.00", "34.00", 10, 24),
        # A line was taken out of the order later: no discount.
        ("0.00", "10.00", 10, 24),
        ("100.00", "0.00", 0, 0),
    ],
)
def test_the_discount_of_an_order_is_shared_by_its_lines_by_what_they_cost(
    order_discount: str, subtotal: str | None, tee: float, hat: float
) -> None:
    facts = {"order_discount": order_discount, "order_subtotal": subtotal, "status": "paid"}
    first = {"price": "10.00", "email": "a@b.c"} | facts
    other = {"price": "30.00", "sku": "HAT-1", "line_discount": "6.00", "date": None}
    found = read(first, other, {"order": "2", "price": "5"}, template="shopify")
    assert found.table["price"].to_list() == pytest.approx([tee, hat, 5])


def test_an_order_without_a_discount_has_none_taken_off() -> None:
    # The subtotal lacks a line that was given back: that is no discount.
    first = {"price": "10.00", "order_subtotal": "10.00", "order_discount": None, "status": "paid"}
    some = {
        "order": "2",
        "price": "10.00",
        "order_discount": "1.00",
        "order_subtotal": "9.00",
        "status": "paid",
    }
    found = read(first, {"price": "30.00", "sku": "HAT-1"}, some, template="shopify")
    assert [price for *_, price in bought(found)] == [10.0, 30.0, 9.0]


def test_a_discount_that_a_price_has_in_it_is_not_taken_off_again() -> None:
    line = {"quantity": "2", "price": "8.00", "line_discount": "4.00"}
    assert [price for *_, price in bought(read(line | {"line_total": "16.00"}))] == [8.0, 8.0]
    assert [price for *_, price in bought(read(line | {"line_total": "12.00"}))] == [6.0, 6.0]


def test_totals_after_coupons_go_before_prices_and_what_they_save_is_counted() -> None:
    line = {"price": "10.00", "quantity": "2", "line_total": "15.00", "line_subtotal": "20.00"}
    found = read(line, {"order": "2", "price": "10.00"}, template="woocommerce")
    assert [price for *_, price in bought(found)] == [7.5, 7.5, 10.0]
    assert (found.discounted, found.discounts) == (1, 5.0)


def test_a_total_is_of_the_pieces_that_were_ordered() -> None:
    line = {"price": None, "line_total": "30.00"}
    found = read(line | {"quantity": "3", "kept_quantity": "1"}, template="woocommerce")
    assert [price for *_, price in bought(found)] == [10.0]


def test_gift_cards_are_bought_and_are_no_purchases() -> None:
    found = read({}, {"sku": "SET-1"}, {"sku": None, "name": "Set"}, gift_cards=["SET-1"])
    assert left_out(found) == {"lines of gift cards": 2}


def test_guests_without_the_number_of_an_order_are_somebody_else_on_another_day() -> None:
    nobody = {"order": None, "customer": None}
    found = read(nobody, nobody | {"date": "2025-03-02"})
    assert [who for who, *_ in bought(found)] == ["order line 1 of 2025-03-01", "order line 2 of 2025-03-02"]


def test_tax_is_added_only_where_prices_lack_it() -> None:
    line = {"price": "10.00", "line_tax": "3.80", "quantity": "2"}
    assert bought(read(line)) == [("c", "TEE-1", 10.0)] * 2
    assert bought(read(line, prices_include_tax=False)) == [("c", "TEE-1", 11.9)] * 2


def test_orders_without_prices_have_those_of_the_products() -> None:
    assert bought(read({"price": None})) == [("c", "TEE-1", 10.0)]


def test_what_only_the_first_line_of_an_order_says_counts_for_all_of_them() -> None:
    first = {
        "order": "#1",
        "customer": None,
        "email": "Ann@Example.com",
        "date": "2025-03-01",
        "status": "paid",
    }
    other = {"order": "#1", "customer": None, "date": None, "sku": "HAT-1"}
    gone = {"order": "#2", "customer": None, "email": "bo@example.com", "status": "refunded"}
    gone_too = {"order": "#2", "customer": None, "date": None}
    found = read(first, other, gone, gone_too, template="shopify")
    assert bought(found) == [("ann@example.com", "TEE-1", 9.95), ("ann@example.com", "HAT-1", 9.95)]
    assert left_out(found) == {"lines of orders that are refunded": 2}
    assert found.cancelled == 1


def test_a_state_of_one_line_is_not_that_of_the_others() -> None:
    lines = ({"status": None}, {"sku": "HAT-1", "status": "shipped"}, {"sku": "Hat-2", "status": "returned"})
    for order in (lines, lines[::-1]):
        found = read(*order)
        assert sorted(what for _, what, _ in bought(found)) == ["HAT-1", "TEE-1"]
        assert left_out(found) == {"lines of orders that are returned": 1}


def test_the_state_of_an_order_goes_on_in_lines_without_a_day() -> None:
    found = read({}, {"order": "2", "status": "cancelled"}, {"order": "2", "date": None, "sku": "HAT-1"})
    assert left_out(found) == {"lines of orders that are cancelled": 2}


@pytest.mark.parametrize(
    ("line", "template", "why"),
    [
        ({"status": "Cancelled"}, "csv", "lines of orders that are cancelled"),
        ({"status": "wc-refunded"}, "woocommerce", "lines of orders that are refunded"),
        ({"status": "Pending payment"}, "woocommerce", "lines of orders that are pending payment"),
        ({"status": "voided"}, "shopify", "lines of orders that are voided"),
        ({"line_status": "restocked"}, "shopify", "lines that are restocked"),
        ({"cancelled_at": "2025-03-02"}, "shopify", "lines of cancelled orders"),
        ({"quantity": "0"}, "csv", "returned lines"),
        ({"quantity": "-1"}, "csv", "returned lines"),
        ({"quantity": "two"}, "csv", "lines whose quantity cannot be read"),
        ({"quantity": "5000"}, "csv", "lines of more than 1,000 pieces"),
        ({"date": "soon"}, "csv", "lines whose date cannot be read"),
        ({"date": None}, "csv", "lines without a date"),
        ({"sku": "GONE"}, "csv", "lines whose SKU is in no product export"),
        ({"sku": None, "name": "Shipping"}, "csv", "lines without a SKU whose name is no product's"),
        ({"price": "free"}, "csv", "lines whose price cannot be read"),
        ({"price": "-4"}, "csv", "lines whose price is no price"),
        ({"payment": "(for testing) Bogus Gateway"}, "shopify", "lines of test orders"),
        ({"customer": "x" * 65}, "csv", "lines whose customer's id has more than 64 characters, or some that are "
         "not printable"),
    ],
)  # fmt: skip
def test_what_is_no_purchase_is_left_out_with_its_reason(
    line: dict[str, Any], template: str, why: str
) -> None:
    found = read({"order": "good"}, {"order": "odd"} | line, template=template)
    assert left_out(found) == {why: 1}
    assert found.table.height == 1


def test_statuses_of_the_shop_s_own_are_left_out_too() -> None:
    found = read({}, {"order": "2", "status": "On-Hold"}, left_out=["on hold"])
    assert left_out(found) == {"lines of orders that are on hold": 1}


def test_pieces_given_back_are_taken_off_their_order() -> None:
    found = read({"quantity": "3"}, {"quantity": "-2"}, {"order": "2"})
    assert len(bought(found)) == 1 + 1
    assert left_out(found) == {"returned lines": 1}
    assert len(bought(read({"quantity": "3", "refunded_quantity": "-1"}))) == 2


def test_an_sku_in_another_case_or_with_blanks_is_found_if_only_one_is_meant() -> None:
    found = read({"sku": "tee-1"}, {"sku": "HAT-2"}, {"sku": "Tee - 1"})
    assert [what for _, what, _ in bought(found)] == ["TEE-1", "Hat-2", "TEE-1"]
    assert found.remarks == [
        "3 lines write a SKU otherwise, in case or blanks: 'tee-1' was taken as 'TEE-1'."
    ]


def test_a_line_without_a_sku_is_found_by_name() -> None:
    found = read({"sku": None, "name": "Hat - M"}, {"sku": None, "name": "Cap"})
    assert [what for _, what, _ in bought(found)] == ["HAT-1", "Hat-2"]


def test_articles_that_only_orders_know_may_be_added() -> None:
    found = read({}, {"sku": "OLD"}, unknown_products="add")
    assert [what for _, what, _ in bought(found)] == ["TEE-1", "OLD"]


def test_orders_and_products_of_two_shops_are_refused() -> None:
    with pytest.raises(BadRows) as error:
        read({"sku": "X1"}, {"sku": "X2"})
    assert "No order line names an article" in error.value.problem
    assert error.value.where == "Orders name 'X1', 'X2'; products are 'TEE-1', 'HAT-1', 'Hat-2'."


def test_a_guest_is_a_customer_for_one_order() -> None:
    guests = (
        {"order": "7", "customer": None},
        {"order": "7", "customer": None},
        {"order": "8", "customer": None},
    )
    found = read({}, *guests)
    assert sorted({who for who, _, _ in bought(found)}) == ["c", "order 7", "order 8"]
    assert "2 orders without a customer" in found.remarks[0]
    assert left_out(read({}, *guests, guests="leave out")) == {"lines without a customer": 3}


def test_several_currencies_are_refused_until_one_is_chosen() -> None:
    lines = ({"currency": "EUR"}, {"order": "2", "currency": "usd"}, {"order": "3", "currency": "EUR"})
    with pytest.raises(BadRows) as error:
        read(*lines)
    assert error.value.where == "2 lines in EUR, 1 lines in USD."
    found = read(*lines, currency="eur")
    assert (found.currency, left_out(found)) == ("EUR", {"lines in USD": 1})


def test_a_channel_is_a_shop_or_online() -> None:
    lines = [{"order": str(n), "channel": name} for n, name in enumerate(["POS", "web", "Market", None])]
    found = read(*lines, template="shopify", channels={"market": "shop"})
    assert found.table["sales_channel_id"].to_list() == [1, 2, 1, 2]
    assert read(*lines, default_channel="shop").table["sales_channel_id"].to_list() == [1, 1, 1, 1]


def test_a_bundle_is_its_parts_which_share_its_price_by_their_list_prices() -> None:
    # A tee for 10 and a hat for 30: a set for 36 is a tee for 9 and a hat for 27.
    found = read({"sku": "SET-1", "price": "36", "quantity": "2"}, bundles={"SET-1": ["TEE-1", "HAT-1"]})
    assert sorted(bought(found)) == [("c", "HAT-1", 27.0)] * 2 + [("c", "TEE-1", 9.0)] * 2


def test_a_day_that_is_not_over_waits_for_the_next_export() -> None:
    found = read(
        {}, {"order": "2", "date": "2025-03-02"}, {"order": "3", "date": "2025-03-03"}, today=date(2025, 3, 2)
    )
    assert left_out(found) == {
        "lines of 2025-03-02, which is not over: the next export has them": 1,
        "lines of days after today, 2025-03-02": 1,
    }


def test_the_time_zone_decides_on_which_day_an_order_was() -> None:
    line = {"date": "2025-03-01 23:30:00 +0000"}
    assert read(line).table["t_dat"].to_list() == [date(2025, 3, 1)]
    assert read(line, time_zone="Europe/Berlin").table["t_dat"].to_list() == [date(2025, 3, 2)]
    with pytest.raises(BadOption, match="no time zone"):
        read(line, time_zone="Europe/Atlantis")


def test_an_order_that_two_files_have_counts_as_the_later_file_has_it() -> None:
    found = read(
        {"file": "0"}, {"file": "0", "order": "2"}, {"file": "1", "order": "2", "status": "cancelled"}
    )
    assert len(bought(found)) == 1
    assert left_out(found) == {
        "order lines that a later file has again": 1,
        "lines of orders that are cancelled": 1,
    }


def test_an_order_that_is_cut_between_two_files_keeps_the_lines_of_both() -> None:
    whole = {"status": "paid", "email": "ann@b.c", "customer": None}
    rest = {"date": None, "customer": None}
    found = read(
        {"file": "0"} | whole,
        {"file": "0", "sku": "HAT-1"} | rest,
        {"file": "1", "sku": "Hat-2"} | rest,
        {"file": "1", "order": "2"} | whole,
        template="shopify",
    )
    assert [(who, what) for who, what, _ in bought(found)] == [
        ("ann@b.c", sku) for sku in ("TEE-1", "HAT-1", "Hat-2", "TEE-1")
    ]
    assert left_out(found) == {}


def test_nothing_but_cancelled_orders_is_refused_with_the_reasons() -> None:
    with pytest.raises(BadRows) as error:
        read({"status": "cancelled"}, {"status": "cancelled"})
    assert "2 lines of orders that are cancelled" in error.value.where


def test_every_line_is_a_purchase_or_left_out(tmp_path: Path) -> None:
    states = ["paid", "cancelled", None, "refunded"]
    lines = [
        {
            "order": str(n),
            "status": states[n % 4],
            "sku": ["TEE-1", "GONE", None][n % 3],
            "quantity": str(n % 5 - 1),
        }
        for n in range(60)
    ]
    found = read(*lines)
    kept = [n for n in range(60) if states[n % 4] in ("paid", None) and n % 3 == 0 and n % 5 - 1 > 0]
    assert found.table.height == sum(n % 5 - 1 for n in kept)
    assert sum(left_out(found).values()) == 60 - len(kept)
