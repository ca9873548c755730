"""What each strategy gives, counted on two lists."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays

from stylo.evaluation.breakdowns import by_strategy, packed, unpacked

NAMES = ("looks", "own", "sold")
PAIR = {"customer": pl.UInt32, "article": pl.Int32}


def numbers(*proposed_by: str) -> np.ndarray:
    """Names, with blanks between, as they are packed."""
    return packed(np.array([[name in names.split() for name in NAMES] for names in proposed_by]))


def bought(*rows: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, PAIR, orient="row")


#: Customer 1 gets 10, 11, 12 and, past the twelve, 13; customer 2 gets 10.
LISTS = pl.DataFrame(
    [(1, 10, 1), (1, 11, 2), (1, 12, 3), (1, 13, 13), (2, 10, 1)], PAIR | {"rank": pl.UInt16}, orient="row"
).with_columns(
    strategies=pl.Series(numbers("own sold", "sold", "looks own", "own", "own sold")),
    first=pl.Series([2, 2, 0, 1, 1], dtype=pl.UInt8),
)
CANDIDATES = LISTS.select(*PAIR, "strategies").with_columns(
    first_12=pl.Series(numbers("own", "sold", "looks", "", "own sold"))
)


def test_every_strategy_has_its_share_of_the_lists_and_of_the_hits() -> None:
    truth = bought((1, 10), (1, 10), (1, 11), (1, 13), (2, 99))
    found = by_strategy(truth, LISTS, CANDIDATES, NAMES)
    # Hits are 10 (own and sold, sold first) and 11 (sold). 13 is a candidate, but not among the twelve.
    assert found.to_dicts() == [
        {"strategy": "looks", "recommended": 1, "hits": 0, "alone": 0, "first": 0, "found_12": 0, "found": 0},
        {"strategy": "own", "recommended": 3, "hits": 1, "alone": 0, "first": 0, "found_12": 1, "found": 2},
        {"strategy": "sold", "recommended": 3, "hits": 2, "alone": 1, "first": 2, "found_12": 1, "found": 2},
    ]


def test_where_nothing_was_hit_everything_but_the_lists_is_zero() -> None:
    found = by_strategy(bought((3, 10)), LISTS, CANDIDATES, NAMES)
    assert found["recommended"].to_list() == [1, 3, 3]
    assert found.drop("strategy", "recommended").to_numpy().sum() == 0
    assert by_strategy(bought(), LISTS.clear(), CANDIDATES.clear(), NAMES)["recommended"].sum() == 0


@given(arrays(bool, some.tuples(some.integers(0, 5), some.integers(0, 64))))
def test_what_is_packed_is_unpacked(chosen: np.ndarray) -> None:
    assert (unpacked(packed(chosen), chosen.shape[1]) == chosen).all()


@pytest.mark.parametrize(("count", "size"), [(8, 1), (12, 2), (16, 2), (17, 4)])
def test_as_few_bytes_are_taken_as_hold_it(count: int, size: int) -> None:
    assert packed(np.ones((1, count), dtype=bool)).itemsize == size
