"""The pictures of docs/pictures, taken anew from a dashboard that is served with a rehearsed demo shop.

    make demo                                            # until the page Operations is filled
    stylo rules set rules.toml --data demo               # those of docs/rules.md, or others
    python docs/take_pictures.py http://localhost:8501   # all, or those named: … article map

Light above, dark below; 1280 pixels wide on the left, 390 on the right. A board is made for the picture of boards.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

PICTURES = Path(__file__).parent / "pictures"
SHIRT = "0209736004"
BOARD = "Autumn window"
SHOPPER = "03a045163120aaa5f868333d9e67691f632d0cd17d0357b8df3bee804081b110"
_SIZES = (1280, 900), (390, 900)
_SMALLER, _GAP, _GROUND = 0.75, 18, (122, 118, 110)
_WAIT = 120_000


@dataclass(frozen=True)
class View:
    """A page, what is done on it before the picture is taken, and what stands at the picture's top then."""

    path: str
    do: Callable[[Page], None] = lambda page: None
    top: str = ""


def _reveal(text: str) -> Callable[[Page], None]:
    return lambda page: expect(page.get_by_text(text).first).to_be_visible()


def _cards(name: str) -> Callable[[Page], None]:
    return lambda page: expect(page.locator(f".st-key-cards-{name} a.card img").first).to_be_visible()


def _map(page: Page) -> None:
    expect(page.locator("canvas[data-drawn]")).to_be_visible()


def _first_shopper(page: Page) -> None:
    page.locator('a[href*="shopper?customer="]').first.click()
    page.wait_for_url("**customer=*")
    expect(page.locator("a.card img").first).to_be_visible()


VIEWS: Mapping[str, View] = {
    "discover": View("/", _cards("listing")),
    "search": View("/?q=blak+dreses", _cards("listing")),
    "article": View(f"/?article={SHIRT}", _cards("variants")),
    "outfit": View(f"/?article={SHIRT}", _cards("outfit-bottom"), top="Complete the outfit"),
    "twins": View(f"/?article={SHIRT}", _cards("visual-twins"), top="Looks like it"),
    "compare": View(f"/compare?id={SHIRT}&id=0642722001&id=0534003002", _reveal("Shoppers in common")),
    "photo": View(f"/photo?article={SHIRT}", _cards("alike")),
    "shopper": View("/shopper", _first_shopper),
    "shoppers": View("/shopper", _reveal("All customers")),
    "map": View("/map", _map),
    "board": View("/boards", _cards("like-board")),
    "evaluation": View("/evaluation"),
    "rules": View(f"/rules?customer={SHOPPER}", _reveal("No longer in the list"), top="Before and after"),
    "operations": View("/operations", _reveal("Version history")),
    "data": View("/data"),
}


def picture(browser: Browser, address: str, view: View) -> Image.Image:
    """One view, four times."""
    width = sum(size for size, _ in _SIZES)
    height = _SIZES[0][1]
    frame = (round(width * _SMALLER) + 3 * _GAP, 2 * round(height * _SMALLER) + 3 * _GAP)
    whole = Image.new("RGB", frame, _GROUND)
    top = _GAP
    for scheme in ("light", "dark"):
        left = _GAP
        for size in _SIZES:
            shot = _shot(browser, address, view, size, scheme)
            whole.paste(shot, (left, top))
            left += shot.width + _GAP
        top += round(height * _SMALLER) + _GAP
    return whole.quantize(256, dither=Image.Dither.NONE)


def _shot(browser: Browser, address: str, view: View, size: tuple[int, int], scheme: str) -> Image.Image:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,  # type: ignore[arg-type]
        device_scale_factor=_SMALLER,
    )
    context.add_init_script("localStorage.setItem('stylo-tour', 'seen')")
    page = context.new_page()
    page.set_default_timeout(_WAIT)
    expect.set_options(timeout=_WAIT)
    page.goto(address + view.path)
    expect(page.get_by_role("heading", level=1).first).to_be_visible()
    view.do(page)
    _settle(page)
    if view.top:
        page.get_by_role("heading", name=view.top).evaluate("heading => heading.scrollIntoView()")
        _settle(page)
    shot = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    context.close()
    return shot


def _settle(page: Page) -> None:
    """Until the server has nothing more to say, and charts and pictures are there."""
    for busy in ('[data-test-script-state="running"]', "[data-testid=stSkeleton]", "[data-stale=true]"):
        expect(page.locator(busy)).to_have_count(0)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(2000)


def _board(browser: Browser, address: str) -> str:
    """The path of a board with six dresses and shirts, which is made unless it is there."""
    page = browser.new_page()
    page.set_default_timeout(_WAIT)
    page.goto(f"{address}/boards")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    _settle(page)
    board = page.get_by_role("link", name=BOARD).first
    if not board.count():
        page.goto(f"{address}/?q=brown")
        ticks = page.locator(".st-key-cards-listing .tick")
        ticks.first.click()
        ticks.nth(5).click(modifiers=["Shift"])
        page.get_by_role("button", name="Add to board").click()
        page.get_by_label("New board").fill(BOARD)
        page.get_by_role("button", name="Create board").click()
        board = page.get_by_role("link", name=f"Open “{BOARD}”")
    board.click()
    page.wait_for_url("**/boards?board=*")
    path = page.url.removeprefix(address)
    page.close()
    return path


def main(address: str, names: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name in names or VIEWS:
            view = VIEWS[name]
            if name == "board":
                view = View(_board(browser, address), view.do)
            picture(browser, address, view).save(PICTURES / f"{name}.png", optimize=True)
            typer.echo(name)
        browser.close()


if __name__ == "__main__":
    typer.run(main)
