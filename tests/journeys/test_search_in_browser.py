"""Searching and filtering in a real browser: in everyday words, by keyboard, and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
from browsing import cards, served, settled, shown
from playwright.sync_api import Page, expect

from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.tables.split import split

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
_FOCUSED = """() => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at.matches("a.card") ? at.dataset.article : at.textContent.trim();
}"""


@pytest.fixture(scope="module")
def articles(demo_shop: Path) -> pl.DataFrame:
    """The articles of the demo shop, of which many became black midi dresses or something near."""
    articles = pl.read_parquet(demo_shop / "articles.parquet")
    texts = {
        "product_type_name": "Dress",
        "colour_group_name": "Black",
        "perceived_colour_master_name": "Black",
    }
    near = {
        0: ("Vilja", "Calf-length dress in jersey."),
        1: ("Edda midi dress", None),
        2: ("Edda", "A black dress."),
    }
    rows = []
    for place, row in enumerate(articles.rows(named=True)):
        kind, changed = divmod(place, 5)
        if changed == 0:
            name, told = near[kind % 3]
            row |= texts | {"prod_name": name, "detail_desc": told}
        elif changed == 1:
            row |= {
                "prod_name": "Midi skirt",
                "product_type_name": "Skirt",
                "detail_desc": "Black midi skirt.",
            }
        rows.append(row)
    return pl.DataFrame(rows, schema=articles.schema)


@pytest.fixture(scope="module")
def address(
    demo_shop: Path, articles: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where a shop with these articles is served."""
    data = tmp_path_factory.mktemp("wardrobe")
    for name in ("customers", "transactions_train"):
        (data / f"{name}.csv").symlink_to(demo_shop / f"{name}.csv")
    articles.drop("article").write_csv(data / "articles.csv")
    folder = DataFolder(data)
    convert(data, folder)
    day = pl.read_csv(demo_shop / "transactions_train.csv", columns=["t_dat"], try_parse_dates=True)[
        "t_dat"
    ].max()
    split(folder, day - timedelta(days=6), days=7)
    with served(data, demo_shop / "images") as where:
        yield where


def said(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def counted(page: Page) -> int:
    """How many articles the heading tells."""
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile(r"^[\d,]+ articles?$"))
    return int(heading.inner_text().split()[0].replace(",", ""))


def test_a_black_midi_dress_under_30_is_one_sentence(
    page: Page, address: str, articles: pl.DataFrame
) -> None:
    page.goto(address)
    shown(page, "listing")
    # The first action of two: to type what is wanted. The second would be to open one.
    page.get_by_placeholder("black midi dress").fill("black midi dress under 30")
    expect(page.get_by_text("from “under 30” in your search")).to_be_visible()
    settled(page)
    found = shown(page, "listing")
    assert counted(page) == len(found)
    midi = pl.col("prod_name").is_in(["Vilja", "Edda midi dress"])
    wanted = articles.filter(midi, product_type_name="Dress", colour_group_name="Black")["article_id"]
    assert found
    assert set(found) <= set(wanted)
    assert max(map(float, cards(page, "listing").locator(".price").all_inner_texts())) <= 30
    expect(page.get_by_label("To", exact=True)).to_have_value("30")
    # The slider is what was said last; the chip takes the price out of the words, too.
    page.get_by_role("slider").last.press("ArrowLeft")
    page.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("price") == ["0", "29"])
    expect(page.get_by_text("The price filter overrides “under 30”")).to_be_visible()
    page.get_by_role("button", name="Price up to 29").click()
    page.wait_for_url(lambda url: parse_qs(urlsplit(url).query) == {"q": ["black midi dress"]})
    expect(page.get_by_label("To", exact=True)).to_have_value("")
    settled(page)
    assert len(shown(page, "listing")) >= len(found)
    # Words as they are.
    page.get_by_placeholder("black midi dress").fill("dress under 30")
    page.get_by_role("button", name="Search for exactly “dress under 30”").click()
    page.wait_for_url(lambda url: "literal=yes" in url)
    expect(page.get_by_text("Searching for exactly these words")).to_be_visible()
    expect(page.get_by_label("To", exact=True)).to_have_value("")


