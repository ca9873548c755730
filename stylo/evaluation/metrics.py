"""MAP@k, recall@k and NDCG@k by customer and by week, and recall further down the list."""

from __future__ import annotations

import math
from collections.abc import Iterable

import polars as pl

from stylo.tables.schemas import LIST_LENGTH

METRICS = ("map@12", "recall@12", "ndcg@12")
#: Precisions are counted in parts of this, and gains in parts of 2**48: whole numbers add up the same in any order,
#: floats do not, and threads add up in any order.
_PARTS = math.lcm(*range(1, LIST_LENGTH + 1))
_GAIN = {rank: round(2**48 / math.log2(rank + 1)) for rank in range(1, LIST_LENGTH + 1)}
_IDEAL_GAIN = {n: sum(_GAIN[rank] for rank in range(1, n + 1)) for n in range(1, LIST_LENGTH + 1)}
#: How far down.
PLACES = (12, 24, 50, 100)
_PAIR = ["customer", "article"]


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
    The result is the same to the last bit, whatever the order of the rows and the number of threads.
    """
    bought = truth.lazy().select("customer", "article").unique()
    hits = (
        predictions.lazy()
        .filter(pl.col("rank") <= LIST_LENGTH)
        .join(bought, on=["customer", "article"])
        .group_by("customer", "article")
        .agg(pl.min("rank"))
        .sort("customer", "rank")
        .with_columns(pl.int_range(1, pl.len() + 1).over("customer").alias("hits"))
        .group_by("customer")
        .agg(
            (pl.col("hits") * _PARTS // pl.col("rank")).sum().alias("precisions"),
            pl.col("rank").replace_strict(_GAIN, return_dtype=pl.Int64).sum().alias("gain"),
            pl.len().alias("hits"),
        )
    )
    counts = bought.group_by("customer").agg(pl.len().alias("bought"))
    best = pl.col("bought").clip(upper_bound=LIST_LENGTH)
    return (
        counts.join(hits, on="customer", how="left")
        .with_columns(pl.col("precisions", "gain", "hits").fill_null(0))
        .with_columns(best_gain=best.replace_strict(_IDEAL_GAIN, return_dtype=pl.Int64))
        .select(
            "customer",
            (pl.col("precisions") / (best * _PARTS)).alias("map@12"),
            (pl.col("hits") / pl.col("bought")).alias("recall@12"),
            (pl.col("gain") / pl.col("best_gain")).alias("ndcg@12"),
        )
        .sort("customer")
        .collect()
    )


def found_at(truth: pl.DataFrame, ranked: pl.DataFrame, candidates: pl.DataFrame) -> dict[str, int]:
    """Counts for a week: `lists` (customers who bought), their `candidates`, the articles `bought`, and how many of
    these are among the first of PLACES, under "12", "24" …, and among the candidates, under "all".

    Parameters
    ----------
    truth : `customer`, `article` bought in the target week; duplicates count once.
    ranked : `customer`, `article`, `rank` (1 is best), each pair once; down to the last of PLACES.
    candidates : `customer`, `article`, each pair once.

    O(truth + ranked + candidates).
    """
    bought = truth.select(_PAIR).unique()
    ranks = bought.join(ranked, on=_PAIR)["rank"]
    return {
        "lists": bought["customer"].n_unique(),
        "candidates": candidates.height,
        "bought": bought.height,
        **{str(place): int((ranks <= place).sum()) for place in PLACES},
        "all": bought.join(candidates, on=_PAIR, how="semi").height,
    }


def recall_at(weeks: Iterable[dict[str, int]]) -> dict[str, float]:
    """Over several weeks of `found_at`: the shares of what was bought, how much was bought, candidates per list."""
    total = pl.DataFrame(list(weeks)).sum().row(0, named=True)
    shares = {place: total[place] / total["bought"] for place in (*map(str, PLACES), "all")}
    return {
        **shares,
        "bought": total["bought"],
        "candidates_per_list": total["candidates"] / total["lists"],
    }


def by_week(scores: pl.DataFrame) -> pl.DataFrame:
    """`cutoff`, `model`, `lists` (how many), and the mean of each of METRICS over them; sorted by cutoff and model.

    `scores` : `cutoff`, `model`, `customer` and METRICS, as a backtest gives them. Weighted by `lists`, the mean of
    a model's weekly means is its mean over all lists.
    """
    means = [pl.col(metric).mean() for metric in METRICS]
    weeks = scores.group_by("cutoff", "model").agg(pl.len().cast(pl.Int64).alias("lists"), *means)
    return weeks.sort("cutoff", "model")
