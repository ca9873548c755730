"""Somebody new to the dashboard, in a real browser: the tour, and from the landing page to a shopper and back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import SLOW, cards, settled, shown
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

ONE_SHOPPER = re.compile(r"customer=[0-9a-f]{64}")


@pytest.fixture
def newcomer(browser: Browser) -> Iterator[Page]:
    """A page of a browser that was never here."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(SLOW)
    yield page
    context.close()


def test_the_tour_is_three_steps_for_the_keyboard_too_and_does_not_come_back(
    newcomer: Page, address: str
) -> None:
    page = newcomer
    page.goto(address)
    tour = page.get_by_role("region", name="A short tour")
    expect(tour).to_contain_text("Step 1 of 3")
    first = shown(page, "listing")[0]
    settled(page)
    place = cards(page, "listing").first.bounding_box()
    serious = [
        each["id"]
        for each in Axe().run(page).response["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []
    tour.get_by_role("button", name="Next").press("Enter")
    expect(tour.get_by_role("heading", name="Look at shoppers")).to_be_focused()
    tour.get_by_role("button", name="Next").press("Enter")
    expect(tour).to_contain_text("Step 3 of 3")
    tour.get_by_role("button", name="Back").press("Enter")
    expect(tour).to_contain_text("Step 2 of 3")
    page.keyboard.press("Escape")
    expect(tour).to_have_count(0)
    assert cards(page, "listing").first.bounding_box() == place
    page.reload()
    assert shown(page, "listing")[0] == first
    settled(page)
    expect(tour).to_have_count(0)


def test_recommended_beside_bought_is_two_clicks_from_the_landing_page(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Shopper", exact=True).click()
    example = page.get_by_role("list", name="Example shoppers").get_by_role("link").first
    expect(example).to_contain_text(re.compile("purchase"))
    example.click()
    page.wait_for_url(ONE_SHOPPER)
    expect(cards(page, "then")).to_have_count(12)
    expect(page.get_by_role("heading", name="Bought that week")).to_be_visible()
    expect(cards(page, "truth").first).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("^Shopper [0-9a-f]{8}"))).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Help for Spent").focus()
    expect(page.get_by_role("tooltip").first).to_contain_text("Sum of the prices paid")
    page.keyboard.press("Escape")
    page.go_back()
    expect(page.get_by_role("heading", name="Example shoppers")).to_be_visible()


@pytest.mark.slow
def test_a_row_of_the_list_leads_to_a_shopper_and_back_to_the_list_as_it_was(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/shopper?age=20-29")
    table = page.get_by_role("table", name="All customers")
    table.get_by_role("button", name="Purchases").click()
    page.wait_for_url("**sort=purchases**")
    expect(table.get_by_role("columnheader", name="Purchases")).to_have_attribute("aria-sort", "descending")
    expect(table.get_by_role("button", name="Purchases")).to_be_focused()
    settled(page)
    rows = table.locator("tbody tr")
    chosen = rows.nth(2)
    short = chosen.get_by_role("link").inner_text()
    chosen.locator("td").last.click()
    page.wait_for_url(ONE_SHOPPER)
    heading = page.get_by_role("heading", name=f"Shopper {short}")
    expect(heading).to_be_focused()
    page.get_by_role("button", name="All shoppers").click()
    page.wait_for_url(lambda url: "customer=" not in url)
    assert "age=20-29" in page.url
    assert "sort=purchases" in page.url
    expect(rows.nth(2)).to_contain_text(short)
    with page.context.expect_page() as opened:
        rows.nth(2).get_by_role("link").click(modifiers=["ControlOrMeta"])
    expect(opened.value.get_by_role("heading", name=f"Shopper {short}")).to_be_visible()
