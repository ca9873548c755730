"""Charts of the Operations page: an experiment day by day, and a drift week by week."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime, time, timedelta

import plotly.graph_objects as go
import polars as pl

from stylo.dashboard import text
from stylo.dashboard.evaluation.score_charts import Dot, dots

_COLOURS = ("#a8415f", "#3d7a74", "#8a6d1f", "#5b6bb0")
_LINE, _ALARM = "#9a938d", "#d0342c"
_FEW, _HALF_A_DAY, _DAY_IN_MS = timedelta(days=7), timedelta(hours=12), 86_400_000
_QUIET = {"showgrid": False, "zeroline": False, "fixedrange": True}
_LEGEND = {"orientation": "h", "y": -0.2, "x": 0, "yanchor": "top"}


def letters(words: str) -> str:
    """Text from the data for Plotly, which takes a part of HTML and templates for what they are."""
    return html.escape(words, quote=False).replace("%{", "%\u200b{")


def changes(days: pl.DataFrame, minimum_effect: float) -> go.Figure:
    """Each variant's change against the control, day by day, with the interval that holds at every look as a band."""
    figure = go.Figure()
    for place, variant in enumerate(days["variant"].unique(maintain_order=True)):
        mine = days.filter(pl.col("variant") == variant).sort("day")
        known = mine.drop_nulls(["always_low", "always_high"])
        colour, name = _COLOURS[place % len(_COLOURS)], letters(variant)
        figure.add_scatter(
            x=[*known["day"], *reversed(known["day"].to_list())],
            y=[*known["always_high"], *reversed(known["always_low"].to_list())],
            fill="toself",
            mode="lines",
            line={"width": 0},
            fillcolor=colour,
            opacity=0.2,
            name=name,
            legendgroup=name,
            showlegend=False,
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=mine["day"],
            y=mine["relative"],
            name=name,
            legendgroup=name,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": 5},
            # In words of ours: in a hover Plotly writes a hyphen for a minus.
            customdata=[None if value is None else text.signed(value, ".1%") for value in mine["relative"]],
            hovertemplate="%{customdata}",
        )
    figure.add_hline(y=0, line={"width": 1, "color": _LINE})
    figure.add_hline(y=minimum_effect, line={"width": 1.5, "dash": "dot", "color": _LINE})
    figure.add_annotation(
        text=text.MINIMUM_EFFECT.format(effect=text.signed(minimum_effect, ".0%")),
        x=1,
        xref="paper",
        xanchor="right",
        y=minimum_effect,
        yshift=9,
        showarrow=False,
    )
    figure.update_layout(
        height=320,
        margin={"l": 0, "r": 8, "t": 8, "b": 0},
        legend=_LEGEND,
        showlegend=True,
        hovermode="x unified",
        xaxis=_QUIET | day_axis(days["day"]),
        yaxis=_QUIET | {"tickformat": "+.0%", "nticks": 6, "range": _range(days, minimum_effect)},
    )
    return figure


def day_axis(days: pl.Series) -> dict[str, object]:
    """An axis on which ticks are days: of a few days Plotly would mark hours, and the millisecond before midnight."""
    known = days.drop_nulls()
    if known.is_empty():
        return {}
    first, last = (datetime.combine(day, time()) for day in (known.min(), known.max()))  # type: ignore[arg-type]
    found: dict[str, object] = {"range": [first, last]}
    if last - first <= _FEW:
        found = {"range": [first - _HALF_A_DAY, last + _HALF_A_DAY], "tick0": first, "dtick": _DAY_IN_MS}
        found["tickformat"] = "%b %-d\n%Y"
    return found


def _range(days: pl.DataFrame, minimum_effect: float) -> list[float]:
    """Of the later half of the days: the intervals of the first are so wide that nothing else could be seen."""
    each_day = days["day"].unique().sort()
    later = days.filter(pl.col("day") >= each_day[len(each_day) // 2])
    ends = [*later["relative"], *later["always_low"], *later["always_high"], 0.0, minimum_effect]
    low, high = (bound(end for end in ends if end is not None) for bound in (min, max))
    room = 0.08 * (high - low or 1.0)
    return [low - room, high + room]


def quality(shown: Sequence[Dot], expected: Sequence[float | None], ink: str) -> go.Figure:
    """MAP@12 of each version and variant with its interval, and a stroke where its backtest was."""
    figure = dots(shown, ink)
    known = [(value, row) for row, value in enumerate(expected) if value is not None]
    figure.add_scatter(
        x=[value for value, _ in known],
        y=[row for _, row in known],
        mode="markers",
        marker={"symbol": "line-ns", "size": 18, "line": {"width": 3, "color": _COLOURS[1]}},
        hovertemplate=f"{text.EXPECTED} %{{x:.4f}}<extra></extra>",
    )
    ends = [end for dot in shown for end in (dot.value, dot.high) if end is not None]
    figure.update_xaxes(range=[0, 1.04 * max(*ends, *(value for value, _ in known), 0.0)])
    return figure


def drift(weeks: pl.DataFrame, title: str) -> go.Figure:
    """A distance week by week, the line from which it is an alarm, and the weeks with one."""
    seen = weeks.filter(pl.col("distance").is_not_null())
    alarms = seen.filter("alarm")
    figure = go.Figure()
    figure.add_scatter(
        x=seen["week"],
        y=seen["distance"],
        name=letters(title),
        mode="lines",
        line={"color": _COLOURS[1], "width": 1.5},
        hovertemplate="%{y:.3f}",
    )
    figure.add_scatter(
        x=weeks["week"],
        y=weeks["threshold"],
        name=text.THRESHOLD,
        mode="lines",
        line={"color": _LINE, "width": 1.5, "dash": "dot"},
        hovertemplate="%{y:.3f}",
    )
    figure.add_scatter(
        x=alarms["week"],
        y=alarms["distance"],
        name=text.ALARM,
        mode="markers",
        cliponaxis=False,
        marker={"color": _ALARM, "size": 10, "symbol": "diamond"},
        hovertemplate="%{y:.3f}",
    )
    figure.update_layout(
        height=300,
        margin={"l": 0, "r": 8, "t": 8, "b": 0},
        legend=_LEGEND,
        hovermode="x unified",
        xaxis=_QUIET | day_axis(_seen(weeks)),
        yaxis=_QUIET | {"rangemode": "tozero", "nticks": 5},
    )
    return figure


def _seen(weeks: pl.DataFrame) -> pl.Series:
    """The weeks from the first of which anything is known; all of them where nothing is."""
    known = weeks.filter(pl.col("distance").is_not_null())["week"]
    return weeks["week"] if known.is_empty() else weeks["week"].filter(weeks["week"] >= known[0])
