"""The first visit over a slow line: something is seen before Streamlit's scripts are there, and fonts come last."""

from __future__ import annotations

import threading

import pytest
from browsing import SLOW, settled, shown
from playwright.sync_api import Browser, Route, expect

from stylo.dashboard import text

pytestmark = pytest.mark.browser


def test_a_skeleton_is_seen_and_fonts_wait_for_the_page(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.set_default_timeout(SLOW)
    held = threading.Event()

    def hold(route: Route) -> None:
        # The scripts of a slow line: they are there when the page has been open for more than two seconds.
        expect(page.get_by_text(text.LOADING)).to_be_visible()
        assert page.locator("html.waiting").count() == 1
        page.wait_for_function("performance.now() > 2100")
        held.set()
        route.continue_()

    page.route("**/static/js/index.*.js", hold)
    page.goto(address, wait_until="commit")
    assert len(shown(page, "listing")) > 1
    settled(page)
    assert held.is_set()
    expect(page.get_by_text(text.LOADING)).to_have_count(0)
    expect(page.locator("html.waiting")).to_have_count(0)
    page.wait_for_function("document.fonts.check('1em \"Material Symbols Rounded\"')")
    fonts = page.evaluate(
        """() => performance.getEntriesByType("resource")
            .filter((each) => each.name.includes(".woff2")).map((each) => [each.name, each.startTime])"""
    )
    assert any("MaterialSymbols" in name for name, _ in fonts)
    connected = page.evaluate(
        """() => performance.getEntriesByType("resource")
            .find((each) => each.name.includes("host-config")).startTime"""
    )
    assert all(at > connected for _, at in fonts)
    page.close()
