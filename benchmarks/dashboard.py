"""python -m benchmarks.dashboard --data DIR [--images DIR] [--draw]: what the dashboard costs, for one and for 20.

Drives a real server over its websocket, as browsers do, without a browser's own cost on the same machine. A visit is
timed from the click to the last word of the page; pictures, which browsers fetch beside it, are not in it. `--draw`
first gives a folder of tables vectors of photos that are drawn (see `vectors`), and twins.
"""

from __future__ import annotations

import random
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl

import numpy as np
import polars as pl
import typer
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from benchmarks.vectors import write_lookalikes
from stylo.artefacts import Manifest
from stylo.dashboard import text
from stylo.dashboard.lists import export
from stylo.dashboard.shop import open_shop
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import FILE, EmbeddingWriter, json_beside

_QUERIES = (
    "black dress", "blak dreses", "jeans", "t-shirt white", "stripe", "kids hoodie", "bikini", "0706016001", "7060",
    "soft cotton jersey", "dress flowr", "mens shirt slim",
)  # fmt: skip
_FILTERS = (
    "colour=Black",
    "section=Womens+Everyday+Collection",
    "type=Dress&colour=White",
    "new=yes",
    "season=Summer",
)
_TIMES = 30


class Visitor:
    """A session with the server."""

    def __init__(self, address: str) -> None:
        self._open = ExitStack()
        where = address.replace("http", "ws") + "/_stcore/stream"
        protocol, origin = Subprotocol("streamlit"), Origin(address)
        self._socket = self._open.enter_context(
            connect(where, subprotocols=[protocol], origin=origin, max_size=None)
        )
        self._pages: dict[str, str] = {}
        self._search = ""
        self.bytes = 0

    def go(self, query: str, page: str = "") -> float:
        """Seconds until the page is there. Raises RuntimeError if it is not."""
        said = BackMsg()
        said.rerun_script.query_string = query
        said.rerun_script.page_script_hash = self._pages.get(page, "")
        if self._search:
            box = said.rerun_script.widget_states.widgets.add()
            box.id, box.string_value = self._search, dict(parse_qsl(query)).get("q", "")
        started, self.bytes = time.perf_counter(), 0
        self._socket.send(said.SerializeToString())
        while True:
            data = self._socket.recv(timeout=120)
            self.bytes += len(data)
            heard = ForwardMsg.FromString(data)
            kind = heard.WhichOneof("type")
            if kind == "navigation":
                self._pages = {
                    each.url_pathname: each.page_script_hash for each in heard.navigation.app_pages
                }
            if kind == "delta" and heard.delta.new_element.text_input.label == text.SEARCH:
                self._search = heard.delta.new_element.text_input.id
            if kind == "delta" and heard.delta.new_element.HasField("exception"):
                raise RuntimeError(f"{page}?{query}: {heard.delta.new_element.exception.message}")
            if kind == "script_finished":
                return time.perf_counter() - started

    def close(self) -> None:
        self._open.close()


