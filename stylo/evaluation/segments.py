"""For whom a model is right: customers by how long ago and how much they bought, as was known at the cutoff."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import polars as pl

from stylo.candidates.history import History, age_in_days
from stylo.evaluation.intervals import DIFFERENCE, bootstrap_by_model
from stylo.evaluation.metrics import METRICS

#: Days since the last purchase.
RECENCIES = ("≤ 7 days", "8–30", "31–90", "> 90", "never")
#: Distinct articles bought in the last 365 days.
ACTIVITIES = ("0", "1–4", "5–14", "15–39", "40+")
_ACTIVE_DAYS = 365


def by_recency(days: pl.Expr) -> pl.Expr:
    """Whole days since the last purchase, null where there is none → one of RECENCIES, as an Enum."""
    return _label(days, (7, 30, 90, math.inf), RECENCIES)


def by_activity(articles: pl.Expr) -> pl.Expr:
    """How many distinct articles were bought, null where none → one of ACTIVITIES, as an Enum."""
    return _label(articles.fill_null(0), (0, 4, 14, 39), ACTIVITIES)


def _label(value: pl.Expr, up_to: Sequence[float], labels: Sequence[str]) -> pl.Expr:
    """The label of the first bound that the value does not exceed; the last label where there is none, or null."""
    fits = [pl.when(value <= bound).then(pl.lit(label)) for bound, label in zip(up_to, labels, strict=False)]
    return pl.coalesce(*fits, pl.lit(labels[-1])).cast(pl.Enum(labels))


def segments(history: History, customers: pl.Series, as_of: date) -> pl.DataFrame:
    """`customer`, `recency`, `activity`: one row for each of the customers, sorted.

    Reads only rows with `t_dat < as_of`. O(the customers' rows).
    """
    age = age_in_days(as_of)
    lately = pl.col("article").filter(age <= _ACTIVE_DAYS)
    habits = (
        history.of(customers, as_of)
        .group_by("customer")
        .agg(age.min().alias("days"), lately.n_unique().alias("articles"))
    )
    everyone = customers.unique().to_frame("customer").lazy().join(habits, on="customer", how="left")
    labels = {"recency": by_recency(pl.col("days")), "activity": by_activity(pl.col("articles"))}
    return everyone.select("customer", **labels).sort("customer").collect()


def with_segments(scores: pl.DataFrame, history: History) -> pl.DataFrame:
    """The scores of a backtest, each row with its customer's `recency` and `activity` at its `cutoff`."""
    labels = [
        segments(history, lists["customer"], cutoff).with_columns(cutoff=pl.lit(cutoff, pl.Date))
        for (cutoff,), lists in scores.partition_by("cutoff", as_dict=True).items()
    ]
    dtypes = {"recency": pl.Enum(RECENCIES), "activity": pl.Enum(ACTIVITIES)}
    none = pl.DataFrame(schema={"customer": scores.schema["customer"], **dtypes, "cutoff": pl.Date})
    return scores.join(
        pl.concat([none, *labels]), on=["cutoff", "customer"], how="left", maintain_order="left"
    )


def by_segment(scores: pl.DataFrame, segment: str, rival: str) -> pl.DataFrame:
    """How every model does in every segment, and how far it is ahead of a rival over the same lists.

    Parameters
    ----------
    scores : `cutoff`, `model`, `customer`, `map@12` and the column `segment`; every model has every list.
    segment : a column of labels, as `with_segments` adds them.
    rival : one of the models.

    Returns `segment`, `model`, `lists` (how many), `map@12` (the mean over them) and its interval `low`, `high`;
    `difference` (the mean of model − rival) and its interval `difference_low`, `difference_high`. Segments and
    models come in the order of their Enums, or as names sort. A segment without lists has no row.

    Intervals are resampled by customer within a segment, with the same draws for all of its models. A customer
    who moved from one segment to another between two cutoffs counts in each with the lists it has there.
    """
    models = scores["model"].unique().sort().to_list()
    rows: list[tuple[object, ...]] = []
    for label in scores[segment].drop_nulls().unique().sort():
        inside = scores.filter(pl.col(segment) == label)
        found = bootstrap_by_model(inside, models, METRICS[:1], rival)
        for model in models:
            mean, difference = found[model, METRICS[0]], found[model, DIFFERENCE]
            rows.append((label, model, inside.height // len(models), *mean, *difference))
    numbers = ("map@12", "low", "high", "difference", "difference_low", "difference_high")
    schema = {name: scores.schema[name] for name in (segment, "model")} | {"lists": pl.Int64}
    return pl.DataFrame(rows, schema=schema | dict.fromkeys(numbers, pl.Float64), orient="row")
