"""Champion and challenger on the same lists: the buyers of the days that neither knew."""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from stylo.deployment.online_model import OnlineModel, RequestContext
from stylo.deployment.recent_purchases import RecentPurchase
from stylo.deployment.release import Release
from stylo.deployment.releases import Releases
from stylo.evaluation.backtest import BASELINES
from stylo.evaluation.intervals import Estimate, bootstrap_mean, paired_difference
from stylo.evaluation.metrics import METRICS, score_customers
from stylo.recommender import HYBRID, SavedModel
from stylo.records.operations import ChallengerFigures
from stylo.tables.folder import MODEL_FILE, DataFolder
from stylo.tables.split import read_cut

_LISTS = 5_000
_TIMED, _WARM, _COMPARED = 200, 20, 50
_AT_ONCE = 64


def compare(
    folder: DataFolder, releases: Releases, champion: str, challenger: str
) -> ChallengerFigures | None:
    """None if the champion was made of the very days on which the two are compared.

    The champion as it served: its own model, and of each customer what was bought up to the cutoff. The challenger as
    it was scored: its ranker learned from weeks before the cutoff. At most 5,000 buyers, drawn the same way each time.
    """
    before, after = releases.open(champion), releases.open(challenger)
    cutoff, truth, buyers = _buyers(folder)
    if before.as_of > cutoff:
        return None
    old = _as_served(folder, before, buyers, cutoff)
    return _figures(cutoff, truth, _as_scored(folder, buyers, cutoff), old, after, before)


def against_bestsellers(folder: DataFolder, releases: Releases, challenger: str) -> ChallengerFigures:
    """The same where there is no champion to compare with: against what sells."""
    release = releases.open(challenger)
    cutoff, truth, buyers = _buyers(folder)
    new, popular = (_as_scored(folder, buyers, cutoff, model) for model in (HYBRID, BASELINES[0].name))
    return _figures(cutoff, truth, new, popular, release, None)


def _buyers(folder: DataFolder) -> tuple[date, pl.DataFrame, pl.Series]:
    """The split's cutoff, `customer`, `article` bought in its days, and the customers who count."""
    cutoff, days = read_cut(folder)
    window = pl.col("t_dat").is_between(cutoff, cutoff + timedelta(days=days), closed="left")
    bought = folder.scan("transactions.parquet").filter(window)
    truth = bought.select("customer", "article").unique().sort("customer", "article").collect()
    buyers = truth["customer"].unique().sort()
    if len(buyers) > _LISTS:
        buyers = buyers.sample(_LISTS, seed=0).sort()
        truth = truth.filter(pl.col("customer").is_in(buyers.implode()))
    return cutoff, truth, buyers


def _figures(
    cutoff: date,
    truth: pl.DataFrame,
    new: pl.DataFrame,
    old: pl.DataFrame,
    challenger: Release,
    champion: Release | None,
) -> ChallengerFigures:
    metric = METRICS[0]
    ours, theirs = (score_customers(lists, truth).with_columns(cutoff=pl.lit(cutoff)) for lists in (new, old))
    before, after = bootstrap_mean(theirs, metric), bootstrap_mean(ours, metric)
    difference = paired_difference(ours, theirs, metric)
    if ours.is_empty():  # the means of nothing are not numbers
        before = after = difference = Estimate(0.0, 0.0, 0.0)
    milliseconds, beside = latencies(challenger, champion)
    return ChallengerFigures(
        lists=ours.height,
        champion_map=before.mean,
        challenger_map=after.mean,
        difference=difference,
        milliseconds=milliseconds,
        champion_milliseconds=beside,
        champion_bytes=_bytes(champion or challenger),
        challenger_bytes=_bytes(challenger),
        champion_articles=old["article"].n_unique(),
        challenger_articles=new["article"].n_unique(),
        same_lists=parity(challenger),
    )


