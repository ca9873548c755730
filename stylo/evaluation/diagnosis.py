"""Diagnosis: for whom a model works, what its lists are like beside their accuracy, and where it loses purchases."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from stylo.candidates.history import History
from stylo.evaluation.backtest import Backtest
from stylo.evaluation.beyond_accuracy import BeyondAccuracy, beyond_accuracy
from stylo.evaluation.breakdowns import (
    ColdArticles,
    by_segment,
    by_strategy,
    cold_articles,
    losses,
    with_segments,
)
from stylo.evaluation.metrics import by_week, found_at, recall_at
from stylo.evaluation.watched import LONG, Watched
from stylo.tables.schemas import LIST_LENGTH


def diagnose(
    result: Backtest,
    lists: Mapping[tuple[date, str], pl.DataFrame],
    watched: Watched,
    history: History,
    rival: str,
) -> dict[str, Any]:
    """What a report says beside accuracy, for programs.

    Parameters
    ----------
    result : of a backtest of `watched` and others.
    lists : (cutoff, model) → rows of RANKED, of that backtest.
    rival : the model that segments are compared with.

    Returns "by_week" of every model, "segments" (by recency and activity of the customers), "recall_at", "strategies",
    "cold_articles" and "losses" of the watched model, "beyond_accuracy" of every model; counts are summed over
    the weeks, shares are means weighted by their denominators.
    """
    truths = {cutoff: history.bought(cutoff, cutoff + result.window) for cutoff in result.cutoffs}
    scores = with_segments(result.scores, history)
    cold, lost, at, gave = [], [], [], []
    beyond: dict[str, list[BeyondAccuracy]] = defaultdict(list)
    for cutoff, truth in truths.items():
        long_lists = _listed_or_bought(watched.long_lists[cutoff], truth)
        proposed = sum(part.height for part in watched.candidates[cutoff])
        candidates = _bought(watched.candidates[cutoff], truth)
        cold.append(cold_articles(long_lists, truth, history, cutoff))
        lost.append(losses(truth, lists[cutoff, watched.name], candidates, history, cutoff))
        at.append(found_at(truth, long_lists, candidates) | {"candidates": proposed})
        gave.append(by_strategy(truth, long_lists, candidates, watched.strategies))
        for model in result.models:
            beyond[model].append(beyond_accuracy(lists[cutoff, model], truth, history, cutoff))
    recall = recall_at(at)
    return {
        "by_week": by_week(result.scores).cast({"cutoff": pl.String, "model": pl.String}).to_dicts(),
        "segments": {
            name: by_segment(scores, name, rival).cast({name: pl.String, "model": pl.String}).to_dicts()
            for name in ("recency", "activity")
        },
        "recall_at": recall,
        "strategies": _strategies(gave, recall["bought"]),
        "cold_articles": _cold(cold),
        "losses": pl.concat(lost)
        .group_by("kind", maintain_order=True)
        .sum()
        .cast({"kind": pl.String})
        .to_dicts(),
        "beyond_accuracy": {
            model: dict(zip(BeyondAccuracy._fields, map(_mean, zip(*weeks, strict=True)), strict=True))
            for model, weeks in beyond.items()
        },
    }


def _bought(candidates: Iterable[pl.DataFrame], truth: pl.DataFrame) -> pl.DataFrame:
    """The candidates that were bought, part by part: a join with all of a large shop's takes gigabytes."""
    return pl.concat([part.join(truth, on=["customer", "article"], how="semi") for part in candidates])


def _listed_or_bought(long_lists: Iterable[pl.DataFrame], truth: pl.DataFrame) -> pl.DataFrame:
    """The rows of long lists that are recommended or were bought, part by part for the same reason."""
    bought = truth.with_columns(bought=True)
    recommended = pl.col("rank") <= LIST_LENGTH
    return pl.concat(
        [
            part.join(bought, on=["customer", "article"], how="left", maintain_order="left")
            .filter(recommended | pl.col("bought"))
            .drop("bought")
            for part in long_lists
        ]
    )


def _strategies(weeks: list[pl.DataFrame], bought: float) -> list[dict[str, Any]]:
    total = pl.concat(weeks).group_by("strategy", maintain_order=True).sum().to_dicts()
    for row in total:
        row |= {"recall@12": row.pop("found_12") / bought, "recall@all": row.pop("found") / bought}
    return total


def _cold(weeks: list[ColdArticles]) -> dict[str, float | None]:
    bought, customers = (sum(getattr(week, name) for week in weeks) for name in ("bought", "customers"))

    def mean(name: str, of: str) -> float | None:
        whole = sum(getattr(week, of) for week in weeks)
        found = sum(getattr(week, name) * getattr(week, of) for week in weeks if getattr(week, of))
        return found / whole if whole else None

    return {
        "bought": bought,
        "customers": customers,
        "recall@12": mean("recall_12", "bought"),
        f"recall@{LONG}": mean("recall_100", "bought"),
        "hit_rate@12": mean("hit_rate_12", "customers"),
        f"hit_rate@{LONG}": mean("hit_rate_100", "customers"),
        "share_of_recommendations": _mean([week.recommended for week in weeks]),
    }


def _mean(weeks: Iterable[float]) -> float | None:
    """The mean over the weeks that have a value, NaN excluded; None where none has: JSON has no NaN."""
    known = [value for value in weeks if not math.isnan(value)]
    return float(np.mean(known)) if known else None


def remarks(diagnosis: Mapping[str, Any]) -> list[str]:
    """The same for a person, in two lines."""
    cold, lines = diagnosis["cold_articles"], []
    if cold["bought"]:
        lines.append(
            f"Purchases of articles never sold before the cutoff: {cold['bought']:,}; {cold['recall@12']:.2%} among "
            f"the hybrid's first 12, {cold[f'recall@{LONG}']:.2%} among its first {LONG}."
        )
    everything = diagnosis["losses"][0]
    share = {
        name: everything[name] / max(everything["bought"], 1)
        for name in ("hit", "ranked low", "not proposed")
    }
    lines.append(
        f"Purchases in all: {everything['bought']:,}; {share['hit']:.1%} recommended, {share['ranked low']:.1%} "
        f"proposed but ranked low, {share['not proposed']:.1%} not proposed."
    )
    return lines
