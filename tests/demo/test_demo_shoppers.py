"""The shoppers behave: habits, tastes, novelties, customers who never come. Bounds are wide on purpose."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from stylo.demo.shop import LAST_DAY

CUTOFF = LAST_DAY - timedelta(days=27)


def average_precision(predicted: list[str], bought: set[str]) -> float:
    hits, total = 0, 0.0
    for rank, article in enumerate(predicted[:12], start=1):
        if article in bought:
            hits += 1
            total += hits / rank
    return total / min(12, len(bought))


def bestsellers(past: pl.DataFrame, since: date) -> list[str]:
    counts = past.filter(pl.col("t_dat") >= since).group_by("article_id").len()
    return counts.sort(["len", "article_id"], descending=[True, False])["article_id"].head(12).to_list()


@pytest.fixture
def past(shop: Any) -> pl.DataFrame:
    return shop.transactions.filter(pl.col("t_dat") < CUTOFF)


def test_own_purchases_predict_better_than_bestsellers(shop: Any, past: pl.DataFrame) -> None:
    popular = bestsellers(past, CUTOFF - timedelta(days=7))
    recent = past.sort("t_dat", "article_id", descending=True).unique(
        ["customer_id", "article_id"], keep="first", maintain_order=True
    )
    own = dict(recent.group_by("customer_id").agg("article_id").iter_rows())
    bought = shop.transactions.filter(pl.col("t_dat") >= CUTOFF).group_by("customer_id").agg("article_id")
    scores = [
        (average_precision(popular, set(articles)), average_precision([*mine, *rest], set(articles)))
        for customer, articles in bought.iter_rows()
        for mine in [own.get(customer, [])[:12]]
        for rest in [[article for article in popular if article not in mine]]
    ]
    by_popularity, by_habit = (sum(score) / len(scores) for score in zip(*scores, strict=True))
    assert by_habit > 1.1 * by_popularity > 0


def test_customers_stay_in_their_sections(shop: Any, past: pl.DataFrame) -> None:
    groups = shop.articles.select("article_id", "index_group_name")
    before = past.join(groups, on="article_id")
    usual = before.group_by("customer_id").agg(
        pl.col("index_group_name").mode().sort().first().alias("usual")
    )
    after = shop.transactions.filter(pl.col("t_dat") >= CUTOFF).join(groups, on="article_id")
    kept = after.join(usual, on="customer_id").select(pl.col("index_group_name") == pl.col("usual"))
    shares = after["index_group_name"].value_counts(normalize=True)
    usual_shares = usual["usual"].value_counts(normalize=True).rename({"usual": "index_group_name"})
    chance = shares.join(usual_shares, on="index_group_name").select(
        (pl.col("proportion") * pl.col("proportion_right")).sum()
    )
    assert kept.to_series().mean() > chance.item() + 0.1


def test_some_articles_were_never_bought(shop: Any) -> None:
    assert 1 <= shop.summary.never_sold < shop.articles.height / 2


def test_some_customers_never_bought_and_some_bought_a_lot(shop: Any) -> None:
    assert shop.summary.buyers < shop.customers.height
    counts = shop.transactions["customer_id"].value_counts()["count"]
    assert counts.max() > 5 * counts.median()


def test_some_baskets_hold_two_of_the_same(shop: Any) -> None:
    assert shop.transactions.is_duplicated().any()


def test_articles_are_bought_again_by_the_same_customer(shop: Any) -> None:
    days = shop.transactions.group_by("customer_id", "article_id").agg(pl.col("t_dat").n_unique())
    assert days["t_dat"].max() > 1
