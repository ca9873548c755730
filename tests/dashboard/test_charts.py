"""What charts of sales show of a single week, of a few days, and of weeks that lie years apart."""

from __future__ import annotations

from datetime import date, timedelta

import plotly.graph_objects as go
import polars as pl
import pytest

from stylo.dashboard.charts import purchases, weekly_sales


def weeks(*days: date) -> pl.DataFrame:
    return pl.DataFrame({"week": days}).with_columns(sales=2, online=1, mean_price=1.0)


def days_in_view(figure: go.Figure) -> float:
    first, last = figure.layout.xaxis.range
    return float((last - first) / timedelta(days=1))


@pytest.mark.parametrize("odd", [date(1970, 1, 1), date(2199, 12, 31)])
def test_a_week_that_lies_years_away_does_not_squeeze_the_others(odd: date) -> None:
    some = [date(2020, 1, 1) + timedelta(weeks=week) for week in range(5)]
    figure = weekly_sales(weeks(*sorted([odd, *some])), date(2020, 9, 1))
    first, last = figure.layout.xaxis.range
    assert date(2019, 11, 1) < first < some[0]
    assert some[-1] < last < date(2020, 4, 1)


def test_weeks_of_one_time_are_all_in_view() -> None:
    first, last = weekly_sales(weeks(date(2019, 1, 1), date(2020, 1, 1)), None).layout.xaxis.range
    assert first < date(2019, 1, 1)
    assert last > date(2020, 1, 7)


def test_a_single_week_is_a_bar_of_a_week_among_three_months() -> None:
    figure = weekly_sales(weeks(date(2020, 9, 9)), None)
    assert days_in_view(figure) == 91
    assert {bar.width for bar in figure.data if bar.type == "bar"} == {6 * 24 * 3600 * 1000}
    # A line through one point is not seen.
    assert figure.data[-1].mode == "markers"


def test_purchases_of_two_days_are_shown_among_weeks() -> None:
    bought = pl.DataFrame({"t_dat": [date(2020, 9, 9), date(2020, 9, 10)]})
    assert days_in_view(purchases(bought, None)) >= 41