def test_what_nobody_bought_is_a_filter_in_words_and_with_a_click(
    page: Page, address: str, articles: pl.DataFrame
) -> None:
    page.goto(address)
    shown(page, "listing")
    page.get_by_placeholder("black midi dress").fill("what nobody bought")
    expect(page.get_by_role("button", name="Never sold")).to_be_visible()
    settled(page)
    count, found = counted(page), shown(page, "listing")
    assert 0 < count < articles.height
    expect(cards(page, "listing").locator(".price")).to_have_count(0)  # what was never sold has no price
    page.get_by_role("button", name="Clear all").click()
    page.wait_for_url(lambda url: not urlsplit(url).query)
    page.get_by_role("checkbox", name=re.compile("Never sold")).check()
    page.wait_for_url(lambda url: parse_qs(urlsplit(url).query) == {"sold": ["1"]})
    settled(page)
    assert counted(page) == count
    assert shown(page, "listing") == found
    page.get_by_label("Sold fewer than").fill("5")
    page.get_by_label("Sold fewer than").press("Enter")
    page.wait_for_url(lambda url: said(page) == {"sold": ["5"]})
    settled(page)
    assert counted(page) > count
    page.get_by_role("button", name="Sold fewer than 5 times").click()
    page.wait_for_url(lambda url: not urlsplit(url).query)


def test_by_keyboard_the_first_card_is_near_and_the_count_is_told(page: Page, address: str) -> None:
    page.goto(f"{address}/?colour=Black&colour=Nonsense&section=Nowhere")
    first = shown(page, "listing")[0]
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    page.keyboard.press("Tab")
    assert page.evaluate(_FOCUSED) == "Skip to results"
    expect(page.get_by_role("link", name="Skip to results")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    tabs = 1
    while page.evaluate(_FOCUSED) != first and tabs < 15:
        page.keyboard.press("Tab")
        tabs += 1
    assert page.evaluate(_FOCUSED) == first
    # A filter that is no longer there is said, and goes with a click; the others stay.
    expect(page.get_by_text("are ignored: Section “Nowhere”, Colour “Nonsense”")).to_be_visible()
    page.get_by_role("button", name="Nonsense").press("Enter")
    page.wait_for_url(lambda url: said(page) == {"colour": ["Black"], "section": ["Nowhere"]})
    page.get_by_role("button", name="Nowhere").press("Enter")
    page.wait_for_url(lambda url: said(page) == {"colour": ["Black"]})
    # A long list of filters is searched.
    page.get_by_role("searchbox", name="Search section").fill("zzz")
    expect(page.get_by_text("No match").first).to_be_visible()
    boxes = page.locator(".st-key-choices input[data-facet=section]")
    last = boxes.last.get_attribute("data-value") or ""
    expect(boxes.last).to_be_hidden()
    page.get_by_role("searchbox", name="Search section").fill(last.upper())
    box = page.locator(f'.st-key-choices input[data-facet=section][data-value="{last}"]')
    expect(box).to_be_visible()
    box.check()
    page.wait_for_url(lambda url: len(said(page)) == 2)
    settled(page)
    expect(page.get_by_role("status").filter(has_text=f"{counted(page)} article")).to_have_count(1)


def test_on_a_telephone_filters_fold_and_the_count_stays_in_sight(page: Page, address: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{address}/?colour=Black")
    shown(page, "listing")
    settled(page)
    expect(cards(page, "listing").first).to_be_in_viewport()
    button = page.locator(".st-key-applied .filters")
    expect(button).to_have_text("Filters (1)")
    count = page.locator(".st-key-applied .count")
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 1500)")
    expect(count).to_be_in_viewport(ratio=1)
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    boxes = page.locator(".st-key-choices input[type=checkbox]:visible")
    box = boxes.last
    box.scroll_into_view_if_needed()
    before = count.inner_text()
    box.check()
    expect(count).not_to_have_text(before)
    expect(count).to_be_in_viewport(ratio=1)
    button.click()
    expect(page.locator(".st-key-filters")).to_be_hidden()
    expect(cards(page, "listing").first).to_be_in_viewport()
