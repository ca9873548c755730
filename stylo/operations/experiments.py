"""What came of an experiment: exposures and purchases of the shop, joined and analysed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from stylo.errors import StyloError
from stylo.experiment_book import ExperimentBook
from stylo.experiments.analysis import Analysis, analyse, daily
from stylo.experiments.comparison import Segments, by_segment
from stylo.experiments.experiment import Experiment
from stylo.experiments.json_form import from_json
from stylo.experiments.outcomes import Outcomes, outcomes
from stylo.experiments.verdict import Verdict, verdict
from stylo.operations.workspace import Workspace
from stylo.recommender import STRATEGIES
from stylo.storage import events, experiments, exposures, predictions
from stylo.storage.experiments import StoredExperiment

_SEGMENT = "history"
_AT = pl.Datetime("us")
_EXPOSED = pl.Schema(
    {"customer_id": pl.String(), "variant": pl.String(), "at": _AT, "articles": pl.List(pl.Int32())}
)
_BOUGHT = pl.Schema({"customer_id": pl.String(), "article": pl.Int32(), "at": _AT, "price": pl.Float64()})


@dataclass(frozen=True)
class ExperimentResult:
    """What came of an experiment up to a moment. `days` are rows of `daily`."""

    kept: StoredExperiment
    experiment: Experiment
    outcomes: Outcomes
    analysis: Analysis
    verdict: Verdict
    segments: Segments | None
    days: pl.DataFrame


def book(workspace: Workspace) -> ExperimentBook:
    """Of a shop: with the versions of its model."""
    names = [strategy.name for strategy in STRATEGIES]
    return ExperimentBook(workspace.database, workspace.releases.versions(), names)


def read(workspace: Workspace, name: str, now: datetime | None = None) -> ExperimentResult:
    """What came of an experiment, as known at a moment of the shop's clock; None is the latest that anything tells of.

    Raises UnknownExperiment, BadExperiment.
    """
    kept = experiments.one(workspace.database, name)
    experiment = from_json(kept.definition)
    exposed = _exposures(workspace, experiment)
    first = exposed["at"].min()
    began = workspace.zone.day(
        first.replace(tzinfo=UTC) if isinstance(first, datetime) else datetime.now(UTC)
    )
    bought = _purchases(workspace, began, experiment.window_days, exposed["customer_id"].unique())
    moment = now.astimezone(UTC).replace(tzinfo=None) if now else _latest(exposed, bought)
    found = outcomes(exposed, bought, experiment, moment)
    analysis = analyse(found.customers, experiment)
    customers = _with_segments(found.customers, workspace)
    segments = by_segment(customers, experiment, [_SEGMENT]) if customers.height else None
    return ExperimentResult(
        kept,
        experiment,
        found,
        analysis,
        verdict(analysis),
        segments,
        daily(found.customers, experiment, workspace.zone),
    )


def _exposures(workspace: Workspace, experiment: Experiment) -> pl.DataFrame:
    """Exposures under the experiment's salt, and what was shown with them."""
    rows: list[tuple[object, ...]] = [
        (each.customer_id, each.variant, each.at.replace(tzinfo=None), [])
        for each in exposures.of(workspace.database, experiment.name, experiment.salt)
    ]
    exposed = pl.DataFrame(rows, _EXPOSED, orient="row")
    if exposed.is_empty():
        return exposed
    first = exposed["at"].min()
    assert isinstance(first, datetime)
    shown = pl.DataFrame(
        [row[:4] for row in predictions.shown(workspace.database, first.replace(tzinfo=UTC))],
        {"customer_id": pl.String, "label": pl.String, "at": pl.Int64, "articles": pl.String},
        orient="row",
    )
    pieces = shown.select(
        "customer_id",
        pl.col("label").str.split(","),
        pl.from_epoch("at", "us").alias("at"),
        pl.col("articles").str.json_decode(pl.List(pl.Int32)),
    ).explode("label")
    mine = pieces.filter(pl.col("label").str.starts_with(f"{experiment.name}:")).select(
        "customer_id",
        pl.col("label").str.strip_prefix(f"{experiment.name}:").alias("variant"),
        "at",
        "articles",
    )
    # Those of an earlier salt were logged under the same label.
    mine = mine.join(exposed.select("customer_id", "variant"), on=["customer_id", "variant"], how="semi")
    return pl.concat([exposed, mine.cast(_EXPOSED)]).sort("at", maintain_order=True)


def _purchases(workspace: Workspace, began: date, days: int, customers: pl.Series) -> pl.DataFrame:
    """What was bought: from the day it began by events, which have a time; of the days before from the tables."""
    rows = events.purchases(workspace.database, workspace.zone.start(began))
    live = pl.DataFrame(
        rows,
        {"customer_id": pl.String, "article": pl.Int32, "at": pl.Int64, "price": pl.Float64},
        orient="row",
    ).with_columns(pl.from_epoch("at", "us"))
    days_before = [began - timedelta(days=n) for n in range(1, days + 1)]
    starts = {day: workspace.zone.start(day).replace(tzinfo=None) for day in days_before}
    try:
        before = pl.col("t_dat").is_between(began - timedelta(days=days), began, closed="left")
        sold = workspace.folder.scan("transactions.parquet").filter(before)
        names = workspace.folder.scan("customers.parquet").select("customer", "customer_id")
        known = (
            sold.join(names.filter(pl.col("customer_id").is_in(customers.implode())), on="customer")
            .select(
                "customer_id",
                "article",
                pl.col("t_dat").replace_strict(starts, return_dtype=_AT).alias("at"),
                (pl.col("price") * workspace.folder.price_unit).cast(pl.Float64).alias("price"),
            )
            .collect()
        )
    except StyloError:
        return live.cast(_BOUGHT)
    return pl.concat([known.cast(_BOUGHT), live.cast(_BOUGHT)])


def _latest(exposed: pl.DataFrame, bought: pl.DataFrame) -> datetime:
    times = [each["at"].max() for each in (exposed, bought)]
    return max(
        (each for each in times if isinstance(each, datetime)), default=datetime.now(UTC).replace(tzinfo=None)
    )


def _with_segments(customers: pl.DataFrame, workspace: Workspace) -> pl.DataFrame:
    """Who had bought before, and who had not, as the tables know it."""
    try:
        names = workspace.folder.scan("customers.parquet").select("customer", "customer_id")
        buyers = workspace.folder.scan("transactions.parquet").select("customer").unique()
        known = names.join(buyers, on="customer", how="semi").select("customer_id").collect()["customer_id"]
    except StyloError:
        return customers.with_columns(pl.lit("unknown").alias(_SEGMENT))
    bought = pl.col("customer_id").is_in(known.implode())
    return customers.with_columns(
        pl.when(bought).then(pl.lit("has bought before")).otherwise(pl.lit("new")).alias(_SEGMENT)
    )
