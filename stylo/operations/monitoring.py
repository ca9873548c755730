"""Monitoring: how good what was shown turned out to be, as purchases arrive, beside what the backtest promised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from stylo.errors import StyloError
from stylo.evaluation.intervals import bootstrap_means
from stylo.evaluation.metrics import score_customers
from stylo.operations import lineage
from stylo.operations.workspace import Workspace
from stylo.records.operations import MonitoringReport, VersionQuality
from stylo.storage import deployments, events, predictions

_SHOWN = {
    "customer_id": pl.String,
    "variant": pl.String,
    "at": pl.Int64,
    "articles": pl.String,
    "version": pl.String,
    "milliseconds": pl.Float64,
    "cached": pl.Boolean,
    "degraded": pl.String,
}
_FEWEST = 20


def monitor(
    workspace: Workspace, days: int = 28, window: int = 7, now: datetime | None = None
) -> MonitoringReport:
    """What was shown in the last days, a customer's first list of a day for each version and variant.

    now : of the shop's clock; None is the last thing that was shown or bought.
    """
    until = _plain(now or _latest(workspace))
    since = until - timedelta(days=days)
    recent = _shown(workspace, since).filter(pl.col("at") <= until)
    bought = _bought(workspace, since)
    first = (
        recent.with_columns(day=workspace.zone.days(recent["at"]))
        .group_by("customer_id", "version", "variant", "day", maintain_order=True)
        .first()
    )
    judged = _judged(first, bought.filter(pl.col("at") <= until), window)
    cold = _never_sold(workspace)
    groups = judged.select("version", "variant").unique().sort("version", "variant").rows()
    return MonitoringReport(
        since=since,
        until=until,
        window=window,
        qualities=tuple(
            _quality(workspace, version, variant, recent, judged, cold) for version, variant in groups
        ),
        purchases=bought.filter(pl.col("at").is_between(since, until)).height,
    )


def figures(monitored: MonitoringReport, workspace: Workspace) -> dict[str, float]:
    """Numbers by name, of the version that is live, for rules."""
    live = deployments.live(workspace.database)
    found: dict[str, float] = {"purchases": float(monitored.purchases)}
    if live is None:
        return found
    mine = [each for each in monitored.qualities if each.version == live.version]
    lists = sum(each.lists for each in mine)
    found |= {"lists": float(lists), "buyers": float(sum(each.buyers for each in mine))}
    if not lists:
        return found
    largest = max(mine, key=lambda each: each.buyers)
    found["degraded"] = sum(each.degraded * each.lists for each in mine) / lists
    found["cold"] = sum(each.cold * each.lists for each in mine) / lists
    found["coverage"] = float(max(each.coverage for each in mine))
    if (slowest := max((each.p99 for each in mine if each.p99 is not None), default=None)) is not None:
        found["p99"] = slowest
    if largest.map12 is not None:
        found["map@12"], _, high = largest.map12
        if largest.expected is not None and largest.expected[0] > 0:
            found["map@12 at best against expected"] = high / largest.expected[0]
    return found


def _shown(workspace: Workspace, since: datetime) -> pl.DataFrame:
    shown = predictions.shown(workspace.database, since.replace(tzinfo=UTC))
    rows = pl.DataFrame(shown, _SHOWN, orient="row")
    return rows.with_columns(
        pl.from_epoch("at", "us"), pl.col("articles").str.json_decode(pl.List(pl.Int32))
    ).drop_nulls(["customer_id", "version"])


def _bought(workspace: Workspace, since: datetime) -> pl.DataFrame:
    rows = events.purchases(workspace.database, since.replace(tzinfo=UTC))
    schema = {"customer_id": pl.String, "article": pl.Int32, "at": pl.Int64, "price": pl.Float64}
    return pl.DataFrame(rows, schema, orient="row").with_columns(pl.from_epoch("at", "us"))


def _judged(first: pl.DataFrame, bought: pl.DataFrame, window: int) -> pl.DataFrame:
    """Each list with `bought`, whether its customer bought within the window, `hit` and `map@12`."""
    lists = first.with_row_index("customer")
    truth = (
        lists.select("customer", "customer_id", shown_at="at")
        .join(bought.select("customer_id", "article", "at"), on="customer_id")
        .filter(pl.col("at").is_between(pl.col("shown_at"), pl.col("shown_at") + timedelta(days=window)))
        .select("customer", "article")
    )
    ranked = (
        lists.select("customer", article="articles")
        .explode("article", empty_as_null=False)
        .with_columns(rank=pl.int_range(1, pl.len() + 1).over("customer").cast(pl.UInt16))
    )
    scores = score_customers(ranked, truth)
    return lists.join(scores, on="customer", how="left").with_columns(
        bought=pl.col("map@12").is_not_null(), hit=(pl.col("recall@12") > 0).cast(pl.Float64)
    )


def _quality(
    workspace: Workspace,
    version: str,
    variant: str,
    recent: pl.DataFrame,
    judged: pl.DataFrame,
    cold: pl.Series,
) -> VersionQuality:
    chosen = (pl.col("version") == version) & (pl.col("variant") == variant)
    mine, answers = judged.filter(chosen), recent.filter(chosen)
    buyers = mine.filter("bought")
    scores = None
    if buyers.height >= _FEWEST:
        by_customer = buyers.select(pl.col("customer_id").rank("dense").alias("customer"), "hit", "map@12")
        scores = bootstrap_means(by_customer, ["hit", "map@12"])
    shown = mine.select(pl.col("articles").explode(empty_as_null=False))["articles"]
    took = answers.filter(~pl.col("cached"))["milliseconds"].drop_nulls()
    return VersionQuality(
        version=version,
        variant=variant,
        lists=mine.height,
        buyers=buyers.height,
        hit_rate=None if scores is None else scores["hit"],
        map12=None if scores is None else scores["map@12"],
        expected=_expected(workspace, version),
        coverage=shown.n_unique(),
        cold=float(shown.is_in(cold.implode()).mean() or 0.0) if len(shown) else 0.0,  # type: ignore[arg-type]
        degraded=answers["degraded"].is_not_null().mean() or 0.0,  # type: ignore[arg-type]
        p50=_quantile(took, 0.5),
        p99=_quantile(took, 0.99),
    )


def _quantile(values: pl.Series, share: float) -> float | None:
    found = values.quantile(share)
    return None if found is None else round(float(found), 2)


def _expected(workspace: Workspace, version: str) -> tuple[float, float, float] | None:
    try:
        scores = lineage.read(workspace, version).scores
    except StyloError:
        return None
    if scores is None or scores.map_12 is None or scores.ci95 is None:
        return None
    low, high = scores.ci95
    return None if low is None or high is None else (scores.map_12, low, high)


def _never_sold(workspace: Workspace) -> pl.Series:
    try:
        sold = workspace.folder.scan("transactions.parquet").select("article").unique()
        every = workspace.folder.scan("articles.parquet").select("article")
        return every.join(sold, on="article", how="anti").collect()["article"]
    except StyloError:
        return pl.Series("article", [], dtype=pl.Int32)


def _latest(workspace: Workspace) -> datetime:
    """The last thing that was shown or bought."""
    times = [predictions.last(workspace.database), events.last_purchase(workspace.database)]
    return max((each for each in times if each is not None), default=datetime.now(UTC))


def _plain(at: datetime) -> datetime:
    """In UTC, as the tables here have it: without a zone."""
    return at.astimezone(UTC).replace(tzinfo=None)
