"""An article in a real browser: what goes with it, its other colours, its photo, a comparison; and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
from browsing import SLOW, cards, expect_articles, open_card, settled, shown
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def wanted(demo_shop: Path, articles: pl.DataFrame) -> str:
    """The best-selling article that has a variant."""
    bought = pl.read_parquet(demo_shop / "train_split.parquet/*.parquet")["article"].value_counts()
    products = articles.group_by("product_code").len().filter(pl.col("len") > 1)
    several = articles.join(products, on="product_code").join(bought, on="article")
    return str(several.sort("count", "article", descending=[True, False])["article_id"][0])


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page that fingers touch."""
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(SLOW)
    yield page
    context.close()


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_what_goes_with_an_article_its_other_colours_and_its_photo_are_a_few_steps_away(
    page: Page, address: str, articles: pl.DataFrame, wanted: str
) -> None:
    row = articles.filter(pl.col("article_id") == wanted).row(0, named=True)
    page.goto(address)
    page.get_by_label("Find an article").fill(wanted)  # one action
    expect_articles(page, "listing", [wanted])
    open_card(page, "listing", wanted)  # two
    expect(page.get_by_role("heading", level=1, name=row["prod_name"])).to_be_focused()
    kind = dict(articles.select("article_id", "product_type_name").iter_rows())
    assert row["product_type_name"] not in {kind[each] for each in shown(page, "goes-with")}
    product = articles.filter(pl.col("product_code") == row["product_code"])
    expect(page.get_by_role("heading", name="In another colour")).to_be_visible()
    assert set(shown(page, "variants")) == set(product["article_id"]) - {wanted}
    page.get_by_role("link", name="Search by this photo").click()  # three
    page.wait_for_url(f"**/photo?article={wanted}")
    found = shown(page, "alike")
    assert wanted not in found
    settled(page)
    page.get_by_role("group", name=re.compile("The part to search for")).focus()
    for _ in range(5):
        page.keyboard.press("Shift+ArrowUp")
    page.wait_for_url("**&part=0&part=0&part=1&part=0.9")
    page.get_by_role("button", name="Use whole photo").click()
    page.wait_for_url(f"**/photo?article={wanted}")
    expect_articles(page, "alike", found[:1])
    settled(page)
    open_card(page, "alike", found[0])
    page.get_by_role("button", name="Back to the photo search").click()
    page.wait_for_url(f"**/photo?article={wanted}")
    expect_articles(page, "alike", found[:1])


@pytest.mark.slow
def test_a_comparison_grows_shrinks_and_leads_to_its_articles_and_shoppers_without_a_new_start(
    page: Page, address: str, articles: pl.DataFrame, wanted: str
) -> None:
    page.goto(f"{address}/?article={wanted}")
    shown(page, "goes-with")
    page.evaluate("globalThis.started = 'once'")
    page.get_by_text("Who bought it").click()
    link = page.locator('a[href*="shopper?customer="]').first
    href = link.get_attribute("href") or ""
    link.click()
    page.wait_for_url(f"**/{href.removeprefix('./')}")
    expect(page.get_by_role("heading").first).to_be_visible()
    page.go_back()
    page.wait_for_url(f"{address}/?article={wanted}")
    shown(page, "goes-with")
    settled(page)
    page.get_by_role("link", name="Compare with").click()
    page.wait_for_url(f"**/compare?id={wanted}")
    expect(page.get_by_text("Add at least one more article")).to_be_visible()
    assert page.get_by_test_id("stTopNavLink").filter(has_text="Compare").count() == 0
    other = next(each for each in articles["article_id"] if each != wanted)
    box = page.get_by_role("combobox", name=re.compile("Add an article"))
    settled(page)
    box.click()
    box.fill(f" {other} ")
    page.get_by_role("option", name=re.compile(other)).first.click()
    page.wait_for_url(f"**/compare?id={wanted}&id={other}")
    expect(page.get_by_role("heading", name="Shoppers in common")).to_be_visible()
    expect(page).to_have_title(re.compile("^Compare "))
    settled(page)
    page.locator(f'.compare a[href*="article={other}"]').first.click()
    page.wait_for_url(f"**/?article={other}")
    page.get_by_role("button", name="Back to the comparison").click()
    page.wait_for_url(f"**/compare?id={wanted}&id={other}")
    page.locator(".compare a.remove").first.click()
    page.wait_for_url(f"**/compare?id={other}")
    page.go_back()
    page.wait_for_url(f"**/compare?id={wanted}&id={other}")
    expect(page.locator(".compare th img")).to_have_count(2)
    assert page.evaluate("globalThis.started") == "once"


