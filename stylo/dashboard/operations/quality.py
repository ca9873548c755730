"""The quality part of the Operations page: how good what was shown turned out, and where the model errs."""

from __future__ import annotations

import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.evaluation import customers as evaluation_customers
from stylo.dashboard.evaluation.score_charts import Dot
from stylo.dashboard.evaluation.scores import FINAL, read_scores
from stylo.dashboard.evaluation.sections import ink
from stylo.dashboard.explained import explained
from stylo.dashboard.operations import charts
from stylo.dashboard.operations.reports import quality_table, read_monitoring
from stylo.dashboard.operations.state import Ledger, Place
from stylo.dashboard.shop import Shop
from stylo.dashboard.text import plain
from stylo.errors import StyloError

_NO_BAR = {"displayModeBar": False}


def quality(place: Place, ledger: Ledger | None) -> None:
    """Raises MissingArtefact, DamagedArtefact."""
    report = read_monitoring(place)
    found = quality_table(report)
    says = text.QUALITY_SAYS.format(
        since=f"{report.since:%Y-%m-%d}",
        until=f"{report.until:%Y-%m-%d}",
        window=report.window,
        purchases=report.purchases,
    )
    st.markdown(plain(says))
    if found.is_empty():
        st.caption(text.NO_QUALITY)
        return
    live = ledger.deployments[0].version if ledger and ledger.deployments else None
    judged = found.drop_nulls("map12")
    dots = [
        Dot(
            charts.letters(" ".join(filter(None, (row["version"], row["variant"])))),
            row["map12"],
            row["map12_low"],
            row["map12_high"],
            f"{row['map12']:.4f}",
            row["version"] == live,
        )
        for row in judged.rows(named=True)
    ]
    if dots:
        st.markdown(plain(text.QUALITY_CHART))
        expected = judged["expected"].to_list()
        said = [text.UNKNOWN if value is None else f"{value:.4f}" for value in expected]
        values = (
            text.QUALITY_VALUE.format(name=dot.name, value=dot.said, expected=each)
            for dot, each in zip(dots, said, strict=True)
        )
        alt = text.QUALITY_ALT.format(values="; ".join(values))
        chart = charts.quality(dots, expected, ink())
        st.plotly_chart(chart, key="quality", config=_NO_BAR, alt=alt)
    else:
        st.caption(text.TOO_FEW)
    explained(
        found,
        "quality",
        text.QUALITY_COLUMNS,
        text.QUALITY_HELP,
        degraded="percent",
        cold="percent",
        hit_rate="percent",
        hit_rate_low="percent",
        hit_rate_high="percent",
        p99="%.1f",
    )


def errors(shop: Shop) -> None:
    """By segment, as the last backtest found them."""
    try:
        scores, _ = read_scores(shop.folder)
    except StyloError as error:
        st.subheader(text.FOR_WHOM, anchor=False)
        st.info(plain(f"{error.problem} {error.cure}"))
        return
    if scores.script == FINAL:
        evaluation_customers.segments(shop, scores)
        evaluation_customers.losses(shop, scores)
