"""python -m benchmarks.strategies --data DIR: what each strategy finds of what customers buy next, alone.

Over rolling weeks, of the distinct articles that buyers bought in the week: the share among the first 12 and the first
100 that a strategy proposes, the share of all hits among 100 that no other strategy has, and what it costs.
"""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from stylo.candidates.bought_together import BoughtNext, BoughtTogether
from stylo.candidates.history import History
from stylo.candidates.matrix_factorisation import MatrixFactorisation
from stylo.candidates.personal import Favourites, OwnPurchases, Variants
from stylo.candidates.popularity import (
    Bestsellers,
    NewArrivals,
    Popularity,
    PopularityByAge,
    PopularityByChannel,
)
from stylo.candidates.similar_articles import SameStyle, StyleNeighbours, VisualTwins, article_vectors
from stylo.candidates.strategy import Strategy, candidates
from stylo.tables.folder import DataFolder
from stylo.tables.split import weekly_cutoffs

_MOST, _FIRST = 100, 12
STRATEGIES: tuple[Strategy, ...] = (
    OwnPurchases(),
    Variants(),
    BoughtTogether(),
    BoughtNext(),
    MatrixFactorisation(),
    SameStyle(),
    VisualTwins(),
    Favourites(),
    Favourites(group="section_no"),
    Favourites(group="product_type_no"),
    Bestsellers(),
    Popularity(),
    PopularityByAge(),
    PopularityByChannel(),
    NewArrivals(),
    StyleNeighbours(),
)


def main(
    data: Annotated[Path, typer.Option("--data", help="A data folder after split_data.py.")],
    last: Annotated[str, typer.Option("--last", help="The last cutoff.")] = "2020-03-18",
    weeks: Annotated[int, typer.Option("--weeks", help="How many weekly cutoffs.")] = 26,
    days: Annotated[int, typer.Option("--days", help="How long the window after each cutoff is.")] = 7,
) -> None:
    """Prints a table, the strategies in the order of their recall among 100."""
    folder = DataFolder(data)
    history = History.open(folder, embeddings=article_vectors(folder))
    found = [_found(history, cutoff, days) for cutoff in weekly_cutoffs(date.fromisoformat(last), weeks)]
    hits = pl.concat([hits for hits, _, _ in found])
    wanted = sum(count for _, count, _ in found)
    print(f"{weeks} weeks to {last}, {wanted:,} articles bought\n")
    print(f"| strategy | recall@{_FIRST} | recall@{_MOST} | only its | s a week |\n|---|--:|--:|--:|--:|")
    alone = hits.filter(pl.len().over("week", "customer", "article") == 1)
    rows = [
        (
            strategy.name,
            mine.filter(pl.col("rank") <= _FIRST).height / wanted,
            mine.height / wanted,
            alone.filter(pl.col("strategy") == strategy.name).height / wanted,
            sum(seconds[strategy.name] for _, _, seconds in found) / weeks,
        )
        for strategy in STRATEGIES
        for mine in [hits.filter(pl.col("strategy") == strategy.name)]
    ]
    for name, first, all_of_them, only, seconds in sorted(rows, key=lambda row: -row[2]):
        print(f"| {name} | {first:.4f} | {all_of_them:.4f} | {only:.4f} | {seconds:.2f} |")
    together = hits.select("week", "customer", "article").unique().height / wanted
    print(f"| all together | | {together:.4f} | | |")


def _found(history: History, cutoff: date, days: int) -> tuple[pl.DataFrame, int, dict[str, float]]:
    """Hits among the first 100 of each strategy, how many articles were bought, and seconds by strategy."""
    truth = history.bought(cutoff, cutoff + timedelta(days=days))
    customers = truth["customer"].unique().sort()
    seen, hits, seconds = history.focus(customers), [], {}
    for strategy in STRATEGIES:
        started = time.perf_counter()
        proposed = candidates(strategy, seen, customers, cutoff, _MOST)
        seconds[strategy.name] = time.perf_counter() - started
        mine = proposed.join(truth, on=["customer", "article"])
        hits.append(
            mine.select("customer", "article", "rank", strategy=pl.lit(strategy.name), week=pl.lit(cutoff))
        )
    return pl.concat(hits), truth.height, seconds


if __name__ == "__main__":
    typer.run(main)
