"""python -m benchmarks.search --data DIR: how long a query of the catalogue takes, with its facets.

DIR has articles.parquet. The rival looks for each word in the text of every article, as the dashboard did before
there was an index; it forgives nothing, so it finds less.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer

from benchmarks.timing import median_seconds
from stylo.search.facets import Facets
from stylo.search.postings import FIELDS
from stylo.search.text_index import TextIndex
from stylo.tables.folder import DataFolder

RUNS = 5
QUERIES = """
dress; black dress; t-shirt; T shirt white; v-neck jumper; a-line skirt; jeans; shorts;
blak dreses; jaket; sneekers; lether boots; swimsut; trousars navy; bikni top;
s; d; bl; dre; striped cotton shi; dark blue slim fit jeans; baby girl dress with pockets;
0108775015; 108775; 7750; xyzzy; red unicorn spaceship; björk; women's rain coat;
soft jersey top with long sleeves a round neck and a print motif on the front
""".strip().split(";")
CHOSEN = {"colour": ["Black", "White"], "product_type": ["Dress", "T-shirt", "Trousers"]}


def main(data: Annotated[Path, typer.Option("--data", help="A data folder with articles.parquet.")]) -> None:
    """Prints the median and the 95th percentile over the queries, and how many of them find something."""
    articles = DataFolder(data).scan("articles.parquet").sort("article").collect()
    draw = np.random.default_rng(0)
    priced = articles.with_columns(
        season=pl.Series(draw.choice(["spring", "summer", "autumn", "winter"], articles.height)),
        is_new=pl.Series(draw.random(articles.height) < 0.1),
        has_photo=pl.Series(draw.random(articles.height) < 0.99),
        price=pl.Series(draw.random(articles.height)),
    )
    print(f"{articles.height:,} articles, {len(QUERIES)} queries, {RUNS} runs each\n")
    print(f"index built in {_seconds(lambda: TextIndex.of(articles)):.2f} s")
    print(f"facets built in {_seconds(lambda: Facets.of(priced)):.2f} s\n")
    index, facets = TextIndex.of(articles), Facets.of(priced)
    texts = articles.select(
        pl.concat_str([pl.col(name).fill_null("") for name in FIELDS], separator=" ").str.to_lowercase()
    ).to_series()

    print("| | median ms | p95 ms | queries that find something |\n|---|--:|--:|--:|")
    _report("index", index.search, lambda query: index.search(query).mask)
    _report("index and facets", lambda query: facets.narrow(index.search(query).mask, {}), None)
    _report(
        "index and facets, six things chosen",
        lambda query: facets.narrow(index.search(query).mask, CHOSEN, (0.1, 0.9)),
        None,
    )
    contains = partial(_contains, texts)
    _report("Polars str.contains", contains, contains)


def _contains(texts: pl.Series, query: str) -> np.ndarray:
    words = [texts.str.contains(word, literal=True) for word in query.lower().split()]
    return np.logical_and.reduce([word.to_numpy() for word in words])


def _report(what: str, ask: Callable[[str], object], finds: Callable[[str], np.ndarray] | None) -> None:
    times = [1000 * median_seconds(partial(ask, query), RUNS) for query in QUERIES]
    found = f"{sum(finds(query).any() for query in QUERIES)}" if finds else ""
    print(f"| {what} | {np.median(times):.1f} | {np.quantile(times, 0.95):.1f} | {found} |", flush=True)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    typer.run(main)
