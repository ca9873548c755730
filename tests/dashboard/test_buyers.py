"""Who bought an article, against all transactions, one by one."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import polars as pl
import pytest

from stylo.dashboard.article import buyers
from stylo.dashboard.article.buyers import buyers_in_common, recent_buyers
from stylo.dashboard.shop import Shop, open_shop
from stylo.tables.folder import DataFolder


@pytest.fixture(scope="module")
def shop(demo_shop: Path) -> Shop:
    return open_shop(DataFolder(demo_shop), demo_shop / "images")


@pytest.fixture(scope="module")
def bought(demo_shop: Path) -> pl.DataFrame:
    return pl.read_parquet(demo_shop / "transactions.parquet/*.parquet").join(
        pl.read_parquet(demo_shop / "customers.parquet").select("customer", "customer_id"), on="customer"
    )


@pytest.mark.parametrize("most", [1, 3, 12, 10_000])
def test_the_last_to_buy_an_article_come_first_each_once(shop: Shop, bought: pl.DataFrame, most: int) -> None:
    for article in shop.articles["article"].to_list()[::7]:
        mine: dict[int, tuple[int, str, int]] = {}
        for row in bought.filter(pl.col("article") == article).sort("t_dat").rows(named=True):
            day, number = row["t_dat"].toordinal(), row["customer"]
            pieces = mine[number][2] + 1 if number in mine and mine[number][0] == -day else 1
            mine[number] = (-day, row["customer_id"], pieces)
        expected = sorted((day, number, who, pieces) for number, (day, who, pieces) in mine.items())[:most]
        found = recent_buyers(shop, article, most)
        assert [
            (-day.toordinal(), who, pieces)
            for day, who, pieces in found.select("t_dat", "customer_id", "pieces").iter_rows()
        ] == [(day, who, pieces) for day, _, who, pieces in expected]
        paid = bought.filter(pl.col("article") == article)["price"] * 590
        if found.height:
            low, high = (float(end) for end in (paid.min(), paid.max()))  # type: ignore[arg-type]
            assert found["price"].is_between(low - 1e-3, high + 1e-3).all()


def test_only_as_many_months_are_read_as_it_takes(
    shop: Shop, bought: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    scan = buyers.scan_table

    def noted(path: Path) -> pl.LazyFrame:
        read.append(path.name)
        return scan(path)

    monkeypatch.setattr(buyers, "scan_table", noted)
    months = sorted(path.name for path in shop.folder.path("transactions.parquet").glob("*.parquet"))
    last = bought.sort("t_dat")["article"][-1]
    recent_buyers(shop, last, 1)
    assert read == months[:-2:-1]
    read.clear()
    recent_buyers(shop, last, 10_000)
    assert read == months[::-1]


def test_nobody_has_bought_an_article_that_was_never_sold(shop: Shop) -> None:
    assert recent_buyers(shop, 999_999_999, 12).is_empty()
    assert buyers_in_common(shop, [999_999_999, 999_999_998]) == (
        {999_999_999: 0, 999_999_998: 0},
        {(999_999_999, 999_999_998): 0},
    )


def test_customers_in_common_are_counted_once_each(shop: Shop, bought: pl.DataFrame) -> None:
    articles = bought["article"].value_counts(sort=True)["article"].to_list()[:4]
    whose = {article: set(bought.filter(pl.col("article") == article)["customer"]) for article in articles}
    count, both = buyers_in_common(shop, articles)
    assert count == {article: len(customers) for article, customers in whose.items()}
    assert both == {(one, other): len(whose[one] & whose[other]) for one, other in combinations(articles, 2)}
    assert max(both.values()) > 0
