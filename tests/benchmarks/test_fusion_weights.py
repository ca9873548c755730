"""Learned weights: lists so small that it can be seen which strategy is right."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
from helpers import reference

from benchmarks.fusion_weights import Judged, average_precision, fit_weights, recall
from stylo.candidates.customers import Customers
from stylo.candidates.lists import Candidates
from stylo.ranking.pool import Pool, reciprocal_rank_fusion


def judged(lists: list[dict[str, list[int]]], truths: list[set[int]]) -> Judged:
    """For each list what each strategy proposes, best first, and what was bought."""
    whom, names = np.arange(len(lists)), sorted({name for each in lists for name in each})
    proposals = {}
    for name in names:
        mine = [each.get(name, []) for each in lists]
        proposals[name] = Candidates(
            np.repeat(whom, [len(articles) for articles in mine]),
            np.array(list(chain(*mine)), dtype=np.int64),
            np.array([rank for articles in mine for rank in range(1, len(articles) + 1)], dtype=np.int64),
            np.ones(sum(map(len, mine)), dtype=np.float32),
        )
    pool = Pool.of(Customers.nobody(whom), proposals)
    rows = zip(pool.customer.tolist(), pool.article.tolist(), strict=True)
    bought = np.array([article in truths[customer] for customer, article in rows], dtype=bool)
    return Judged(pool, bought, np.array([len(truth) for truth in truths]))


def worth(lists: Judged, weights: dict[str, float], k: int = 12) -> float:
    score = reciprocal_rank_fusion(lists.pool, weights, 3)
    return float(average_precision(lists.hits(score, k), lists.wanted).mean())


def random_lists(seed: int) -> tuple[list[dict[str, list[int]]], list[set[int]]]:
    """Thirty lists; a is right at times, b seldom, c never but by chance."""
    draw = np.random.default_rng(seed)
    lists, truths = [], []
    for _ in range(30):
        truth = set(draw.choice(40, size=draw.integers(1, 15), replace=False).tolist())
        guesses = {name: draw.choice(40, size=12, replace=False) for name in "abc"}
        guesses["a"] = np.unique(np.append(guesses["a"][:6], sorted(truth)[:3]))
        lists.append({name: articles.tolist() for name, articles in guesses.items()})
        truths.append(truth)
    return lists, truths


def test_recall_and_average_precision_are_those_of_the_definition() -> None:
    hits = np.array([[True, False, True], [False, False, False], [False, True, False]])
    wanted = np.array([2, 1, 5])
    assert recall(hits, wanted).tolist() == [2 / 2, 0, 1 / 5]
    assert average_precision(hits, wanted) == pytest.approx([(1 / 1 + 2 / 3) / 2, 0, (1 / 2) / 3])


def test_average_precision_is_kaggles() -> None:
    lists, truths = random_lists(0)
    found = judged(lists, truths)
    hits = found.hits(reciprocal_rank_fusion(found.pool, {"b": 1.0}, 3))
    expected = []
    for each, truth in zip(lists, truths, strict=True):
        # What b did not propose comes after it, the smaller article first.
        others = sorted(set(chain(*each.values())) - set(each["b"]))
        expected.append(reference(each["b"] + others, sorted(truth))[0])
    assert average_precision(hits, found.wanted) == pytest.approx(expected)


def test_the_strategy_that_is_right_gets_the_weight() -> None:
    # a first: the list of one is 1, b first: it is 2, which was bought.
    lists = judged([{"a": [1], "b": [2]}], [{2}])
    assert fit_weights([lists], {"a": 1, "b": 0.5}, 3, recall, k=1, caution=0) == {"a": 0, "b": 1}


def test_two_that_agree_beat_one() -> None:
    # With constant 1 a gives 5 a half of its weight; b and c give 6 a third of theirs each.
    lists = judged([{"a": [5], "b": [7, 6], "c": [8, 6]}, {"a": [9], "b": [9]}], [{6}, {9}])
    found = fit_weights([lists], {"a": 1, "b": 0.2, "c": 0.2}, 1, recall, k=1, caution=0)
    assert (found["b"] + found["c"]) / 3 > max(found[name] / 2 for name in "abc")


def test_the_start_stays_where_nothing_helps() -> None:
    start = {"a": 1.0, "b": 0.8, "never asked": 0.3}
    already_right = judged([{"a": [1, 2], "b": [2, 1]}], [{1}])
    never_right = judged([{"a": [1], "b": [2]}], [{3}])
    for lists in ([already_right], [never_right], [already_right, never_right], []):
        assert fit_weights(lists, start, 3) == start


def test_a_strategy_without_a_weight_is_tried_and_one_that_is_not_named_is_not() -> None:
    # With constant 3 the last of a has 1/6, and 5 of b a quarter of its weight.
    lists = judged([{"a": [1, 2, 3], "b": [5], "c": [5]}], [{5}])
    found = fit_weights([lists], {"a": 1, "b": 0}, 3, recall, k=3, caution=0)
    assert found["b"] / 4 > found["a"] / 6
    assert "c" not in found


def test_lists_that_nothing_was_wanted_of_do_not_count() -> None:
    wrong = judged([{"a": [1], "b": [2]}] * 3, [{1}] * 3)
    ignored = Judged(wrong.pool, wrong.bought, np.zeros(3, dtype=np.int64))
    right = judged([{"a": [1], "b": [2]}], [{2}])
    start = {"a": 1, "b": 0.5}
    assert fit_weights([ignored, right], start, 3, recall, k=1, caution=0) == {"a": 0, "b": 1}
    assert fit_weights([ignored], start, 3, recall, k=1, caution=0) == start


@pytest.mark.parametrize(
    ("better", "worse", "changes"), [(4, 0, False), (5, 0, True), (9, 3, False), (12, 3, True)]
)
def test_a_step_is_taken_only_for_a_gain_of_two_standard_errors(
    better: int, worse: int, changes: bool
) -> None:
    # The gain is better − worse, its standard error the root of better + worse: 4 / 2, 5 / 2.2, 6 / 3.5, 9 / 3.9.
    lists = judged([{"a": [1], "b": [2]}] * (better + worse), [{2}] * better + [{1}] * worse)
    found = fit_weights([lists], {"a": 1, "b": 0.5}, 3, recall, k=1)
    assert (found["b"] > found["a"]) == changes


@pytest.mark.parametrize("seed", range(5))
def test_weights_are_never_worse_than_the_start_and_the_same_however_the_lists_are_parted(seed: int) -> None:
    lists, truths = random_lists(seed)
    start = {"a": 0.3, "b": 1.0, "c": 0.5}
    whole = judged(lists, truths)
    found = fit_weights([whole], start, 3, caution=0)
    assert worth(whole, found) > worth(whole, start)
    assert max(found.values()) == pytest.approx(1.0)
    parts = [judged(lists[:10], truths[:10]), judged(lists[10:], truths[10:])]
    assert fit_weights(parts, start, 3, caution=0) == pytest.approx(found)


def test_no_single_step_of_the_grid_leads_further_up() -> None:
    whole = judged(*random_lists(7))
    found = fit_weights([whole], {"a": 1.0, "b": 1.0, "c": 1.0}, 3, caution=0)
    for name in found:
        for factor in (0, 0.25, 0.5, 0.7, 0.85, 1.2, 1.4, 2, 4):
            assert worth(whole, {**found, name: found[name] * factor}) <= worth(whole, found) + 1e-9
