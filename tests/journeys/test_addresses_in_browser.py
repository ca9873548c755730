"""What changes an address in a real browser: pages of a list, filters, the lasso, weights, and the Back button."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, parse_qsl, urlsplit

import polars as pl
import pytest
from browsing import SLOW, cards, settled, shown
from helpers import slow
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

A_PAGE = 48


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def turn_to(page: Page, name: str, number: int) -> list[str]:
    """Turns to a page of a list that has more than one."""
    before = shown(page, name)
    page.get_by_test_id("stPagination").get_by_role("button", name=f"Page {number}", exact=True).click()
    page.wait_for_url(re.compile(rf"[?&]page={number}\b"))
    expect(cards(page, name).first).not_to_have_attribute("data-article", before[0], timeout=SLOW)
    return shown(page, name)


def expect_first_page(page: Page, name: str) -> None:
    page.wait_for_url(lambda url: "page=" not in url)
    settled(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_test_id("stPaginationPageActive").filter(has_not_text="1")).to_have_count(0)
    expect(cards(page, name).first).to_be_visible()


def filtered(page: Page) -> None:
    page.locator(".st-key-choices input[data-value]").first.check()


def choose_another(page: Page, box: str) -> None:
    settled(page)
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.get_by_role("combobox", name=box).press(key)


def sorted_otherwise(page: Page) -> None:
    choose_another(page, "Sort by")


def searched(page: Page) -> None:
    page.get_by_label("Find an article").press_sequentially("a")


def cheaper(page: Page) -> None:
    page.get_by_role("slider").last.focus()
    page.keyboard.press("ArrowLeft")


@pytest.mark.parametrize("change", [filtered, *slow(sorted_otherwise, searched, cheaper)])
def test_whatever_changes_a_list_it_begins_at_its_first_page(page: Page, address: str, change) -> None:
    page.goto(address)
    turn_to(page, "listing", 2)
    change(page)
    expect_first_page(page, "listing")
    assert "page" not in asked(page)
    assert asked(page)


def test_two_filters_ticked_at_once_are_both_meant(page: Page, address: str) -> None:
    page.goto(address)
    shown(page, "listing")
    boxes = page.locator(".st-key-choices input[data-value]")
    boxes.evaluate_all("boxes => boxes.slice(0, 3).forEach(box => box.click())")
    expect(page.locator(".st-key-choices input:checked")).to_have_count(3)
    page.wait_for_url(lambda url: len(parse_qsl(urlsplit(url).query)) == 3)


def test_back_goes_to_the_page_of_the_list_that_was_left(page: Page, address: str) -> None:
    page.goto(address)
    first = shown(page, "listing")
    second = turn_to(page, "listing", 2)
    filtered(page)
    expect_first_page(page, "listing")
    page.go_back()
    page.wait_for_url("**page=2")
    expect(cards(page, "listing").first).to_have_attribute("data-article", second[0])
    page.go_back()
    page.wait_for_url(lambda url: "page=" not in url)
    expect(cards(page, "listing").first).to_have_attribute("data-article", first[0])


@pytest.mark.parametrize("said", ["99", *slow("x", "0", "-1", "2.0", "", "9" * 30, "2&page=99")])
def test_a_page_that_is_not_there_is_the_first(page: Page, address: str, said: str) -> None:
    page.goto(address)
    first = shown(page, "listing")
    page.goto(f"{address}/?page={said}")
    assert shown(page, "listing") == first
    filtered(page)
    expect_first_page(page, "listing")


def test_a_shared_address_shows_its_page(page: Page, address: str, articles: pl.DataFrame) -> None:
    page.goto(f"{address}/?sort=cheapest&page=2")
    assert len(shown(page, "listing")) == articles.height - A_PAGE


def legend(page: Page) -> Locator:
    return page.locator(".st-key-map .legend button")


@pytest.fixture
def everything(page: Page, address: str) -> Page:
    """The map with a lasso around everything, at its second page."""
    corners = "AAAAAP__AAD_____AAD__w"  # (0, 0), (65535, 0), (65535, 65535), (0, 65535)
    page.goto(f"{address}/map?lasso={corners}")
    turn_to(page, "selection", 2)
    return page


def test_a_selection_can_be_cleared_on_its_second_page(everything: Page) -> None:
    everything.get_by_role("button", name="Clear selection").click()
    everything.wait_for_url(lambda url: "lasso" not in url and "page" not in url)
    expect(cards(everything, "selection")).to_have_count(0)
    expect(everything.get_by_test_id("stException")).to_have_count(0)


def test_groups_can_be_chosen_on_a_selections_second_page(everything: Page) -> None:
    legend(everything).first.click()
    everything.wait_for_url("**group=**")
    expect_first_page(everything, "selection")


def test_the_map_can_be_searched_and_coloured_on_a_selections_second_page(everything: Page) -> None:
    choose_another(everything, "Colour by")
    everything.wait_for_url("**by=**")
    expect_first_page(everything, "selection")
    everything.get_by_role("searchbox").press_sequentially("a")
    everything.wait_for_url("**q=a**")
    expect_first_page(everything, "selection")


@pytest.mark.slow
def test_a_colour_is_a_filter_and_a_weight_at_once(page: Page, address: str, demo_shop, articles) -> None:
    page.goto(f"{address}/photo")
    photo = next((demo_shop / "images").glob(f"0*/{articles['article_id'][5]}.jpg"))
    page.locator('input[type="file"]').set_input_files(photo)
    shown(page, "alike")
    colour = articles["colour_group_name"].mode().sort()[0]
    page.get_by_role("button", name="Filters").click()
    page.locator(f'input[data-value="{colour}"]').first.check()
    page.wait_for_url("**colour=**")
    settled(page)
    page.get_by_role("slider", name="Colour").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**colour_weight=**")
    settled(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    wanted = set(articles.filter(pl.col("colour_group_name") == colour)["article_id"])
    assert set(shown(page, "alike")) <= wanted
    assert asked(page)["colour"] == [colour]
