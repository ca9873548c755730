"""The dashboard in a real browser: headless Chromium against a real server on loopback."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from browsing import SLOW, cards, expect_articles, open_card, served, settled, shown
from helpers import copy_table, jpeg, slow
from playwright.sync_api import Page, expect

from stylo.tables.folder import DataFolder
from stylo.tables.split import split

pytestmark = pytest.mark.browser


def name_of(articles: pl.DataFrame, article_id: str) -> str:
    return str(articles.filter(pl.col("article_id") == article_id)["prod_name"].item())


def expect_article(page: Page, articles: pl.DataFrame, article_id: str) -> None:
    expect(page.get_by_role("heading", level=1).first).to_have_text(name_of(articles, article_id))


def twins_of(demo_shop: Path, article_id: str) -> list[str]:
    table = pl.read_parquet(demo_shop / "visual_reccs.parquet").filter(pl.col("article") == int(article_id))
    return [f"{article:010d}" for article in table.sort("rank")["neighbour"]]


def test_opening_an_article_following_a_twin_and_landing_on_its_page(
    page: Page, address: str, demo_shop: Path, articles: pl.DataFrame
) -> None:
    page.goto(address)
    first = shown(page, "listing")[0]
    open_card(page, "listing", first)
    expect_article(page, articles, first)
    twins = twins_of(demo_shop, first)
    expect_articles(page, "visual-twins", twins)
    expect(page.get_by_text(re.compile(r"\d+(\.\d+)?% match")).first).to_be_visible()
    expect(page.get_by_text("Untrained network").first).to_be_visible()
    open_card(page, "visual-twins", twins[0])
    expect_article(page, articles, twins[0])
    expect_articles(page, "visual-twins", twins_of(demo_shop, twins[0]))


def test_pictures_are_loaded_when_they_come_into_view_and_are_photos(page: Page, address: str) -> None:
    page.goto(address)
    first = cards(page, "listing").first.locator("img")
    expect(first).to_have_js_property("complete", True, timeout=SLOW)
    assert first.evaluate("picture => picture.naturalWidth") > 200
    assert first.get_attribute("loading") == "lazy"
    assert re.fullmatch(r".+, .+, .+", first.get_attribute("alt") or "")


def test_the_back_button_goes_back_to_the_article_and_to_the_search(
    page: Page, address: str, articles: pl.DataFrame
) -> None:
    page.goto(f"{address}/?q=a&page=1")
    found = shown(page, "listing")
    open_card(page, "listing", found[0])
    expect_article(page, articles, found[0])
    expect(page.get_by_label("Find an article")).to_have_value("")
    other = shown(page, "hybrid")[0]
    open_card(page, "hybrid", other)
    expect_article(page, articles, other)
    page.go_back()
    page.wait_for_url(f"**article={found[0]}")
    expect_article(page, articles, found[0])
    page.go_back()
    expect_articles(page, "listing", found)
    expect(page.get_by_label("Find an article")).to_have_value("a")


def test_a_card_opens_in_another_tab_as_any_link_does(
    page: Page, address: str, articles: pl.DataFrame
) -> None:
    page.goto(address)
    first = shown(page, "listing")[0]
    with page.context.expect_page() as opened:
        cards(page, "listing").first.click(modifiers=["Control"])
    expect_article(opened.value, articles, first)
    opened.value.close()
    assert "article" not in page.url


def test_typing_finds_articles_while_one_types_also_misspelt(
    page: Page, address: str, articles: pl.DataFrame
) -> None:
    page.goto(address)
    wanted = articles.row(3, named=True)
    box = page.get_by_label("Find an article")
    box.fill(wanted["article_id"][2:])
    expect_articles(page, "listing", [wanted["article_id"]])
    expect(page.get_by_role("heading", name="1 article", exact=True)).to_be_visible()
    box.fill("qqqq zzzz")
    expect(page.get_by_text("Nothing found for “qqqq zzzz”")).to_be_visible()
    colour = max(articles["colour_group_name"].to_list(), key=len)
    box.fill(colour[:-1] + "q")
    expect(page.get_by_text(re.compile("Showing results for"))).to_be_visible()
    page.wait_for_url("**q=**")


def test_filters_are_in_the_address_and_can_be_shared_and_cleared(
    page: Page, address: str, articles: pl.DataFrame
) -> None:
    page.goto(address)
    shown(page, "listing")
    colour = articles["colour_group_name"].mode().sort()[0]
    wanted = articles.filter(pl.col("colour_group_name") == colour)
    page.locator(f'input[data-value="{colour}"]').first.check()
    expect(page.get_by_role("heading", name=f"{wanted.height} articles")).to_be_visible()
    shared = page.url
    assert "colour=" in shared
    section = wanted["section_name"].mode().sort()[0]
    both = wanted.filter(pl.col("section_name") == section).height
    page.locator(f'input[data-value="{section}"]').first.check()
    count = "1 article" if both == 1 else f"{both} articles"
    expect(page.get_by_role("heading", name=count, exact=True)).to_be_visible()
    page.get_by_role("button", name="Clear all").click()
    expect(page.get_by_role("heading", name="Bestsellers")).to_be_visible()
    page.goto(shared)
    expect(page.get_by_role("heading", name=f"{wanted.height} articles")).to_be_visible()
    expect(page.locator("input[data-value]:checked")).to_have_count(1)


def test_a_slider_asks_for_other_twins_and_is_in_the_address(
    page: Page, address: str, articles: pl.DataFrame
) -> None:
    page.goto(f"{address}/?article={articles['article_id'][0]}")
    before = shown(page, "visual-twins")
    slider = page.get_by_role("slider", name="Shape")
    slider.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    page.wait_for_url("**shape=100**")
    expect(page.locator(".st-key-cards-visual-twins .reason").first).to_contain_text("shape")
    settled(page)
    page.wait_for_timeout(1000)
    after = shown(page, "visual-twins")
    page.reload()
    expect_articles(page, "visual-twins", after)
    assert sorted(after) != [] and before != []


@pytest.mark.parametrize(
    ("article", "words"),
    [
        ("%3Cb%3Ex%3C%2Fb%3E", "“<b>x</b>” is not an article number"),
        *slow(
            ("0999999999", "There is no article 0999999999"),
            ("706016001", "“706016001” lacks its leading zero. Did you mean 0706016001?"),
        ),
    ],
)
def test_an_unknown_article_in_the_address_is_told_and_the_shop_still_shown(
    page: Page, address: str, article: str, words: str
) -> None:
    page.goto(f"{address}/?article={article}")
    expect(page.get_by_text(words)).to_be_visible()
    assert shown(page, "listing")


def test_a_photo_from_outside_finds_its_own_article_also_by_a_part_of_it(
    page: Page, address: str, demo_shop: Path, articles: pl.DataFrame
) -> None:
    number = articles["article_id"][5]
    page.goto(f"{address}/photo")
    photo = next((demo_shop / "images").glob(f"0*/{number}.jpg"))
    page.locator('input[type="file"]').set_input_files(photo)
    expect_articles(page, "alike", [number])
    expect(page.get_by_text("Untrained network").first).to_be_visible()
    picture = page.get_by_alt_text("Your picture")
    box = picture.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.1 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.6 * box["height"], steps=5)
    page.mouse.up()
    expect(page.get_by_role("button", name="Use whole photo")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Use whole photo").click()
    expect_articles(page, "alike", [number])
    open_card(page, "alike", number)
    expect_article(page, articles, number)
    page.go_back()
    expect_articles(page, "alike", [number])


def test_a_picture_that_is_taken_out_is_gone(
    page: Page, address: str, demo_shop: Path, articles: pl.DataFrame
) -> None:
    page.goto(f"{address}/photo")
    photo = next((demo_shop / "images").glob(f"0*/{articles['article_id'][5]}.jpg"))
    page.locator('input[type="file"]').set_input_files(photo)
    expect(cards(page, "alike").first).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name=re.compile("^Remove ")).click()
    expect(page.get_by_text("Choose, paste or take a picture")).to_be_visible()
    expect(cards(page, "alike")).to_have_count(0)


@pytest.mark.parametrize(
    "data", [b"no picture", *slow(b"", jpeg((1, 2, 3))[:200])], ids=["text", "empty", "cut"]
)
def test_an_upload_that_is_no_picture_is_told(page: Page, address: str, data: bytes) -> None:
    page.goto(f"{address}/photo")
    upload = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": data}
    page.locator('input[type="file"]').set_input_files(upload)  # type: ignore[arg-type]
    expect(page.get_by_text("This file isn’t a readable image")).to_be_visible()


def test_a_shopper_has_hits_reasons_and_a_time_line(page: Page, address: str, buyer: str) -> None:
    page.goto(f"{address}/shopper?customer={buyer}")
    expect(cards(page, "then")).to_have_count(12)
    expect(page.get_by_role("heading", name="Bought that week")).to_be_visible()
    expect(page.get_by_role("heading", name="All purchases, newest first")).to_be_visible()
    first = shown(page, "time-line")[0]
    open_card(page, "time-line", first)
    page.wait_for_url(f"{address}/?article={first}")
    page.go_back()
    page.wait_for_url("**/shopper?customer=**")
    expect(cards(page, "then")).to_have_count(12)


def test_somebody_drawn_at_random_is_in_the_address(page: Page, address: str) -> None:
    page.goto(f"{address}/shopper")
    page.get_by_role("button", name="Random shopper").click()
    page.wait_for_url(re.compile(r"customer=[0-9a-f]{64}"))
    expect(cards(page, "then")).to_have_count(12)


@pytest.mark.slow
def test_without_artefacts_a_friendly_page_names_the_script(page: Page, tmp_path: Path) -> None:
    with served(tmp_path / "empty", tmp_path) as where:
        page.goto(where)
        expect(page.get_by_role("heading", name="Nothing to show yet")).to_be_visible()
        expect(page.get_by_text(f"python data_optim.py --data {tmp_path / 'empty'}")).to_be_visible()


@pytest.mark.slow
def test_with_tables_and_no_photos_tiles_stand_in_and_replaced_files_are_offered(
    page: Page, demo_shop: Path, tmp_path: Path
) -> None:
    for name in ("articles", "customers", "transactions"):
        copy_table(demo_shop / f"{name}.parquet", tmp_path)
    with served(tmp_path, tmp_path / "no images") as where:
        page.goto(where)
        first = shown(page, "listing")[0]
        expect(page.get_by_alt_text(re.compile("^No photo: ")).first).to_be_visible()
        page.goto(f"{where}/?article={first}")
        expect(page.get_by_text("python final.py").first).to_be_visible()
        expect(page.get_by_text("python visual_reccs.py").first).to_be_visible()
        expect(page.get_by_text("images/README.md").first).to_be_visible()
        split(DataFolder(tmp_path), date(2020, 9, 16))
        page.wait_for_timeout(2500)
        page.goto(where)
        page.get_by_role("button", name="Reload data").click()
        expect(page.get_by_text("in the week before 2020-09-16")).to_be_visible()
        expect(page.get_by_role("button", name="Reload data")).to_have_count(0)


@pytest.mark.slow
def test_cut_off_files_do_not_stop_the_dashboard(page: Page, demo_shop: Path, tmp_path: Path) -> None:
    for path in demo_shop.glob("*.parquet"):
        copy_table(path, tmp_path)
    for name in ("model.bin", "model.json"):
        shutil.copy(demo_shop / name, tmp_path)
    for name in ("predictions.parquet", "visual_reccs.parquet", "model.bin"):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with served(tmp_path, tmp_path / "no images") as where:
        page.goto(where)
        open_card(page, "listing", shown(page, "listing")[0])
        expect(page.get_by_text("python visual_reccs.py").first).to_be_visible()
        for path in ("shopper", "evaluation", "data", "map", "photo"):
            page.goto(f"{where}/{path}")
            expect(page.locator("h1, h2").first).to_be_visible(timeout=SLOW)
            settled(page)
            expect(page.get_by_test_id("stException")).to_have_count(0)
