"""The dashboard as people meet it: a real server on loopback, and what its pages show in a browser."""

from __future__ import annotations

import csv
import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from helpers import REPOSITORY
from playwright.sync_api import Locator, Page, expect

# The one without windows takes two thirds of the processor time.
CHROMIUM = next(
    filter(
        None,
        map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")),
    ),
    None,
)
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
#: Milliseconds to wait for anything, on a machine that has other work.
SLOW = 120_000


@contextmanager
def served(data: Path, images: Path, *options: str, log: Path | None = None) -> Iterator[str]:
    """The dashboard on a free port, with options of Streamlit's; gives its address, without a path of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://localhost:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), *options, "--"]
    named = "--server.baseUrlPath"
    base = options[options.index(named) + 1].strip("/") if named in options else ""
    health = "/".join(filter(None, [address, base, "_stcore/health"]))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("STYLO_")}
    with (
        (log or Path(os.devnull)).open("wb") as said,
        subprocess.Popen(
            [*command, "--data", str(data), "--images", str(images)],
            cwd=REPOSITORY,
            env=environment,
            stdout=said,
            stderr=subprocess.STDOUT,
        ) as server,
    ):
        try:
            deadline = time.monotonic() + SLOW / 1000
            while True:
                try:
                    with urllib.request.urlopen(health, timeout=SLOW / 1000) as answer:
                        assert answer.status == 200
                    break
                except OSError:
                    assert server.poll() is None
                    assert time.monotonic() < deadline
                    time.sleep(0.1)
            yield address
        finally:
            server.terminate()


def settled(page: Page) -> None:
    """Waits until the server has nothing more to say."""
    expect(page.locator('[data-test-script-state="running"]')).to_have_count(0, timeout=SLOW)


def cards(page: Page, name: str) -> Locator:
    """The cards of a list."""
    return page.locator(f".st-key-cards-{name} a.card")


def shown(page: Page, name: str) -> list[str]:
    """The articles of a list, in order, as the page shows them now."""
    expect(cards(page, name).first).to_be_visible(timeout=SLOW)
    found: list[str] = cards(page, name).evaluate_all("cards => cards.map(card => card.dataset.article)")
    return found


def expect_articles(page: Page, name: str, articles: list[str]) -> None:
    """Waits until a list begins with these articles."""
    deadline = time.monotonic() + SLOW / 1000
    while (found := shown(page, name)[: len(articles)]) != articles and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert found == articles


def open_card(page: Page, name: str, article_id: str) -> None:
    """Clicks a card, and waits for its article's address."""
    page.locator(f'.st-key-cards-{name} a.card[data-article="{article_id}"]').first.click()
    page.wait_for_url(f"**article={article_id}")


def downloaded(page: Page, key: str) -> tuple[str, list[dict[str, str]]]:
    """The name of the file that a button gives, and its rows."""
    with page.expect_download(timeout=SLOW) as download:
        page.locator(f".st-key-{key} button").first.click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    return download.value.suggested_filename, list(csv.DictReader(io.StringIO(text)))
