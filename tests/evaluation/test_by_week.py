"""How the models do week by week: means of each week, which come to the mean over all."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from stylo.evaluation.metrics import METRICS, by_week

FIRST, SECOND = date(2020, 9, 9), date(2020, 9, 16)
SCORES = pl.DataFrame(
    [
        (SECOND, "b", 1, 0.5, 1.0, 0.7),
        (SECOND, "a", 1, 0.0, 0.0, 0.0),
        (FIRST, "a", 1, 1.0, 1.0, 1.0),
        (FIRST, "b", 1, 0.1, 0.2, 0.3),
        (FIRST, "a", 2, 0.5, 0.5, 0.5),
        (FIRST, "b", 2, 0.3, 0.4, 0.5),
    ],
    {"cutoff": pl.Date, "model": pl.Enum(["b", "a"]), "customer": pl.UInt32}
    | dict.fromkeys(METRICS, pl.Float64),
    orient="row",
)


def test_a_week_of_a_model_has_the_means_of_its_lists() -> None:
    found = by_week(SCORES)
    assert found.columns == ["cutoff", "model", "lists", *METRICS]
    # The models come in the order in which they were scored, not as their names sort.
    assert found.select("cutoff", "model", "lists").rows() == [
        (FIRST, "b", 2),
        (FIRST, "a", 2),
        (SECOND, "b", 1),
        (SECOND, "a", 1),
    ]
    assert found.select(METRICS).rows() == [
        pytest.approx((0.2, 0.3, 0.4)),
        pytest.approx((0.75, 0.75, 0.75)),
        pytest.approx((0.5, 1.0, 0.7)),
        pytest.approx((0.0, 0.0, 0.0)),
    ]


def test_weighted_by_their_lists_the_weeks_come_to_the_mean_over_all() -> None:
    found = by_week(SCORES)
    for model in ("a", "b"):
        weeks = found.filter(model=model)
        for metric in METRICS:
            whole = (weeks[metric] * weeks["lists"]).sum() / weeks["lists"].sum()
            assert whole == pytest.approx(SCORES.filter(model=model)[metric].mean())
