"""Every page for everyone: by keyboard, by ear, in the dark, on a telephone."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import SLOW, served, settled
from helpers import copy_table, slow
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PAGES = [
    "",
    "?article={article}",
    "map",
    *slow(
        "photo",
        "shopper",
        "shopper?customer={buyer}",
        "compare?id={article}&id={other}",
        "boards",
        "?table=listing",
        "evaluation",
        "operations",
        "data",
    ),
]


def serious(page: Page) -> list[tuple[str, list[str], str]]:
    """What axe calls serious or critical: rule, place, source."""
    return [
        (each["id"], each["nodes"][0]["target"], each["nodes"][0]["html"][:200])
        for each in Axe().run(page).response["violations"]
        if each["impact"] in ("serious", "critical")
    ]


def serious_by_scheme(page: Page) -> dict[str, list[tuple[str, list[str], str]]]:
    """The same, once the page is drawn for a light and for a dark room."""
    found = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(page.locator(".stApp")).to_have_css("color-scheme", scheme)
        settled(page)
        page.wait_for_timeout(500)
        found[scheme] = serious(page)
    return found


@pytest.mark.parametrize("path", PAGES)
def test_nothing_serious_stands_in_the_way_of_a_keyboard_or_a_screen_reader(
    empty_page: Page, address: str, articles: pl.DataFrame, buyer: str, path: str
) -> None:
    empty_page.goto(
        f"{address}/{path.format(article=articles['article_id'][0], other=articles['article_id'][1], buyer=buyer)}"
    )
    expect(empty_page.locator("h1, h2").first).to_be_visible(timeout=SLOW)
    found = serious_by_scheme(empty_page)
    assert found == {"light": [], "dark": []}


@pytest.mark.slow
def test_the_offer_of_newer_files_can_be_read(empty_page: Page, demo_shop: Path, tmp_path: Path) -> None:
    page = empty_page
    for name in ("articles", "transactions"):
        copy_table(demo_shop / f"{name}.parquet", tmp_path)
    with served(tmp_path, tmp_path / "no images") as where:
        page.goto(where)
        expect(page.locator("h1, h2").first).to_be_visible(timeout=SLOW)
        (tmp_path / "reports").mkdir()
        page.wait_for_timeout(2500)
        page.goto(where)
        expect(page.get_by_role("button", name="Reload data")).to_be_visible(timeout=SLOW)
        found = serious_by_scheme(page)
    assert found == {"light": [], "dark": []}


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_telephone(
    empty_page: Page, address: str, articles: pl.DataFrame, buyer: str, path: str
) -> None:
    page = empty_page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(
        f"{address}/{path.format(article=articles['article_id'][0], other=articles['article_id'][1], buyer=buyer)}"
    )
    expect(page.locator("h1, h2").first).to_be_visible(timeout=SLOW)
    settled(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    main = page.locator('[data-testid="stMain"]').evaluate("main => main.scrollWidth - main.clientWidth")
    assert wide <= 390
    assert main <= 0
