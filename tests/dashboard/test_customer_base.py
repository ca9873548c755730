"""All customers at a glance, beside sums and days that are counted one by one."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from helpers import ARTICLE_COLUMNS, CUSTOMER_COLUMNS, TRANSACTION_COLUMNS, article_row, customer

from stylo.dashboard.shopper.customer_base import (
    ACTIVE,
    DORMANT,
    KINDS,
    NEVER,
    NEW,
    OCCASIONAL,
    CustomerBase,
    Filters,
    count_customers,
)
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder

CUTOFF, WEEK = date(2020, 9, 16), timedelta(days=7)
# The number of a customer → age, and the days of purchases. The last sale is on 22 September: as of the 23rd.
DAYS_OF = {
    1: ("25", [f"2020-08-{day}" for day in range(10, 20)] + ["2020-09-01"]),  # ten and more, 22 days ago
    2: ("31", ["2020-06-01"]),  # 114 days ago
    3: ("", ["2020-09-17"]),  # first in the week
    4: ("44", ["2019-01-02", "2020-08-01"]),  # neither
    5: ("60", []),
    6: ("25", ["2019-01-02", "2020-09-22", "2020-09-22"]),  # dormant before the week, and back in it
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> CustomerBase:
    folder = tmp_path_factory.mktemp("base")
    bought = [
        f"{day},{customer(number)},0100001001,0.05,2" for number, (_, days) in DAYS_OF.items() for day in days
    ]
    people = [f"{customer(number)},,,,,{age},{customer(9)}" for number, (age, _) in DAYS_OF.items()]
    for file, columns, rows in (
        ("articles", ARTICLE_COLUMNS, [article_row("0100001001", "Tee")]),
        ("customers", CUSTOMER_COLUMNS, people),
        ("transactions_train", TRANSACTION_COLUMNS, sorted(bought)),
    ):
        (folder / f"{file}.csv").write_text("\n".join([columns, *rows]) + "\n")
    convert(folder, DataFolder(folder))
    return count_customers(DataFolder(folder), CUTOFF, WEEK)


def of(frame: pl.DataFrame, column: str) -> dict[int, object]:
    """The values of a column by the number that the customer has above."""
    return {int(number) + 1: value for number, value in frame.select("customer", column).iter_rows()}


def test_everybody_is_of_one_kind_as_of_the_day_after_the_last_sale(base: CustomerBase) -> None:
    assert base.as_of == date(2020, 9, 23)
    assert of(base.everyone, "purchases") == {1: 11, 2: 1, 3: 1, 4: 2, 5: 0, 6: 3}
    assert of(base.everyone, "spent")[1] == pytest.approx(11 * 0.05 * 590)
    assert of(base.everyone, "last")[4] == date(2020, 8, 1)
    assert of(base.everyone, "first")[4] == date(2019, 1, 2)
    assert of(base.everyone, "last")[5] is None
    kinds = {1: ACTIVE, 2: DORMANT, 3: NEW, 4: OCCASIONAL, 5: NEVER, 6: OCCASIONAL}
    assert of(base.everyone, "kind") == kinds
    assert base.counts == {ACTIVE: 1, DORMANT: 1, NEW: 1, OCCASIONAL: 2, NEVER: 1}


def test_buyers_of_the_week_are_told_as_they_were_before_it(base: CustomerBase) -> None:
    assert of(base.buyers, "kind") == {3: NEW, 6: DORMANT}
    assert of(base.buyers, "purchases") == {3: 0, 6: 1}
    assert {base.at_random() for _ in range(40)} == {2, 5}
    assert base.examples_as_of == CUTOFF
    assert sorted(of(base.examples(0), "kind").values()) == [DORMANT, NEW]


def test_filters_and_orders_leave_whom_they_should(base: CustomerBase) -> None:
    def found(sort: str = "spent", **filters: str) -> list[int]:
        return [number + 1 for number in base.select(Filters(**filters), sort).tolist()]

    assert found() == [1, 6, 4, 2, 3, 5]
    assert found("purchases-up") == [5, 2, 3, 4, 6, 1]
    assert found("last") == [6, 3, 1, 4, 2, 5]
    assert found("last-up") == [2, 4, 1, 3, 6, 5]
    assert found("age") == [5, 4, 2, 1, 6, 3]
    assert found(age="20-29") == [1, 6]
    assert found(age="60-") == [5]
    assert found(recency="28") == [1, 6, 3]
    assert found(recency="90") == [4]
    assert found(recency="365") == [2]
    assert found(kind=DORMANT, age="30-39") == [2]
    assert found(kind="no such kind", recency="?") == [1, 6, 4, 2, 3, 5]
    assert found(spent="top-1") == [1]
    assert found(spent="top-half") == [1, 6, 4]
    assert found(spent="bottom-half") == [2, 3]


def test_the_demo_shop_is_counted_as_its_tables_have_it(demo_shop: Path) -> None:
    base = count_customers(DataFolder(demo_shop), CUTOFF, WEEK)
    sold = DataFolder(demo_shop).scan("transactions.parquet").collect()
    counted = sold.group_by("customer").agg(
        pl.len().cast(pl.UInt32).alias("purchases"), first=pl.col("t_dat").min(), last=pl.col("t_dat").max()
    )
    bought = base.everyone.filter(pl.col("purchases") > 0)
    assert bought.select("customer", "purchases", "first", "last").equals(counted.sort("customer"))
    assert base.everyone["spent"].sum() == pytest.approx(float(sold["price"].sum()) * 590, rel=1e-4)
    week = sold.filter(pl.col("t_dat").is_between(CUTOFF, CUTOFF + WEEK, closed="left"))
    assert set(base.buyers["customer"]) == set(week["customer"])
    past = sold.filter(pl.col("t_dat") < CUTOFF).group_by("customer").len()
    before = base.buyers.join(past, on="customer", how="left")
    assert before["purchases"].to_list() == before["len"].fill_null(0).to_list()
    assert set(base.buyers["kind"]) <= set(KINDS)


def test_without_a_week_examples_are_drawn_from_everybody(demo_shop: Path) -> None:
    base = count_customers(DataFolder(demo_shop), None, timedelta())
    assert base.buyers.is_empty()
    assert base.examples_as_of == base.as_of
    assert set(base.examples(3)["kind"]) <= set(KINDS)
    assert base.examples(3).equals(base.examples(3))
    assert any(not base.examples(draw).equals(base.examples(3)) for draw in range(10))
