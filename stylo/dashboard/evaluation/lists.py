"""Evaluation of the lists: what each strategy adds, how long lists should be, new articles, and variety."""

from __future__ import annotations

import polars as pl
import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.downloads import folded, shown
from stylo.dashboard.evaluation import score_charts
from stylo.dashboard.evaluation.scores import Scores
from stylo.dashboard.evaluation.sections import NO_BAR, absent, head
from stylo.dashboard.reports import table_of
from stylo.dashboard.shop import Shop
from stylo.records.scores import BeyondAccuracyScores, StrategyScores


def strategies(shop: Shop, scores: Scores) -> None:
    if not scores.report.strategies:
        absent(shop, text.EARNS)
        return
    found = table_of(StrategyScores, scores.report.strategies).sort("hits", "recall@12", descending=True)
    names = {name: text.STRATEGIES.get(name, name) for name in found["strategy"]}
    best = found.row(0, named=True)
    head(text.EARNS, text.EARNS_SAYS.format(best=names[best["strategy"]], hits=best["hits"]), text.EARNS_HELP)
    values = "; ".join(
        f"{names[name]} {text.percent(share)}"
        for name, share in found.select("strategy", "recall@all").rows()
    )
    alt = text.EARNS_ALT.format(values=values)
    st.plotly_chart(score_charts.strategies(found), key="strategies", config=NO_BAR, alt=alt)
    folded(found, "strategies", text.STRATEGY_COLUMNS, **{"recall@12": "percent", "recall@all": "percent"})


def recall_at(shop: Shop, scores: Scores) -> None:
    report = scores.report.recall_at
    if report is None:
        absent(shop, text.FOUND_AT)
        return
    recall = report.by_place()
    found = pl.DataFrame(list(recall.items()), ["place", "recall"], orient="row")
    short, everything = text.percent(recall["12"]), text.percent(recall["all"])
    head(text.FOUND_AT, text.FOUND_AT_SAYS.format(short=short, all=everything), text.FOUND_AT_HELP)
    candidates = report.candidates_per_list
    last = text.ALL_OF.format(count=candidates) if candidates else text.ALL_PLACES
    alt = text.FOUND_AT_ALT.format(
        values="; ".join(f"{place} {text.percent(share)}" for place, share in recall.items())
    )
    st.plotly_chart(score_charts.recall(found, last), key="recall", config=NO_BAR, alt=alt)
    folded(found, "recall_at", text.FOUND_AT_COLUMNS, recall="percent")


def cold(shop: Shop, scores: Scores) -> None:
    if scores.report.cold_articles is None:
        absent(shop, text.COLD)
        return
    cold = scores.report.cold_articles.model_dump()
    if not cold["bought"]:
        head(text.COLD, text.COLD_NONE)
        return
    head(text.COLD, text.COLD_SAYS.format(bought=cold["bought"]), text.COLD_HELP)
    with st.container(horizontal=True, gap="medium"):
        for name, label in text.COLD_FIGURES.items():
            if cold[name] is not None:
                st.metric(label, text.percent(cold[name]), width="content", help=text.COLD_FIGURES_HELP[name])


def beyond(shop: Shop, scores: Scores) -> None:
    models = scores.report.beyond_accuracy
    if not models:
        absent(shop, text.BEYOND)
        return
    found = table_of(BeyondAccuracyScores, models.values(), model=list(models))
    head(text.BEYOND, text.BEYOND_SAYS, text.BEYOND_FIGURES_HELP)
    formats = dict.fromkeys(
        (name for name in text.BEYOND_COLUMNS if "share" in name or "coverage" in name), "percent"
    )
    formats |= {"articles": "%.0f", "novelty": "%.1f", "gini": "%.2f"}
    formats |= dict.fromkeys(("product_type_diversity", "department_diversity"), "%.2f")
    shown(found, "beyond_accuracy", text.BEYOND_COLUMNS, text.BEYOND_HELP, **formats)
