"""python -m benchmarks.ranker --data DIR: what the hybrid loses without a strategy, or without a group of features.

Rolling weeks, retrained every four, on the examples of the weeks before. Without a strategy also means without the
articles that it alone proposed. `--more` tells instead what strategies would add that are no part of the hybrid, and
`--shortlist` what is lost if the ranker looks only at what a small ranker puts first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer

from stylo.candidates.bought_together import BoughtTogether
from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.candidates.popularity import Popularity, PopularityByChannel
from stylo.candidates.similar_articles import SameStyle, StyleNeighbours, article_vectors
from stylo.candidates.strategy import Strategy
from stylo.evaluation.intervals import bootstrap_mean, paired_difference
from stylo.evaluation.metrics import METRICS, score_customers
from stylo.ranking.features import FEATURE_GROUPS, Features
from stylo.ranking.pool import Pool, reciprocal_rank_fusion
from stylo.ranking.ranker import FOR_SHORTLIST, Examples, Ranker, settings_for
from stylo.ranking.snapshot import Snapshot
from stylo.ranking.training import Training
from stylo.recommender import Recommender
from stylo.tables.folder import DataFolder
from stylo.tables.schemas import LIST_LENGTH
from stylo.tables.split import weekly_cutoffs

_RETRAINED = 4
_LENGTHS = (40, 60, 80, 100, 150)
#: What is no part of the hybrid.
MORE: tuple[Strategy, ...] = (
    PopularityByChannel(),
    Popularity(1.5, "popularity, half-life of 1.5 days"),
    Popularity(21, "popularity, half-life of 21 days"),
    BoughtTogether(days=28, name="bought together, 4 weeks"),
    BoughtTogether(days=91, name="bought together, 13 weeks"),
    StyleNeighbours(),
    SameStyle(),
)


@dataclass(frozen=True)
class Week:
    """A week's buyers: what they could be given, and what they bought."""

    as_of: date
    pool: Pool
    features: Features
    truth: pl.DataFrame
    articles: np.ndarray

    def score(self, score: np.ndarray) -> pl.DataFrame:
        ranked = self.pool.ranked(score, LIST_LENGTH, self.articles)
        return score_customers(ranked, self.truth).with_columns(cutoff=pl.lit(self.as_of))


def main(
    data: Annotated[Path, typer.Option("--data", help="A data folder after split_data.py.")],
    last: Annotated[str, typer.Option("--last", help="The last cutoff.")] = "2020-03-18",
    weeks: Annotated[int, typer.Option("--weeks", help="How many weekly cutoffs.")] = 26,
    more: Annotated[bool, typer.Option("--more", help="What other strategies would add.")] = False,
    shortlist: Annotated[bool, typer.Option("--shortlist", help="What shortlists cost.")] = False,
) -> None:
    """Prints a table: MAP@12 without each part (or with one more), minus that of the hybrid, paired."""
    folder, hybrid = DataFolder(data), Recommender()
    if more:
        hybrid = replace(hybrid, strategies=(*hybrid.strategies, *MORE))
    others = {strategy.name for strategy in MORE} if more else set()
    history = History.open(folder, embeddings=article_vectors(folder))
    training = Training(history, hybrid.strategies, hybrid.candidates)
    asked = [_week(history, hybrid, cutoff) for cutoff in weekly_cutoffs(date.fromisoformat(last), weeks)]
    first = len(asked) % _RETRAINED
    folds = [asked[:first], *(asked[n : n + _RETRAINED] for n in range(first, len(asked), _RETRAINED))]
    learned = [(training.lists(fold[0].as_of), fold) for fold in folds if fold]
    if shortlist:
        _print_shortlists(learned, hybrid)
        return
    unused = settings_for(0).without
    features = asked[0].features
    names = [name for name, group in zip(features.names, features.groups, strict=True) if group not in unused]
    whole = _scores(learned, names, others)
    mean = bootstrap_mean(whole, METRICS[0])
    print(
        f"{weeks} weeks to {last}, {whole.height:,} lists: {mean.mean:.5f} [{mean.low:.5f}, {mean.high:.5f}]\n"
    )
    print(f"| {'with' if more else 'without'} | MAP@12 | difference |\n|---|--:|---|")
    if more:
        for name in sorted(others):
            _print(name, _scores(learned, names, others - {name}), whole)
        return
    fused = pl.concat(
        week.score(reciprocal_rank_fusion(week.pool, hybrid.weights, hybrid.constant)) for week in asked
    )
    _print("the ranker: fusion by fixed weights", fused, whole)
    for group in FEATURE_GROUPS:
        of = [name for name, its in zip(features.names, features.groups, strict=True) if its == group]
        if group in unused:
            _print(f"… but with features: {group}", _scores(learned, [*names, *of]), whole)
        else:
            left = [name for name in names if name not in of]
            _print(f"features: {group}", _scores(learned, left), whole)
    for strategy in asked[0].pool.strategies:
        _print(strategy, _scores(learned, names, {strategy}), whole)