def latencies(challenger: Release, champion: Release | None = None) -> tuple[float, float | None]:
    """p99 in milliseconds of one recommendation after another, of both in turns: what else the machine does meanwhile
    slows down both."""
    turns = [challenger] if champion is None else [challenger, champion]
    customers = [_some(release, _WARM + _TIMED) for release in turns]
    took: list[list[float]] = [[] for _ in turns]
    for each in range(_WARM + _TIMED):
        for release, some, times in zip(turns, customers, took, strict=True):
            started = time.perf_counter()
            release.model.recommend([RequestContext(int(some[each % len(some)]), release.as_of)])
            times.append(1e3 * (time.perf_counter() - started))
    ours, *theirs = (float(np.percentile(times[_WARM:], 99)) for times in took)
    return ours, next(iter(theirs), None)


def parity(release: Release) -> tuple[int, int]:
    """How many lists of the service's engine are those that the model itself gives, and of how many."""
    customers = _some(release, _COMPARED)
    if not isinstance(release.model, OnlineModel):
        return 0, len(customers)
    model = SavedModel.open(release.assortment.folder)
    own = model.recommend(customers.tolist()).sort("customer", "rank")
    served = release.model.recommend([RequestContext(int(customer), release.as_of) for customer in customers])
    same = sum(
        own.filter(customer=int(customer))["article"].to_list() == [each.article for each in shown]
        for customer, shown in zip(customers, served, strict=True)
    )
    return same, len(customers)


def _some(release: Release, count: int) -> np.ndarray:
    """Numbers of customers, drawn the same way each time."""
    everyone = max(len(release.customers), 1)
    return np.unique(np.random.default_rng(0).integers(0, everyone, count))


def _as_served(folder: DataFolder, release: Release, buyers: pl.Series, cutoff: date) -> pl.DataFrame:
    """`customer`, `article`, `rank`, as the release would have recommended on the cutoff."""
    since = (
        folder.scan("transactions.parquet")
        .filter(pl.col("t_dat").is_between(release.as_of, cutoff, closed="left"))
        .filter(pl.col("customer").is_in(buyers.implode()))
        .select("customer", "article", "t_dat", "price", "sales_channel_id")
        .collect()
    )
    later: dict[int, list[RecentPurchase]] = {}
    unit = folder.price_unit
    for customer, article, day, price, channel in since.iter_rows():
        later.setdefault(customer, []).append(RecentPurchase(article, day, price * unit, channel))
    rows = []
    for first in range(0, len(buyers), _AT_ONCE):
        some = buyers[first : first + _AT_ONCE].to_list()
        contexts = [
            RequestContext(customer, cutoff, since=tuple(later.get(customer, ()))) for customer in some
        ]
        for customer, shown in zip(some, release.model.recommend(contexts), strict=True):
            rows += [(customer, each.article, rank) for rank, each in enumerate(shown, 1)]
    schema = {"customer": pl.UInt32, "article": pl.Int32, "rank": pl.UInt16}
    return pl.DataFrame(rows, schema, orient="row")


def _as_scored(folder: DataFolder, buyers: pl.Series, cutoff: date, model: str = HYBRID) -> pl.DataFrame:
    """The lists of `final.py` for the same customers."""
    names = folder.scan("customers.parquet").select("customer", "customer_id")
    lists = folder.scan("predictions.parquet").filter(cutoff=cutoff, model=model)
    return (
        lists.join(names, on="customer_id")
        .filter(pl.col("customer").is_in(buyers.implode()))
        .select("customer", article=pl.col("article_id"))
        .explode("article")
        .with_columns(rank=pl.int_range(1, pl.len() + 1).over("customer").cast(pl.UInt16))
        .with_columns(folder.article_ids().numbers(pl.col("article")))
        .select("customer", "article", "rank")
        .collect()
    )


def _bytes(release: Release) -> int:
    return Path(release.assortment.folder.path(MODEL_FILE)).stat().st_size
