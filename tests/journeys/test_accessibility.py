"""Every page for everyone: by keyboard, by ear, in the dark, on a telephone."""

from __future__ import annotations

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import SLOW, settled
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser

PAGES = [
    "",
    "?article={article}",
    "photo",
    "shopper?customer={buyer}",
    "map",
    "evaluation",
    "operations",
    "data",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_serious_stands_in_the_way_of_a_keyboard_or_a_screen_reader(
    browser: Browser, address: str, articles: pl.DataFrame, buyer: str, path: str, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 1000}, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{address}/{path.format(article=articles['article_id'][0], buyer=buyer)}")
    expect(page.locator("h1, h2").first).to_be_visible(timeout=SLOW)
    settled(page)
    page.wait_for_timeout(1000)
    found = Axe().run(page).response["violations"]
    page.close()
    serious = [
        (each["id"], each["nodes"][0]["target"], each["nodes"][0]["html"][:200])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_telephone(
    browser: Browser, address: str, articles: pl.DataFrame, buyer: str, path: str
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{address}/{path.format(article=articles['article_id'][0], buyer=buyer)}")
    expect(page.locator("h1, h2").first).to_be_visible(timeout=SLOW)
    settled(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    main = page.locator('[data-testid="stMain"]').evaluate("main => main.scrollWidth - main.clientWidth")
    page.close()
    assert wide <= 390
    assert main <= 0
