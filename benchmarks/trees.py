"""python -m benchmarks.trees --data DIR: the ranker's trees as tables against LightGBM's own evaluation, one thread.

Both forms of the ranker, for little and for much to learn from, trained on the folder's lists; the rows are theirs.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from stylo.candidates.history import History
from stylo.candidates.similar_articles import article_vectors
from stylo.ranking.ranker import Examples, Ranker, settings_for
from stylo.ranking.training import Training
from stylo.recommender import Recommender
from stylo.tables.folder import DataFolder
from stylo.tables.split import read_cut

_ROWS = (100, 330, 20_000)
_MUCH = 1_000_000


def main(
    data: Annotated[Path, typer.Option("--data", help="A data folder after split_data.py.")],
    runs: Annotated[int, typer.Option("--runs", help="How often each is timed; the median counts.")] = 31,
) -> None:
    """Prints a table: milliseconds of CPU time, and the largest difference between the scores."""
    folder, hybrid = DataFolder(data), Recommender()
    history = History.open(folder, embeddings=article_vectors(folder))
    lists = Training(history, hybrid.strategies, hybrid.candidates).lists(read_cut(folder)[0])
    assert lists is not None, "too little to learn from"
    compare(lists, runs)


def compare(lists: Examples, runs: int) -> None:
    print("| ranker | rows | LightGBM, ms | tables, ms | tables ÷ LightGBM | largest difference |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, settings in (("little", settings_for(0)), ("much", settings_for(_MUCH))):
        ranker = Ranker.train(lists, settings)
        forest = ranker.forest
        assert forest is not None
        used = [lists.names.index(each) for each in ranker.names]
        for rows in _ROWS:
            some = np.asfortranarray(lists.values[np.arange(rows) % len(lists.values)][:, used])

            theirs, ours = partial(_by_lightgbm, ranker, some), partial(forest.score, some)
            apart = np.abs(theirs() - ours()).max()
            other, mine = _in_turn(theirs, ours, runs=runs)
            print(f"| {name} | {rows:,} | {other:.2f} | {mine:.2f} | {mine / other:.2f} | {apart:.0e} |")


def _by_lightgbm(ranker: Ranker, values: np.ndarray) -> np.ndarray:
    return np.mean([each.predict(values, raw_score=True, num_threads=1) for each in ranker.boosters], axis=0)


def _in_turn(*work: Callable[[], object], runs: int) -> list[float]:
    """The median milliseconds of CPU time of each, by turns, so that other work on the machine hits them alike."""
    took: list[list[float]] = [[] for _ in work]
    for _ in range(runs):
        for each, its in zip(work, took, strict=True):
            started = time.thread_time()
            each()
            its.append(1e3 * (time.thread_time() - started))
    return [statistics.median(its) for its in took]


if __name__ == "__main__":
    typer.run(main)
