"""How the models do week by week."""

from __future__ import annotations

import polars as pl

from stylo.evaluation.metrics import METRICS


def by_week(scores: pl.DataFrame) -> pl.DataFrame:
    """`cutoff`, `model`, `lists` (how many), and the mean of each of METRICS over them; sorted by cutoff and model.

    `scores` : `cutoff`, `model`, `customer` and METRICS, as a backtest gives them. Weighted by `lists`, the means of
    a model's weeks come to its mean over all of them.
    """
    means = [pl.col(metric).mean() for metric in METRICS]
    weeks = scores.group_by("cutoff", "model").agg(pl.len().cast(pl.Int64).alias("lists"), *means)
    return weeks.sort("cutoff", "model")
