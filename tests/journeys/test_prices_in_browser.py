"""The price in a real browser: a slider by whole numbers, a field for each end, and the address."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
from browsing import SLOW, cards, settled, shown
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def asked(page: Page) -> list[str]:
    return parse_qs(urlsplit(page.url).query).get("price", [])


def expect_asked(page: Page, first: str, last: str) -> None:
    page.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("price") == [first, last])
    settled(page)


def prices(page: Page) -> list[float]:
    return [float(each) for each in cards(page, "listing").locator(".price").all_inner_texts()]


def expect_prices(page: Page, first: float, last: float) -> None:
    """Waits until all that is shown costs so much: the address changes before the list does."""
    deadline = time.monotonic() + SLOW / 1000
    while not (found := prices(page)) or not first <= min(found) <= max(found) <= last:
        assert time.monotonic() < deadline, found
        page.wait_for_timeout(100)


def test_the_slider_moves_by_whole_numbers_and_the_fields_tell_where_it_stands(
    page: Page, address: str
) -> None:
    page.goto(address)
    shown(page, "listing")
    low, high = page.get_by_role("slider").first, page.get_by_role("slider").last
    most = int(float(high.get_attribute("aria-valuemax") or high.get_attribute("max") or ""))
    low.press("ArrowRight")
    expect_asked(page, "1", "inf")
    expect(page.get_by_label("From")).to_have_value("1")
    expect(page.get_by_label("To", exact=True)).to_have_value("")
    high.press("ArrowLeft")
    expect_asked(page, "1", str(most - 1))
    expect(page.get_by_label("To", exact=True)).to_have_value(str(most - 1))
    assert all(1 <= price <= most - 1 for price in prices(page))
    high.press("ArrowRight")
    expect_asked(page, "1", "inf")
    low.press("ArrowLeft")
    page.wait_for_url(lambda url: "price" not in url)


def test_a_field_takes_any_price_and_moves_the_slider(
    page: Page, address: str, articles: pl.DataFrame
) -> None:
    page.goto(address)
    shown(page, "listing")
    page.get_by_label("To", exact=True).fill("19.99")
    page.get_by_label("To", exact=True).press("Enter")
    expect_asked(page, "0", "19.99")
    expect_prices(page, 0, 19.99)
    page.get_by_label("From").fill("10")
    page.get_by_label("From").press("Enter")
    expect_asked(page, "10", "19.99")
    expect_prices(page, 10, 19.99)
    page.reload()
    expect(page.get_by_label("From")).to_have_value("10")
    expect(page.get_by_label("To", exact=True)).to_have_value("19.99")
    page.get_by_label("From").fill("")
    page.get_by_label("From").press("Enter")
    expect_asked(page, "0", "19.99")
    page.get_by_label("To", exact=True).fill("99999")
    page.get_by_label("To", exact=True).press("Enter")
    expect_asked(page, "0", "99999")
    page.get_by_role("slider").first.press("ArrowRight")
    expect_asked(page, "1", "99999")
