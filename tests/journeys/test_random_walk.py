"""Somebody who clicks on whatever is there, page after page: nothing that they meet is an error."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import SLOW, served, settled
from playwright.sync_api import Locator, Page, TimeoutError, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Longer walks are for those who look for errors: STYLO_WALK=500.
STEPS = int(os.environ.get("STYLO_WALK", "25"))
PAGES = ["", "photo", "shopper", "map", "boards", "evaluation", "operations", "data"]
WORDS = ["a", "dress", "zzzz", "裙", "", "0", "red "]
# What is clicked; links out of the page, downloads and the camera are not.
CLICKED = (
    "a.shopper, thead button, tbody tr, "
    "a.card, .chip, .clear, summary, input[data-value], [data-testid=stPagination] button, "
    "[data-testid=stButton] button, [data-testid=stButtonGroup] button, [data-testid=stExpander] summary, "
    "[data-testid=stTopNavLink], [data-testid=stPageLink] a"
)


def step(page: Page, draw: random.Random, address: str) -> str:
    """Does something; gives what, for who reads of an error."""
    what = draw.choice(["click"] * 12 + ["box", "choose", "slide", "back", "forward", "reload", "go"])
    if what == "click":
        return tried(click, one_of(page, CLICKED, draw))
    if what == "box":
        return tried(
            lambda box: box.fill(draw.choice(WORDS)),
            one_of(page, "main input[type=text], main input[type=search]", draw),
        )
    if what == "choose":
        return tried(lambda box: choose(page, box, draw), one_of(page, "[role=combobox]", draw))
    if what == "slide":
        return tried(
            lambda end: end.press(draw.choice(["ArrowLeft", "ArrowRight", "Home", "End"])),
            one_of(page, "input[type=range], [role=slider]", draw),
        )
    if what in ("back", "forward"):
        (page.go_back if what == "back" else page.go_forward)()
        if not page.url.startswith(address):
            page.goto(address)
    elif what == "reload":
        page.reload()
    else:
        page.goto(f"{address}/{draw.choice(PAGES)}")
    return what


def one_of(page: Page, which: str, draw: random.Random) -> Locator | None:
    found = page.locator(which).filter(visible=True)
    count = found.count()
    return found.nth(draw.randrange(count)) if count else None


def tried(act: object, element: Locator | None) -> str:
    """The page may change under the hand; then nothing was done."""
    if element is None:
        return "nothing there"
    try:
        said = element.evaluate(
            "e => (e.dataset.testid || e.className) + ' ' + (e.ariaLabel || e.textContent || '').slice(0, 60)",
            timeout=1000,
        )
        act(element)  # type: ignore[operator]
    except TimeoutError:
        return "gone"
    return str(said)


def click(element: Locator) -> None:
    element.click(timeout=1000)


def choose(page: Page, box: Locator, draw: random.Random) -> None:
    box.press("ArrowDown", timeout=1000)
    for _ in range(draw.randrange(4)):
        box.press("ArrowDown", timeout=1000)
    box.press("Enter", timeout=1000)


@pytest.fixture(scope="module")
def logged(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Where the demo shop is served, and what the server says."""
    log = tmp_path_factory.mktemp("walk") / "log"
    with served(demo_shop, demo_shop / "images", log=log) as address:
        yield address, log


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_clicked_nothing_ends_in_an_error(
    page: Page, logged: tuple[str, Path], seed: int
) -> None:
    draw, (address, log) = random.Random(seed), logged
    page.goto(address)
    done: list[str] = []
    for _ in range(STEPS):
        expect(page.get_by_test_id("stTopNavLink").first).to_be_visible(timeout=SLOW)
        done.append(f"{step(page, draw, address)} at {page.url.removeprefix(address)}")
        settled(page)
        assert "Traceback" not in log.read_text(), "\n".join(done) + log.read_text()[-2000:]
        expect(page.get_by_test_id("stException")).to_have_count(0)
