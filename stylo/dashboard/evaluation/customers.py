"""Evaluation by customers and purchases: who the model works for, and where purchases are missed."""

from __future__ import annotations

import polars as pl
import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.downloads import folded
from stylo.dashboard.evaluation import score_charts
from stylo.dashboard.evaluation.score_charts import Dot
from stylo.dashboard.evaluation.scores import SEGMENTS, Scores, segment_tables
from stylo.dashboard.evaluation.sections import NO_BAR, absent, head, ink, model_name
from stylo.dashboard.reports import table_of
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.evaluation.breakdowns import ALL, OUTCOMES
from stylo.recommender import HYBRID
from stylo.records.scores import LossesOfKind


def segments(shop: Shop, scores: Scores) -> None:
    """For whom it is right, and for whom not."""
    tables = segment_tables(scores.report)
    if not tables:
        absent(shop, text.FOR_WHOM)
        return
    rival = model_name(scores.report.rival or "")
    ours = {
        name: table.filter((pl.col("model") == HYBRID) & pl.col("difference").is_not_null())
        for name, table in tables.items()
    }
    won = sum(table.filter(pl.col("difference_low") > 0).height for table in ours.values())
    count = sum(table.height for table in ours.values())
    head(
        text.FOR_WHOM,
        text.SEGMENT_SAYS.format(rival=rival, won=won, count=count),
        text.SEGMENT_HELP + text.INTERVAL_HELP,
    )
    for column, name in zip(st.columns(2, gap="large"), SEGMENTS, strict=True):
        if name not in ours:
            continue
        with column:
            _differences(name, ours[name], rival)
            folded(tables[name], f"by_{name}", text.SEGMENT_COLUMNS)


def _differences(name: str, ours: pl.DataFrame, rival: str) -> None:
    shown = [
        Dot(
            text.SEGMENT_NAME.format(
                segment=text.SEGMENT_LABELS.get(row["segment"], row["segment"]), lists=row["lists"]
            ),
            row["difference"],
            row["difference_low"],
            row["difference_high"],
            text.signed(row["difference"], ".4f"),
            bool(row["difference_low"] and row["difference_low"] > 0),
        )
        for row in ours.rows(named=True)
    ]
    st.markdown(f"**{plain(text.SEGMENTS[name])}**")
    values = "; ".join(f"{dot.name} {dot.said}" for dot in shown)
    alt = text.SEGMENT_ALT.format(rival=rival, segment=text.SEGMENTS[name].lower(), values=values)
    st.plotly_chart(score_charts.dots(shown, ink(), zero=True), key=f"by-{name}", config=NO_BAR, alt=alt)


def losses(shop: Shop, scores: Scores) -> None:
    """Where the truth is lost, by kind of purchase."""
    found = table_of(LossesOfKind, scores.report.losses or ())
    everything = found.filter((pl.col("kind") == ALL) & (pl.col("bought") > 0))
    if everything.is_empty():
        absent(shop, text.LOST)
        return
    row = everything.row(0, named=True)
    hit, low, never = (text.percent(row[outcome] / row["bought"]) for outcome in OUTCOMES)
    head(
        text.LOST, text.LOST_SAYS.format(bought=row["bought"], hit=hit, low=low, never=never), text.LOST_HELP
    )
    values = "; ".join(
        f"{text.LOSS_KINDS.get(each['kind'], each['kind'])}: "
        + ", ".join(f"{each[outcome]:,} {text.OUTCOMES[outcome].lower()}" for outcome in OUTCOMES)
        for each in found.rows(named=True)
    )
    st.plotly_chart(
        score_charts.losses(found), key="losses", config=NO_BAR, alt=text.LOST_ALT.format(values=values)
    )
    folded(found, "losses", text.LOST_COLUMNS)