def main(
    data: Annotated[Path, typer.Option("--data", help="A data folder after final.py.")],
    images: Annotated[Path, typer.Option("--images", help="Its photos.")] = Path("images"),
    draw: Annotated[bool, typer.Option("--draw", help="First give it vectors that are drawn.")] = False,
    people: Annotated[int, typer.Option("--people", help="How many come at once.")] = 20,
    seconds: Annotated[int, typer.Option("--seconds", help="How long they stay.")] = 60,
) -> None:
    """Prints a table for one visitor, and what many get."""
    folder = DataFolder(data)
    if draw and not folder.has(FILE):
        _draw(folder)
    articles = folder.scan("articles.parquet").select("article_id").collect().to_series()
    print(f"{len(articles):,} articles\n")
    _export(folder, images)
    with _served(data, images) as (address, process):
        started = time.perf_counter()
        first = Visitor(address)
        first.go("")
        print(f"First page after a start: {time.perf_counter() - started:.1f} s\n")
        time.sleep(15)  # the rest of the shop is made ready meanwhile
        _alone(first, articles, _buyers(folder))
        print(f"\nMemory of the process: {_memory(process)}\n", flush=True)
        _together(address, articles, people, seconds, think=(1.0, 4.0))
        _together(address, articles, people, seconds // 2, think=(0.0, 0.0))
        print(f"\nMemory of the process: {_memory(process)}")


def _export(folder: DataFolder, images: Path) -> None:
    """The CSV of all articles, for the first who asks and for others."""
    shop, took = open_shop(folder, images), []
    for _ in range(6):
        started = time.perf_counter()
        size = len(export.csv(shop, shop.articles["article"]))
        took.append(time.perf_counter() - started)
    print(f"Export: {took[0]:.2f} s, then {np.median(took[1:]):.2f} s, {size / 1e6:.1f} MB\n", flush=True)


def _alone(visitor: Visitor, articles: pl.Series, buyers: list[str]) -> None:
    some = articles.sample(_TIMES, seed=0).to_list()
    views: dict[str, list[tuple[str, str]]] = {
        "best sellers": [("", "")] * 10,
        "search": [(f"q={query.replace(' ', '+')}", "") for query in _QUERIES * 2],
        "filters": [(each, "") for each in _FILTERS * 4],
        "search and filters": [(f"q=dress&{each}", "") for each in _FILTERS * 4],
        "open an article": [(f"article={each}", "") for each in some],
        "a slider of its twins": [(f"article={some[0]}&shape={n}", "") for n in range(5, 100, 5)],
        "all shoppers": [(f"sort={each}", "shopper") for each in ("spent", "last", "age", "age-up")] * 5,
        "a shopper, now": [(f"customer={who}&as_of=now", "shopper") for who in buyers],
        "a shopper, last week": [(f"customer={who}", "shopper") for who in buyers],
        "catalogue map": [("", "map")] * 5,
        "evaluation": [("", "evaluation")] * 5,
        "data": [("", "data")] * 5,
    }
    print("| view | median ms | p95 ms | kB |\n|---|--:|--:|--:|")
    for name, visits in views.items():
        if not visits:
            continue
        visitor.go(*visits[0])  # what only the first visitor of a page waits for
        found = [(visitor.go(query, page), visitor.bytes) for query, page in visits]
        took, size = np.array(found).T
        print(
            f"| {name} | {1000 * np.median(took):.0f} | {1000 * np.quantile(took, 0.95):.0f} "
            f"| {np.median(size) / 1000:.0f} |",
            flush=True,
        )


def _together(
    address: str, articles: pl.Series, people: int, seconds: int, think: tuple[float, float]
) -> None:
    """Each looks around on their own: the best sellers, searches, filters, articles one after the other."""
    ids = articles.to_list()

    def stay(seed: int) -> list[float]:
        luck, visitor, took = random.Random(seed), Visitor(address), []
        clicks: list[Callable[[], str]] = [
            lambda: "",
            lambda: f"q={luck.choice(_QUERIES).replace(' ', '+')}",
            lambda: luck.choice(_FILTERS),
            *[lambda: f"article={luck.choice(ids)}"] * 3,
        ]
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            took.append(visitor.go(luck.choice(clicks)()))
            time.sleep(luck.uniform(*think))
        visitor.close()
        return took

    with ThreadPoolExecutor(people) as everyone:
        found = np.concatenate(list(everyone.map(stay, range(people))))
    pause = f"{think[0]:.0f} to {think[1]:.0f} s between clicks" if think[1] else "no pause between clicks"
    print(
        f"{people} people at once, {pause}, {seconds} s: {len(found):,} pages without an error, "
        f"median {1000 * np.median(found):.0f} ms, p95 {1000 * np.quantile(found, 0.95):.0f} ms, "
        f"at the most {1000 * found.max():.0f} ms",
        flush=True,
    )


def _buyers(folder: DataFolder) -> list[str]:
    if not folder.has("predictions.parquet"):
        return []
    lists = pl.scan_parquet(folder.path("predictions.parquet")).select("customer_id").unique().collect()
    return lists.to_series().sort().sample(min(_TIMES, lists.height), seed=0).to_list()


@contextmanager
def _served(data: Path, images: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--"]
    with subprocess.Popen(
        [*command, "--data", str(data), "--images", str(images)], stdout=subprocess.DEVNULL
    ) as process:
        address = f"http://localhost:{port}"
        try:
            while True:
                try:
                    urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
                    break
                except OSError:
                    if process.poll() is not None:
                        raise
                    time.sleep(0.1)
            yield address, process
        finally:
            process.terminate()


def _memory(process: subprocess.Popen[bytes]) -> str:
    """Resident memory, and how much of it is files that the system may let go; Linux only."""
    told = dict(re.findall(r"^(\w+):\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text(), re.M))
    return (
        f"{int(told['VmRSS']) / 1024:,.0f} MiB ({int(told['RssFile']) / 1024:,.0f} of it mapped files), "
        f"peak {int(told['VmHWM']) / 1024:,.0f} MiB"
    )


def _draw(folder: DataFolder) -> None:
    """Vectors for every article, as visual_features.py would have written them, and their twins."""
    articles = folder.scan("articles.parquet").select("article").collect().to_series().sort()
    drawn = folder.root / "drawn.npy"
    matrix = write_lookalikes(drawn, len(articles))
    path = folder.path(FILE)
    with EmbeddingWriter(path, matrix.shape[1]) as writer:
        writer.append(articles.to_list(), matrix)
    manifest = Manifest("visual_features.py", folder.fingerprints("articles.parquet"))
    writer.write_json(json_beside(path), manifest, {"model": "drawn", "trained": True})
    drawn.unlink()
    subprocess.run([sys.executable, "visual_reccs.py", "--data", str(folder.root)], check=True)


if __name__ == "__main__":
    typer.run(main)
