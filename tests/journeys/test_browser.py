"""The dashboard in a real browser: headless Chromium against a real server on loopback."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest
from helpers import REPOSITORY, copy_table
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = pytest.mark.browser

_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SLOW = 30_000


@contextmanager
def served(data: Path, images: Path) -> Iterator[str]:
    """The dashboard on a free port; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://localhost:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("STYLO_")}
    with subprocess.Popen(
        [*command, "--data", str(data), "--images", str(images)],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    ) as server:
        try:
            deadline = time.monotonic() + 60
            while True:
                try:
                    with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as answer:
                        assert answer.status == 200
                    break
                except OSError:
                    assert server.poll() is None
                    assert time.monotonic() < deadline
                    time.sleep(0.1)
            yield address
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_CHROMIUM, args=_QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    opened.set_default_timeout(SLOW)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def address(demo_shop: Path) -> Iterator[str]:
    with served(demo_shop, demo_shop / "images") as where:
        yield where


@pytest.fixture(scope="module")
def articles(demo_shop: Path) -> pl.DataFrame:
    return pl.read_parquet(demo_shop / "articles.parquet")


def name_of(articles: pl.DataFrame, article_id: str) -> str:
    return str(articles.filter(pl.col("article_id") == article_id)["prod_name"].item())


def cards(page: Page, shelf: str) -> list[str]:
    """The articles of a shelf, in order, as the page shows them now."""
    found = page.locator(f'[class*="st-key-card-{shelf}-"]')
    expect(found.first).to_be_visible(timeout=SLOW)
    classes = found.evaluate_all("nodes => nodes.map(node => node.className)")
    return [re.search(rf"st-key-card-{shelf}-(\d{{10}})", text)[1] for text in classes]  # type: ignore[index]


def expect_cards(page: Page, shelf: str, articles: list[str]) -> None:
    """Waits until a shelf shows these articles: Streamlit replaces a page from the top, piece by piece."""
    deadline = time.monotonic() + SLOW / 1000
    while (shown := cards(page, shelf)) != articles and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert shown == articles


def open_card(page: Page, shelf: str, article_id: str) -> None:
    """Clicks the photo of a card, once its button has arrived in the page."""
    card = page.locator(f'[class*="st-key-card-{shelf}-{article_id}"]')
    expect(card.locator(".stButton button")).to_be_visible()
    card.click(position={"x": 20, "y": 20})
    page.wait_for_url(f"**/?article={article_id}")


def twins_of(demo_shop: Path, article_id: str) -> list[str]:
    table = pl.read_parquet(demo_shop / "visual_reccs.parquet").filter(pl.col("article") == int(article_id))
    return [f"{article:010d}" for article in table.sort("rank")["neighbour"]]


def test_opening_an_article_following_a_twin_and_landing_on_its_page(
    page: Page, address: str, demo_shop: Path, articles: pl.DataFrame
) -> None:
    page.goto(address)
    first = cards(page, "landing")[0]
    open_card(page, "landing", first)
    expect(page.get_by_role("heading", level=2)).to_have_text(name_of(articles, first))
    twins = twins_of(demo_shop, first)
    expect_cards(page, "visual-twins", twins)
    expect(page.get_by_text(re.compile(r"\d+\.\d+ % match")).first).to_be_visible()
    expect(page.get_by_text("Untrained network").first).to_be_visible()
    open_card(page, "visual-twins", twins[0])
    expect(page.get_by_role("heading", level=2)).to_have_text(name_of(articles, twins[0]))
    expect_cards(page, "visual-twins", twins_of(demo_shop, twins[0]))


SHELVES = ["Recommended with it", "Bought together", "Style neighbours", "Same style", "Visual twins"]


def test_an_address_opens_its_article_with_facts_and_shelves(
    page: Page, address: str, articles: pl.DataFrame
) -> None:
    row = articles.filter(pl.col("detail_desc").is_not_null()).row(7, named=True)
    page.goto(f"{address}/?article={row['article_id']}")
    expect(page.get_by_role("heading", level=2)).to_have_text(row["prod_name"])
    for fact in ("product_type_name", "colour_group_name", "section_name", "article_id", "detail_desc"):
        expect(page.get_by_text(row[fact]).first).to_be_visible()
    titles = page.get_by_role("heading", level=3)
    expect(titles).to_have_text(SHELVES)
    expect(page.get_by_alt_text(re.compile(f"^{re.escape(row['prod_name'])}, ")).first).to_be_visible()


def test_the_back_button_goes_back(page: Page, address: str, articles: pl.DataFrame) -> None:
    one = articles["article_id"][0]
    page.goto(f"{address}/?article={one}")
    expect(page.get_by_role("heading", level=2)).to_have_text(name_of(articles, one))
    open_card(page, "hybrid", cards(page, "hybrid")[0])
    page.go_back()
    page.wait_for_url(f"**/?article={one}")
    expect(page.get_by_role("heading", level=2)).to_have_text(name_of(articles, one))


def test_typing_finds_articles_by_part_of_name_or_id(
    page: Page, address: str, articles: pl.DataFrame
) -> None:
    page.goto(address)
    wanted = articles.row(3, named=True)
    page.get_by_label("Find an article").fill(wanted["article_id"][2:])
    page.locator(f'[class*="st-key-card-results-{wanted["article_id"]}"]').wait_for()
    expect_cards(page, "results", [wanted["article_id"]])
    page.get_by_label("Find an article").fill("zzzz nothing")
    expect(page.get_by_text("Nothing found for “zzzz nothing”")).to_be_visible()
    page.get_by_label("Find an article").fill(wanted["prod_name"].lower()[:-1])
    open_card(page, "results", wanted["article_id"])
    expect(page.get_by_role("heading", level=2)).to_have_text(wanted["prod_name"])


@pytest.mark.parametrize(
    ("article", "words"),
    [
        ("0999999999", "There is no article 0999999999"),
        ("706016001", "“706016001” is not an article number"),
        ("%3Cb%3Ex%3C%2Fb%3E", "“<b>x</b>” is not an article number"),
    ],
)
def test_an_unknown_article_in_the_address_is_told_and_the_shop_still_shown(
    page: Page, address: str, article: str, words: str
) -> None:
    page.goto(f"{address}/?article={article}")
    expect(page.get_by_text(words)).to_be_visible()
    assert cards(page, "landing")


def test_without_artefacts_a_friendly_page_names_the_script(page: Page, tmp_path: Path) -> None:
    with served(tmp_path / "empty", tmp_path) as where:
        page.goto(where)
        expect(page.get_by_role("heading", name="Nothing to show yet")).to_be_visible()
        expect(page.get_by_text(f"python data_optim.py --data {tmp_path / 'empty'}")).to_be_visible()


def test_with_tables_and_no_photos_tiles_stand_in_and_shelves_name_their_script(
    page: Page, demo_shop: Path, tmp_path: Path
) -> None:
    for name in ("articles", "customers", "transactions"):
        copy_table(demo_shop / f"{name}.parquet", tmp_path)
    with served(tmp_path, tmp_path / "no images") as where:
        page.goto(where)
        first = cards(page, "landing")[0]
        expect(page.get_by_alt_text(re.compile("^No photo: ")).first).to_be_visible()
        page.goto(f"{where}/?article={first}")
        expect(page.get_by_text("python final.py").first).to_be_visible()
        expect(page.get_by_text("python visual_reccs.py").first).to_be_visible()
        expect(page.get_by_text("images/README.md").first).to_be_visible()