def _print_shortlists(learned: Sequence[tuple[Examples | None, Sequence[Week]]], hybrid: Recommender) -> None:
    """MAP@12 with shortlists of several lengths, minus that of a ranker that looks at everything."""
    everything = 2**30
    found: dict[int, list[pl.DataFrame]] = {length: [] for length in (everything, *_LENGTHS)}
    for examples, fold in learned:
        assert examples is not None, "too little to learn from"
        rankers = [Ranker.train(examples, settings) for settings in (settings_for(0), FOR_SHORTLIST)]
        for week in fold:
            fine, rough = (each.score(_features(week.features, each.names, ())[0]) for each in rankers)
            fused = reciprocal_rank_fusion(week.pool, hybrid.weights, hybrid.constant)
            for length, scores in found.items():
                score = np.full(len(fine), -np.inf)
                chosen = week.pool.best(rough, length).article
                score[chosen] = fine[chosen]
                scores.append(week.score(np.where(week.pool.known, score, fused)))
    print("| shortlist | MAP@12 | difference |\n|---|--:|---|")
    whole = pl.concat(found[everything])
    for length, scores in found.items():
        name = "everything" if length == everything else str(length)
        _print(name, pl.concat(scores), whole)


def _week(history: History, hybrid: Recommender, as_of: date) -> Week:
    truth = history.bought(as_of, as_of + timedelta(days=7))
    snapshot = Snapshot.take(history, as_of, hybrid.strategies)
    pool = snapshot.pool(Customers.read(history, truth["customer"], as_of), hybrid.candidates)
    return Week(as_of, pool, snapshot.features(pool), truth, snapshot.articles)


def _scores(
    learned: Sequence[tuple[Examples | None, Sequence[Week]]],
    left: Collection[str],
    without: Collection[str] = (),
) -> pl.DataFrame:
    """Scores of all lists with the features that are left, and without some strategies and their articles."""
    found, hybrid = [], Recommender()
    for examples, fold in learned:
        assert examples is not None, "too little to learn from"
        ranker = Ranker.train(_reduced(examples, left, without), replace(settings_for(0), without=()))
        for week in fold:
            features, kept = _features(week.features, left, without)
            reduced = replace(week, pool=week.pool.only(kept))
            score = ranker.score(features)
            # Newcomers' lists go by the charts.
            fused = reciprocal_rank_fusion(reduced.pool, hybrid.weights, hybrid.constant)
            found.append(reduced.score(np.where(reduced.pool.known, score, fused)))
    return pl.concat(found)


def _reduced(examples: Examples, left: Collection[str], without: Collection[str]) -> Examples:
    features, kept = _features(Features(examples.names, examples.groups, examples.values), left, without)
    number = np.repeat(np.arange(len(examples.lists)), examples.lists)[kept]
    bought = examples.bought[kept]
    hits = np.bincount(number, bought, len(examples.lists)) > 0
    some = hits[number]
    lists = np.bincount(number[some], minlength=len(hits))[hits]
    return Examples(
        features.names, features.groups, (features.values[some],), bought[some], lists, examples.weights[hits]
    )


def _features(
    features: Features, left: Collection[str], without: Collection[str]
) -> tuple[Features, np.ndarray]:
    """The columns that are left, and the rows that another strategy proposed, too."""
    names = features.names
    gone = [names.index(f"rank: {strategy}") for strategy in without]
    columns = [n for n, name in enumerate(names) if name in left and n not in gone]
    values = features.values
    rows = np.arange(len(values))
    if gone:
        others = [n for n in columns if names[n].startswith("rank: ")]
        rows = np.flatnonzero(~np.isnan(values[:, others]).all(axis=1))
        values = values.copy(order="F")
        values[:, names.index("strategies")] -= (~np.isnan(values[:, gone])).sum(axis=1)
    kept = np.asfortranarray(values[rows][:, columns])
    return Features(tuple(names[n] for n in columns), tuple(features.groups[n] for n in columns), kept), rows


def _print(name: str, scores: pl.DataFrame, whole: pl.DataFrame) -> None:
    mean, difference = bootstrap_mean(scores, METRICS[0]), paired_difference(scores, whole, METRICS[0])
    interval = f"[{difference.low:+.5f}, {difference.high:+.5f}]"
    print(f"| {name} | {mean.mean:.5f} | {difference.mean:+.5f} {interval} |", flush=True)


if __name__ == "__main__":
    typer.run(main)
