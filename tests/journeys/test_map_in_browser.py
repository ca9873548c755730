"""The catalogue map in a real browser: it draws, it is looked at, searched and selected from, by mouse and by keys."""

from __future__ import annotations

import io
import re

import numpy as np
import polars as pl
import pytest
from browsing import settled
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = pytest.mark.browser

SLOW = 30_000
NARROW = {"width": 820, "height": 1100}


@pytest.fixture(autouse=True)
def moving(page: Page) -> None:
    """The map glides from place to place."""
    page.emulate_media(reduced_motion="no-preference")


def opened(page: Page, address: str, asked: str = "") -> Locator:
    """The map, drawn, with its legend below so that nothing but buttons lies upon it."""
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.goto(f"{address}/map{asked}")
    canvas = page.locator("canvas[data-view]")
    expect(canvas).to_be_visible(timeout=SLOW)
    settled(page)
    return canvas


def on_canvas(canvas: Locator, places: pl.DataFrame) -> np.ndarray:
    """Where the articles are, in pixels from the canvas's corner (n, 2)."""
    said, box = canvas.get_attribute("data-view"), canvas.bounding_box()
    assert said
    assert box
    x, y, scale = map(float, said.split())
    left = box["width"] / 2 + (places["x"].to_numpy() - x) * scale
    top = box["height"] / 2 - (places["y"].to_numpy() - y) * scale
    return np.column_stack([left, top])


def loneliest(spots: np.ndarray) -> int:
    """The point that is farthest from all others."""
    apart = np.linalg.norm(spots[:, None] - spots[None], axis=2) + np.eye(len(spots)) * 1e9
    return int(apart.min(axis=1).argmax())


def move(page: Page, canvas: Locator, left: float, top: float, **how: int) -> None:
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + float(left), box["y"] + float(top), **how)


def row_of(articles: pl.DataFrame, places: pl.DataFrame, point: int) -> dict[str, str]:
    return articles.row(by_predicate=pl.col("article") == places["article"][point], named=True)


def test_every_article_is_drawn_where_it_lies(page: Page, address: str, places: pl.DataFrame) -> None:
    canvas = opened(page, address)
    expect(canvas).to_have_attribute("data-drawn", str(places.height))
    picture = np.asarray(Image.open(io.BytesIO(canvas.screenshot())).convert("RGB")).astype(int)
    ground = picture[picture.shape[0] // 2, 3]
    spots = np.rint(on_canvas(canvas, places)).astype(int)
    other = np.abs(picture[spots[:, 1], spots[:, 0]] - ground).max(axis=1) > 20
    assert other.mean() > 0.9
    assert (np.abs(picture - ground).max(axis=2) > 20).mean() < 0.3


def test_a_point_shows_its_picture_and_a_click_opens_its_article(
    page: Page, address: str, places: pl.DataFrame, articles: pl.DataFrame
) -> None:
    canvas = opened(page, address)
    spots = on_canvas(canvas, places)
    point = loneliest(spots)
    row = row_of(articles, places, point)
    move(page, canvas, *spots[point] + 2)
    card = page.locator("a.peek[data-article]")
    expect(card).to_be_visible()
    expect(card).to_contain_text(row["prod_name"])
    expect(card).to_contain_text(row["product_type_name"])
    expect(card.locator("img")).to_have_attribute("src", re.compile(f"^picture/small/{row['article_id']}"))
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url(f"**/?article={row['article_id']}")
    expect(page.get_by_role("heading", level=1)).to_have_text(row["prod_name"])


def test_dragging_and_the_wheel_move_the_map(page: Page, address: str) -> None:
    canvas = opened(page, address)
    x, y, scale = map(float, str(canvas.get_attribute("data-view")).split())
    move(page, canvas, 20, 100)
    page.mouse.down()
    move(page, canvas, 70, 130, steps=5)
    page.mouse.up()
    expect(canvas).not_to_have_attribute("data-view", f"{x:.6f} {y:.6f} {scale:.3f}")
    there = [float(part) for part in str(canvas.get_attribute("data-view")).split()]
    assert there == pytest.approx([x - 50 / scale, y + 30 / scale, scale], abs=2 / scale)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -240)
    page.keyboard.up("Control")
    expect(canvas).not_to_have_attribute("data-view", re.compile(f" {scale:.3f}$"))
    assert float(str(canvas.get_attribute("data-view")).split()[2]) > scale
    page.get_by_role("button", name="Show all").click()
    expect(canvas).to_have_attribute("data-view", f"{x:.6f} {y:.6f} {scale:.3f}")


