"""The rival of `benchmarks.baselines`: how a notebook does it, with eager Polars and Python lists.

python -m benchmarks.notebook data 2020-09-16      # data folder, cutoff
"""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from pathlib import Path

import polars as pl


def read(table: Path) -> pl.DataFrame:
    """All of a table, which may be a file or a folder of parts."""
    return pl.read_parquet(table / "*.parquet" if table.is_dir() else table)


def score(folder: Path, cutoff: date) -> dict[str, float]:
    """MAP@12 of the three baselines."""
    train, valid = (read(folder / f"{side}_split.parquet") for side in ("train", "valid"))

    week = train.filter(pl.col("t_dat") >= cutoff - timedelta(days=7))
    sales = week.group_by("article").len("sales").sort("sales", "article", descending=[True, False])
    popular = sales["article"].head(12).to_list()

    quarter = train.filter(pl.col("t_dat") >= cutoff - timedelta(days=90))
    recent = (
        quarter.group_by("customer", "article")
        .agg(pl.max("t_dat").alias("last"), pl.len().alias("times"))
        .sort("customer", "last", "times", "article", descending=[False, True, True, False])
        .group_by("customer", maintain_order=True)
        .agg("article")
    )
    own = dict(zip(recent["customer"].to_list(), recent["article"].to_list(), strict=True))

    bought = valid.group_by("customer").agg(pl.col("article").unique())
    precisions: dict[str, list[float]] = {"popularity": [], "repurchase": [], "repurchase_filled": []}
    for row in bought.to_dicts():
        mine = own.get(row["customer"], [])[:12]
        filled = mine + [article for article in popular if article not in mine]
        precisions["popularity"].append(average_precision(row["article"], popular))
        precisions["repurchase"].append(average_precision(row["article"], mine))
        precisions["repurchase_filled"].append(average_precision(row["article"], filled[:12]))
    return {name: sum(values) / len(values) for name, values in precisions.items()}


def average_precision(bought: list[int], predicted: list[int], k: int = 12) -> float:
    """As in ml_metrics.apk, which Kaggle's notebooks copy."""
    score, hits = 0.0, 0
    for position, article in enumerate(predicted[:k]):
        if article in bought and article not in predicted[:position]:
            hits += 1
            score += hits / (position + 1)
    return score / min(len(bought), k)


if __name__ == "__main__":
    _, data, day = sys.argv  # noqa: TID251
    print(json.dumps(score(Path(data), date.fromisoformat(day))))
