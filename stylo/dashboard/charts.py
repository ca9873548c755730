"""Charts: quiet ones, that say one thing each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import plotly.graph_objects as go
import polars as pl

from stylo.dashboard import text
from stylo.tables.odd_days import firsts_of_spans

_QUIET = {"showgrid": False, "zeroline": False, "fixedrange": True, "rangemode": "tozero"}
_DAY = 86_400_000  # in milliseconds, as Plotly counts them
# Fewer days are drawn among as many: a bar would else be as wide as the chart, and its axis tell hours.
_LEAST_WEEKLY, _LEAST_DAILY = timedelta(weeks=13), timedelta(weeks=6)
# Told apart also by those who see few colours.
_COMPARED = ("#a8415f", "#2f6f9f", "#c08a1e", "#3d7a74")
_SHOPS, _ONLINE, _PRICE = "#a8415f", "#d9a3b3", "#3d7a74"


def weekly_sales(weeks: pl.DataFrame, as_of: date | None, *, by_channel: bool = True) -> go.Figure:
    """Sales by week, in shops and online, and the price; a line where the future of the split begins.

    by_channel : without it sales are not told apart, for a shop that has only one channel.

    Of weeks with more than a year between them those are in view that sold most: beside a slip of a date the others
    would be too narrow to be seen.
    """
    shops = weeks["sales"].cast(pl.Int64) - weeks["online"].cast(pl.Int64)
    middle = weeks["week"] + timedelta(days=3)
    figure = go.Figure()
    channels = ((text.IN_SHOPS, shops, _SHOPS), (text.ONLINE, weeks["online"], _ONLINE))
    for name, values, colour in channels if by_channel else ((text.SOLD, weeks["sales"], _SHOPS),):
        bars = {"color": colour, "line": {"width": 0}}
        figure.add_bar(x=middle, y=values, name=name, marker=bars, width=6 * _DAY)
    figure.add_scatter(
        x=middle,
        y=weeks["mean_price"],
        name=text.PRICE,
        yaxis="y2",
        mode="lines" if weeks.height > 1 else "markers",
        line={"color": _PRICE, "width": 1.5},
    )
    if as_of is not None and weeks["week"].max() >= as_of:  # type: ignore[operator]
        figure.add_vline(x=as_of, line={"dash": "dot", "width": 1, "color": "#999"})
    figure.update_layout(
        barmode="stack",
        height=210,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        legend={"orientation": "h", "y": 1.15, "x": 0},
        hovermode="x unified",
        xaxis=_days(*_in_view(weeks), _LEAST_WEEKLY),
        yaxis=_QUIET | {"title": {"text": text.SALES_A_WEEK}},
        yaxis2=_QUIET | {"overlaying": "y", "side": "right", "title": {"text": text.PRICE}},
        separators=".,",
    )
    return figure


def compared_sales(articles: Sequence[tuple[str, pl.DataFrame]], as_of: date | None) -> go.Figure:
    """Sales by week above, mean prices below, over one axis of time; a colour for each article.

    articles : its name and its rows of `week`, `sales`, `mean_price`. Weeks without a sale are nought in between.
    """
    figure = go.Figure()
    for (name, weeks), colour in zip(articles, _COMPARED, strict=False):
        whole = _without_gaps(weeks)
        middle = whole["week"] + timedelta(days=3)
        for axis, column, form in (("y", "sales", ",d"), ("y2", "mean_price", ",.2f")):
            figure.add_scatter(
                x=middle,
                y=whole[column],
                name=name,
                legendgroup=name,
                showlegend=axis == "y",
                yaxis=axis,
                mode="lines+markers",
                line={"color": colour, "width": 1.8},
                marker={"size": 4},
                hovertemplate=f"%{{y:{form}}}",
            )
    everything = pl.concat([weeks.select("week", "sales") for _, weeks in articles])
    if as_of is not None and everything["week"].max() >= as_of:  # type: ignore[operator]
        figure.add_vline(x=as_of, line={"dash": "dot", "width": 1, "color": "#999"})
    figure.update_layout(
        height=420,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        legend={"orientation": "h", "y": 1.12, "x": 0},
        hovermode="x unified",
        xaxis=_days(*_in_view(everything), _LEAST_WEEKLY) | {"anchor": "y2"},
        yaxis=_QUIET | {"title": {"text": text.PIECES_A_WEEK}, "domain": [0.55, 1]},
        yaxis2=_QUIET | {"title": {"text": text.PRICE}, "domain": [0, 0.42]},
        separators=".,",
    )
    return figure


def _without_gaps(weeks: pl.DataFrame) -> pl.DataFrame:
    """With the weeks between the first and the last in which nothing was sold, unless that is more than a year."""
    spans = weeks.with_columns(span=pl.Series(firsts_of_spans(weeks["week"].to_physical().to_numpy())))
    filled = spans.sort("week").upsample("week", every="1w", group_by="span", maintain_order=True)
    return filled.select("week", pl.col("sales").fill_null(0), "mean_price").sort("week")


def _in_view(weeks: pl.DataFrame) -> tuple[date, date]:
    """The first day to show of `week`, `sales`, and the first that is not."""
    spans = weeks.with_columns(span=pl.Series(firsts_of_spans(weeks["week"].to_physical().to_numpy())))
    sold = spans.group_by("span").agg(
        pl.col("sales").sum(), first=pl.col("week").min(), last=pl.col("week").max()
    )
    first, last = sold.sort("sales", "first").select("first", "last").row(-1)
    return first, last + timedelta(days=7)


def _days(first: date, end: date, least: timedelta) -> dict[str, object]:
    """An axis from a day to another, or as much longer on both sides as it takes to be at least so long."""
    room = max((least - (end - first)) / 2, timedelta(days=2))
    return {
        "fixedrange": True,
        "showgrid": False,
        "range": [first - room, end + room],
        "hoverformat": "%-d %b %Y",
    }


def purchases(bought: pl.DataFrame, as_of: date | None) -> go.Figure:
    """How much was bought on each day; a line where the list was made."""
    days = bought.group_by("t_dat").agg(pl.len()).sort("t_dat")
    seen = [*days["t_dat"], *([] if as_of is None else [as_of])]
    figure = go.Figure()
    figure.add_bar(
        x=days["t_dat"], y=days["len"], marker={"color": _SHOPS, "line": {"width": 0}}, width=2 * _DAY
    )
    if as_of is not None:
        figure.add_vline(x=as_of, line={"dash": "dot", "width": 1, "color": "#999"})
    figure.update_layout(
        height=130,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        xaxis=_days(min(seen), max(seen), _LEAST_DAILY),
        yaxis=_QUIET | {"title": {"text": text.BOUGHT_A_DAY}},
    )
    return figure
