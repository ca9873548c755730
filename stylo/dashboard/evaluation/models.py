"""Evaluation, its first part: how good each model is, in all and week by week."""

from __future__ import annotations

import polars as pl
import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.downloads import folded
from stylo.dashboard.evaluation import score_charts
from stylo.dashboard.evaluation.score_charts import Dot
from stylo.dashboard.evaluation.scores import FINAL, Scores, models_table
from stylo.dashboard.evaluation.sections import NO_BAR, absent, head, ink, model_name
from stylo.dashboard.links import buttons
from stylo.dashboard.reports import table_of
from stylo.dashboard.shop import Shop
from stylo.evaluation.metrics import METRICS
from stylo.recommender import HYBRID
from stylo.records.scores import WeekScores


def ladder(scores: Scores) -> str:
    """The models by one measure, which is given back."""
    models = models_table(scores.report)
    top = st.container()
    metric = buttons(text.METRIC, METRICS, "metric", text.METRICS)
    with top:
        head(text.LADDER, _says(models, scores.report.rival, metric), text.METRIC_HELP + text.INTERVAL_HELP)
    shown = [_dot(model, metric) for model in models.rows(named=True)]
    values = "; ".join(f"{dot.name} {dot.value:.4f}" for dot in shown)
    alt = text.LADDER_ALT.format(metric=text.METRICS[metric], values=values)
    st.plotly_chart(score_charts.dots(shown, ink()), key="ladder", config=NO_BAR, alt=alt)
    folded(models, "models", text.LADDER_COLUMNS, times_popularity="%.1f")
    return metric


def _says(models: pl.DataFrame, rival: str | None, metric: str) -> str:
    """Which model is the better one by a measure, in a sentence."""
    rows = {row["model"]: row for row in models.rows(named=True)}
    ours, other = rows.get(HYBRID), rows.get(rival or "")
    if ours is None or other is None or ours["difference_low"] is None or ours["difference_high"] is None:
        best = models.sort(metric).row(-1, named=True)
        return text.BEST.format(
            model=model_name(best["model"]), metric=text.METRICS[metric], value=f"{best[metric]:.4f}"
        )
    names = {"ours": model_name(HYBRID), "rival": model_name(str(rival))}
    if metric != METRICS[0]:
        return text.IN_THIS_METRIC.format(
            **names,
            metric=text.METRICS[metric],
            value=f"{ours[metric]:.4f}",
            other=f"{other[metric]:.4f}",
            difference=text.signed(ours[metric] - other[metric], ".4f"),
        )
    low, high = ours["difference_low"], ours["difference_high"]
    return text.AGAINST_RIVAL.format(
        **names,
        difference=text.signed(ours["difference"], ".4f"),
        low=text.signed(low, ".4f"),
        high=text.signed(high, ".4f"),
        verdict=_verdict(low, high),
    )


def _verdict(low: float, high: float) -> str:
    return text.AHEAD if low > 0 else text.BEHIND if high < 0 else text.UNDECIDED


def _dot(model: dict[str, float], metric: str) -> Dot:
    said = f"{model[metric]:.4f}"
    if metric == METRICS[0] and model["times_popularity"] not in (None, 1.0):
        said += f"  {text.TIMES.format(times=model['times_popularity'])}"
    name = str(model["model"])
    low, high = model[f"{metric}_low"], model[f"{metric}_high"]
    return Dot(model_name(name), model[metric], low, high, said, name == HYBRID)


def by_week(shop: Shop, scores: Scores, metric: str) -> None:
    report = scores.report
    if report.weeks == 1 or scores.script != FINAL:
        return
    if not report.by_week:
        absent(shop, text.BY_WEEK)
        return
    weeks = table_of(WeekScores, report.by_week)
    ours = weeks.filter(pl.col("model") == HYBRID)
    theirs = weeks.filter(pl.col("model") == report.rival)
    both = ours.join(theirs, on="cutoff", suffix="_rival")
    won = both.filter(pl.col(metric) > pl.col(f"{metric}_rival")).height
    rival = model_name(report.rival or "")
    says = text.BY_WEEK_SAYS.format(
        metric=text.METRICS[metric], ours=model_name(HYBRID), rival=rival, won=won, weeks=both.height
    )
    head(text.BY_WEEK, says, text.BY_WEEK_HELP)
    chart = score_charts.weeks(weeks, metric, HYBRID, report.rival)
    alt = text.BY_WEEK_ALT.format(metric=text.METRICS[metric], weeks=both.height)
    st.plotly_chart(chart, key="weeks", config=NO_BAR, alt=alt)
    folded(weeks, "by_week", text.BY_WEEK_COLUMNS)
