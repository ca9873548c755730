"""Weekly backtest: at each cutoff the models see what came before and predict what comes next.

weeks = 3                    cutoff 1      cutoff 2      cutoff 3 = the split's own
├─────── known at cutoff 1 ──────┤── asked ──┤
├─────── known at cutoff 2 ──────────────────┤── asked ──┤
├─────── known at cutoff 3 ──────────────────────────────┤── asked ──┤
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Protocol, cast

import polars as pl

from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.candidates.personal import OwnPurchases
from stylo.candidates.popularity import Bestsellers
from stylo.candidates.strategy import Strategy, fitted
from stylo.errors import EmptySplit
from stylo.evaluation.intervals import Estimate, bootstrap_by_model
from stylo.evaluation.metrics import METRICS, score_customers
from stylo.parallel.workers import LOCAL, Shared, Workers
from stylo.progress import SILENT, Progress
from stylo.ranking.pool import Pool, cascade
from stylo.tables.schemas import LIST_LENGTH

_REPURCHASE_DAYS = 90
_CUSTOMERS_AT_A_TIME = 20_000


class BacktestModel(Protocol):
    """Gives customers a ranked list."""

    @property
    def name(self) -> str: ...

    def recommend(
        self, history: History, customers: pl.Series, as_of: date, k: int = LIST_LENGTH
    ) -> pl.DataFrame:
        """Rows of RANKED: at most k articles for each customer, from what was known before `as_of`."""


class ObservingModel(BacktestModel, Protocol):
    """One that keeps records of its lists. On a cluster they come back from where the lists are made."""

    def records(self, as_of: date) -> Any:
        """What was kept of a day. Lets go of it."""

    def add_records(self, as_of: date, records: Any) -> None:
        """Keeps what the same model has kept elsewhere."""


@dataclass(frozen=True)
class Baseline:
    """Strategies in order: each fills the places that those before it left empty.

    `days` is how far back a customer's purchases count; None: all of them.
    """

    name: str
    strategies: Sequence[Strategy]
    days: int | None = None

    def recommend(
        self, history: History, customers: pl.Series, as_of: date, k: int = LIST_LENGTH
    ) -> pl.DataFrame:
        known = Customers.read(history, customers, as_of, self.days)
        found = {each.name: fitted(each, history, as_of).propose(known, k) for each in self.strategies}
        pool = Pool.of(known, found)
        return pool.ranked(cascade(pool, list(found)), k, history.catalogue.articles)


#: Last week's bestsellers; own purchases of 90 days by recency; these, filled up with the bestsellers.
BASELINES: tuple[Baseline, ...] = (
    Baseline("popularity", (Bestsellers(days=7),), days=0),
    Baseline("repurchase", (OwnPurchases(),), _REPURCHASE_DAYS),
    Baseline("repurchase_filled", (OwnPurchases(), Bestsellers(days=7)), _REPURCHASE_DAYS),
)


@dataclass(frozen=True)
class Backtest:
    """What a backtest found.

    scores : `cutoff`, `model`, `customer` and METRICS, for every buyer of every target week.
    """

    cutoffs: Sequence[date]
    days: int
    models: Sequence[str]
    scores: pl.DataFrame

    @property
    def window(self) -> timedelta:
        """How long each target window is."""
        return timedelta(days=self.days)

    @property
    def customers(self) -> int:
        """How many lists were scored: buyers, counted once for each week in which they bought."""
        return self.scores.height // len(self.models)

    def estimates(self, rival: str) -> dict[tuple[str, str], Estimate]:
        """Means over all buyers of all weeks, with intervals resampled by customer.

        (model, metric) → its mean; (model, "difference") → the mean of model − rival in the first metric, over
        the same buyers. All of them share the same draws of customers.
        """
        return bootstrap_by_model(self.scores, self.models, METRICS, rival)


def backtest(
    models: Sequence[BacktestModel],
    history: History,
    cutoffs: Sequence[date],
    days: int,
    progress: Progress = SILENT,
    keep: Callable[[date, str, pl.DataFrame], object] = lambda cutoff, model, ranked: None,
    workers: Workers = LOCAL,
    files: Sequence[Path] = (),
) -> Backtest:
    """At every cutoff, asks every model for twelve articles for each customer who bought in the window.

    The lists are scored and discarded; to keep them, pass `keep`, which is called with the cutoff, the model's
    name and the rows of RANKED. A cluster of `workers` takes weeks side by side if there are as many as it has cores,
    each in one process that reads the history's `files` itself; else it makes the lists of one week after the other.
    Raises EmptySplit if at a cutoff nothing is known yet, or nobody buys.
    """
    scores = []
    names = [model.name for model in models]
    model_name = pl.Enum(names)
    truths = {cutoff: _truth(history, cutoff, days) for cutoff in cutoffs}
    buyers = sum(truth["customer"].n_unique() for truth in truths.values())
    with progress.task("Lists", buyers * len(models)) as advance:
        for cutoff, model, ranked in _lists(models, history, truths, advance, workers, files):
            label = {"cutoff": pl.lit(cutoff), "model": pl.lit(model.name, model_name)}
            scores.append(score_customers(ranked, truths[cutoff]).select("customer", *METRICS, **label))
            keep(cutoff, model.name, ranked)
    return Backtest(cutoffs, days, names, pl.concat(scores))


def _lists(
    models: Sequence[BacktestModel],
    history: History,
    truths: Mapping[date, pl.DataFrame],
    advance: Callable[[int], None],
    workers: Workers,
    files: Sequence[Path],
) -> Iterator[tuple[date, BacktestModel, pl.DataFrame]]:
    """Every model's lists for the buyers of every week."""
    weeks = [(cutoff, truth["customer"].unique().sort()) for cutoff, truth in truths.items()]
    if not workers.is_cluster or len(weeks) < max(2, workers.count):
        for cutoff, customers in weeks:
            seen = history.focus(customers)
            for model in models:
                yield cutoff, model, _ranked(model, seen, customers, cutoff, advance)
        return
    history.forget()
    found = workers.map(_WholeWeek(workers.share((models, history))), weeks, files=files)
    for (cutoff, customers), lists in zip(weeks, found, strict=True):
        for model, (ranked, records) in zip(models, lists, strict=True):
            if records is not None:
                cast(ObservingModel, model).add_records(cutoff, records)
            advance(len(customers))
            yield cutoff, model, ranked


