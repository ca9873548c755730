"""python -m benchmarks.first_card --data DIR [--images DIR] [--kbit 400]: the first visit over a slow line.

A Chromium that was never here, with a line of so many kbit/s and 100 ms each way, opens Discover. Seconds until
anything is seen, until the first card, and until its photo; kilobytes received until the card. The rival is the same
dashboard as Streamlit serves it, without `stylo.dashboard.first_load`.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Annotated

import typer
from playwright.sync_api import Browser, sync_playwright

from stylo.dashboard.site import DATA, IMAGES

_LATENCY_MS = 100
_LIMIT = 300.0
_AS_STREAMLIT_SERVES_IT = """
import streamlit as st
from stylo.dashboard import site
from stylo.dashboard.main import SCRIPT

app = st.App(SCRIPT, routes=site.routes(""), lifespan=site.lifespan)
"""
#: What is there, in any shadow: text or a skeleton, a card, a photo that has come.
_SEEN = """() => {
  const found = { anything: Boolean(document.body?.innerText.trim()), card: false, photo: false };
  const look = (root) => {
    for (const each of root.querySelectorAll("*")) {
      if (each.matches("a.card")) found.card = true;
      if (each.matches("a.card img") && each.complete && each.naturalWidth) found.photo = true;
      if (each.shadowRoot) look(each.shadowRoot);
    }
  };
  look(document);
  return found;
}"""


def visit(browser: Browser, address: str, kbit: float) -> dict[str, float]:
    """Seconds until each thing of `_SEEN`, and the kilobytes that had come when the first card was there."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    line = context.new_cdp_session(page)
    received = 0

    def came(event: dict[str, float]) -> None:
        nonlocal received
        received += int(event["encodedDataLength"])

    line.on("Network.dataReceived", came)
    line.send("Network.enable")
    rate = kbit * 1000 / 8
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": _LATENCY_MS, "downloadThroughput": rate, "uploadThroughput": rate},
    )
    started = time.perf_counter()
    page.goto(address, wait_until="commit", timeout=1000 * _LIMIT)
    seen: dict[str, float] = {}
    while "photo" not in seen and time.perf_counter() - started < _LIMIT:
        for what, there in page.evaluate(_SEEN).items():
            if there and what not in seen:
                seen[what] = time.perf_counter() - started
                if what == "card":
                    seen["kilobytes"] = received / 1000
        time.sleep(0.05)
    context.close()
    return seen


@contextmanager
def served(app: Path, data: Path, images: Path, *options: str) -> Iterator[str]:
    """A dashboard on a free port; gives its address when it is ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port), *options]
    environment = {**os.environ, DATA: str(data), IMAGES: str(images), "PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    ) as server:
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=5)
                    break
                except OSError:
                    time.sleep(0.1)
            time.sleep(15)  # the shop is opened beside it
            yield f"http://localhost:{port}"
        finally:
            server.terminate()


def main(
    data: Annotated[Path, typer.Option(help="Folder of tables and artefacts.")],
    images: Annotated[Path, typer.Option(help="Folder or zip of photos.")] = Path("images"),
    kbit: Annotated[float, typer.Option(help="The line, in kbit/s.")] = 400.0,
    times: Annotated[int, typer.Option(help="Visits of each; medians are shown.")] = 3,
) -> None:
    chromium = next(filter(None, map(which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        rival = Path(folder, "app.py")
        rival.write_text(_AS_STREAMLIT_SERVES_IT)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        print(f"{kbit:.0f} kbit/s, {_LATENCY_MS} ms each way, medians of {times}\n")
        print("| | anything seen | first card | its photo | received until the card |")
        print("|---|---|---|---|---|")
        plain = ("--server.enableWebsocketCompression", "false")
        for name, app, options in (("as Streamlit serves it", rival, plain), ("StyloAI", Path("app.py"), ())):
            with served(app.resolve(), data.resolve(), images.resolve(), *options) as address:
                visits = [visit(browser, address, kbit) for _ in range(times)]
            anything, card, photo, kilobytes = (
                statistics.median(each.get(what, float("nan")) for each in visits)
                for what in ("anything", "card", "photo", "kilobytes")
            )
            print(
                f"| {name} | {anything:.1f} s | {card:.1f} s | {photo:.1f} s | {kilobytes:.0f} kB |",
                flush=True,
            )
        browser.close()


if __name__ == "__main__":
    typer.run(main)
