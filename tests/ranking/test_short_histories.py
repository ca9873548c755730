"""From two days of a crowd to one section, one price, one customer who bought everything: everybody gets a list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from boutique import END, few_trees

from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.candidates.personal import OwnPurchases
from stylo.candidates.popularity import Popularity
from stylo.ranking.snapshot import FOR_NEWCOMERS, Snapshot
from stylo.recommender import Recommender, SavedModel

CROWD = 700
FIRST = date(2020, 9, 16)


def crowd(days: int, articles: int = 40) -> History:
    """Some days of a whole population: everybody buys one to three articles on a day or two, partly the same again."""
    random = np.random.default_rng(3)
    rows = []
    for customer in range(1, CROWD + 1):
        favourite = 100_000 * (1 + int(random.integers(articles))) + 1
        for day in sorted(random.choice(days, size=min(days, 2), replace=False).tolist()):
            others = 100_000 * (1 + random.integers(articles, size=random.integers(0, 3))) + 1
            bought = dict.fromkeys([favourite, *others.tolist()])
            rows += [(FIRST + timedelta(days=day), customer, article, 0.02, 2) for article in bought]
    schema = {
        "t_dat": pl.Date,
        "customer": pl.UInt32,
        "article": pl.Int32,
        "price": pl.Float32,
        "sales_channel_id": pl.UInt8,
    }
    ids = pl.Series([100_000 * (1 + n) + 1 for n in range(articles)], dtype=pl.Int32)
    table = pl.DataFrame(
        {"article": ids, "product_code": ids // 1000, "section_no": pl.Series([5] * articles)}
    )
    return History(pl.DataFrame(rows, schema, orient="row"), table)


def lists_of(history: History, as_of: date, window: int = 7) -> tuple[Recommender, pl.DataFrame]:
    """The lists of every customer and of one that nobody has seen, checked for what every list keeps."""
    with few_trees():
        hybrid = Recommender.train(history, [as_of], window)
    everyone = history.before(as_of).select("customer").unique().collect()["customer"].sort()
    asked = pl.concat([everyone, pl.Series([4_000_000], dtype=pl.UInt32)])
    ranked = hybrid.recommend(history, asked, as_of)
    assert ranked["customer"].unique().sort().to_list() == asked.to_list()
    assert ranked["score"].is_finite().all()
    assert not ranked.select("customer", "article").is_duplicated().any()
    assert ranked["rank"].max() == min(12, len(history.catalogue))
    return hybrid, ranked


def test_of_one_day_nothing_can_be_learned_and_lists_are_fused() -> None:
    history = crowd(1)
    hybrid, ranked = lists_of(history, FIRST + timedelta(days=1))
    assert hybrid.ranker(FIRST + timedelta(days=1)) is None
    own = history.before(date.max).collect().filter(customer=1)["article"].unique().to_list()
    assert set(own) <= set(ranked.filter(customer=1)["article"].to_list()[: len(own)])


@pytest.mark.parametrize("days", [2, 3, 4, 9])
def test_two_days_of_a_crowd_are_enough_for_a_ranker(days: int) -> None:
    as_of = FIRST + timedelta(days=days)
    hybrid, _ = lists_of(crowd(days), as_of, window=3)
    assert hybrid.ranker(as_of) is not None


def test_newcomers_get_the_chart_with_a_ranker_too() -> None:
    history, as_of = crowd(4), FIRST + timedelta(days=4)
    hybrid, ranked = lists_of(history, as_of)
    assert hybrid.ranker(as_of) is not None
    chart = Popularity().fit(history, as_of)
    newcomer = ranked.filter(customer=4_000_000)
    assert newcomer["article"].to_list() == history.catalogue.articles[chart.article[:12]].tolist()
    why = hybrid.model(history, as_of).explain(
        Customers.read(history, pl.Series([4_000_000], dtype=pl.UInt32), as_of), 12
    )
    assert [each.kind for each in why] == ["popularity"] * 12
    assert not any(each.features for each in why)  # no ranker had a say


def test_newcomers_are_proposed_more_of_the_chart_than_others() -> None:
    history, as_of = crowd(4, articles=400), FIRST + timedelta(days=4)
    snapshot = Snapshot.take(history, as_of, (OwnPurchases(), Popularity()))
    customers = Customers.read(history, pl.Series([1, 4_000_000], dtype=pl.UInt32), as_of)
    pool = snapshot.pool(customers, 20)
    popular = ~np.isnan(pool.rank[:, pool.strategies.index("popularity")])
    assert np.bincount(pool.customer[popular]).tolist() == [20, FOR_NEWCOMERS]
    alone = snapshot.pool(customers.only(0, 1), 20)
    assert alone.article.tolist() == pool.article[pool.customer == 0].tolist()


def same_price(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(price=pl.lit(0.05, pl.Float32))


def no_price(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(price=pl.lit(0, pl.Float32))


def one_channel(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(sales_channel_id=pl.lit(1, pl.UInt8))


def one_who_buys_everything(rows: pl.DataFrame) -> pl.DataFrame:
    days = pl.Series([END - timedelta(days=1 + n % 80) for n in range(2000)])
    shopping = pl.DataFrame(
        {
            "t_dat": days,
            "customer": pl.Series([77] * len(days), dtype=pl.UInt32),
            "article": pl.Series(
                np.resize(rows["article"].unique().sort().to_numpy(), len(days)), dtype=pl.Int32
            ),
            "price": pl.Series([0.02] * len(days), dtype=pl.Float32),
            "sales_channel_id": pl.Series([2] * len(days), dtype=pl.UInt8),
        }
    )
    return pl.concat([rows, shopping.select(rows.columns)])


@pytest.mark.parametrize("change", [same_price, no_price, one_channel, one_who_buys_everything])
def test_odd_purchases_neither_stop_the_training_nor_break_a_list(
    change: Callable[[pl.DataFrame], pl.DataFrame], boutique: History
) -> None:
    hybrid, _ = lists_of(boutique.over(change(boutique.before(END).collect())), END)
    assert hybrid.ranker(END) is not None


def test_a_shop_that_knows_nothing_of_its_customers_and_has_one_section(boutique: History) -> None:
    articles = boutique.articles.collect().with_columns(section_no=pl.lit(1))
    hybrid, ranked = lists_of(History(boutique.before(END), articles), END)
    assert hybrid.ranker(END) is not None
    assert not ranked.explode("proposed_by").filter(proposed_by="popularity by age").height


def test_a_saved_model_of_four_days_recommends_the_same() -> None:
    history, as_of = crowd(4), FIRST + timedelta(days=4)
    hybrid, ranked = lists_of(history, as_of)
    saved = SavedModel.of(hybrid, history)
    again = saved.recommend(ranked["customer"].unique().to_list())
    assert again.sort("customer", "rank").equals(ranked.sort("customer", "rank"))
