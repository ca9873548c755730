"""python -m benchmarks.content --raw DIR: content vectors of a real shop: what neighbours share, and what for.

Nobody wrote down which articles go together, but customers told: whoever bought the first of a pair bought the
second, of another product, within 30 days. A vector is the more useful, the nearer the second is to the first.
Weights and dimensions were chosen on the customers of even numbers (--choose); the report is of the odd ones.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer
from numpy.typing import NDArray

from benchmarks import processes
from stylo.content.text import text_vectors
from stylo.content.vectors import STYLE_WEIGHTS, ContentVectors, content_vectors, style_vectors
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import Embeddings
from stylo.vectors.neighbours import neighbours

_K, _QUERIES = 12, 5_000
_WITHIN_DAYS, _PAIRS_OF_A_CUSTOMER = 30, 20
_SEED, _BLOCK = 0, 200
# Products in float32 that are this close count as a tie.
_TIE = 1e-6
_SHARED = {
    "product type": "product_type_no",
    "colour group": "colour_group_code",
    "appearance": "graphical_appearance_no",
    "product code": "product_code",
}
_MAKE = (
    "import sys, pathlib; from stylo.content.vectors import content_vectors; "
    "from stylo.tables.folder import DataFolder; content_vectors(DataFolder(pathlib.Path(sys.argv[1])))"
)
Floats = NDArray[np.float32]


def main(
    raw: Annotated[Path, typer.Option(help="The folder of Kaggle's CSVs.")],
    choose: Annotated[bool, typer.Option("--choose", help="Try other weights and dimensions.")] = False,
) -> None:
    """Prints what neighbours share, where bought pairs rank, the time and the memory."""
    with tempfile.TemporaryDirectory() as name:
        folder = DataFolder(Path(name))
        convert(raw, folder)
        articles = folder.scan("articles.parquet").collect()
        if choose:
            _print_ranks(articles, bought_pairs(folder, odd=False), _alternatives(articles))
            return
        usage = processes.measure({"both": [sys.executable, "-c", _MAKE, name]}, runs=1)["both"][0]
        print(f"made and written: {usage.cpu:.1f} CPU s, {usage.peak_bytes / 2**20:,.0f} MiB at the most")
        made = content_vectors(folder)
        _print_shared(articles, made)
        _print_ranks(articles, bought_pairs(folder, odd=True), _made(made))


def _print_shared(articles: pl.DataFrame, made: ContentVectors) -> None:
    """Share of the 12 nearest of some articles that agree with them in an attribute, and the time of a query."""
    some = articles["article"].sample(min(_QUERIES, articles.height), seed=_SEED)
    random = np.random.default_rng(_SEED).normal(size=(articles.height, 16)).astype(np.float32)
    print(f"\n| {_K} nearest | {' | '.join(_SHARED)} | CPU ms a query |\n|---|{'---:|' * (len(_SHARED) + 1)}")
    products = articles.select("article", "product_code")
    for name, embeddings, others_than in (
        ("text", made.text, None),
        ("text, other products", made.text, products),
        ("style", made.style, None),
        ("style, other products", made.style, products),
        ("random", Embeddings(made.text.articles, random), None),
    ):
        started = time.process_time()
        near = neighbours(embeddings, some, _K, products=others_than)
        milliseconds = (time.process_time() - started) * 1000 / len(some)
        cells = [f"{share:.3f}" for share in _shared(articles, near)]
        print(f"| {name} | {' | '.join(cells)} | {milliseconds:.1f} |", flush=True)


def _shared(articles: pl.DataFrame, near: pl.DataFrame) -> tuple[float, ...]:
    facts = articles.select("article", *_SHARED.values())
    both = near.join(facts, on="article").join(
        facts, left_on="neighbour", right_on="article", suffix="_other"
    )
    return both.select(
        (pl.col(column) == pl.col(f"{column}_other")).mean() for column in _SHARED.values()
    ).row(0)


def bought_pairs(folder: DataFolder, odd: bool) -> pl.DataFrame:
    """Pairs (customer, article, other): other bought within 30 days after article, another product.

    Of the customers with odd or even numbers; at most 20 drawn pairs a customer.
    """
    products = folder.scan("articles.parquet").select("article", "product_code")
    bought = folder.scan("transactions.parquet").select("customer", "article", "t_dat").unique()
    bought = bought.join(products, on="article")
    mine = bought.filter(pl.col("customer") % 2 == int(odd))
    days = (pl.col("t_dat_other") - pl.col("t_dat")).dt.total_days()
    pairs = (
        mine.join(mine, on="customer", suffix="_other")
        .filter(days.is_between(0, _WITHIN_DAYS) & (pl.col("product_code") != pl.col("product_code_other")))
        .select("customer", "article", other="article_other")
        .unique()
        .sort("customer", "article", "other")
        .collect()
    )
    drawn = pl.Series(np.random.default_rng(_SEED).random(pairs.height))
    some = pairs.with_columns(drawn=drawn).sort("customer", "drawn")
    return some.group_by("customer", maintain_order=True).head(_PAIRS_OF_A_CUSTOMER).drop("drawn")


def _print_ranks(
    articles: pl.DataFrame, pairs: pl.DataFrame, candidates: Mapping[str, Callable[[pl.DataFrame], Floats]]
) -> None:
    customers = pairs["customer"].n_unique()
    print(f"\n{pairs.height:,} pairs of {customers:,} customers, among {articles.height:,} articles\n")
    print(
        "| vectors | columns | nearer than | recall@12 | recall@100 | recall@500 |\n|---|---:|---:|---:|---:|---:|"
    )
    for name, make in candidates.items():
        vectors = make(articles)
        ahead = places(vectors, articles, pairs)
        cells = [f"{np.mean(ahead < k):.4f}" for k in (12, 100, 500)]
        nearer = 1 - np.mean(ahead) / articles.height
        print(f"| {name} | {vectors.shape[1]} | {nearer:.4f} | {' | '.join(cells)} |", flush=True)


def places(vectors: Floats, articles: pl.DataFrame, pairs: pl.DataFrame) -> NDArray[np.float64]:
    """How many articles of other products are nearer to the first of each pair than the second; a tie is half.

    vectors : (n, d) of length one, in the order of `articles` (n rows), ascending.
    """
    numbers, codes = (articles[column].to_numpy() for column in ("article", "product_code"))
    first, second = (np.searchsorted(numbers, pairs[column].to_numpy()) for column in ("article", "other"))
    ahead = np.empty(pairs.height)
    for start in range(0, pairs.height, _BLOCK):
        some = slice(start, start + _BLOCK)
        product = vectors[first[some]] @ vectors.T
        mine = np.take_along_axis(product, second[some, None], axis=1)
        product[codes[first[some], None] == codes] = -np.inf
        nearer, as_near = (np.sum(product > mine + sign * _TIE, axis=1) for sign in (1, -1))
        ahead[some] = nearer + (as_near - nearer - 1) / 2
    return ahead


def _made(made: ContentVectors) -> dict[str, Callable[[pl.DataFrame], Floats]]:
    text, style = np.asarray(made.text.vectors), np.asarray(made.style.vectors)
    return {
        "text": lambda articles: text,
        "style": lambda articles: style,
        "mean of both cosines": lambda articles: _joined(text, style),
        "random": _random,
    }


def _joined(*vectors: Floats) -> Floats:
    return np.hstack(vectors) / np.float32(len(vectors) ** 0.5)


def _random(articles: pl.DataFrame) -> Floats:
    return np.random.default_rng(_SEED).normal(size=(articles.height, 16)).astype(np.float32)


def _alternatives(articles: pl.DataFrame) -> dict[str, Callable[[pl.DataFrame], Floats]]:
    """What the weights and dimensions were chosen from."""
    found: dict[str, Callable[[pl.DataFrame], Floats]] = {"random": _random}
    style = style_vectors(articles)
    for weights in ((1, 1, 1), (1, 1, 2), (1, 1, 4), (1, 2, 1), (2, 1, 1)):
        found |= _text_option(style, weights, 128)
    for dimensions in (64, 256):
        found |= _text_option(style, (1, 1, 2), dimensions)
    for changes in (
        {},
        dict.fromkeys(STYLE_WEIGHTS, 1.0),
        {"index_group_no": 1.0},
        {"section_no": 1.0},
        {"product_type_no": 3.0},
        {"product_type_no": 0.5},
        {"colour_group_code": 3.0},
        {"colour_group_code": 0.3},
    ):
        found |= _style_option(changes, 128)
    for dimensions in (64, 256):
        found |= _style_option({}, dimensions)
    return found


def _text_option(
    style: Floats, weights: tuple[float, ...], dimensions: int
) -> dict[str, Callable[[pl.DataFrame], Floats]]:
    named = dict(zip(("name", "description", "attributes"), weights, strict=True))

    def text(articles: pl.DataFrame) -> Floats:
        return text_vectors(articles, named, dimensions)

    label = f"text {' : '.join(map(str, weights))}, {dimensions}"
    return {label: text, f"{label}, with style": lambda articles: _joined(text(articles), style)}


def _style_option(
    changes: Mapping[str, float], dimensions: int
) -> dict[str, Callable[[pl.DataFrame], Floats]]:
    told = "all 1" if len(changes) == len(STYLE_WEIGHTS) else " ".join(f"{k} {v}" for k, v in changes.items())

    def style(articles: pl.DataFrame) -> Floats:
        return style_vectors(articles, {**STYLE_WEIGHTS, **changes}, dimensions)

    return {f"style {told or 'as chosen'}, {dimensions}": style}


if __name__ == "__main__":
    typer.run(main)
