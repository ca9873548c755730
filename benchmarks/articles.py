"""python -m benchmarks.articles --data DIR: what goes with an article, or instead of it: each source, and blends.

Given one article of a basket, the share of what the same customer buys that day and in the 7 days after it, among the
first 12 of the article's neighbours. Weights are learned on the weeks before those that are reported. Beware of twins
of a choice of photos that was made by later sales: who is in it will be sold.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from benchmarks.article_neighbours import Questions, estimates, judge, only_of, score_blends
from benchmarks.fusion_weights import Judged, fit_weights, recall
from stylo.candidates.bought_together import BoughtNext, BoughtTogether
from stylo.candidates.history import History
from stylo.candidates.similar_articles import SameStyle, StyleNeighbours, VisualTwins
from stylo.candidates.strategy import ArticleStrategy
from stylo.content.vectors import open_content_vectors
from stylo.recommender import ARTICLE_WEIGHTS
from stylo.tables.folder import DataFolder
from stylo.tables.ids import article_numbers

_CONSTANT = 3.0
# What stood before anything was measured.
_JUDGED = {"bought together": 1.0, "same style": 0.8, "visual twins": 0.8}
# Where the search for weights begins.
_MORE = {
    "three": _JUDGED,
    "and bought next": {**_JUDGED, "bought next": 0.5},
    "and style neighbours": {**_JUDGED, "style neighbours": 0.5},
    "all five": {**_JUDGED, "bought next": 0.5, "style neighbours": 0.5},
}


def main(
    data: Annotated[Path, typer.Option("--data", help="A data folder after final.py.")],
    last: Annotated[
        str, typer.Option("--last", help="The first day of the last week reported.")
    ] = "2020-09-16",
    weeks: Annotated[int, typer.Option("--weeks", help="How many weeks to learn on, and to report.")] = 26,
    twins: Annotated[
        Path | None, typer.Option("--twins", help="Other twins: Parquet of article_id, neighbour_id, rank.")
    ] = None,
) -> None:
    """Prints a table with variants of the article's product and one without, and the weights learned."""
    folder = DataFolder(data)
    content = open_content_vectors(folder)
    history = History.open(folder, embeddings={"text": content.text, "style": content.style})
    if twins is not None:
        history = _with_twins(history, twins)
    strategies: list[ArticleStrategy] = [
        BoughtTogether(),
        BoughtNext(),
        SameStyle(),
        VisualTwins(),
        StyleNeighbours(),
    ]
    until = date.fromisoformat(last) + timedelta(weeks=1)
    reported, learned_on = until - timedelta(weeks=weeks), until - timedelta(weeks=2 * weeks)
    windows = {"learned on": (learned_on, reported), "reported": (reported, until)}
    kinds = {"other variants count": True, "other products alone": False}
    asked = {
        kind: {what: Questions.of(history, *days, variants=variants) for what, days in windows.items()}
        for kind, variants in kinds.items()
    }
    found: dict[str, dict[str, list[Judged]]] = {kind: {what: [] for what in windows} for kind in kinds}
    for what in windows:
        # In turn, so that what was fitted for a week serves both.
        for weekly in zip_longest(*(judge(strategies, history, asked[kind][what]) for kind in kinds)):
            for kind, judged in zip(kinds, weekly, strict=True):
                found[kind][what] += [judged] if judged is not None else []
    for kind in kinds:
        blends = {strategy.name: {strategy.name: 1.0} for strategy in strategies}
        blends |= {"by judgement": _JUDGED, "as the recommender has it": dict(ARTICLE_WEIGHTS)}
        for name, start in _MORE.items():
            blends[f"learned, {name}"] = _learned(found[kind]["learned on"], start)
        _print(asked[kind], found[kind], blends, kind)


def _with_twins(history: History, path: Path) -> History:
    numbers = {
        "article": article_numbers(pl.col("article_id")),
        "neighbour": article_numbers(pl.col("neighbour_id")),
    }
    near = 1 - pl.col("rank").cast(pl.Float32) / 10
    twins = pl.read_parquet(path).select(**numbers, rank="rank", similarity=near)
    everything = history.before(history.last_day + timedelta(days=1))
    return History(everything, history.articles, twins, history.customers, history.embeddings)


def _learned(judged: list[Judged], start: dict[str, float]) -> dict[str, float]:
    return fit_weights([only_of(week, list(start)) for week in judged], start, _CONSTANT, recall)


def _print(
    asked: dict[str, Questions],
    found: dict[str, list[Judged]],
    blends: dict[str, dict[str, float]],
    title: str,
) -> None:
    print(f"\n## {title}\n")
    tables = []
    for what, questions in asked.items():
        customers = questions.asked["customer"].n_unique()
        first, latest = questions.asked.select(pl.min("t_dat"), pl.max("t_dat").alias("latest")).row(0)
        print(f"{what}: {questions.asked.height:,} questions, {customers:,} customers, {first} to {latest}")
        tables.append(estimates(score_blends(found[what], questions, blends, _CONSTANT), "by judgement"))
    print(
        f"\n| recall@12 | {' | '.join(f'{what} | against judgement' for what in asked)} |\n|---|{'---|' * 4}"
    )
    for name in blends:
        cells = [
            cell
            for mean, difference in (table[name] for table in tables)
            for cell in (
                f"{mean.mean:.4f} [{mean.low:.4f}, {mean.high:.4f}]",
                f"{difference.mean:+.4f} [{difference.low:+.4f}, {difference.high:+.4f}]",
            )
        ]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    print()
    for name, weights in blends.items():
        if name.startswith("learned"):
            print(f"{name}: {', '.join(f'{source} {weight:.3f}' for source, weight in weights.items())}")


if __name__ == "__main__":
    typer.run(main)
