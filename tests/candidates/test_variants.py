"""Variants of owned products, and favourites of a group, by arithmetic."""

from __future__ import annotations

from math import log

import polars as pl
import pytest
from helpers import AS_OF, catalogue, transactions

from stylo.candidates.history import History
from stylo.candidates.personal import Favourites, Variants
from stylo.candidates.strategy import candidates

ME = pl.Series([1], dtype=pl.UInt32)


def test_variants_are_of_products_that_were_bought_and_not_bought_themselves() -> None:
    articles = catalogue(*((article, 1, 1, 1) for article in (5001, 5002, 5003, 6001, 6002, 7001)))
    rows = [
        ("2020-07-10", 1, 5001),  # 60 days before: counts a half
        ("2020-09-07", 1, 6001),
        ("2020-08-25", 2, 5003),  # 14 days before: half a sale
        ("2020-08-25", 3, 5003),
    ]
    found = candidates(Variants(), History(transactions(*rows), articles), ME, AS_OF, 5)
    affinity = 0.5 ** (1 / 60)
    assert found["article"].to_list() == [5003, 6002, 5002]
    assert found["score"].to_list() == pytest.approx([0.5 * (log(2) + 0.01), affinity * 0.01, 0.5 * 0.01])


def test_favourites_weigh_what_sells_in_a_department_by_how_much_the_customer_buys_there() -> None:
    articles = catalogue((10, 1, 1, 1), (11, 1, 1, 1), (20, 2, 1, 1), (21, 2, 1, 1), (30, 3, 1, 1))
    rows = [
        ("2020-06-10", 1, 10),  # 90 days before: counts a half; too old to count as a sale
        ("2020-06-10", 1, 20),
        ("2020-06-10", 1, 20),
        ("2020-09-01", 2, 10),  # 7 days before: half a sale, as all of these
        ("2020-09-01", 2, 11),
        ("2020-09-01", 3, 11),
        ("2020-09-01", 3, 11),
        ("2020-09-01", 3, 21),
        ("2020-09-01", 3, 30),
    ]
    found = candidates(Favourites(), History(transactions(*rows), articles), ME, AS_OF, 5)
    assert found["article"].to_list() == [21, 11, 10]
    assert found["score"].to_list() == pytest.approx([2 / 3, 1 / 3 * 3 / 4, 1 / 3 * 1 / 4])


def test_favourites_may_be_of_another_group() -> None:
    strategy = Favourites(group="product_type_no")
    assert (strategy.name, Favourites().name) == ("favourites of product type", "favourites of department")
    articles = catalogue((10, 1, 1, 1), (11, 1, 2, 1), (20, 2, 1, 1))
    rows = [("2020-09-01", 1, 10), ("2020-09-01", 2, 11), ("2020-09-01", 2, 20)]
    found = candidates(strategy, History(transactions(*rows), articles), ME, AS_OF, 5)
    assert found["article"].to_list() == [10, 20]
