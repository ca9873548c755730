"""Selecting articles, taking them along, and a board that two people fill, in a real browser."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import SLOW, cards, downloaded, served, settled, shown
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


def ticks(page: Page, name: str) -> list[str]:
    """The articles of a list that are ticked."""
    found: list[str] = page.locator(f".st-key-cards-{name} li").evaluate_all(
        "items => items.filter(li => li.querySelector('.tick').checked).map(li => li.dataset.article)"
    )
    return found


def serious(page: Page) -> list[tuple[str, str]]:
    """What axe calls serious or critical: rule and source."""
    return [
        (each["id"], each["nodes"][0]["html"][:300])
        for each in Axe().run(page).response["violations"]
        if each["impact"] in ("serious", "critical")
    ]


def ids_of(rows: list[dict[str, str]]) -> list[str]:
    return [row["article_id"] for row in rows]


def expect_copied(page: Page, articles: list[str]) -> None:
    """Waits until the clipboard holds these articles, one a line."""
    deadline = time.monotonic() + SLOW / 1000
    while (held := page.evaluate("navigator.clipboard.readText()")) != "\n".join(articles):
        assert time.monotonic() < deadline, held
        page.wait_for_timeout(100)


@pytest.mark.slow
def test_articles_are_selected_by_mouse_and_keys_and_go_to_a_file_the_clipboard_and_a_board_of_two_people(
    browser: Browser, demo_shop: Path, tmp_path: Path
) -> None:
    data = shutil.copytree(demo_shop, tmp_path / "shop", copy_function=os.link)
    rights = ["clipboard-read", "clipboard-write"]
    with (
        served(data, data / "images") as address,
        browser.new_context(permissions=rights) as mine,
        browser.new_context(permissions=rights) as another,
    ):
        page = mine.new_page()
        page.set_default_timeout(SLOW)
        page.goto(address)
        listed = shown(page, "listing")
        tick = page.locator(".st-key-cards-listing .tick")

        # One, then a range with Shift; then one more by arrow keys and Space.
        tick.nth(1).click()
        tick.nth(3).click(modifiers=["Shift"])
        assert ticks(page, "listing") == listed[1:4]
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Space")
        chosen = listed[1:5]
        assert ticks(page, "listing") == chosen
        expect(page.get_by_text("4 selected")).to_be_visible()
        # Of all checkboxes of the list one is in the way of the Tab key.
        assert (
            tick.evaluate_all("all => all.map(each => each.tabIndex).filter(index => index === 0).length")
            == 1
        )

        assert serious(page) == []

        # The whole list, and what is selected, as files.
        name, rows = downloaded(page, "export-listing")
        assert (name, len(rows), ids_of(rows)[:48]) == ("Articles.csv", 60, listed)
        name, rows = downloaded(page, "tray-export")
        assert (name, ids_of(rows)) == ("selection.csv", chosen)

        # Copied: a number from its card, and those that are selected.
        page.get_by_role("button", name=f"Copy article number {listed[0]}").click()
        expect_copied(page, [listed[0]])
        page.locator(".st-key-tray-copy .copy").click()
        expect_copied(page, chosen)

        # It survives a visit elsewhere, where the same articles are ticked and one can be let go.
        cards(page, "listing").nth(4).click()
        page.wait_for_url(f"**article={listed[4]}")
        expect(page.get_by_text("4 selected")).to_be_visible()
        page.locator(f".st-key-select-{listed[4]} label").click()
        expect(page.get_by_text("3 selected")).to_be_visible()
        page.get_by_role("button", name="Back to results").click()
        assert shown(page, "listing") == listed
        assert ticks(page, "listing") == listed[1:4]
        compare = page.get_by_role("link", name="Compare")
        assert (compare.get_attribute("href") or "").endswith(
            "compare?" + "&".join(f"id={each}" for each in listed[1:4])
        )

        # A board, and its address to somebody else.
        page.get_by_role("button", name="Add to board").click()
        page.get_by_label("New board").fill("Summer <b>夏</b>")
        page.get_by_role("button", name="Create board").click()
        page.get_by_role("link", name="Open “Summer <b>夏</b>”").click()
        page.wait_for_url("**/boards?board=*")
        assert shown(page, "board") == listed[1:4]
        expect(page.get_by_role("heading", level=1)).to_have_text("Summer <b>夏</b>")
        page.get_by_role("button", name="Clear").click()
        expect(page.locator(".st-key-tray")).to_have_count(0)

        theirs = another.new_page()
        theirs.set_default_timeout(SLOW)
        theirs.goto(page.url)
        assert shown(theirs, "board") == listed[1:4]
        more = shown(theirs, "like-board")[0]
        assert more not in listed[1:4]
        theirs.locator(f'.st-key-cards-like-board li[data-article="{more}"] .tick').click()
        theirs.get_by_role("button", name="Add to board").click()
        theirs.get_by_role("button", name="Add", exact=True).click()
        expect(cards(theirs, "board")).to_have_count(4)
        # The first sees it without a click.
        expect(cards(page, "board")).to_have_count(4)
        assert shown(page, "board") == shown(theirs, "board") == [*listed[1:4], more]
        assert ids_of(downloaded(page, "export-board")[1]) == [*listed[1:4], more]
        settled(page)
        assert serious(page) == []