def test_on_a_phone_a_finger_scrolls_over_the_picture_and_its_corners_choose_a_part(
    phone: Page, address: str, demo_shop: Path, articles: pl.DataFrame
) -> None:
    phone.goto(f"{address}/photo")
    photo = next((demo_shop / "images").glob(f"0*/{articles['article_id'][5]}.jpg"))
    phone.locator('input[type="file"]').set_input_files(photo)
    shown(phone, "alike")
    settled(phone)
    top = cards(phone, "alike").first.evaluate("card => card.getBoundingClientRect().top")
    assert top < 1.5 * PHONE["height"]
    picture = phone.get_by_alt_text("Your picture")
    box = picture.bounding_box()
    assert box is not None
    touch = phone.context.new_cdp_session(phone)

    def drag(start: tuple[float, float], end: tuple[float, float]) -> None:
        touch.send(
            "Input.dispatchTouchEvent",
            {"type": "touchStart", "touchPoints": [{"x": start[0], "y": start[1]}]},
        )
        for step in range(1, 11):
            at = [here + (there - here) * step / 10 for here, there in zip(start, end, strict=True)]
            touch.send(
                "Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": at[0], "y": at[1]}]}
            )
            phone.wait_for_timeout(30)
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    middle = box["x"] + box["width"] / 2
    frame = phone.get_by_role("group", name=re.compile("The part to search for"))
    whole = frame.evaluate("frame => frame.style.inset")
    drag((middle, box["y"] + box["height"] - 40), (middle, box["y"] + 20))
    phone.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop > 50")
    assert frame.evaluate("frame => frame.style.inset") == whole
    phone.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    phone.wait_for_timeout(500)
    box = picture.bounding_box()
    assert box is not None
    right, bottom = box["x"] + box["width"], box["y"] + box["height"]
    drag((right - 12, bottom - 12), (right - 12, bottom - 0.4 * box["height"]))
    expect(phone.get_by_role("button", name="Use whole photo")).to_be_visible()
    assert frame.evaluate("frame => frame.style.inset") != whole
    assert phone.get_by_test_id("stMain").evaluate("main => main.scrollTop") < 10


def test_enlarged_to_200_per_cent_the_name_comes_before_the_photo_and_both_fit(
    page: Page, address: str, articles: pl.DataFrame, wanted: str
) -> None:
    page.set_viewport_size({"width": 640, "height": 360})
    page.goto(f"{address}/?article={wanted}")
    name = page.get_by_role("heading", level=1)
    expect(name).to_be_visible()
    expect(page.get_by_role("link", name="Compare with")).to_be_visible()
    shown(page, "goes-with")
    title, photo = name.bounding_box(), page.locator(".photo").bounding_box()
    assert title is not None
    assert photo is not None
    assert title["y"] + title["height"] <= 360
    assert title["y"] < photo["y"]
    assert photo["height"] <= 360
    order = page.evaluate(
        """() => [...document.querySelectorAll('h1, .photo, [data-testid=stPageLink], [class*=st-key-cards-]')]
               .map(each => each.localName === 'h1' ? 'name' : each.className.includes('photo') ? 'photo' : 'more')"""
    )
    assert order[0] == "name"
    assert order.index("more") < order.index("photo")
