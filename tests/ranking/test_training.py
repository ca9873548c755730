"""What a ranker learns from, that it learns the same each time, and nothing from what is to come."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from boutique import END, FIRST_DAY, with_another_future
from helpers import catalogue, transactions

from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.candidates.personal import OwnPurchases
from stylo.candidates.popularity import Popularity
from stylo.errors import DamagedArtefact
from stylo.ranking import ranker as ranker_module
from stylo.ranking.features import Features
from stylo.ranking.ranker import Examples, Ranker, RankerSettings, examples
from stylo.ranking.snapshot import Snapshot
from stylo.ranking.training import TOO_FEW, Training
from stylo.recommender import STRATEGIES as HYBRID

STRATEGIES = (OwnPurchases(), Popularity())
DAY = END - timedelta(days=7)
SETTINGS = RankerSettings(
    12,
    {
        "objective": "lambdarank",
        "num_leaves": 7,
        "min_data_in_leaf": 20,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
    },
)


def drawn(history: History, negatives: int, candidates: int = 30) -> Examples:
    # Without cosines: which rows are multiplied together shows in their last bit.
    snapshot = Snapshot.take(history, DAY, STRATEGIES)
    return examples(snapshot, history, 7, candidates, negatives, frozenset(["similarity"]))


def same(one: Examples, other: Examples) -> bool:
    arrays = ("values", "bought", "lists", "weights")
    return all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in arrays)


def labels_by_hand(history: History) -> list[list[bool]]:
    """Of every buyer of the week who had bought before, in order, whether what was proposed was bought."""
    rows = history.before(END).collect().iter_rows(named=True)
    truth = {(row["customer"], row["article"]) for row in rows if row["t_dat"] >= DAY}
    known = {row["customer"] for row in history.before(DAY).collect().iter_rows(named=True)}
    buyers = pl.Series(sorted(known & {customer for customer, _ in truth}), dtype=pl.UInt32)
    snapshot = Snapshot.take(history, DAY, STRATEGIES)
    pool = snapshot.pool(Customers.read(history, buyers, DAY), 30)
    lists: list[list[bool]] = [[] for _ in buyers]
    for position, article in zip(pool.customer.tolist(), pool.article.tolist(), strict=True):
        lists[position].append((buyers[position], int(snapshot.articles[article])) in truth)
    return lists


def test_a_list_is_what_a_buyer_was_proposed_and_the_labels_say_what_was_bought(boutique: History) -> None:
    worth = [labels for labels in labels_by_hand(boutique) if any(labels)]
    found = drawn(boutique, negatives=1000)
    assert found.lists.tolist() == [len(labels) for labels in worth]
    assert found.bought.tolist() == [label for labels in worth for label in labels]
    assert found.values.shape == (len(found.bought), len(found.names))
    assert found.weights.tolist() == [1.0] * len(worth)


def test_of_what_was_not_bought_so_many_are_drawn_and_all_that_was_bought_is_kept(boutique: History) -> None:
    worth = [labels for labels in labels_by_hand(boutique) if any(labels)]
    found = drawn(boutique, negatives=3)
    assert found.lists.tolist() == [sum(labels) + min(3, labels.count(False)) for labels in worth]
    assert found.bought.sum() == sum(map(sum, worth))


def test_what_is_drawn_is_drawn_from_what_there_is_and_not_always_the_same_place(boutique: History) -> None:
    everything, few = drawn(boutique, 1000), drawn(boutique, 3)
    ends = [np.cumsum(each.lists)[:-1] for each in (everything, few)]
    firsts = Counter[int]()
    for whole, some in zip(np.split(everything.values, ends[0]), np.split(few.values, ends[1]), strict=True):
        rows = [row.tobytes() for row in whole]
        places = [rows.index(row.tobytes()) for row in some]
        assert places == sorted(set(places))
        firsts[places[0]] += 1
    assert len(firsts) > 5


def test_the_draw_is_the_same_each_time_and_in_chunks_of_any_size(
    boutique: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = drawn(boutique, 4)
    assert same(first, drawn(boutique, 4))
    for size in (1, 7):
        monkeypatch.setattr("stylo.ranking.snapshot.SIZE", size)
        assert same(first, drawn(boutique, 4))


def test_a_ranker_learns_from_the_weeks_before_the_day_the_latest_first(boutique: History) -> None:
    found = Training(boutique, STRATEGIES, 30).lists(END)
    weeks = [END - timedelta(days=7 * back) for back in range(1, 10)]
    assert weeks[8] == FIRST_DAY + timedelta(
        days=28
    )  # no further: a quarter of 91 days is only looked back at
    parts = [
        examples(Snapshot.take(boutique, week, STRATEGIES), boutique, 7, 30, 80).weighing(
            0.5 ** (7 * back / 180)
        )
        for back, week in enumerate(weeks)
    ]
    assert found is not None
    assert same(found, Examples.join(parts))


def days_of_sales(count: int, first: date = FIRST_DAY) -> History:
    day = pl.Series([first + timedelta(days=n) for n in range(count)])
    return History(transactions(*((each.isoformat(), 1, 10) for each in day)), catalogue((10, 1, 0, 5)))


@pytest.mark.parametrize(
    ("known", "window", "expected"),
    [
        (1, 7, []),
        (2, 7, [(1, 1)]),
        (4, 3, [(3, 1), (2, 2), (1, 3)]),  # the last are shorter
        (4, 7, [(3, 1), (2, 2), (1, 3)]),
        (9, 3, [(6, 3), (5, 3), (4, 3), (3, 3), (2, 3)]),  # these overlap
        (14, 7, [(7, 7), (6, 7), (5, 7), (4, 7), (3, 7)]),
        (63, 7, [(56, 7), (49, 7), (42, 7), (35, 7), (28, 7), (21, 7)]),  # a quarter is only looked back at
        (300, 28, [(272, 28), (244, 28), (216, 28), (188, 28), (160, 28), (132, 28), (104, 28), (76, 28)]),
    ],
)
def test_the_windows_follow_from_how_many_days_are_known(
    known: int, window: int, expected: list[tuple[int, int]]
) -> None:
    training = Training(days_of_sales(known), STRATEGIES, 30, window)
    found = training.windows(FIRST_DAY + timedelta(days=known))
    assert [((cutoff - FIRST_DAY).days, days) for cutoff, days in found] == expected


@pytest.mark.parametrize("window", [1, 3, 7])
def test_there_is_no_cliff_in_how_many_windows_there_are(window: int) -> None:
    for known in range(1, 120):
        end = FIRST_DAY + timedelta(days=known)
        windows = list(Training(days_of_sales(known), STRATEGIES, 30, window).windows(end))
        assert len(windows) >= min(3, known - 1), known
        for cutoff, days in windows:
            assert 1 <= days <= window
            assert cutoff > FIRST_DAY
            assert cutoff + timedelta(days=days) <= end


def test_an_old_slip_of_a_date_does_not_make_the_history_long() -> None:
    slip = transactions(("1970-01-01", 1, 10), *((f"2020-09-0{day}", 1, 10) for day in range(1, 5)))
    training = Training(History(slip, catalogue((10, 1, 0, 5))), STRATEGIES, 30)
    assert [cutoff.day for cutoff, _ in training.windows(date(2020, 9, 5))] == [4, 3, 2]


def test_newcomers_teach_nothing(boutique: History) -> None:
    newcomers = (
        boutique.before(END).collect().filter(pl.col("t_dat") >= DAY).with_columns(pl.col("customer") + 1000)
    )
    more = boutique.over(pl.concat([boutique.before(END).collect(), newcomers]))
    assert same(drawn(more, 1000), drawn(boutique, 1000))


def test_what_happens_from_the_day_on_is_not_learned_from(boutique: History) -> None:
    before = Training(boutique, STRATEGIES, 30).lists(DAY)
    after = Training(with_another_future(boutique, DAY), STRATEGIES, 30).lists(DAY)
    assert before is not None and after is not None
    assert same(before, after)
    # A day later the future has begun.
    later = Training(with_another_future(boutique, DAY - timedelta(days=1)), STRATEGIES, 30).lists(DAY)
    assert later is not None
    assert not same(before, later)


def test_too_few_lists_teach_nothing(boutique: History) -> None:
    few = FIRST_DAY + timedelta(days=8)
    training = Training(boutique, STRATEGIES, 30, settings=SETTINGS)
    lists = training.lists(few)
    assert lists is not None and 0 < len(lists.lists) < TOO_FEW
    assert training.ranker(few) is None
    assert training.lists(FIRST_DAY + timedelta(days=1)) is None
    assert training.ranker(FIRST_DAY + timedelta(days=1)) is None
    assert training.ranker(END) is not None


def test_a_week_without_a_buyer_or_without_a_hit_teaches_nothing_and_does_no_harm(boutique: History) -> None:
    rows = boutique.before(END).collect()
    closed = boutique.over(
        rows.filter((pl.col("t_dat") < DAY) | (pl.col("t_dat") >= DAY + timedelta(days=7)))
    )
    strangers = boutique.over(
        rows.with_columns(
            article=pl.when(pl.col("t_dat") >= DAY).then(pl.lit(9_999_001, pl.Int32)).otherwise("article")
        )
    )
    for history in (closed, strangers):
        snapshot = Snapshot.take(history, DAY, HYBRID)
        week = examples(snapshot, history, 7, 5, 80)
        assert len(week.lists) == len(week.bought) == len(week.values) == 0
        assert week.names == snapshot.features(snapshot.pool(Customers.nobody(np.arange(2)), 5)).names
    found = Training(closed, HYBRID, 30).lists(END)
    assert found is not None and len(found.lists) > TOO_FEW


def trees(ranker: Ranker) -> list[str]:
    """What was learned, without the list of parameters at the end, which names the threads."""
    return [model.tobytes().decode().partition("\nparameters:")[0] for model in ranker.models]


def test_training_gives_the_same_bytes_each_time_and_another_tree_for_each_seed(boutique: History) -> None:
    lists = drawn(boutique, 80)
    first, again = (Ranker.train(lists, SETTINGS, boosters=2) for _ in range(2))
    assert [model.tobytes() for model in first.models] == [model.tobytes() for model in again.models]
    assert trees(first)[0] != trees(first)[1]


def test_the_trees_are_the_same_on_any_number_of_threads(
    boutique: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = drawn(boutique, 80)
    alone = Ranker.train(lists, SETTINGS, boosters=2)
    monkeypatch.setattr(ranker_module, "_ROWS_FOR_THREADS", 0)
    assert trees(Ranker.train(lists, SETTINGS, boosters=2)) == trees(alone)


def test_scores_are_the_mean_of_the_trees_on_any_number_of_threads_and_for_any_rows(
    boutique: History,
) -> None:
    lists = drawn(boutique, 80)
    ranker = Ranker.train(lists, SETTINGS, boosters=2)
    features = Features(lists.names, lists.groups, lists.values)
    score = ranker.score(features)
    raw = [booster.predict(lists.values, raw_score=True) for booster in ranker.boosters]
    np.testing.assert_allclose(score, (raw[0] + raw[1]) / 2, rtol=0, atol=1e-12)
    assert len(set(score.tolist())) > 10
    for threads in (1, 2, 3):
        np.testing.assert_array_equal(ranker.score(features, threads), score)
    alone = [
        ranker.score(Features(lists.names, lists.groups, lists.values[row : row + 1]))[0] for row in range(50)
    ]
    assert alone == score[:50].tolist()


def test_what_was_bought_scores_higher_than_what_was_not(boutique: History) -> None:
    lists = drawn(boutique, 80)
    score = Ranker.train(lists, SETTINGS, boosters=2).score(Features(lists.names, lists.groups, lists.values))
    assert score[lists.bought].mean() > score[~lists.bought].mean()


def test_features_of_another_kind_are_refused(boutique: History) -> None:
    lists = drawn(boutique, 80)
    ranker = Ranker.train(lists, SETTINGS, boosters=1)
    for names in (lists.names[::-1], lists.names[:-1], ("another", *lists.names[1:])):
        with pytest.raises(DamagedArtefact, match="other features"):
            ranker.score(Features(names, lists.groups[: len(names)], lists.values[:, : len(names)]))


def test_contributions_and_what_is_expected_of_any_row_add_up_to_the_score(boutique: History) -> None:
    lists = drawn(boutique, 80)
    ranker = Ranker.train(lists, SETTINGS, boosters=2)
    some = Features(lists.names, lists.groups, lists.values[:60])
    shares = ranker.contributions(some)
    assert shares.shape == (60, len(lists.names))
    expected = np.mean(
        [booster.predict(some.values, pred_contrib=True)[:, -1] for booster in ranker.boosters], axis=0
    )
    np.testing.assert_allclose(shares.sum(axis=1) + expected, ranker.score(some), rtol=0, atol=1e-9)