def test_without_a_key_the_wheel_is_the_pages_and_the_key_is_told(page: Page, address: str) -> None:
    canvas = opened(page, address)
    before = str(canvas.get_attribute("data-view"))
    move(page, canvas, 200, 200)
    page.mouse.wheel(0, 150)
    expect(page.get_by_text("Hold Ctrl (⌘) while you scroll")).to_be_visible()
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop > 0")
    expect(canvas).to_have_attribute("data-view", before)
    expect(page.get_by_text("Hold Ctrl (⌘) while you scroll")).to_be_hidden()


def test_the_map_never_shows_empty_space_alone(page: Page, address: str, places: pl.DataFrame) -> None:
    canvas = opened(page, address)
    box = canvas.bounding_box()
    assert box
    move(page, canvas, 3, 3)
    page.keyboard.down("Control")
    for _ in range(12):
        page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_function("Number(document.querySelector('.st-key-map canvas')?.dataset.view ?? 9) !== 0")
    page.wait_for_timeout(500)
    across, down = on_canvas(canvas, places).T
    assert ((across >= 0) & (across <= box["width"]) & (down >= 0) & (down <= box["height"])).any()


def test_a_point_and_its_card_open_in_another_tab_as_any_link_does(
    page: Page, address: str, places: pl.DataFrame, articles: pl.DataFrame
) -> None:
    canvas = opened(page, address)
    spots = on_canvas(canvas, places)
    point = loneliest(spots)
    move(page, canvas, *spots[point] + 2)
    expect(page.locator("a.peek[data-article]")).to_be_visible()
    page.keyboard.down("Control")
    with page.context.expect_page() as by_point:
        page.mouse.down()
        page.mouse.up()
    page.keyboard.up("Control")
    page.mouse.move(0, 0)
    canvas.focus()
    page.keyboard.press("+")
    card = page.locator("a.peek.held[data-article]")
    expect(card).to_be_visible()
    chosen = articles.row(by_predicate=pl.col("article_id") == card.get_attribute("data-article"), named=True)
    with page.context.expect_page() as by_card:
        card.click(modifiers=["Control"])
    for tab, row in ((by_point.value, row_of(articles, places, point)), (by_card.value, chosen)):
        expect(tab.get_by_role("heading", level=1)).to_have_text(row["prod_name"])
        tab.close()
    assert page.url == f"{address}/map"


def test_the_legend_counts_what_a_search_finds(
    page: Page, address: str, places: pl.DataFrame, articles: pl.DataFrame
) -> None:
    row = row_of(articles, places, 3)
    opened(page, address, f"?q={row['article_id']}")
    counts = page.locator(".legend .chip .count")
    expect(page.locator(f'.legend [data-name="{row["product_group_name"]}"] .count')).to_have_text("1")
    assert sum(map(int, counts.all_inner_texts())) == 1


def test_a_group_stays_chosen_when_the_colouring_changes(page: Page, address: str) -> None:
    opened(page, address, "?by=sales")
    chip = page.locator(".legend .chip").first
    name = chip.get_attribute("data-name")
    count = int(chip.locator(".count").inner_text())
    chip.click()
    page.wait_for_url("**group=sales*")
    opened(page, page.url.split("/map")[0], "?by=section&" + page.url.split("&", 1)[1])
    kept = page.locator(".legend .chip.other")
    expect(kept).to_contain_text(f"Sales so far: {name}")
    counts = page.locator(".legend .chip:not(.other) .count").all_inner_texts()
    assert sum(int(each) for each in counts) == count
    section = page.locator(".legend .chip:not(.other)").first
    section.click()
    page.wait_for_url("**group=section*")
    expect(kept).to_be_visible()
    kept.click()
    expect(kept).to_have_count(0)
    page.wait_for_url(lambda url: "sales" not in url and "section" in url)
    page.get_by_role("button", name="Show everything").click()
    page.wait_for_url(lambda url: "group" not in url)


def rectangle(spots: np.ndarray) -> tuple[float, float, float, float, int]:
    """Left, top, right and bottom around about half of the points, with no point near a side; and how many it holds."""
    for share in np.linspace(0.4, 0.7, 61):
        left, right = spots[:, 0].min() - 8, np.quantile(spots[:, 0], share)
        top, bottom = spots[:, 1].min() - 8, spots[:, 1].max() + 8
        if np.abs(spots[:, 0] - right).min() > 2:
            return left, top, right, bottom, int((spots[:, 0] < right).sum())
    raise AssertionError("the points leave no gap")


