"""Charts of the Operations page: days stay days, also where there is one only; signs are as wide as each other."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from stylo.dashboard.operations.charts import changes, day_axis


@pytest.mark.parametrize("count", [1, 2, 8])
def test_of_a_few_days_each_has_a_tick_of_its_own_and_no_hour_has(count: int) -> None:
    days = pl.Series([date(2020, 9, 1) + timedelta(days=n) for n in range(count)])
    axis = day_axis(days)
    assert axis["tick0"] == datetime(2020, 9, 1)
    assert axis["dtick"] == 24 * 60 * 60 * 1000
    assert axis["range"] == [datetime(2020, 8, 31, 12), datetime(2020, 8, 31, 12) + timedelta(days=count)]


def test_of_many_days_ticks_are_chosen_by_the_chart_between_the_first_and_the_last() -> None:
    days = pl.Series([date(2020, 9, 1) + timedelta(weeks=n) for n in range(20)])
    assert day_axis(days) == {"range": [datetime(2020, 9, 1), datetime(2021, 1, 12)]}


def test_without_days_there_is_nothing_to_mark() -> None:
    assert day_axis(pl.Series([], dtype=pl.Date)) == {}


def test_a_fall_is_written_with_a_minus_as_wide_as_a_plus() -> None:
    days = pl.DataFrame(
        {
            "day": [date(2020, 9, 23), date(2020, 9, 24)],
            "variant": ["new", "new"],
            "relative": [-0.031, 0.05],
            "always_low": [-0.2, -0.1],
            "always_high": [0.1, 0.2],
        }
    )
    figure = changes(days, 0.05)
    assert list(figure.data[1].customdata) == ["−3.1%", "+5.0%"]
    assert figure.layout.annotations[0].text == "minimum effect +5%"
