"""The map's names of regions, its way to what was found, its filters and its lists, in a real browser."""

from __future__ import annotations

import itertools
import json
import re

import polars as pl
import pytest
from browsing import cards, downloaded, settled
from playwright.sync_api import Browser, Locator, Page, Route, expect

pytestmark = pytest.mark.browser

SIDE = 65535
WIDE = {"width": 1400, "height": 1000}


@pytest.fixture(autouse=True)
def moving(page: Page) -> None:
    """The map glides from place to place."""
    page.emulate_media(reduced_motion="no-preference")


def opened(page: Page, address: str, asked: str = "") -> Locator:
    page.goto(f"{address}/map{asked}")
    canvas = page.locator("canvas[data-view]")
    expect(canvas).to_be_visible()
    settled(page)
    return canvas


def view(canvas: Locator) -> tuple[float, float, float]:
    x, y, scale = map(float, str(canvas.get_attribute("data-view")).split())
    return x, y, scale


def boxes(elements: Locator) -> list[dict[str, float]]:
    found: list[dict[str, float]] = elements.evaluate_all(
        "all => all.map(each => each.getBoundingClientRect().toJSON())"
    )
    return found


def apart(one: dict[str, float], other: dict[str, float]) -> bool:
    return (
        one["right"] <= other["left"]
        or other["right"] <= one["left"]
        or one["bottom"] <= other["top"]
        or other["bottom"] <= one["top"]
    )


