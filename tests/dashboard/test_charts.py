"""What a chart of sales shows of weeks that lie years apart."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from stylo.dashboard.charts import weekly_sales


def weeks(*days: date) -> pl.DataFrame:
    return pl.DataFrame({"week": days}).with_columns(sales=2, online=1, mean_price=1.0)


@pytest.mark.parametrize("odd", [date(1970, 1, 1), date(2199, 12, 31)])
def test_a_week_that_lies_years_away_does_not_squeeze_the_others(odd: date) -> None:
    some = [date(2020, 1, 1) + timedelta(weeks=week) for week in range(5)]
    figure = weekly_sales(weeks(*sorted([odd, *some])), date(2020, 9, 1))
    assert figure.layout.xaxis.range == (date(2019, 12, 25), date(2020, 2, 12))


def test_weeks_of_one_time_are_all_in_view() -> None:
    assert weekly_sales(weeks(date(2019, 1, 1), date(2020, 1, 1)), None).layout.xaxis.range is None
