"""Customers' numbers and articles' neighbours as arrays: what is there is found, what is not is not."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from stylo.deployment.release_arrays import CustomerIndex, Neighbours

#: Some begin with the same eight bytes, which are what is searched by.
BEGINNINGS = st.sampled_from([bytes(8), b"\xff" * 8, b"\x80" + bytes(7), b"\x7f" + b"\xff" * 7])
IDS = st.one_of(
    st.binary(min_size=32, max_size=32),
    st.tuples(BEGINNINGS, st.binary(min_size=24, max_size=24)).map(b"".join),
).map(bytes.hex)


def index(ids: list[str]) -> CustomerIndex:
    table = {"customer": range(100, 100 + len(ids)), "customer_id": ids}
    return CustomerIndex.of(pl.DataFrame(table, {"customer": pl.UInt32, "customer_id": pl.String}))


@given(st.lists(IDS, unique=True, min_size=1, max_size=40), st.lists(IDS, max_size=10))
def test_every_id_finds_its_number_and_no_other_finds_one(ids: list[str], others: list[str]) -> None:
    found = index(ids)
    assert len(found) == len(ids)
    assert [found.find(each) for each in ids] == list(range(100, 100 + len(ids)))
    assert all(found.find(each) is None for each in others if each not in ids)


def test_ids_that_differ_in_the_last_character_alone_are_two() -> None:
    ids = ["ab" * 31 + end for end in ("00", "01", "10")]
    assert [index(ids).find(each) for each in ids] == [100, 101, 102]
    assert index(ids).find("ab" * 31 + "11") is None


def test_a_shop_without_customers_finds_none() -> None:
    assert index([]).find("00" * 32) is None


@given(st.lists(IDS, unique=True, min_size=1, max_size=10))
def test_an_index_comes_back_from_its_arrays(ids: list[str]) -> None:
    again = CustomerIndex.from_arrays(index(ids).arrays())
    assert [again.find(each) for each in ids] == list(range(100, 100 + len(ids)))


def reccs(*rows: tuple[int, str, int, int, float]) -> pl.DataFrame:
    """Rows of article, strategy, neighbour, rank, score."""
    names = ("article", "strategy", "neighbour", "rank", "score")
    types = (pl.Int32, pl.String, pl.Int32, pl.UInt16, pl.Float32)
    return pl.DataFrame(rows, dict(zip(names, types, strict=True)), orient="row")


def listed(near: Neighbours, article: int) -> list[tuple[int, float]]:
    found, score = near.of(article)
    return list(zip(found.tolist(), score.tolist(), strict=True))


def test_neighbours_are_those_of_the_article_and_the_strategy_the_nearest_first() -> None:
    near = Neighbours.by_strategy(
        reccs(
            (20, "style", 10, 2, 0.25),
            (10, "style", 30, 1, 0.5),
            (20, "style", 30, 1, 0.75),
            (10, "together", 20, 1, 8.0),
        )
    )
    assert near.keys() == {"style", "together"}
    assert listed(near["style"], 10) == [(30, 0.5)]
    assert listed(near["style"], 20) == [(30, 0.75), (10, 0.25)]
    assert listed(near["together"], 10) == [(20, 8.0)]
    for article in (5, 15, 30, 2**31 - 1):
        assert listed(near["style"], article) == []
    assert listed(near["together"], 20) == []


def test_neighbours_come_back_from_their_arrays() -> None:
    near = Neighbours.by_strategy(reccs((10, "style", 30, 1, 0.5), (20, "style", 10, 1, 0.25)))["style"]
    again = Neighbours.from_arrays(near.arrays("style"), "style")
    for article in (10, 20, 30):
        np.testing.assert_array_equal(again.of(article), near.of(article))


def test_a_table_without_rows_has_no_strategies() -> None:
    assert Neighbours.by_strategy(reccs()) == {}
