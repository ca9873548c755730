"""The hybrid: blind to the future, complete for everyone, and it keeps who proposed what."""

from __future__ import annotations

from datetime import date

import polars as pl
from helpers import AS_OF
from polars.testing import assert_frame_equal

from stylo.candidates.history import History
from stylo.ranking.pool import RANKED
from stylo.recommender import ARTICLE_WEIGHTS, CUSTOMER_WEIGHTS, Recommender

EVERYONE = pl.Series([1, 2, 3, 4, 9, 1000], dtype=pl.UInt32)
ARTICLES = pl.Series([10, 20, 30], dtype=pl.Int32)


def test_every_weight_has_a_strategy() -> None:
    hybrid = Recommender()
    assert {strategy.name for strategy in hybrid.strategies} >= set(CUSTOMER_WEIGHTS)
    assert {strategy.name for strategy in hybrid.article_strategies} == set(ARTICLE_WEIGHTS)


def test_every_customer_gets_a_list_also_an_unknown_one(small_history: History) -> None:
    found = Recommender().recommend(small_history, EVERYONE, AS_OF, k=3)
    assert found.schema == RANKED
    assert found.group_by("customer").len()["len"].to_list() == [3] * len(EVERYONE)


def test_own_purchases_lead_and_say_so(small_history: History) -> None:
    mine = Recommender().recommend(small_history, EVERYONE, AS_OF).filter(pl.col("customer") == 1)
    first = mine.filter(pl.col("rank") == 1)
    assert first["article"].item() == 13
    assert "own purchases" in first["proposed_by"].item()


def test_the_future_changes_no_recommendation_and_no_neighbour(small_history: History) -> None:
    rows = small_history.before(date(2100, 1, 1)).collect()
    future = pl.col("t_dat") >= AS_OF
    corrupted = rows.with_columns(
        pl.when(future).then(pl.lit(20, pl.Int32)).otherwise("article").alias("article"),
        pl.when(future).then(pl.lit(1, pl.UInt32)).otherwise("customer").alias("customer"),
        pl.when(future).then(pl.lit(99.0, pl.Float32)).otherwise("price").alias("price"),
    )
    other = small_history.over(pl.concat([corrupted, corrupted.filter(future)]))
    hybrid = Recommender()
    for k in (1, 12):
        assert_frame_equal(
            hybrid.recommend(small_history, EVERYONE, AS_OF, k), hybrid.recommend(other, EVERYONE, AS_OF, k)
        )
        assert_frame_equal(
            hybrid.similar(small_history, ARTICLES, AS_OF, k), hybrid.similar(other, ARTICLES, AS_OF, k)
        )


def test_the_neighbours_of_an_article_come_from_each_strategy_and_fused(small_history: History) -> None:
    found = Recommender().similar(small_history, ARTICLES, AS_OF)
    assert set(found["strategy"]) == {"hybrid", *ARTICLE_WEIGHTS}
    fused = found.filter((pl.col("article") == 10) & (pl.col("strategy") == "hybrid"))
    # 11 is bought with 10, looks like it and is called so; 12 is bought with it and of its style; 30 is its first
    # twin.
    by = dict(fused.select("neighbour", "proposed_by").iter_rows())
    assert set(by[11]) >= {"bought together", "visual twins", "style neighbours"}
    assert set(by[12]) >= {"bought together", "same style"}
    assert by[30][0] == "visual twins"
    assert not found.filter(pl.col("article") == pl.col("neighbour")).height


def test_an_article_that_nobody_has_bought_has_neighbours(small_history: History) -> None:
    found = Recommender().similar(small_history, pl.Series([30], dtype=pl.Int32), AS_OF)
    assert 10 in found.filter(pl.col("strategy") == "hybrid")["neighbour"]


def test_without_photos_the_other_strategies_still_speak(small_history: History) -> None:
    known = (small_history.customers, small_history.embeddings)
    blind = History(small_history.before(AS_OF), small_history.articles, None, *known)
    found = Recommender().similar(blind, ARTICLES, AS_OF)
    assert set(found["strategy"]) == {"hybrid", "bought together", "same style", "style neighbours"}


def test_without_vectors_the_other_strategies_still_speak(small_history: History) -> None:
    found = Recommender().similar(small_history.with_embeddings({}), ARTICLES, AS_OF)
    assert set(found["strategy"]) == {"hybrid", "bought together", "same style", "visual twins"}
