"""The watched hybrid: its lists are those of the recommender, and what it saw on the way is remembered."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from boutique import END
from clusters import Elsewhere
from polars.testing import assert_frame_equal

from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.evaluation.backtest import BASELINES, backtest
from stylo.evaluation.breakdowns import unpacked
from stylo.evaluation.watched import Watched
from stylo.parallel.workers import LOCAL
from stylo.ranking.explanation import REASONS
from stylo.recommender import Recommender

DAY = END - timedelta(days=7)
BUYERS = pl.Series([1, 7, 30, 31, 32, 200], dtype=pl.UInt32)


def test_what_is_watched_gives_the_lists_of_the_recommender_alone(
    boutique: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    hybrid = Recommender()
    expected = hybrid.recommend(boutique, BUYERS, DAY)
    for at_a_time in (2_000, 4):
        monkeypatch.setattr("stylo.ranking.snapshot.SIZE", at_a_time)
        watched = Watched(hybrid)
        assert watched.name == "hybrid"
        found = watched.recommend(boutique, BUYERS, DAY)
        assert found.columns == [*expected.columns, *REASONS]
        assert_frame_equal(found.select(expected.columns), expected, check_exact=True)


def test_what_is_remembered_is_all_that_was_proposed_and_the_beginning_of_the_order(
    boutique: History,
) -> None:
    watched = Watched(Recommender())
    lists = watched.recommend(boutique, BUYERS, DAY)
    long_list, candidates = pl.concat(watched.long_lists[DAY]), pl.concat(watched.candidates[DAY])
    rows = ("customer", "article", "rank")
    assert_frame_equal(long_list.filter(pl.col("rank") <= 12).select(rows), lists.select(rows))
    # There are fewer than a hundred articles: the long lists hold all the candidates, each once.
    assert candidates.is_duplicated().sum() == 0
    columns = ("customer", "article", "strategies")
    assert_frame_equal(long_list.select(columns), candidates.select(columns), check_row_order=False)
    for _, mine in long_list.group_by("customer"):
        assert mine["rank"].to_list() == list(range(1, mine.height + 1))


def test_the_lists_come_with_the_reasons_that_the_model_explains_them_by(boutique: History) -> None:
    hybrid = Recommender()
    model = hybrid.model(boutique, DAY)
    explained = model.explain(Customers.read(boutique, BUYERS, DAY), 12)
    found = Watched(hybrid).recommend(boutique, BUYERS, DAY)
    assert found.select("article", *REASONS).rows() == [
        (why.article, why.kind, why.because, why.days) for why in explained
    ]


def test_the_strategies_of_a_list_are_those_that_proposed_it(boutique: History) -> None:
    watched = Watched(Recommender())
    lists = watched.recommend(boutique, BUYERS, DAY)
    first = pl.concat(watched.long_lists[DAY]).filter(pl.col("rank") <= 12)
    names = np.array(watched.strategies)
    by = unpacked(first["strategies"].to_numpy(), len(names))
    assert [sorted(each) for each in lists["proposed_by"].to_list()] == [names[mine].tolist() for mine in by]
    assert names[first["first"].to_numpy()].tolist() == lists["proposed_by"].list.first().to_list()


def test_the_first_twelve_of_each_strategy_are_among_what_it_proposed(boutique: History) -> None:
    hybrid = Recommender()
    watched = Watched(hybrid)
    watched.recommend(boutique, BUYERS, DAY)
    seen = pl.concat(watched.candidates[DAY])
    pool = hybrid.model(boutique, DAY).pool(Customers.read(boutique, BUYERS, DAY))
    for number, name in enumerate(watched.strategies):
        assert pool.strategies[number] == name
        first = unpacked(seen["first_12"].to_numpy(), len(watched.strategies))[:, number]
        proposed = ~np.isnan(pool.rank[:, number])
        assert first.sum() == np.minimum(np.bincount(pool.customer[proposed]), 12).sum()
        assert proposed[first].all()


def test_weeks_side_by_side_on_a_cluster_give_the_same_lists_and_records(boutique: History) -> None:
    weeks = [DAY - timedelta(days=7), DAY]
    hybrid = Recommender()
    here, there = Watched(hybrid), Watched(hybrid, Elsewhere())
    lists: dict[bool, list[pl.DataFrame]] = {False: [], True: []}
    found = [
        backtest(
            [*BASELINES, watched],
            boutique,
            weeks,
            7,
            keep=lambda day, model, ranked, cluster=workers.is_cluster: lists[cluster].append(ranked),
            workers=workers,
        )
        for watched, workers in ((here, LOCAL), (there, Elsewhere()))
    ]
    assert_frame_equal(found[1].scores, found[0].scores, check_exact=True)
    for mine, expected in zip(lists[True], lists[False], strict=True):
        assert_frame_equal(mine, expected, check_exact=True)
    for day in weeks:
        for kept, expected_parts in (
            (there.long_lists, here.long_lists),
            (there.candidates, here.candidates),
        ):
            assert_frame_equal(pl.concat(kept[day]), pl.concat(expected_parts[day]))
