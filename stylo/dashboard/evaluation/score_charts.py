"""Charts of the Evaluation page: dots with intervals, lines by week, bars of shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
import polars as pl

from stylo.dashboard import text
from stylo.evaluation.breakdowns import OUTCOMES

_OURS, _OURS_LIGHT, _RIVAL, _OTHER, _LINE = "#a8415f", "#d9a3b3", "#3d7a74", "#8f8780", "#9a938d"
_OF_OUTCOMES = dict(zip(OUTCOMES, (_OURS, _OURS_LIGHT, "#a39c96"), strict=True))
_QUIET = {"showgrid": False, "zeroline": False, "fixedrange": True}
_ROW, _BAR = 52, 30
_ALL_NAMED = 8
# Room beside the ends of intervals, as a share of the axis.
_ROOM = 0.04


@dataclass(frozen=True)
class Dot:
    """A value with its interval, its name above it and what is said of it at the right; `ours` stands out."""

    name: str
    value: float
    low: float | None
    high: float | None
    said: str
    ours: bool = False


def dots(shown: Sequence[Dot], ink: str, zero: bool = False) -> go.Figure:
    """One below the other, named in a colour; with `zero` a line at nought, else the axis begins there."""
    figure, beside = go.Figure(), list[dict[str, Any]]()
    for row, dot in enumerate(shown):
        colour = _OURS if dot.ours else _OTHER
        if dot.low is not None and dot.high is not None:
            figure.add_scatter(
                x=[dot.low, dot.high],
                y=[row, row],
                mode="lines",
                line={"color": colour, "width": 2},
                opacity=0.55,
                hoverinfo="skip",
            )
        figure.add_scatter(
            x=[dot.value],
            y=[row],
            mode="markers",
            marker={"color": colour, "size": 10},
            hovertemplate=f"{dot.name}<br>{dot.said}<extra></extra>",
        )
        for words, side in ((dot.name, 0), (dot.said, 1)):
            beside.append(
                {
                    "text": f"<b>{words}</b>" if dot.ours and not side else words,
                    "x": side,
                    "y": row,
                    "xref": "paper",
                    "xanchor": "right" if side else "left",
                    "yshift": 17,
                    "showarrow": False,
                    "font": {"color": ink, "size": 13},
                }
            )
    if zero:
        figure.add_vline(x=0, line={"dash": "dot", "width": 1, "color": _LINE})
    figure.update_layout(
        height=_ROW * len(shown) + 40,
        margin={"l": 8, "r": 8, "t": 8, "b": 0},
        showlegend=False,
        annotations=beside,  # one after the other, each would have Plotly check those before it again
        xaxis=_QUIET | {"range": _range(shown, zero), "nticks": 6},
        yaxis=_QUIET | {"visible": False, "range": [len(shown) - 0.6, -0.7]},
    )
    return figure


def _range(shown: Sequence[Dot], zero: bool) -> list[float]:
    ends = [end for dot in shown for end in (dot.value, dot.low, dot.high) if end is not None]
    least, most = min(0, *ends), max(0, *ends)
    room = (most - least or 1.0) * _ROOM
    return [least - room if zero else least, most + room]


def weeks(by_week: pl.DataFrame, metric: str, ours: str, rival: str | None) -> go.Figure:
    """A line for each model, week by week."""
    figure = go.Figure()
    cutoffs = by_week["cutoff"].unique().sort().to_list()
    axis: dict[str, Any] = _QUIET | {"hoverformat": "%-d %b %Y", "tickformat": "%-d %b<br>%Y"}
    if len(cutoffs) <= _ALL_NAMED:  # else Plotly names hours between them
        axis["tickvals"] = cutoffs
    for model in _last(by_week["model"].unique(maintain_order=True).to_list(), ours):
        mine = by_week.filter(pl.col("model") == model).sort("cutoff")
        colour = _OURS if model == ours else _RIVAL if model == rival else _OTHER
        figure.add_scatter(
            x=mine["cutoff"],
            y=mine[metric],
            name=text.MODELS.get(model, model),
            mode="lines+markers",
            line={
                "color": colour,
                "width": 2.5 if model == ours else 1.5,
                "dash": "solid" if model in (ours, rival) else "dot",
            },
            marker={"size": 5},
            hovertemplate="%{y:.4f}",
        )
    figure.update_layout(
        height=300,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        legend={"orientation": "h", "y": -0.24, "x": 0, "yanchor": "top", "traceorder": "reversed"},
        hovermode="x unified",
        xaxis=axis,
        yaxis=_QUIET | {"rangemode": "tozero", "title": {"text": text.METRICS[metric]}, "nticks": 5},
    )
    return figure


def strategies(found: pl.DataFrame) -> go.Figure:
    """Of each strategy how much of what was bought is among all that it proposes, and among its first twelve."""
    rows = found.sort("recall@12", "recall@all")
    names = [text.STRATEGIES.get(name, name) for name in rows["strategy"]]
    figure = go.Figure()
    for column, colour, width in (("recall@all", _OURS_LIGHT, 0.62), ("recall@12", _OURS, 0.3)):
        figure.add_bar(
            x=rows[column],
            y=names,
            orientation="h",
            width=width,
            name=text.STRATEGY_COLUMNS[column],
            marker={"color": colour, "line": {"width": 0}},
            customdata=[text.percent(share) for share in rows[column]],
            hovertemplate="%{customdata}",
        )
    figure.update_layout(
        barmode="overlay",
        height=24 * rows.height + 70,
        margin={"l": 0, "r": 8, "t": 8, "b": 0},
        legend={"orientation": "h", "y": -0.08, "x": 0, "yanchor": "top"},
        hovermode="y unified",
        xaxis=_QUIET | {"tickformat": ".0%", "nticks": 6},
        yaxis={"fixedrange": True},
    )
    return figure


def recall(found: pl.DataFrame, last: str) -> go.Figure:
    """How much of what was bought is among the first so many, and among all candidates, which `last` names."""
    places = [last if place == "all" else place for place in found["place"]]
    figure = go.Figure()
    figure.add_scatter(
        x=places,
        y=found["recall"],
        mode="lines+markers+text",
        text=[text.percent(value) for value in found["recall"]],
        textposition="top center",
        cliponaxis=False,
        line={"color": _OURS, "width": 2},
        marker={"size": 8},
        hoverinfo="skip",
    )
    figure.update_layout(
        height=240,
        margin={"l": 0, "r": 8, "t": 24, "b": 0},
        xaxis={**_QUIET, "type": "category", "title": {"text": text.PLACES}},
        yaxis=_QUIET | {"rangemode": "tozero", "visible": False},
    )
    return figure


def losses(found: pl.DataFrame) -> go.Figure:
    """What became of what was bought, each kind as a bar of one length."""
    some = found.filter(pl.col("bought") > 0)
    names = [f"{text.LOSS_KINDS.get(kind, kind)} ({n:,})" for kind, n in some.select("kind", "bought").rows()]
    figure = go.Figure()
    for outcome in OUTCOMES:
        share = some[outcome] / some["bought"]
        figure.add_bar(
            x=share,
            y=names,
            orientation="h",
            name=text.OUTCOMES[outcome],
            marker={"color": _OF_OUTCOMES[outcome], "line": {"width": 0}},
            text=[f"{value:.0%}" if value >= 0.06 else "" for value in share],
            textposition="inside",
            insidetextanchor="middle",
            customdata=some[outcome],
            hovertemplate="%{customdata:,} (%{x:.0%})",
        )
    figure.update_layout(
        barmode="stack",
        height=_BAR * some.height + 90,
        bargap=0.35,
        margin={"l": 0, "r": 8, "t": 8, "b": 0},
        legend={"orientation": "h", "y": -0.05, "x": 0, "yanchor": "top", "traceorder": "normal"},
        xaxis=_QUIET | {"visible": False, "range": [0, 1]},
        yaxis={"fixedrange": True, "autorange": "reversed"},
    )
    return figure


def _last(models: list[str], ours: str) -> list[str]:
    """Ours is drawn above the others."""
    return [model for model in models if model != ours] + [model for model in models if model == ours]