def test_names_are_finer_nearby_and_none_lies_upon_another(page: Page, address: str) -> None:
    grid = [(x, y) for x in range(0, SIDE, SIDE // 20) for y in range(0, SIDE, SIDE // 30)]
    levels = [
        [[f"{words} {place}", x, y, 1000 - place] for place, (x, y) in enumerate(grid)]
        for words in ("Coarse", "Finer", "Finest")
    ]

    def answer(route: Route) -> None:
        route.fulfill(body=json.dumps(levels), content_type="application/json")

    page.route(re.compile("/map/labels.json"), answer)
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    opened(page, address)
    shown = page.get_by_role("list", name="Mostly found here").get_by_role("listitem")
    for words in ("Coarse", "Finer", "Finest"):
        expect(shown.first).to_have_text(re.compile(f"^{words} "))
        texts = shown.all_inner_texts()
        assert len(texts) > 8
        assert all(text.startswith(f"{words} ") for text in texts)
        lying = boxes(shown)
        assert all(itertools.starmap(apart, itertools.combinations(lying, 2)))
        (stage,) = boxes(page.locator(".stage"))
        covers = boxes(page.locator(".stage .tools, .legend"))
        assert all(apart(box, cover) for box in lying for cover in covers)
        assert all(stage["left"] <= box["left"] and box["right"] <= stage["right"] for box in lying)
        assert all(stage["top"] <= box["top"] and box["bottom"] <= stage["bottom"] for box in lying)
        page.get_by_role("button", name="Zoom in").click()
        page.get_by_role("button", name="Zoom in").click()


def test_a_search_is_flown_to_listed_and_left_again(
    page: Page, address: str, places: pl.DataFrame, articles: pl.DataFrame
) -> None:
    canvas = opened(page, address)
    before = view(canvas)
    row = articles.row(3, named=True)
    place = places.row(by_predicate=pl.col("article") == row["article"], named=True)
    canvas.evaluate("""canvas => {
        window.views = [];
        new MutationObserver(() => window.views.push(canvas.dataset.view)).observe(canvas, { attributes: true });
    }""")
    page.get_by_label("Find on the map").fill(row["article_id"])
    page.wait_for_function("scale => Number(window.views.at(-1)?.split(' ')[2]) > scale", arg=20 * before[2])
    x, y, _ = view(canvas)
    assert y == pytest.approx(place["y"], abs=0.01)
    assert x == pytest.approx(place["x"], abs=0.05)  # beside the legend
    assert len(set(page.evaluate("window.views"))) > 3
    page.get_by_role("button", name="List this article").click()
    heading = page.get_by_role("heading", name="On the map: 1 article")
    expect(heading).to_be_in_viewport(ratio=1)
    page.wait_for_url(f"**/map?q={row['article_id']}&list=yes")
    expect(cards(page, "selection")).to_have_attribute("data-article", row["article_id"])

    # Who comes back finds the map as it was left, not where the search led.
    page.get_by_role("button", name="Show all").click()
    expect(canvas).to_have_attribute("data-view", "{:.6f} {:.6f} {:.3f}".format(*before))
    cards(page, "selection").first.click()
    page.get_by_role("button", name="Back to the map").click()
    expect(heading).to_be_visible()
    expect(canvas).to_be_visible()
    settled(page)
    assert view(canvas) == before
    page.get_by_role("button", name="Zoom to it").click()
    expect(canvas).not_to_have_attribute("data-view", re.compile(f" {before[2]:.3f}$"))
    page.get_by_role("button", name="Close list").click()
    expect(page).to_have_url(f"{address}/map?q={row['article_id']}")


def test_what_is_found_on_the_map_is_taken_along_as_a_file(
    page: Page, address: str, places: pl.DataFrame, articles: pl.DataFrame
) -> None:
    on_map = articles.filter(pl.col("article").is_in(places["article"].implode()))
    kind, _ = on_map["product_type_name"].value_counts(sort=True).row(0)
    of_kind = on_map.filter(pl.col("product_type_name") == kind)["article_id"]
    opened(page, address)
    page.get_by_label("Find on the map").fill(kind)  # one action
    page.wait_for_url("**/map?q=*")
    everything = page.get_by_role("button", name=re.compile(r"^List these [\d,]+ articles$"))
    count = int(re.sub(r"\D", "", everything.inner_text()))
    everything.click()  # two
    expect(page.get_by_role("heading", name=f"On the map: {count} articles")).to_be_visible()
    _, rows = downloaded(page, "export-selection")  # three
    found = [row["article_id"] for row in rows]
    assert len(found) == len(set(found)) == count
    assert set(of_kind) <= set(found) <= set(on_map["article_id"])
    assert {row["type"] for row in rows[: len(of_kind)]} == {kind}


def test_who_wants_little_movement_is_at_once_where_the_search_leads(
    page: Page, address: str, articles: pl.DataFrame
) -> None:
    page.emulate_media(reduced_motion="reduce")
    canvas = opened(page, address)
    before = view(canvas)
    canvas.evaluate("""canvas => {
        window.views = [];
        new MutationObserver(() => window.views.push(canvas.dataset.view)).observe(canvas, { attributes: true });
    }""")
    page.get_by_label("Find on the map").fill(articles["article_id"][3])
    page.wait_for_function("scale => Number(window.views.at(-1)?.split(' ')[2]) > scale", arg=20 * before[2])
    assert (
        len({each for each in page.evaluate("window.views") if not each.endswith(f" {before[2]:.3f}")}) == 1
    )


def test_a_group_and_a_view_are_listed_by_keys_alone(page: Page, address: str, places: pl.DataFrame) -> None:
    opened(page, address)
    chip = page.locator(".legend .chip").first
    count = int(chip.locator(".count").inner_text())
    chip.focus()
    chip.press("Enter")
    page.wait_for_url("**group=*")
    page.get_by_role("button", name=f"List these {count} articles").press("Enter")
    expect(page.get_by_role("heading", name=f"On the map: {count} articles")).to_be_in_viewport(ratio=1)
    page.wait_for_url("**list=yes")
    expect(cards(page, "selection")).to_have_count(min(count, 48))
    page.get_by_role("button", name=f"List these {count} articles").press("Enter")
    expect(page.get_by_role("heading", name=f"On the map: {count} articles")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Show everything").press("Enter")
    expect(page).to_have_url(f"{address}/map")
    page.get_by_role("button", name="List the articles in view").press("Enter")
    expect(page.get_by_role("heading", name=f"Selected on the map: {places.height} articles")).to_be_visible()
    page.wait_for_url("**lasso=*")


def test_an_article_of_the_address_is_in_the_middle_with_its_card(
    page: Page, address: str, places: pl.DataFrame, articles: pl.DataFrame
) -> None:
    row = articles.row(5, named=True)
    place = places.row(by_predicate=pl.col("article") == row["article"], named=True)
    canvas = opened(page, address, f"?show={row['article_id']}")
    expect(page.locator("a.peek.held")).to_contain_text(row["prod_name"])
    assert view(canvas)[:2] == pytest.approx((place["x"], place["y"]), abs=1e-3)
    (ring,), (stage,) = boxes(page.locator("circle.target")), boxes(page.locator(".stage"))
    assert ring["x"] + ring["width"] / 2 == pytest.approx(stage["x"] + stage["width"] / 2, abs=2)
    assert ring["y"] + ring["height"] / 2 == pytest.approx(stage["y"] + stage["height"] / 2, abs=2)
    canvas.focus()
    page.keyboard.press("Escape")
    expect(page.locator("a.peek.held")).to_have_count(0)
    expect(page.locator("circle.target")).to_be_visible()


def test_filters_stay_open_while_they_are_set_and_stand_in_the_address(page: Page, address: str) -> None:
    opened(page, address)
    page.get_by_role("button", name="Filters").click()
    box = page.locator(".st-key-choices label.choice").first
    name, count = box.locator(".label").inner_text(), box.locator(".count").inner_text()
    box.click()
    page.wait_for_url(f"**section={name.split()[0]}*")
    expect(page.get_by_text(f"{count} match the filters.")).to_be_visible()
    expect(page.get_by_role("button", name="Filters (1)")).to_be_visible()
    expect(box.locator("input")).to_be_checked()
    page.get_by_role("button", name="Clear all").click()
    expect(page).to_have_url(f"{address}/map")


def test_on_a_phone_there_is_page_to_scroll_by_beside_the_map(browser: Browser, address: str) -> None:
    phone = browser.new_page(viewport={"width": 844, "height": 390}, has_touch=True)
    opened(phone, address)
    for width, height in ((844, 390), (390, 844)):
        phone.set_viewport_size({"width": width, "height": height})
        (stage,) = boxes(phone.locator(".stage"))
        assert stage["height"] <= 0.75 * height
        tools = boxes(phone.locator(".tools .tool"))
        assert all(stage["left"] <= tool["left"] and tool["right"] <= stage["right"] for tool in tools)
    phone.close()
