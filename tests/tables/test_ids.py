"""Ids: what goes in comes out, and what would not is refused."""

import polars as pl
import pytest
from helpers import customer
from hypothesis import given
from hypothesis import strategies as st

from stylo.errors import BadIdentifier, DamagedArtefact
from stylo.tables.ids import (
    CustomerNumbers,
    article_id,
    article_ids,
    article_number,
    article_numbers,
    check_customer_ids,
)

anything = st.text(alphabet="0123456789abcdefABCDEF+-. _eE\u0660", max_size=70)
almost = st.from_regex(r"[-+0-9][0-9]{8,10}", fullmatch=True)


@given(st.integers(0, 999_999_999))
def test_every_article_number_survives_both_ways(number: int) -> None:
    written = article_id(number)
    assert len(written) == 10
    assert written[0] == "0"
    assert article_number(written) == number


@given(anything | almost)
def test_a_text_is_refused_or_comes_back_letter_by_letter(text: str) -> None:
    try:
        assert article_id(article_number(text)) == text
    except BadIdentifier:
        assert not (len(text) == 10 and text[0] == "0" and text.isascii() and text.isdigit())


@given(st.lists(anything | almost | st.integers(0, 999_999_999).map(article_id), max_size=20))
def test_a_column_reads_exactly_what_the_single_function_reads(texts: list[str]) -> None:
    def single(text: str) -> int | None:
        try:
            return article_number(text)
        except BadIdentifier:
            return None

    frame = pl.DataFrame({"id": texts}, schema={"id": pl.String})
    assert frame.select(article_numbers(pl.col("id"))).to_series().to_list() == [
        single(text) for text in texts
    ]


@given(
    st.lists(
        st.none() | st.integers(0, 12).map(customer) | st.sampled_from(["", "f" * 63, "é" * 32]), max_size=30
    )
)
def test_each_known_customer_has_the_number_of_its_place(ids: list[str | None]) -> None:
    known = [customer(number) for number in range(10)]
    column = pl.Series(ids, dtype=pl.String)
    expected = [known.index(one) if one in known else None for one in ids]
    assert CustomerNumbers(pl.Series(known)).of(column).to_list() == expected


@pytest.mark.parametrize(
    ("ids", "named"),
    [
        ([customer(1), customer(2), customer(1)], customer(1)),
        ([customer(1), customer(2)[:-1]], customer(2)[:-1]),
        ([customer(1), None], "None"),
    ],
)
def test_customers_that_cannot_be_numbered_are_a_damaged_table(ids: list[str | None], named: str) -> None:
    with pytest.raises(DamagedArtefact, match="is damaged") as refused:
        CustomerNumbers(pl.Series(ids, dtype=pl.String))
    assert named in refused.value.where


def test_a_column_of_numbers_is_written_with_leading_zeros() -> None:
    numbers = pl.DataFrame({"article": [108775015, 1, 999_999_999]}, schema={"article": pl.Int32})
    written = numbers.select(article_ids(pl.col("article"))).to_series().to_list()
    assert written == ["0108775015", "0000000001", "0999999999"]


@pytest.mark.parametrize("number", [-1, 1_000_000_000])
def test_a_number_that_no_article_can_have_is_refused(number: int) -> None:
    with pytest.raises(BadIdentifier):
        article_id(number)


def test_customer_ids_are_64_lower_case_hex_characters() -> None:
    good = "0123456789abcdef" * 4
    texts = [good, good.upper(), good[:-1], good + "0", "", good[:-1] + "g", good + "\n"]
    frame = pl.DataFrame({"id": texts})
    assert frame.select(check_customer_ids(pl.col("id"))).to_series().to_list() == [good] + [None] * 6
