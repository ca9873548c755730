"""python -m benchmarks.search_by_meaning --data DIR: what meaning adds to the search by words, and what it costs.

DIR is a data folder of the H&M catalogue made by data_optim.py. `search_queries.toml` holds 60 queries that are judged
by rules, 0 to 3; every second one was never used to choose anything. NDCG@10, gains 2^grade − 1, the ideal over all
articles, beside the words alone: the difference is paired by query, its 95 % interval from 10,000 bootstrap samples.
The queries of `benchmarks.search` and 20 of plain words, judged by columns, show what becomes of queries that words
answer.

`--intents` prints, of any shop, which sensible queries and which nonsense of `search_intents.toml` are answered by
meaning, and what else could tell them apart.
"""

from __future__ import annotations

import time
import tomllib
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
import typer

from benchmarks import search_intents
from benchmarks.search import QUERIES
from benchmarks.timing import median_seconds
from stylo.assortment import with_facts
from stylo.search.article_finder import ArticleFinder
from stylo.search.text_index import Found
from stylo.tables.folder import DataFolder
from stylo.tables.weekly_sales import weekly_sales

RUNS = 5
FILE = Path(__file__).with_name("search_queries.toml")
_TOP = 10
_SAMPLES = 10_000
_COLUMNS = {
    "type": ("product_type_name",),
    "colour": ("colour_group_name",),
    "pattern": ("graphical_appearance_name",),
    "group": ("index_group_name",),
    "section": ("section_name",),
    "text": ("prod_name", "detail_desc"),
    "all": (
        "prod_name",
        "detail_desc",
        "product_type_name",
        "section_name",
        "department_name",
        "garment_group_name",
    ),
}
#: Queries that words answer: what is asked, and the type and colour of who answers.
_PLAIN = """
black dress: Dress, Black; white t-shirt: T-shirt, White;
blak dreses: Dress, Black; jaket: Jacket,; sneekers: Sneakers,;
trousars navy: Trousers, Dark Blue; red skirt: Skirt, Red; swimsut: Swimsuit,; jeans: Trousers,; jumper: Sweater,;
grey cardigan: Cardigan, Grey; pink hoodie: Hoodie, Pink; earrings: Earring,; blue shirt: Shirt, Blue; blazer: Blazer,;
socks: Socks,; beige coat: Coat, Beige; green shorts: Shorts, Green; bikini top: Bikini top,; yellow top: Top, Yellow
""".strip().split(";")


def main(
    data: Annotated[Path, typer.Option("--data", help="A data folder with articles.parquet.")],
    intents: Annotated[bool, typer.Option("--intents", help="Sensible queries and nonsense.")] = False,
) -> None:
    """Prints NDCG@10 of both halves, queries that words answer, and the times; or what is answered at all."""
    folder = DataFolder(data)
    articles = with_facts(folder.scan("articles.parquet").collect(), weekly_sales(folder), None, set())
    started = time.process_time()
    finder = ArticleFinder.of(articles)
    words = time.process_time() - started
    finder.warm_up()
    meaning = time.process_time() - started - words
    if finder.meaning is None:
        raise typer.BadParameter("WordLlama is not installed: pip install wordllama")
    print(f"{articles.height:,} articles; CPU: words {words:.1f} s, meaning {meaning:.1f} s; ", end="")
    held = finder.meaning.vectors.nbytes + finder.meaning.scales.nbytes
    print(f"{held / 1e6:.0f} MB for {len(finder.meaning.vectors):,} vectors\n")
    if intents:
        search_intents.report(finder, finder.meaning)
        return
    queries = tomllib.loads(FILE.read_text("utf-8"))["queries"]
    grades = _grades(articles, queries)
    texts = [query["text"] for query in queries]
    alone = _scores(finder.words.search, texts, grades)
    fused = _scores(finder.search, texts, grades)
    print(
        "| queries | n | words | words and meaning | difference | better | worse |\n|---|--:|--:|--:|--:|--:|--:|"
    )
    _report("tuning half", alone[::2], fused[::2])
    _report("test half", alone[1::2], fused[1::2])
    asked, judged = _plain(articles)
    _report("plain words", _scores(finder.words.search, asked, judged), _scores(finder.search, asked, judged))
    _alike(finder)
    print("\n| processor time | median ms | p95 ms |\n|---|--:|--:|")
    for what, ask in (("words", finder.words.search), ("words and meaning", finder.search)):
        times = [1000 * median_seconds(partial(ask, query), RUNS, time.process_time) for query in texts]
        print(f"| {what} | {np.median(times):.1f} | {np.quantile(times, 0.95):.1f} |")
    print("\n| query | words | words and meaning |\n|---|--:|--:|")
    for text, one, other in zip(texts, alone, fused, strict=True):
        print(f"| {text} | {one:.2f} | {other:.2f} |")


