"""Customers behave: habits, tastes, seasons, customers who never come. Bounds are wide on purpose."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from stylo_demo.size import LAST_DAY

CUTOFF = LAST_DAY - timedelta(days=27)


@pytest.fixture
def past(town: Any) -> pl.DataFrame:
    return town.transactions.filter(pl.col("t_dat") < CUTOFF)


def same_in_baskets(rows: pl.DataFrame, column: str) -> float:
    """The share of pairs of different articles in a basket that agree in a column."""
    lines = rows.unique(["customer_id", "t_dat", "article_id"])
    pairs = lines.join(lines, on=["customer_id", "t_dat"]).filter(
        pl.col("article_id") != pl.col("article_id_right")
    )
    return pairs.select((pl.col(column) == pl.col(f"{column}_right")).mean()).item()


def by_chance(rows: pl.DataFrame, column: str) -> float:
    return rows[column].value_counts(normalize=True).select((pl.col("proportion") ** 2).sum()).item()


def test_what_was_bought_is_bought_again_more_than_what_another_customer_bought(
    town: Any, past: pl.DataFrame
) -> None:
    after = town.transactions.filter(pl.col("t_dat") >= CUTOFF).select("customer_id", "article_id").unique()
    owned = past.filter(pl.col("t_dat") >= CUTOFF - timedelta(days=90)).select("customer_id", "article_id")
    customers = owned["customer_id"].unique().sort()
    others = dict(zip(customers, [*customers[1:], customers[0]], strict=True))
    swapped = owned.with_columns(pl.col("customer_id").replace_strict(others))
    own, foreign = (after.join(pairs, on=after.columns, how="semi").height for pairs in (owned, swapped))
    assert own > 1.5 * foreign > 0


def test_customers_stay_in_their_sections(town: Any, past: pl.DataFrame) -> None:
    sections = town.articles.select("article_id", "section_name")
    before = past.join(sections, on="article_id")
    usual = before.group_by("customer_id").agg(pl.col("section_name").mode().sort().first().alias("usual"))
    after = town.transactions.filter(pl.col("t_dat") >= CUTOFF).join(sections, on="article_id")
    kept = after.join(usual, on="customer_id").select(pl.col("section_name") == pl.col("usual"))
    assert kept.to_series().mean() > 1.5 * by_chance(after, "section_name")


def test_baskets_are_coherent(town: Any) -> None:
    columns = ["product_code", "section_name", "index_group_name"]
    rows = town.transactions.join(town.articles.select("article_id", *columns), on="article_id")
    for column in columns:
        assert same_in_baskets(rows, column) > 1.2 * by_chance(rows, column)


def test_the_same_article_is_bought_rather_by_who_bought_another_variant(town: Any) -> None:
    rows = town.transactions.join(town.articles.select("article_id", "product_code"), on="article_id")
    owners = rows.group_by("customer_id", "product_code").agg(pl.col("article_id").n_unique())
    assert (owners["article_id"] > 1).mean() > 0.02


def test_swimwear_sells_in_summer_and_coats_in_winter(town: Any) -> None:
    rows = town.transactions.join(town.articles.select("article_id", "product_type_name"), on="article_id")
    kinds = rows.filter(pl.col("product_type_name").is_in(["Swimsuit", "Bikini top", "Coat"]))
    months = kinds.with_columns(month=pl.col("t_dat").dt.month())
    coats = months.filter(pl.col("product_type_name") == "Coat")["month"]
    swim = months.filter(pl.col("product_type_name") != "Coat")["month"]
    assert swim.is_in([5, 6, 7, 8]).mean() > 0.5
    assert coats.is_in([10, 11, 12, 1, 2]).mean() > 0.5


def test_nobody_buys_what_is_not_on_sale(town: Any) -> None:
    assert town.summary.never_sold >= 7  # 0.5 % go on sale only after the last week
    assert town.summary.never_sold < town.articles.height / 4


def test_a_customer_has_no_two_visits_on_a_day(town: Any) -> None:
    channels = town.transactions.group_by("customer_id", "t_dat").agg(pl.col("sales_channel_id").n_unique())
    assert (channels["sales_channel_id"] == 1).all()


def test_new_articles_arrive_all_the_time(town: Any) -> None:
    first = town.transactions.group_by("article_id").agg(pl.col("t_dat").min())
    late = first.filter(pl.col("t_dat") > LAST_DAY - timedelta(days=90))
    assert late.height > 0.05 * town.articles.height


def test_some_customers_never_bought_and_some_bought_a_lot(town: Any) -> None:
    assert town.summary.buyers < town.customers.height
    counts = town.transactions["customer_id"].value_counts()["count"]
    assert counts.max() > 5 * counts.median()


def test_some_baskets_hold_two_of_the_same(town: Any) -> None:
    assert town.transactions.is_duplicated().any()


def test_articles_are_bought_again_by_the_same_customer(town: Any) -> None:
    days = town.transactions.group_by("customer_id", "article_id").agg(pl.col("t_dat").n_unique())
    assert days["t_dat"].max() > 1
