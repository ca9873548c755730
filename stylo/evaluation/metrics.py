"""MAP@k, recall@k and NDCG@k for each customer, vectorised."""

from __future__ import annotations

import math

import polars as pl

METRICS = ("map@12", "recall@12", "ndcg@12")
_K = 12
_IDEAL_GAIN = {n: sum(1 / math.log2(rank + 1) for rank in range(1, n + 1)) for n in range(1, _K + 1)}


def score_customers(predictions: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """One row for each customer of the truth: `customer` and METRICS, each from 0 to 1, sorted by customer.

    Parameters
    ----------
    predictions : `customer`, `article`, `rank` (1 is best). An article predicted twice counts at its better
        rank only; ranks past 12 count nothing.
    truth : `customer`, `article` bought in the target week; duplicates count once. Only these customers count.

    With n distinct articles bought and hits at ranks r, as Kaggle's competition defines its MAP@12:
    average precision = Σ (hits up to r) / r ÷ min(12, n); recall = hits ÷ n;
    NDCG = Σ 1 / log2(r + 1) ÷ Σ of the same over ranks 1 … min(12, n). O(predictions + truth).
    """
    bought = truth.lazy().select("customer", "article").unique()
    hits = (
        predictions.lazy()
        .filter(pl.col("rank") <= _K)
        .join(bought, on=["customer", "article"])
        .group_by("customer", "article")
        .agg(pl.min("rank"))
        .sort("customer", "rank")
        .with_columns(pl.int_range(1, pl.len() + 1).over("customer").alias("hits"))
        .group_by("customer")
        .agg(
            (pl.col("hits") / pl.col("rank")).sum().alias("precisions"),
            (1 / (pl.col("rank") + 1).log(2)).sum().alias("gain"),
            pl.len().alias("hits"),
        )
    )
    counts = bought.group_by("customer").agg(pl.len().alias("bought"))
    best = pl.col("bought").clip(upper_bound=_K)
    return (
        counts.join(hits, on="customer", how="left")
        .with_columns(pl.col("precisions", "gain", "hits").fill_null(0))
        .with_columns(best_gain=best.replace_strict(_IDEAL_GAIN, return_dtype=pl.Float64))
        .select(
            "customer",
            (pl.col("precisions") / best).alias("map@12"),
            (pl.col("hits") / pl.col("bought")).alias("recall@12"),
            (pl.col("gain") / pl.col("best_gain")).alias("ndcg@12"),
        )
        .sort("customer")
        .collect()
    )
