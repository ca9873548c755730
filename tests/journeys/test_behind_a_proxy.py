"""The dashboard below a path of somebody's site: pictures, the map and the ways between pages, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from browsing import SLOW, cards, open_card, served, shown
from helpers import slow
from playwright.sync_api import Locator, Page, expect
from proxies import proxied

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def below(demo_shop: Path) -> Iterator[str]:
    """The dashboard that is told of its path, behind a proxy that passes the path on."""
    with (
        served(demo_shop, demo_shop / "images", "--server.baseUrlPath", "/our/shop/") as where,
        proxied(where, "/our/shop", strips=False) as proxy,
    ):
        yield proxy


@pytest.fixture(scope="module")
def stripped(address: str) -> Iterator[str]:
    """The dashboard that knows of no path, behind a proxy that takes the path off."""
    with proxied(address, "/our/shop", strips=True) as proxy:
        yield proxy


@pytest.fixture(params=["below", "stripped"])
def site(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def expect_photo(page: Page, picture: Locator) -> None:
    """A picture that was loaded, and is no tile in the place of one."""
    expect(picture).not_to_have_js_property("naturalWidth", 0, timeout=SLOW)
    answer = page.request.get(picture.evaluate("picture => picture.currentSrc"))
    assert answer.headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("site", ["below", *slow("stripped")], indirect=True)
def test_photos_are_shown_and_links_stay_below_the_path(page: Page, site: str, buyer: str) -> None:
    page.goto(f"{site}/")
    expect_photo(page, cards(page, "listing").first.locator("img"))
    first = shown(page, "listing")[0]
    open_card(page, "listing", first)
    assert page.url == f"{site}/?article={first}"
    expect_photo(page, page.locator(".photo img"))
    page.get_by_role("link", name="Shopper", exact=True).click()
    page.wait_for_url(f"{site}/shopper")
    page.goto(f"{site}/shopper?customer={buyer}")
    expect_photo(page, cards(page, "then").first.locator("img"))
    first = shown(page, "then")[0]
    open_card(page, "then", first)
    assert page.url == f"{site}/?article={first}"


def test_the_map_is_drawn_and_tells_of_its_points(page: Page, site: str, demo_shop: Path) -> None:
    places = pl.read_parquet(demo_shop / "visual_map.parquet")
    page.goto(f"{site}/map")
    canvas = page.locator("canvas[data-view]")
    expect(canvas).to_have_attribute("data-drawn", str(places.height), timeout=SLOW)
    told = page.request.get(f"{site}/map/article/{places['article'][0]:010d}")
    assert told.json()["name"]
