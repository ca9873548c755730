"""Visitors who are quicker than the server and the line: where they get to, and what they find in the history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from browsing import cards, open_card, served, settled, shown
from playwright.sync_api import Locator, Page, WebSocketRoute, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Python reads this when it starts: of two runs of a session, the one that began first takes its address last.
OVERLAPPING = """
import sys
if "streamlit" in sys.orig_argv:
    import threading
    from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
    reset, first, second = ScriptRunContext.reset, threading.Event(), threading.Event()
    def overlapping(self, **run):
        if not run["is_history_navigation"]:
            reset(self, **run)
        elif "article=" in run["query_string"]:
            second.wait(5)
            reset(self, **run)
            first.set()
        else:
            reset(self, **run)
            second.set()
            first.wait(5)
    ScriptRunContext.reset = overlapping
"""


class Line:
    """What a page hears from its server: all of it, until something is held up or gets lost."""

    def __init__(self, page: Page) -> None:
        self._held: list[str | bytes] = []
        self._holds = self._loses = lambda message: False
        self._holding = self._losing = False
        page.route_web_socket("**/_stcore/stream", self._connect)

    def hold(self, since: Callable[[ForwardMsg], bool]) -> None:
        """Holds up all messages from the first of a kind."""
        self._holds = since

    def lose(self, since: Callable[[ForwardMsg], bool]) -> None:
        """As if the run were stopped there: the rest of what it shows never comes."""
        self._loses = since

    @property
    def holding(self) -> bool:
        return self._holding

    def release(self) -> None:
        self._holds, self._holding = lambda message: False, False
        for each in self._held:
            self._page.send(each)
        self._held.clear()

    def _connect(self, page: WebSocketRoute) -> None:
        self._page = page
        page.connect_to_server().on_message(self._hear)

    def _hear(self, message: str | bytes) -> None:
        said = ForwardMsg.FromString(message if isinstance(message, bytes) else message.encode())
        kind = said.WhichOneof("type")
        if self._losing and kind == "new_session":
            self._losing, self._loses = False, lambda message: False
        self._losing = self._losing or self._loses(said)
        self._holding = self._holding or self._holds(said)
        if self._losing and kind in ("delta", "ref_hash"):
            return
        if self._holding:
            self._held.append(message)
        else:
            self._page.send(message)


def of_visit(message: ForwardMsg) -> bool:
    """The last part of each page."""
    return message.delta.new_element.bidi_component.component_name == "stylo.visit"


def of_address(message: ForwardMsg) -> bool:
    return message.WhichOneof("type") == "page_info_changed"


def of_page(path: str) -> Callable[[ForwardMsg], bool]:
    def told(message: ForwardMsg) -> bool:
        of = message.navigation
        return any(
            each.page_script_hash == of.page_script_hash and each.url_pathname == path
            for each in of.app_pages
        )

    return told


@pytest.fixture
def line(page: Page) -> Line:
    return Line(page)


@pytest.fixture
def listing(page: Page, line: Line, address: str) -> list[str]:
    """The list of the landing page, which was opened from another page; gives its articles."""
    page.goto(f"{address}/data")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    settled(page)
    page.get_by_role("link", name="Discover").click()
    page.wait_for_url(f"{address}/")
    found = shown(page, "listing")
    heard(page)
    return found


def heard(page: Page) -> None:
    """Waits until the browser has heard of the page that it shows."""
    settled(page)
    page.wait_for_function("globalThis.styloVisit?.shown?.href === location.href")
    settled(page)


def heading(page: Page, articles: pl.DataFrame, article: str) -> Locator:
    name = articles.filter(pl.col("article_id") == article)["prod_name"].item()
    return page.get_by_role("heading", level=1, name=name, exact=True)


def steps(page: Page) -> tuple[list[str], int]:
    """The history of the tab: its addresses, and which of them is shown."""
    session = page.context.new_cdp_session(page)
    said = session.send("Page.getNavigationHistory")
    session.detach()
    return [each["url"] for each in said["entries"]], said["currentIndex"]


def held(page: Page, line: Line) -> None:
    while not line.holding:
        page.wait_for_timeout(50)


def test_an_article_that_is_opened_before_the_first_page_is_complete_begins_at_its_heading(
    page: Page, line: Line, address: str, articles: pl.DataFrame
) -> None:
    line.lose(of_visit)
    page.goto(address)
    article = shown(page, "listing")[-1]
    settled(page)
    open_card(page, "listing", article)
    expect(heading(page, articles, article)).to_be_focused()


def test_an_article_that_is_opened_before_the_list_is_back_begins_at_its_heading(
    page: Page, line: Line, listing: list[str], articles: pl.DataFrame
) -> None:
    open_card(page, "listing", listing[0])
    expect(heading(page, articles, listing[0])).to_be_focused()
    heard(page)
    line.lose(of_visit)
    page.go_back()
    shown(page, "listing")
    settled(page)
    open_card(page, "listing", listing[1])
    expect(heading(page, articles, listing[1])).to_be_focused()


@pytest.mark.parametrize("late", ["address", "page"])
def test_who_goes_back_before_a_page_is_there_finds_the_history_as_it_was(
    page: Page, line: Line, address: str, listing: list[str], late: str
) -> None:
    if late == "address":  # of the article that was just chosen
        before, at = steps(page)
        line.hold(of_address)
        cards(page, "listing").first.click()
    else:
        open_card(page, "listing", listing[0])
        heard(page)
        before, at = steps(page)
        line.hold(of_page("compare"))
        page.get_by_role("link", name="Compare with").click()
    held(page, line)
    page.evaluate("history.back()")
    page.wait_for_url(before[at - 1])
    page.wait_for_timeout(500)  # the server runs on
    line.release()
    heard(page)
    assert steps(page) == (before, at - 1)
    if late == "address":
        expect(page.get_by_role("heading", level=1, name="Data")).to_be_visible()
    else:
        assert shown(page, "listing") == listing
    # What is done then is done at this address.
    page.get_by_role("link", name="Catalogue map").click()
    page.wait_for_url(f"{address}/map")
    page.go_back()
    page.wait_for_url(before[at - 1])


@pytest.fixture
def overlapping(demo_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where a server runs whose runs overlap where they can."""
    (tmp_path / "sitecustomize.py").write_text(OVERLAPPING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with served(demo_shop, demo_shop / "images") as where:
        yield where


def test_going_back_twice_at_once_leads_to_the_list(
    page: Page, overlapping: str, articles: pl.DataFrame
) -> None:
    page.goto(overlapping)
    first, second = shown(page, "listing")[:2]
    heard(page)
    open_card(page, "listing", first)
    heard(page)
    page.get_by_label("Find an article").fill(second)
    page.wait_for_url(f"**/?q={second}")
    heard(page)
    page.evaluate("history.back(); setTimeout(() => history.back(), 50)")
    page.wait_for_url(f"{overlapping}/")
    expect(cards(page, "listing").first).to_be_visible()
    heard(page)
    expect(heading(page, articles, first)).to_have_count(0)
    assert shown(page, "listing")[:2] == [first, second]
