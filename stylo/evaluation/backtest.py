"""Weekly backtest: at each cutoff the models see what came before and are asked what comes next.

weeks = 3                    cutoff 1      cutoff 2      cutoff 3 = the split's own
├─────── known at cutoff 1 ──────┤── asked ──┤
├─────── known at cutoff 2 ──────────────────┤── asked ──┤
├─────── known at cutoff 3 ──────────────────────────────┤── asked ──┤
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from stylo.candidates.history import History
from stylo.errors import BadOption, EmptySplit
from stylo.evaluation.intervals import Estimate, bootstrap_mean, paired_difference
from stylo.evaluation.metrics import METRICS, score_customers
from stylo.evaluation.models import Model
from stylo.progress import SILENT, Progress

_CUSTOMERS_AT_A_TIME = 20_000
_MOST_WEEKS = 1_000


@dataclass(frozen=True)
class Backtest:
    """What a backtest found.

    predictions : `cutoff`, `model` and the rows of RANKED, for every buyer of every target week.
    scores : `cutoff`, `model`, `customer` and METRICS.
    """

    cutoffs: Sequence[date]
    days: int
    models: Sequence[str]
    predictions: pl.DataFrame
    scores: pl.DataFrame

    @property
    def customers(self) -> int:
        """How many lists were scored: buyers, counted once for each week in which they bought."""
        return self.scores.height // len(self.models)

    def estimate(self, model: str, metric: str) -> Estimate:
        """Mean over all buyers of all weeks, with the interval resampled by customer."""
        return bootstrap_mean(self.scores.filter(pl.col("model") == model), metric)

    def difference(self, model: str, rival: str, metric: str = METRICS[0]) -> Estimate:
        """Mean of model − rival over the same buyers, with its interval."""
        ours, theirs = (self.scores.filter(pl.col("model") == name) for name in (model, rival))
        return paired_difference(ours, theirs, metric)


def weekly_cutoffs(last: date, weeks: int) -> list[date]:
    """`weeks` cutoffs a week apart, the given one the last."""
    if not 1 <= weeks <= _MOST_WEEKS:
        raise BadOption(f"--weeks {weeks}: 1 to {_MOST_WEEKS:,} weeks can be scored.")
    return [last - timedelta(weeks=weeks - 1 - week) for week in range(weeks)]


def backtest(
    models: Sequence[Model], history: History, cutoffs: Sequence[date], days: int, progress: Progress = SILENT
) -> Backtest:
    """Asks every model, at every cutoff, for the twelve articles of every customer who bought in its window.

    Raises EmptySplit if at a cutoff nothing is known yet, or nobody buys.
    """
    predictions, scores = [], []
    truths = {cutoff: _truth(history, cutoff, days) for cutoff in cutoffs}
    buyers = sum(truth["customer"].n_unique() for truth in truths.values())
    with progress.task("Lists", buyers * len(models)) as advance:
        for cutoff, truth in truths.items():
            customers = truth["customer"].unique().sort()
            for model in models:
                chunks = []
                for chunk in customers.to_frame().iter_slices(_CUSTOMERS_AT_A_TIME):
                    chunks.append(model.recommend(history, chunk.to_series(), cutoff))
                    advance(chunk.height)
                label = (pl.lit(cutoff).alias("cutoff"), pl.lit(model.name).alias("model"))
                predictions.append(pl.concat(chunks).select(*label, pl.all()))
                scores.append(score_customers(predictions[-1], truth).select(*label, pl.all()))
    names = [model.name for model in models]
    return Backtest(cutoffs, days, names, pl.concat(predictions), pl.concat(scores))


def _truth(history: History, cutoff: date, days: int) -> pl.DataFrame:
    known, truth = history.before(cutoff), history.bought(cutoff, cutoff + timedelta(days=days))
    if known.is_empty() or truth.is_empty():
        what = "is known before" if known.is_empty() else f"is bought in the {days} days from"
        raise EmptySplit(
            f"Nothing {what} {cutoff}, so that nothing can be scored there.",
            cure="Ask for fewer --weeks, or cut later: python split_data.py --cutoff YYYY-MM-DD",
        )
    return truth
