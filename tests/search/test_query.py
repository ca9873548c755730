"""Prices and sales that somebody writes in words become filters; everything else stays a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stylo.search.query import understand, without


@pytest.mark.parametrize(
    ("told", "price"),
    [
        ("under 30", (None, 30)),
        ("below 30", (None, 30)),
        ("Less than 30", (None, 30)),
        ("cheaper than 30", (None, 30)),
        ("up to 30", (None, 30)),
        ("at most 30", (None, 30)),
        ("no more than 30", (None, 30)),
        ("max 30", (None, 30)),
        ("30 max", (None, 30)),
        ("30 or less", (None, 30)),
        ("30 and under", (None, 30)),
        ("< 30", (None, 30)),
        ("<30", (None, 30)),
        ("<=30", (None, 30)),
        ("≤ 30", (None, 30)),
        ("under £30", (None, 30)),
        ("under $ 30", (None, 30)),
        ("under 30 €", (None, 30)),
        ("under 30€", (None, 30)),
        ("under 30 euros", (None, 30)),
        ("under 30 kr", (None, 30)),
        ("for under 30", (None, 30)),
        ("price: under 30", (None, 30)),
        ("under thirty", (None, 30)),
        ("under 29.99", (None, 29.99)),
        ("under 29,99", (None, 29.99)),
        ("under 1,000", (None, 1000)),
        ("over 20", (20, None)),
        ("above 20", (20, None)),
        ("more than 20", (20, None)),
        ("from 20", (20, None)),
        ("at least 20", (20, None)),
        ("20 or more", (20, None)),
        ("> 20", (20, None)),
        (">=20", (20, None)),
        ("between 10 and 20", (10, 20)),
        ("between £10 and £20", (10, 20)),
        ("from 10 to 20", (10, 20)),
        ("10 to 20", (10, 20)),
        ("10-20", (10, 20)),
        ("10–20", (10, 20)),
        ("10 - 20", (10, 20)),
        ("$10-$20", (10, 20)),
        ("9.99-19.99", (9.99, 19.99)),
    ],
)
@pytest.mark.parametrize(
    "order", ["black dress {}", "{} black dress", "black {} dress", "{} in black dress", "{}"]
)
def test_a_price_in_words_is_a_price_wherever_it_stands(
    order: str, told: str, price: tuple[float | None, float | None]
) -> None:
    understood = understand(order.format(told))
    assert understood.price == price
    assert understood.words == order.replace("{}", "").replace("  ", " ").strip()
    assert understood.price_words == told
    assert without(order.format(told), understood.price_words) == understood.words
    assert understood.sold_below is None


@pytest.mark.parametrize(
    "text",
    [
        "black dress",
        "under shirt",
        "underwear",
        "over the knee boots",
        "501 jeans",
        "0706016001",
        "under 0706016001",
        "tights under 40 den",
        "girl 10-14 years",
        "baby 4-6 months",
        "baby 4-6m",
        "sizes 92-140",
        "size 36-38",
        "age 8-10",
        "2-in-1",
        "5-pack socks",
        "from 2 pieces",
        "7060-7080-7090",
        "over 50% wool",
        "20-10",
        "24/7",
        "v-neck 3-pack",
        "under",
        "< >",
        "up to",
        "",
    ],
)
def test_other_numbers_stay_words(text: str) -> None:
    understood = understand(text)
    assert understood.price == (None, None)
    assert understood.words == text
    assert (understood.price_words, understood.sold_words, understood.sold_below) == ("", "", None)


@pytest.mark.parametrize(
    ("told", "below"),
    [
        ("never sold", 1),
        ("Never been sold", 1),
        ("unsold", 1),
        ("not sold", 1),
        ("what nobody bought", 1),
        ("nobody bought", 1),
        ("that no one bought", 1),
        ("never bought", 1),
        ("no sales", 1),
        ("with no sales", 1),
        ("didn't sell", 1),
        ("that didn’t sell", 1),
        ("sold less than 5", 5),
        ("sold fewer than 5 times", 5),
        ("sold at most 4 times", 5),
        ("fewer than 5 sales", 5),
        ("less than 10 sold", 10),
        ("< 10 sales", 10),
        ("under 5 units sold", 5),
        ("sold less than 0 times", 1),
    ],
)
def test_what_hardly_sold_is_a_filter(told: str, below: int) -> None:
    for order in ("trousers {}", "{} trousers", "{}"):
        understood = understand(order.format(told))
        assert understood.sold_below == below
        assert understood.words == ("trousers" if "trousers" in order else "")
        assert understood.sold_words == told
        assert understood.price == (None, None)


def test_a_price_and_sales_are_told_in_one_query() -> None:
    understood = understand("black dresses under 30 sold less than 5 times")
    assert (understood.words, understood.price, understood.sold_below) == ("black dresses", (None, 30), 5)


@pytest.mark.parametrize("text", ["soldier", "oversold jacket", "never mind tee", "solid black", "sold"])
def test_words_that_only_sound_like_it_stay(text: str) -> None:
    understood = understand(text)
    assert (understood.words, understood.sold_below) == (text, None)


@given(st.text(max_size=200))
def test_whatever_is_typed_is_understood_somehow(text: str) -> None:
    low, high = understand(text).price
    assert low is None or high is None or low < high


@given(st.text("under 0123456789.,-–£<>to and between sold less than", max_size=60))
def test_numbers_and_words_in_any_order_are_understood_somehow(text: str) -> None:
    understood = understand(text)
    assert understood.sold_below is None or understood.sold_below >= 1
    assert understood.words == " ".join(understood.words.split())
