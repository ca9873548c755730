"""python -m benchmarks.cold_start --data DIR: what a person is recommended whom nobody knows yet.

Newcomers of a window bought in it and never before it. Their lists come from what they could have told: nothing, their
age, the section in which they buy most (as if they had told it, so an upper bound), or one article of their first
basket. Ages are those of customers.parquet. The article told is left out of the truth and of every list, so that rows
for it are compared with "popularity" of the same question alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer

from stylo.candidates.history import History
from stylo.candidates.popularity import Popularity, PopularityByAge
from stylo.candidates.strategy import candidates
from stylo.content.vectors import open_content_vectors
from stylo.evaluation.intervals import bootstrap_mean, paired_difference
from stylo.evaluation.metrics import score_customers
from stylo.recommender import HYBRID, Recommender
from stylo.tables.folder import DataFolder
from stylo.tables.split import weekly_cutoffs

_CONSTANT, _DEPTH, _LENGTH = 3.0, 300, 12
_AGE_WEIGHTS = (0.25, 0.5, 1.0, 2.0)
_SEED_WEIGHTS = (0.5, 1.0, 2.0, 4.0, 8.0)
_PAIR = ["customer", "article"]
_POPULAR = "popularity"


def main(
    data: Annotated[
        Path, typer.Option("--data", help="A data folder after split_data.py and visual_reccs.py.")
    ],
    last: Annotated[str, typer.Option("--last", help="The first day of the last window.")] = "2020-09-16",
    weeks: Annotated[int, typer.Option("--weeks", help="How many windows, a week apart.")] = 26,
    days: Annotated[int, typer.Option("--days", help="How long each window is.")] = 7,
    articles: Annotated[
        bool,
        typer.Option("--articles/--no-articles", help="Whether to ask by an article, which takes longest."),
    ] = True,
    most: Annotated[int, typer.Option("--most", help="Newcomers of a window that are asked.")] = 5_000,
) -> None:
    """Prints a table for each question: MAP@12, recall@12, and the paired difference of MAP@12 to popularity."""
    folder = DataFolder(data)
    content = open_content_vectors(folder)
    history = History.open(folder, embeddings={"text": content.text, "style": content.style})
    scores: dict[str, list[pl.DataFrame]] = {}
    for cutoff in weekly_cutoffs(date.fromisoformat(last), weeks):
        for name, lists, truth in _questions(history, cutoff, days, most, articles=articles):
            found = score_customers(lists, truth).with_columns(cutoff=pl.lit(cutoff))
            scores.setdefault(name, []).append(found)
    _print({name: pl.concat(found) for name, found in scores.items()})


def _questions(
    history: History, cutoff: date, days: int, most: int, *, articles: bool
) -> Iterator[tuple[str, pl.DataFrame, pl.DataFrame]]:
    """Name, lists and truth; what stands before the colon is the question."""
    window = (
        history.before(cutoff + timedelta(days=days), days).select("customer", "article", "t_dat").unique()
    )
    before = history.before(cutoff).select("customer").unique()
    bought = window.join(before, on="customer", how="anti").sort("customer", "t_dat", "article").collect()
    some = bought["customer"].unique().sort().head(most)
    bought = bought.filter(pl.col("customer").is_in(some.implode()))
    if bought.is_empty():
        return
    popular = candidates(Popularity(), history, some, cutoff, _DEPTH)
    truth = bought.select(_PAIR).unique()
    yield from _by_age(history, some, cutoff, popular, truth)
    yield from _by_section(history, popular, truth)
    if articles:
        yield from _by_article(history, cutoff, popular, bought)


def _by_age(
    history: History, some: pl.Series, cutoff: date, popular: pl.DataFrame, truth: pl.DataFrame
) -> Iterator[tuple[str, pl.DataFrame, pl.DataFrame]]:
    by_age = candidates(PopularityByAge(), history, some, cutoff, _DEPTH)
    aged = by_age.select("customer").unique()
    mine, wanted = (frame.join(aged, on="customer", how="semi") for frame in (popular, truth))
    yield f"age told: {_POPULAR}", mine, wanted
    yield "age told: popularity by age", by_age, wanted
    for weight in _AGE_WEIGHTS:
        yield f"age told: both, by age with {weight}", _fused([(mine, 1.0), (by_age, weight)]), wanted


def _by_section(
    history: History, popular: pl.DataFrame, truth: pl.DataFrame
) -> Iterator[tuple[str, pl.DataFrame, pl.DataFrame]]:
    sections = history.articles.select("article", "section_no").collect()
    told = (
        truth.join(sections, on="article")
        .group_by("customer", "section_no")
        .len()
        .sort("customer", "len", "section_no", descending=[False, True, False])
        .group_by("customer", maintain_order=True)
        .first()
        .select("customer", "section_no")
    )
    yield f"section told: {_POPULAR}", popular, truth
    inside = popular.join(sections, on="article").join(told, on=["customer", "section_no"], how="semi")
    yield "section told: popularity in it", _ranked(inside.sort("customer", "rank")), truth


def _by_article(
    history: History, cutoff: date, popular: pl.DataFrame, bought: pl.DataFrame
) -> Iterator[tuple[str, pl.DataFrame, pl.DataFrame]]:
    """One article of the first basket is told, drawn by chance."""
    first = bought.filter(pl.col("t_dat") == pl.min("t_dat").over("customer"))
    told = first.group_by("customer", maintain_order=True).agg(pl.col("article").sample(1, seed=1).first())
    wanted = bought.select(_PAIR).unique().join(told, on=_PAIR, how="anti")
    asked = told.join(wanted.select("customer").unique(), on="customer", how="semi")
    if asked.is_empty():
        return
    similar = Recommender().similar(history, asked["article"].unique(), cutoff, 24)
    near = (
        asked.rename({"article": "seed"})
        .join(similar.filter(pl.col("strategy") == HYBRID).rename({"article": "seed"}), on="seed")
        .select("customer", pl.col("neighbour").alias("article"), "rank")
        .join(told, on=_PAIR, how="anti")
    )
    chart = popular.join(asked.select("customer"), on="customer", how="semi").join(told, on=_PAIR, how="anti")
    chart = _ranked(chart.sort("customer", "rank"))
    yield f"article told: {_POPULAR}", chart, wanted
    yield "article told: what goes with it", _ranked(near.sort("customer", "rank")), wanted
    for weight in _SEED_WEIGHTS:
        yield f"article told: both, the article with {weight}", _fused([(chart, 1.0), (near, weight)]), wanted


def _fused(lists: list[tuple[pl.DataFrame, float]]) -> pl.DataFrame:
    """By reciprocal rank, as the online model does it."""
    votes = [
        each.select(*_PAIR, vote=weight / (_CONSTANT + pl.col("rank").cast(pl.Float64)))
        for each, weight in lists
    ]
    together = pl.concat([each.with_columns(pl.col("customer").cast(pl.UInt32)) for each in votes])
    summed = together.group_by(_PAIR).agg(pl.col("vote").sum().round(12))
    return _ranked(summed.sort("customer", "vote", "article", descending=[False, True, False]))


def _ranked(rows: pl.DataFrame) -> pl.DataFrame:
    rank = pl.int_range(1, pl.len() + 1).over("customer").cast(pl.UInt16)
    return rows.select(*_PAIR, rank=rank).filter(pl.col("rank") <= _LENGTH)


def _print(scores: dict[str, pl.DataFrame]) -> None:
    question = ""
    for name, mine in scores.items():
        asked, _, way = name.partition(": ")
        rival = scores[f"{asked}: {_POPULAR}"]
        if mine.is_empty():
            continue
        if asked != question:
            question = asked
            print(f"\n## {asked}: {mine.height:,} lists, {mine['customer'].n_unique():,} newcomers\n")
            print("| list | MAP@12 | recall@12 | MAP@12 − popularity | lists that differ |")
            print("|---|--:|--:|--:|--:|")
        recall = bootstrap_mean(mine, "recall@12")[0]
        better = paired_difference(mine, rival, "map@12")
        both = mine.join(rival, on=["cutoff", "customer"], suffix="_rival")
        differ = np.mean(both["map@12"].to_numpy() != both["map@12_rival"].to_numpy())
        print(
            f"| {way} | {bootstrap_mean(mine, 'map@12')[0]:.5f} | {recall:.4f} "
            f"| {better[0]:+.5f} [{better[1]:+.5f}, {better[2]:+.5f}] | {differ:.1%} |"
        )


if __name__ == "__main__":
    typer.run(main)
