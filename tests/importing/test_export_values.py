"""Prices, days and descriptions as exports write them."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from stylo.errors import BadOption
from stylo.importing.values import Decimal, days, plain_text, prices, whole
from stylo.time_zone import TimeZone

BERLIN = TimeZone("Europe/Berlin")


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["9.95", "1,234.50", "12"], [9.95, 1234.5, 12.0]),
        (["9,95", "1.234,50", "12"], [9.95, 1234.5, 12.0]),
        (["€ 9,95", "1 234,50 EUR", "CHF 12"], [9.95, 1234.5, 12.0]),
        (["$9.95", "-3.00", ""], [9.95, -3.0, None]),
        (["1,234", "5.50"], [1234.0, 5.5]),
        (["free", None, "7.-"], [None, None, 7.0]),
        (["Rs. 499", "Rs. 1,499.00", "Rs.5", "Rs 20/-"], [499.0, 1499.0, 5.0, 20.0]),
        (["Fr. 49.90", "49.90 Fr.", "-Fr. 3.50", "$.50", "₹. 7"], [49.9, 49.9, -3.5, 0.5, 7.0]),
        (["5.00-", "12,-", "Rs. e"], [None, 12.0, None]),
        (["9,9500", "1.234,5000"], [9.95, 1234.5]),
        (["9.9500", "1,234.5000"], [9.95, 1234.5]),
        (["2 for 10", "1e3", "10 %", "1’234.50"], [None, None, None, 1234.5]),
    ],
)
def test_prices_are_read_with_either_decimal_sign(
    texts: list[str | None], values: list[float | None]
) -> None:
    assert prices(pl.Series(texts), "auto", "It").to_list() == values


def test_prices_that_contradict_each_other_need_a_word_from_the_shop() -> None:
    texts = pl.Series(["9.95", "9,95"])
    with pytest.raises(BadOption) as error:
        prices(texts, "auto", "The order export")
    assert "'9,95' and '9.95'" in error.value.where
    assert prices(texts, ".", "It").to_list() == [9.95, 995.0]


@pytest.mark.parametrize("decimal", ["auto", ".", ","])
def test_numbers_of_json_have_a_decimal_point_whatever_the_other_files_have(decimal: Decimal) -> None:
    other, text = ("9.95", "1,250.50") if decimal == "." else ("9,95", "1.250,50")
    texts, from_json = pl.Series([other, text, "9.95", "1250.5", None]), pl.Series([False] * 2 + [True] * 3)
    assert prices(texts, decimal, "It", from_json).to_list() == [9.95, 1250.5, 9.95, 1250.5, None]


def test_texts_with_commas_in_json_are_read_as_the_shop_says() -> None:
    texts, from_json = pl.Series(["1.250,50", "9.95"]), pl.Series([True, True])
    assert prices(texts, ",", "It", from_json).to_list() == [1250.5, 9.95]


def test_whole_numbers_may_have_decimals_of_nothing() -> None:
    assert whole(pl.Series(["2", "3.0", "1,00", "-1", "1.5", "two"])).to_list() == [2, 3, 1, -1, None, None]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-03-01", date(2025, 3, 1)),
        ("2025-03-01 23:30:00", date(2025, 3, 1)),
        # An hour before midnight in UTC is after midnight in Berlin, in winter by one hour, in summer by two.
        ("2025-03-01T23:30:00Z", date(2025, 3, 2)),
        ("2025-03-01 22:30:00 UTC", date(2025, 3, 1)),
        ("2025-07-01 22:30:00 UTC", date(2025, 7, 2)),
        ("2025-07-01T22:30:00.123Z", date(2025, 7, 2)),
        ("2025-03-01 23:30:00 +0100", date(2025, 3, 1)),
        ("2025-03-01 20:00:00 -0500", date(2025, 3, 2)),
        ("2025-03-01 20:00:00-05", date(2025, 3, 2)),
        ("2025/3/1", date(2025, 3, 1)),
        ("0000-00-00 00:00:00", None),
        ("1899-12-30", None),
        ("2025-02-30", None),
        ("soon", None),
        (None, None),
    ],
)
def test_a_moment_is_a_day_of_the_shop(text: str | None, day: date | None) -> None:
    assert days(pl.Series([text, "2025-01-01"]), "auto", BERLIN, "It").to_list() == [day, date(2025, 1, 1)]


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["03.04.2025 10:00", "28.04.2025"], [date(2025, 4, 3), date(2025, 4, 28)]),
        (["04/03/2025 11:15 PM", "04/28/25"], [date(2025, 4, 3), date(2025, 4, 28)]),
    ],
)
def test_one_date_of_the_file_shows_what_comes_first(texts: list[str], found: list[date]) -> None:
    assert days(pl.Series(texts), "auto", BERLIN, "It").to_list() == found


def test_dates_that_show_nothing_need_a_word_from_the_shop() -> None:
    texts = pl.Series(["03/04/2025"])
    with pytest.raises(BadOption, match="not clear whether the day or the month"):
        days(texts, "auto", BERLIN, "The order export")
    assert days(texts, "day first", BERLIN, "It").to_list() == [date(2025, 4, 3)]
    assert days(texts, "month first", BERLIN, "It").to_list() == [date(2025, 3, 4)]


def test_html_is_taken_off_a_description() -> None:
    html = "<style>p {}</style><p>Soft &amp; <b>warm</b>.<br/>Line\n two&nbsp;3 &lt; 4</p><!-- no -->"
    html += "<ul><li>A</li><li>B</li></ul>"
    assert plain_text(html) == "Soft & warm. Line two 3 < 4 A B"
    assert plain_text("5 > 3") == "5 > 3"
    assert plain_text("<p> </p>") is None
    assert plain_text(None) is None
