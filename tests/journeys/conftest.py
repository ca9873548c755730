"""Fixtures of the journeys: a browser, and the demo shop's dashboard."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from browsing import CHROMIUM, QUIET, SLOW, served
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

DESK: ViewportSize = {"width": 1400, "height": 1000}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    expect.set_options(timeout=SLOW)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> BrowserContext:
    """What all pages share: Streamlit's own scripts are loaded once. Nothing else is kept from page to page.

    The tour of the dashboard was seen, so that it lies above nothing. Nothing moves unless a test asks for it: each
    picture of a movement costs as much as one of a page.
    """
    shared = browser.new_context(viewport=DESK, reduced_motion="reduce")
    # Not on the blank page, which has no storage.
    shared.add_init_script("if (location.protocol === 'http:') localStorage.setItem('stylo-tour', 'seen')")
    return shared


@pytest.fixture
def empty_page(context: BrowserContext) -> Iterator[Page]:
    """A page on a desk, of somebody who was never here."""
    opened = context.new_page()
    yield opened
    for each in context.pages:
        if each.url.startswith("http"):
            each.evaluate("localStorage.clear()")
        each.close()
    context.clear_cookies()


@pytest.fixture
def page(empty_page: Page) -> Iterator[Page]:
    """A page in which nothing goes wrong."""
    empty_page.set_default_timeout(SLOW)
    errors: list[str] = []
    empty_page.on("pageerror", lambda error: errors.append(str(error)))
    yield empty_page
    assert errors == []


@pytest.fixture(scope="session")
def address(demo_shop: Path, kept_network: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the demo shop is served, with the network that was kept of it."""
    data = tmp_path_factory.mktemp("served") / "demo"
    shutil.copytree(demo_shop, data, copy_function=os.link)
    shutil.copytree(kept_network, data, copy_function=os.link, dirs_exist_ok=True)
    with served(data, demo_shop / "images") as where:
        yield where


@pytest.fixture(scope="session")
def articles(demo_shop: Path) -> pl.DataFrame:
    return pl.read_parquet(demo_shop / "articles.parquet")


@pytest.fixture(scope="session")
def places(demo_shop: Path) -> pl.DataFrame:
    """Where the articles lie on the map."""
    return pl.read_parquet(demo_shop / "visual_map.parquet")


@pytest.fixture(scope="session")
def buyer(demo_shop: Path) -> str:
    """Somebody who bought in the last week that was scored."""
    return str(
        pl.read_parquet(demo_shop / "predictions.parquet").sort("cutoff", "customer_id")["customer_id"][-1]
    )