def _ranked(
    model: BacktestModel,
    history: History,
    customers: pl.Series,
    cutoff: date,
    advance: Callable[[int], object] = lambda steps: None,
) -> pl.DataFrame:
    chunks = []
    for chunk in customers.to_frame().iter_slices(_CUSTOMERS_AT_A_TIME):
        chunks.append(model.recommend(history, chunk.to_series(), cutoff))
        advance(chunk.height)
    return pl.concat(chunks)


@dataclass(frozen=True)
class _WholeWeek:
    """A `Work`: the lists of every model for a day's buyers, each with the records of a model that keeps any."""

    shared: Shared[tuple[Sequence[BacktestModel], History]]

    def open(self) -> Callable[[tuple[date, pl.Series]], list[tuple[pl.DataFrame, Any]]]:
        models, history = self.shared.get()

        def lists(week: tuple[date, pl.Series]) -> list[tuple[pl.DataFrame, Any]]:
            cutoff, customers = week
            seen, found = history.focus(customers), []
            for model in models:
                ranked = _ranked(model, seen, customers, cutoff)
                records = model.records(cutoff) if hasattr(model, "records") else None
                found.append((ranked, records))
            history.forget()
            return found

        return lists


def _truth(history: History, cutoff: date, days: int) -> pl.DataFrame:
    known = history.knows_anything(cutoff)
    truth = history.bought(cutoff, cutoff + timedelta(days=days))
    if not known or truth.is_empty():
        what = "is known before" if not known else f"is bought in the {days} days from"
        raise EmptySplit(
            f"Nothing {what} {cutoff}, so nothing can be scored there.",
            cure="Use fewer --weeks, or a later cutoff: python split_data.py --cutoff YYYY-MM-DD",
        )
    return truth