def test_a_lasso_selects_and_its_address_gives_the_same_selection(
    page: Page, browser: Browser, address: str, places: pl.DataFrame
) -> None:
    canvas = opened(page, address)
    left, top, right, bottom, count = rectangle(on_canvas(canvas, places))
    page.get_by_role("button", name=re.compile("lasso")).click()
    move(page, canvas, left, top)
    page.mouse.down()
    for across, down in ((right, top), (right, bottom), (left, bottom), (left, top)):
        move(page, canvas, across, down, steps=8)
    page.mouse.up()
    heading = f"Selected on the map: {count} articles"
    expect(page.get_by_role("heading", name=heading)).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("heading", name=heading)).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("Most common:")).to_be_visible()
    page.wait_for_url("**/map?lasso=*")
    shown = page.locator("ul.grid a.card")
    expect(shown).to_have_count(min(count, 48))
    wanted = shown.evaluate_all("links => links.map(link => link.dataset.article)")

    other = browser.new_page()
    other.goto(page.url)
    expect(other.get_by_role("heading", name=heading)).to_be_visible(timeout=SLOW)
    again = other.locator("ul.grid a.card")
    expect(again).to_have_count(min(count, 48))
    assert again.evaluate_all("links => links.map(link => link.dataset.article)") == wanted
    other.close()

    page.get_by_role("button", name="Clear selection").click()
    expect(page.get_by_role("heading", name=heading)).to_be_hidden()
    expect(page).to_have_url(f"{address}/map")


def test_a_search_makes_what_it_finds_stand_out(
    page: Page, address: str, places: pl.DataFrame, articles: pl.DataFrame
) -> None:
    canvas = opened(page, address)
    row = row_of(articles, places, 3)
    page.get_by_label("Find on the map").fill(row["article_id"])
    expect(canvas).to_have_attribute("data-standing", "1")
    expect(page.get_by_text("1 found.")).to_be_visible()
    page.wait_for_url(f"**/map?q={row['article_id']}")
    canvas = opened(page, address, "?q=zzzzzz")
    expect(page.get_by_text("None of them matches “zzzzzz”.")).to_be_visible()
    expect(canvas).to_have_attribute("data-standing", "0")


def test_the_legend_shows_some_groups_only_and_the_table_counts_them(
    page: Page, address: str, articles: pl.DataFrame, places: pl.DataFrame
) -> None:
    opened(page, address, "?by=colour")
    names = articles.join(places, on="article")["colour_group_name"]
    name, count = names.value_counts().sort("count", "colour_group_name", descending=[True, False]).row(0)
    chip = page.locator(f'.legend button[data-name="{name}"]')
    expect(chip).to_have_text(f"{name}{count}")
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    page.wait_for_url("**/map?by=colour&group=*")
    page.get_by_role("button", name="Show everything").click()
    expect(page).to_have_url(f"{address}/map?by=colour")
    page.get_by_text("The map in figures").click()
    expect(page.get_by_role("row").filter(has_text=re.compile(f"^{name}\\s*{count}$"))).to_be_visible()


def test_keys_zoom_and_open_what_is_nearest_to_the_middle(
    page: Page, address: str, places: pl.DataFrame, articles: pl.DataFrame
) -> None:
    canvas = opened(page, address)
    before = float(str(canvas.get_attribute("data-view")).split()[2])
    canvas.focus()
    page.keyboard.press("+")
    card = page.locator("a.peek[data-article]")
    expect(card).to_be_visible()
    # The card comes with the key, the picture with the next frame.
    expect(canvas).not_to_have_attribute("data-view", re.compile(f" {before:.3f}$"))
    assert float(str(canvas.get_attribute("data-view")).split()[2]) == pytest.approx(1.4 * before, rel=0.01)
    nearest = int((places["x"] ** 2 + places["y"] ** 2).arg_min() or 0)
    row = row_of(articles, places, nearest)
    expect(card).to_have_attribute("data-article", row["article_id"])
    expect(page.get_by_role("status").filter(has_text=row["prod_name"])).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/?article={row['article_id']}")


def test_a_finger_first_sees_a_point_and_then_opens_it(
    browser: Browser, address: str, places: pl.DataFrame, articles: pl.DataFrame
) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = phone.new_page()
    page.goto(f"{address}/map")
    canvas = page.locator("canvas[data-view]")
    expect(canvas).to_be_visible(timeout=SLOW)
    canvas.scroll_into_view_if_needed()
    spots = on_canvas(canvas, places)
    point = loneliest(spots)
    row = row_of(articles, places, point)
    box = canvas.bounding_box()
    assert box
    page.touchscreen.tap(*(float(at) for at in spots[point] + (box["x"], box["y"])))
    card = page.locator("a.peek.held[data-article]")
    expect(card).to_contain_text(row["prod_name"])
    card.tap()
    page.wait_for_url(f"**/?article={row['article_id']}")
    phone.close()


def test_without_webgl_the_page_says_so_and_gives_its_figures(page: Page, address: str) -> None:
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto(f"{address}/map")
    expect(page.get_by_text("This browser does not support WebGL 2")).to_be_visible(timeout=SLOW)
    page.get_by_text("The map in figures").click()
    expect(page.get_by_role("table")).to_be_visible()
