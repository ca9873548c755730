"""Monitoring: how good what was shown turned out to be, as purchases arrive, beside what the backtest promised."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from stylo.errors import StyloError
from stylo.evaluation.intervals import bootstrap_means
from stylo.evaluation.metrics import score_customers
from stylo.operations.place import Place
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


@dataclass(frozen=True)
class Quality:
    """What one version showed under one variant.

    lists : shown.   buyers : lists whose customers bought within the window: what can be judged, as in a backtest.
    hit_rate, map12 : (mean, low, high) over them, 95 %; None with fewer than twenty.
    expected : (mean, low, high) of MAP@12 in the version's backtest, if that was noted.
    coverage : different articles shown.   cold : share of shown articles that were never sold before the model's day.
    degraded : share of answers that lacked something.   p50, p99 : milliseconds of answers that were not cached.
    """

    version: str
    variant: str
    lists: int
    buyers: int
    hit_rate: tuple[float, float, float] | None
    map12: tuple[float, float, float] | None
    expected: tuple[float, float, float] | None
    coverage: int
    cold: float
    degraded: float
    p50: float | None
    p99: float | None


@dataclass(frozen=True)
class Monitored:
    """since, until : of the shop's clock.   window : days after a list in which purchases count."""

    since: datetime
    until: datetime
    window: int
    qualities: tuple[Quality, ...]
    purchases: int

    def facts(self) -> dict[str, Any]:
        return asdict(self)


def monitor(place: Place, days: int = 28, window: int = 7, now: datetime | None = None) -> Monitored:
    """What was shown in the last days, a customer's first list of a day for each version and variant.

    now : of the shop's clock; None is the last thing that was shown or bought.
    """
    shown = _shown(place, datetime(2000, 1, 1, tzinfo=UTC))
    bought = _bought(place)
    until = now.astimezone(UTC).replace(tzinfo=None) if now else _latest(shown, bought)
    since = until - timedelta(days=days)
    recent = shown.filter(pl.col("at").is_between(since, until))
    first = recent.group_by(
        "customer_id", "version", "variant", pl.col("at").dt.date().alias("day"), maintain_order=True
    ).first()
    judged = _judged(first, bought.filter(pl.col("at") <= until), window)
    cold = _never_sold(place)
    groups = judged.select("version", "variant").unique().sort("version", "variant").rows()
    return Monitored(
        since,
        until,
        window,
        tuple(_quality(place, version, variant, recent, judged, cold) for version, variant in groups),
        bought.filter(pl.col("at").is_between(since, until)).height,
    )


def figures(monitored: Monitored, place: Place) -> dict[str, float]:
    """Numbers by name, of the version that is live, for rules."""
    live = deployments.live(place.database)
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


def _shown(place: Place, since: datetime) -> pl.DataFrame:
    rows = pl.DataFrame(predictions.shown(place.database, since), _SHOWN, orient="row")
    return rows.with_columns(
        pl.from_epoch("at", "us"), pl.col("articles").str.json_decode(pl.List(pl.Int32))
    ).drop_nulls(["customer_id", "version"])


def _bought(place: Place) -> pl.DataFrame:
    rows = events.purchases(place.database, date(2000, 1, 1))
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
    place: Place, version: str, variant: str, recent: pl.DataFrame, judged: pl.DataFrame, cold: pl.Series
) -> Quality:
    chosen = (pl.col("version") == version) & (pl.col("variant") == variant)
    mine, answers = judged.filter(chosen), recent.filter(chosen)
    buyers = mine.filter("bought")
    scores = None
    if buyers.height >= _FEWEST:
        by_customer = buyers.select(pl.col("customer_id").rank("dense").alias("customer"), "hit", "map@12")
        scores = bootstrap_means(by_customer, ["hit", "map@12"])
    shown = mine.select(pl.col("articles").explode(empty_as_null=False))["articles"]
    took = answers.filter(~pl.col("cached"))["milliseconds"].drop_nulls()
    return Quality(
        version,
        variant,
        mine.height,
        buyers.height,
        None if scores is None else tuple(scores["hit"]),  # type: ignore[arg-type]
        None if scores is None else tuple(scores["map@12"]),  # type: ignore[arg-type]
        _expected(place, version),
        shown.n_unique(),
        float(shown.is_in(cold.implode()).mean() or 0.0) if len(shown) else 0.0,  # type: ignore[arg-type]
        answers["degraded"].is_not_null().mean() or 0.0,  # type: ignore[arg-type]
        _quantile(took, 0.5),
        _quantile(took, 0.99),
    )


def _quantile(values: pl.Series, share: float) -> float | None:
    found = values.quantile(share)
    return None if found is None else round(float(found), 2)


def _expected(place: Place, version: str) -> tuple[float, float, float] | None:
    path = place.lineage / f"{version}.json"
    try:
        scores: Mapping[str, Any] = json.loads(path.read_text())["scores"]
        low, high = scores["ci95"]
        return float(scores["map@12"]), float(low), float(high)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _never_sold(place: Place) -> pl.Series:
    try:
        sold = place.folder.scan("transactions.parquet").select("article").unique()
        every = place.folder.scan("articles.parquet").select("article")
        return every.join(sold, on="article", how="anti").collect()["article"]
    except StyloError:
        return pl.Series("article", [], dtype=pl.Int32)


def _latest(shown: pl.DataFrame, bought: pl.DataFrame) -> datetime:
    times = [each["at"].max() for each in (shown, bought)]
    return max((each for each in times if isinstance(each, datetime)), default=datetime.now())
