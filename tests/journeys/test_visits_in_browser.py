"""Going elsewhere and coming back in a real browser: where a page begins, and what is still there."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
from browsing import cards, expect_articles, open_card, settled, shown
from helpers import slow
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

EVERYTHING = "AAAAAP__AAD_____AAD__w"  # a lasso: (0, 0), (65535, 0), (65535, 65535), (0, 65535)
RESULTS = "?q=a&sort=cheapest&price=0&price=1000"


def scrolled(page: Page) -> float:
    return float(page.get_by_test_id("stMain").evaluate("main => main.scrollTop"))


def expect_place(page: Page, at: float) -> None:
    page.wait_for_function(
        "at => Math.abs(document.querySelector('[data-testid=stMain]').scrollTop - at) < 2", arg=at
    )


def expect_focus(page: Page, element: Locator) -> None:
    expect(element).to_be_focused()
    settled(page)
    expect(element).to_be_focused()


def last_card(page: Page, name: str) -> tuple[str, float]:
    """Scrolls to the last card of a list; gives its article and the place."""
    article = shown(page, name)[-1]
    settled(page)
    cards(page, name).last.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop > 200")
    page.wait_for_timeout(200)
    return article, scrolled(page)


def test_an_article_opens_at_its_top_and_back_leads_to_the_place_in_the_list(
    page: Page, address: str, articles: pl.DataFrame
) -> None:
    page.goto(f"{address}/?page=1")
    article, place = last_card(page, "listing")
    open_card(page, "listing", article)
    name = articles.filter(pl.col("article_id") == article)["prod_name"].item()
    expect_focus(page, page.get_by_role("heading", name=name, exact=True))
    expect_place(page, 0)
    page.go_back()
    expect_place(page, place)
    expect_focus(page, page.locator(f'.st-key-cards-listing a[data-article="{article}"]'))
    page.go_forward()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    expect_place(page, 0)
    page.get_by_role("button", name="Back to results").click()
    expect_place(page, place)


@pytest.mark.slow
def test_an_article_opened_from_an_article_begins_at_its_top(page: Page, address: str) -> None:
    page.goto(address)
    open_card(page, "listing", shown(page, "listing")[0])
    article, place = last_card(page, "visual-twins")
    open_card(page, "visual-twins", article)
    expect_place(page, 0)
    page.go_back()
    expect_place(page, place)


@pytest.mark.slow
def test_the_next_page_of_a_list_begins_at_its_top(page: Page, address: str) -> None:
    page.goto(address)
    _, place = last_card(page, "listing")
    page.get_by_test_id("stPagination").get_by_role("button", name="Page 2", exact=True).click()
    page.wait_for_url("**page=2")
    expect_place(page, 0)
    expect_focus(page, page.get_by_role("heading", name="Bestsellers"))
    page.go_back()
    expect_place(page, place)


def test_a_filter_leaves_the_reader_and_the_focus_where_they_are(page: Page, address: str) -> None:
    page.goto(address)
    shown(page, "listing")
    box = page.locator(".st-key-choices input[data-value]").nth(3)
    box.focus()
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 150)")
    before = box.bounding_box()
    box.press("Space")
    page.wait_for_url(re.compile(r"\?"))
    settled(page)
    # What stands above may be a line more or less; what is looked at stays.
    after = box.bounding_box()
    assert before is not None and after is not None
    assert abs(after["y"] - before["y"]) < 12
    expect(box).to_be_focused()


@pytest.mark.parametrize("how", ["browser", *slow("button", "link")])
def test_results_are_as_they_were_after_an_article(page: Page, address: str, how: str) -> None:
    page.goto(f"{address}/{RESULTS}")
    found, left = shown(page, "listing"), page.url
    open_card(page, "listing", found[0])
    other = shown(page, "hybrid")[0]
    settled(page)
    open_card(page, "hybrid", other)
    shown(page, "hybrid")
    settled(page)
    if how == "button":
        page.get_by_role("button", name="Back to results").click()
    elif how == "link":
        page.get_by_role("link", name="Discover").click()
    else:
        page.go_back()
        page.wait_for_url(f"**article={found[0]}")
        shown(page, "hybrid")
        settled(page)
        page.go_back()
    expect_articles(page, "listing", found)
    assert parse_qs(urlsplit(page.url).query) == parse_qs(urlsplit(left).query)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "said", "name", "words"),
    [
        ("map", f"?q=a&by=colour&lasso={EVERYTHING}&page=2", "selection", "Back to the map"),
        ("shopper", "?customer={buyer}", "then", "Back to the shopper"),
    ],
)
def test_an_article_leads_back_to_the_page_that_it_was_opened_from(
    page: Page, address: str, buyer: str, path: str, said: str, name: str, words: str
) -> None:
    page.goto(f"{address}/{path}{said.format(buyer=buyer)}")
    left = page.url
    found = shown(page, name)
    open_card(page, name, found[0])
    page.get_by_role("button", name=words).click()
    expect_articles(page, name, found)
    assert page.url.split("?")[0] == f"{address}/{path}"
    assert parse_qs(urlsplit(page.url).query) == parse_qs(urlsplit(left).query)
    page.go_back()
    page.wait_for_url(f"{address}/?article={found[0]}")


@pytest.mark.slow
def test_the_way_back_is_one_step_also_before_the_article_is_all_there(page: Page, address: str) -> None:
    page.add_init_script("""
        new MutationObserver(() => {
            const back = location.search.includes("article=")
                && document.querySelector('[class*="st-key-back"] button');
            if (back && !window.wentBack) { window.wentBack = true; back.click(); }
        }).observe(document, { subtree: true, childList: true });
    """)
    page.goto(f"{address}/map?lasso={EVERYTHING}")
    article = shown(page, "selection")[0]
    cards(page, "selection").first.click()
    page.wait_for_function("window.wentBack && location.pathname === '/map'")
    assert page.url == f"{address}/map?lasso={EVERYTHING}"
    page.go_back()
    page.wait_for_url(lambda url: "/map" not in url)
    assert page.url == f"{address}/?article={article}"


@pytest.mark.slow
def test_the_navigation_leads_to_each_page_as_it_was_left(page: Page, address: str) -> None:
    page.goto(f"{address}/map?q=a&by=colour")
    expect(page.locator("canvas[data-view]")).to_be_visible()
    page.get_by_role("link", name="Discover").click()
    shown(page, "listing")
    assert page.url == f"{address}/"
    page.get_by_label("Find an article").fill("a")
    page.wait_for_url("**/?q=a")
    settled(page)
    page.get_by_role("link", name="Catalogue map").click()
    page.wait_for_url(f"{address}/map?q=a&by=colour")
    expect(page.get_by_label("Find on the map")).to_have_value("a")
    page.get_by_role("link", name="Discover").click()
    page.wait_for_url(f"{address}/?q=a")
    expect(page.get_by_label("Find an article")).to_have_value("a")
    page.go_back()
    page.wait_for_url(f"{address}/map?q=a&by=colour")
    page.go_back()
    page.wait_for_url(f"{address}/?q=a")


def test_the_link_to_the_page_that_is_open_begins_it_anew(page: Page, address: str) -> None:
    page.goto(f"{address}/{RESULTS}")
    shown(page, "listing")
    page.get_by_role("link", name="Discover").click()
    page.wait_for_url(lambda url: "?" not in url)
    expect(page.get_by_role("heading", name="Bestsellers")).to_be_visible()


@pytest.mark.slow
def test_a_search_from_an_article_is_in_the_address(page: Page, address: str) -> None:
    page.goto(address)
    open_card(page, "listing", shown(page, "listing")[0])
    page.get_by_label("Find an article").press_sequentially("ab", delay=400)
    page.wait_for_url(f"{address}/?q=ab")
    settled(page)
    assert page.url == f"{address}/?q=ab"
    expect(page.get_by_label("Find an article")).to_be_focused()
    page.go_back()
    page.wait_for_url(lambda url: not url.endswith("q=ab"))
    if page.url.endswith("q=a"):  # both letters came at once, or one after the other
        page.go_back()
    page.wait_for_url("**article=*")


@pytest.mark.slow
def test_a_shopper_of_the_evaluation_is_one_step_away(page: Page, address: str) -> None:
    page.goto(f"{address}/evaluation")
    link = page.get_by_role("link", name="View shopper").first
    link.click()
    page.wait_for_url("**/shopper?customer=*")
    expect(cards(page, "then").first).to_be_visible()
    page.go_back()
    page.wait_for_url(f"{address}/evaluation")
    expect(page.get_by_role("heading", name="Evaluation")).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize(
    "said", [RESULTS, "?price=0&price=1000", "?price=1&price=2&section=x&page=1", "?sort=newest"]
)
def test_clear_all_clears_all(page: Page, address: str, said: str) -> None:
    page.goto(f"{address}/{said}")
    page.get_by_role("button", name="Clear all").click()
    page.wait_for_url(lambda url: not {"q", "price", "section", "sort"} & set(parse_qs(urlsplit(url).query)))
    expect(page.get_by_role("heading", name="Bestsellers")).to_be_visible()
    expect(page.get_by_role("button", name="Clear all")).to_have_count(0)


@pytest.mark.slow
def test_a_photo_keeps_its_frame_while_an_article_is_looked_at(
    page: Page, address: str, demo_shop: Path, articles: pl.DataFrame
) -> None:
    page.goto(f"{address}/photo")
    photo = next((demo_shop / "images").glob(f"0*/{articles['article_id'][5]}.jpg"))
    page.locator('input[type="file"]').set_input_files(photo)
    shown(page, "alike")
    frame = page.get_by_role("group", name=re.compile("The part to search for"))
    frame.focus()
    for _ in range(10):
        page.keyboard.press("Shift+ArrowUp")
    expect(page.get_by_role("button", name="Use whole photo")).to_be_visible()
    # Without its lower part the photo is no longer its own article's.
    expect(cards(page, "alike").first).not_to_contain_text("100% match")
    settled(page)
    inset = frame.evaluate("frame => frame.style.inset")
    found = shown(page, "alike")
    open_card(page, "alike", found[0])
    shown(page, "hybrid")
    page.go_back()
    expect(page.get_by_role("button", name="Use whole photo")).to_be_visible()
    settled(page)
    assert frame.evaluate("frame => frame.style.inset") == inset
    assert shown(page, "alike") == found
    page.get_by_role("button", name="Use whole photo").click()
    page.wait_for_function("document.querySelector('[data-test-script-state=\"running\"]') === null")
    expect_articles(page, "alike", [articles["article_id"][5]])
