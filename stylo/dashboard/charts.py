"""Charts: quiet ones, that say one thing each."""

from __future__ import annotations

from datetime import date, timedelta

import plotly.graph_objects as go
import polars as pl

from stylo.dashboard import text
from stylo.tables.odd_days import firsts_of_spans

_QUIET = {"showgrid": False, "zeroline": False, "fixedrange": True, "rangemode": "tozero"}
_SHOPS, _ONLINE, _PRICE = "#a8415f", "#d9a3b3", "#3d7a74"


def weekly_sales(weeks: pl.DataFrame, as_of: date | None) -> go.Figure:
    """Sales by week, in shops and online, and the price; a line where the future of the split begins.

    Of weeks with more than a year between them those are in view that sold most: beside a slip of a date the others
    would be too narrow to be seen.
    """
    shops = weeks["sales"].cast(pl.Int64) - weeks["online"].cast(pl.Int64)
    middle = weeks["week"] + timedelta(days=3)
    figure = go.Figure()
    for name, values, colour in ((text.IN_SHOPS, shops, _SHOPS), (text.ONLINE, weeks["online"], _ONLINE)):
        figure.add_bar(x=middle, y=values, name=name, marker={"color": colour, "line": {"width": 0}})
    figure.add_scatter(
        x=middle,
        y=weeks["mean_price"],
        name=text.PRICE,
        yaxis="y2",
        mode="lines",
        line={"color": _PRICE, "width": 1.5},
    )
    if as_of is not None and weeks["week"].max() >= as_of:  # type: ignore[operator]
        figure.add_vline(x=as_of, line={"dash": "dot", "width": 1, "color": "#999"})
    figure.update_layout(
        barmode="stack",
        height=210,
        bargap=0.15,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        legend={"orientation": "h", "y": 1.15, "x": 0},
        hovermode="x unified",
        xaxis={"fixedrange": True, "showgrid": False, "range": _in_view(weeks)},
        yaxis=_QUIET | {"title": {"text": text.SALES_A_WEEK}},
        yaxis2=_QUIET | {"overlaying": "y", "side": "right", "title": {"text": text.PRICE}},
        separators=".,",
    )
    return figure


def _in_view(weeks: pl.DataFrame) -> list[date] | None:
    """The first and last day to show of `week`, `sales`; None for all."""
    spans = weeks.with_columns(span=pl.Series(firsts_of_spans(weeks["week"].to_physical().to_numpy())))
    if spans["span"].n_unique() < 2:
        return None
    sold = spans.group_by("span").agg(
        pl.col("sales").sum(), first=pl.col("week").min(), last=pl.col("week").max()
    )
    first, last = sold.sort("sales", "first").select("first", "last").row(-1)
    return [first - timedelta(days=7), last + timedelta(days=14)]


def purchases(bought: pl.DataFrame, as_of: date | None) -> go.Figure:
    """How much was bought on each day; a line where the list was made."""
    days = bought.group_by("t_dat").agg(pl.len()).sort("t_dat")
    figure = go.Figure()
    figure.add_bar(
        x=days["t_dat"], y=days["len"], marker={"color": _SHOPS, "line": {"width": 0}}, width=86_400_000 * 2
    )
    if as_of is not None:
        figure.add_vline(x=as_of, line={"dash": "dot", "width": 1, "color": "#999"})
    figure.update_layout(
        height=130,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        xaxis={"fixedrange": True, "showgrid": False},
        yaxis=_QUIET | {"title": {"text": text.BOUGHT_A_DAY}},
    )
    return figure
