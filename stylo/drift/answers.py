"""What was recommended, and what came of it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl

from stylo.drift.assortment import LONGER, NEW, Assortment
from stylo.drift.distances import Numbers
from stylo.drift.signal import UNKNOWN, Signal, most_frequent, quantiles
from stylo.drift.weeks import Weeks

_SCORE_PARTS, _FINE_SCORES = 10, 200


def prediction_signals(predictions: pl.DataFrame, weeks: Weeks, assortment: Assortment) -> list[Signal]:
    """Sections and new articles among those recommended, and their scores where these are given.

    predictions : `t_dat` (the day), `article` (its number), and `score` if there is one; a row for each article of each
        list. An article that is not in the catalogue is of unknown section; one that was not sold yet is new.
    """
    shown = _within(predictions, weeks)
    week = shown["week"].to_numpy()
    rows = assortment.rows(shown["article"].cast(pl.Int64).fill_null(-1).to_numpy())
    codes, sections = assortment.section()
    by_section = _table(week, codes[rows], weeks.count, len(sections))
    by_age = _table(week, (~assortment.is_new(rows, week)).astype(np.int64), weeks.count, 2)
    observations = by_age.sum(axis=1)
    signals = [
        Signal("recommended_section", "Sections recommended", "predictions",
               *most_frequent(sections, by_section), observations),
        Signal("recommended_new", "New articles recommended", "predictions", (NEW, LONGER), by_age, observations),
    ]  # fmt: skip
    if "score" in shown.columns:
        signals.append(_score_signal(shown["score"], week, weeks.count, observations))
    return signals


def outcome_signals(outcomes: pl.DataFrame, weeks: Weeks) -> list[Signal]:
    """The share of lists with a hit.

    outcomes : `t_dat`, `lists` (how many there were), `hits` (in how many of them an article was bought); several rows
        of a week are added up.
    """
    sums = _within(outcomes, weeks).group_by("week").agg(pl.sum("lists", "hits"))
    counts = np.zeros((weeks.count, 2))
    counts[sums["week"].to_numpy(), 0] = sums["hits"].to_numpy()
    counts[sums["week"].to_numpy(), 1] = (sums["lists"] - sums["hits"]).to_numpy()
    return [
        Signal(
            "hit_rate", "Lists with a hit", "outcome", ("with a hit", "without"), counts, counts.sum(axis=1)
        )
    ]


def _score_signal(scores: pl.Series, week: np.ndarray, weeks: int, observations: Numbers) -> Signal:
    """Tenths of the scores of all weeks but the last; what is not a number is unknown."""
    values = scores.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    known = np.isfinite(values)
    past = np.sort(values[known & (week < weeks - 1)])
    places, edges = (quantiles(past, np.ones(len(past)), parts) for parts in (_FINE_SCORES, _SCORE_PARTS))
    parts = np.where(known, np.searchsorted(places, values, side="right"), len(places) + 1)
    grid = _table(week, parts, weeks, len(places) + 2)
    coarse = np.where(known, np.searchsorted(edges, values, side="right"), len(edges) + 1)
    bins = _table(week, coarse, weeks, len(edges) + 2)
    names = (*_score_ranges(edges), UNKNOWN)
    return Signal(
        "recommended_score", "Scores of recommendations", "predictions", names, bins, observations, grid
    )


def _within(frame: pl.DataFrame, weeks: Weeks) -> pl.DataFrame:
    """The rows of the weeks, with `week`."""
    numbered = frame.with_columns(week=weeks.number("t_dat"))
    return numbered.filter(pl.col("week").is_between(0, weeks.count - 1))


def _table(week: np.ndarray, codes: np.ndarray, weeks: int, size: int) -> Numbers:
    counts = np.bincount(week * size + codes, minlength=weeks * size)
    return counts.reshape(weeks, size).astype(np.float64)


def _score_ranges(edges: Numbers) -> tuple[str, ...]:
    if not len(edges):
        return ("all scores",)
    texts = [f"{edge:.3g}" for edge in edges]
    inner = [f"{low} to {high}" for low, high in pairwise(texts)]
    return (f"below {texts[0]}", *inner, f"{texts[-1]} and more")