def _grades(articles: pl.DataFrame, queries: list[dict[str, Any]]) -> list[np.ndarray]:
    """What each article is worth for each query, 0 to 3: int8 (n,)."""
    fields = articles.select(
        pl.concat_str(
            [pl.col(each).cast(pl.String).fill_null("") for each in columns], separator=" | "
        ).alias(name)
        for name, columns in _COLUMNS.items()
    )
    grades = []
    for query in queries:
        better = sum((_has(rule).cast(pl.Int8) for rule in query["better"]), pl.lit(1, pl.Int8))
        worth = pl.when(_has(query["must"])).then(better).otherwise(pl.lit(0, pl.Int8))
        grades.append(fields.select(worth.alias("worth"))["worth"].to_numpy())
    return grades


def _has(rule: dict[str, str]) -> pl.Expr:
    parts = []
    for name, pattern in rule.items():
        matches = pl.col(name.removeprefix("not_")).str.contains(f"(?i){pattern}")
        parts.append(~matches if name.startswith("not_") else matches)
    return pl.all_horizontal(parts)


def _plain(articles: pl.DataFrame) -> tuple[list[str], list[np.ndarray]]:
    """The queries of plain words, and what articles are worth: 2 for the type, 1 more for the colour."""
    asked, judged = [], []
    for line in _PLAIN:
        query, _, wanted = line.strip().partition(": ")
        kind, _, colour = (part.strip() for part in wanted.partition(","))
        of_kind = (articles["product_type_name"] == kind).to_numpy()
        right = (articles["colour_group_name"] == colour).to_numpy() if colour else of_kind
        asked.append(query)
        judged.append((2 * of_kind + (of_kind & right)).astype(np.int8))
    return asked, judged


def _scores(ask: Any, queries: list[str], grades: list[np.ndarray]) -> np.ndarray:
    return np.array([_ndcg(_best(ask(query)), grade) for query, grade in zip(queries, grades, strict=True)])


def _best(found: Found) -> np.ndarray:
    rows = np.flatnonzero(found.mask)
    return rows[np.argsort(-found.score[rows], kind="stable")][:_TOP]


def _ndcg(rows: np.ndarray, grades: np.ndarray) -> float:
    discounts = 1 / np.log2(np.arange(2, _TOP + 2))
    gains, ideal = 2.0 ** grades[rows] - 1, 2.0 ** np.sort(grades)[::-1][:_TOP] - 1
    return float((gains * discounts[: len(gains)]).sum() / (ideal * discounts[: len(ideal)]).sum())


def _report(what: str, alone: np.ndarray, fused: np.ndarray) -> None:
    gain = fused - alone
    draws = np.random.default_rng(0).integers(0, len(gain), (_SAMPLES, len(gain)))
    low, high = np.quantile(gain[draws].mean(axis=1), (0.025, 0.975))
    print(
        f"| {what} | {len(gain)} | {alone.mean():.3f} | {fused.mean():.3f} | {gain.mean():+.3f} ({low:+.3f} to "
        f"{high:+.3f}) | {(gain > 0).sum()} | {(gain < 0).sum()} |"
    )


def _alike(finder: ArticleFinder) -> None:
    """Which queries of `benchmarks.search` meaning changes."""
    changed = [
        query
        for query in QUERIES
        if list(_best(finder.words.search(query))) != list(_best(finder.search(query)))
    ]
    print(
        f"\nOf {len(QUERIES)} queries of benchmarks.search, another ten best: {'; '.join(changed) or 'none'}"
    )


if __name__ == "__main__":
    typer.run(main)
