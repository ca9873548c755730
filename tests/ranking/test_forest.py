"""The trees as tables: LightGBM's own scores are the reference, and trees whose answer a reader can see."""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stylo.ranking.features import Features
from stylo.ranking.forest import Forest, UnsupportedTrees
from stylo.ranking.ranker import Ranker

#: x0 ≤ 1.5 ? (x1 ≤ -2 ? 10 : 20) : 40, where NaN of x0 goes left and NaN of x1 right.
TREE = """
Tree=0
num_leaves=3
num_cat=0
split_feature=0 1
threshold=1.5 -2
decision_type=10 8
left_child=1 -1
right_child=-2 -3
leaf_value=10 40 20
is_linear=0
shrinkage=1


end of trees
"""
_QUIET = {"verbosity": -1, "deterministic": True, "force_col_wise": True, "num_threads": 1}


def grown(values: np.ndarray, rounds: int = 12, seed: int = 0, **parameters: Any) -> lgb.Booster:
    """Trees that learned something of random numbers."""
    random = np.random.default_rng(seed)
    known = np.nan_to_num(values, nan=1.5)
    target = (np.sign(known) * np.log1p(np.abs(known))) @ random.normal(size=values.shape[1])
    wanted = target + random.normal(size=len(values))
    chosen = {"objective": "regression", "min_data_in_leaf": 2, "learning_rate": 0.3, "seed": seed, **_QUIET}
    return lgb.train({**chosen, **parameters}, lgb.Dataset(values, wanted), rounds)


def numbers(rows: int, seed: int = 0) -> np.ndarray:
    """float32, of each kind that features are: any, whole, rare, mostly unknown, one value, far apart."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(rows, 6)).astype(np.float32)
    values[:, 1] = np.floor(4 * np.abs(values[:, 1]))
    values[:, 2] *= random.random(rows) < 0.1
    values[random.random(rows) < 0.8, 3] = np.nan
    values[:, 4] = 7
    values[:, 5] = 10 ** (10 * values[:, 5])
    return values


def odd(values: np.ndarray, booster: lgb.Booster) -> np.ndarray:
    """Rows of what is hardest to place: each threshold and its neighbours, 0 and -0, the unknown and the infinite."""
    trees = booster.dump_model()["tree_info"]
    thresholds = np.concatenate([_thresholds(tree["tree_structure"]) for tree in trees])
    at = np.clip(thresholds, -3e38, 3e38).astype(np.float32)
    single = np.concatenate(
        [
            at,
            np.nextafter(at, np.float32(np.inf)),
            np.nextafter(at, np.float32(-np.inf)),
            np.array([0, -0.0, 1e-40, -1e-40, 1e-35, np.nan, np.inf, -np.inf, 3.4e38, -3.4e38], np.float32),
        ]
    )
    rows = values[np.arange(len(single)) % len(values)]
    return np.concatenate([np.repeat(single[:, None], values.shape[1], axis=1), rows, values])


def _thresholds(node: dict[str, Any]) -> np.ndarray:
    if "threshold" not in node:
        return np.zeros(0)
    below = [_thresholds(node[child]) for child in ("left_child", "right_child")]
    return np.concatenate([[node["threshold"]], *below])


def assert_same_scores(boosters: list[lgb.Booster], values: np.ndarray) -> None:
    expected = np.mean([booster.predict(values, raw_score=True) for booster in boosters], axis=0)
    forest = Forest.read([booster.model_to_string() for booster in boosters])
    found = forest.score(np.asfortranarray(values))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    # Lists go by float32.
    first = [np.argsort(-each.astype(np.float32), kind="stable")[:12] for each in (found, expected)]
    np.testing.assert_array_equal(*first)


def test_a_tree_of_three_leaves() -> None:
    forest = Forest.read([TREE])
    values = np.array(
        [[1.5, -2], [1.5, -1.9], [1.6, -5], [np.nan, -3], [np.nan, np.nan], [0, np.nan], [np.inf, 0]],
        np.float32,
    )
    assert forest.score(values).tolist() == [10, 20, 40, 10, 20, 20, 40]


def test_the_score_is_the_mean_of_the_boosters() -> None:
    other = TREE.replace("leaf_value=10 40 20", "leaf_value=1 4 2")
    assert Forest.read([TREE, other]).score(np.array([[2, 0], [0, 0]], np.float32)).tolist() == [22, 11]


def test_unknown_counts_as_nought_where_nothing_was_unknown_in_training() -> None:
    never = TREE.replace("decision_type=10 8", "decision_type=2 2")
    # x0: 0 ≤ 1.5 goes left; x1: 0 > -2 goes right.
    assert Forest.read([never]).score(np.full((1, 2), np.nan, np.float32)).tolist() == [20]


@pytest.mark.parametrize("leaves", [2, 3, 5, 8, 9, 16, 31, 32, 33, 64])
def test_scores_are_those_of_lightgbm(leaves: int) -> None:
    values = numbers(900)
    booster = grown(values, num_leaves=leaves)
    assert max(tree["num_leaves"] for tree in booster.dump_model()["tree_info"]) == leaves
    assert_same_scores([booster], odd(values, booster))


@pytest.mark.parametrize("bins", [3, 63, 255, 2_000])
def test_few_thresholds_and_many(bins: int) -> None:
    values = numbers(3_000)
    booster = grown(values, 60, num_leaves=31, max_bin=bins, min_data_in_bin=1)
    assert_same_scores([booster], odd(values, booster))


def test_rankers_of_several_boosters() -> None:
    random = np.random.default_rng(1)
    values = numbers(2_000, 1)
    chosen = {
        "objective": "lambdarank",
        "num_leaves": 5,
        "feature_fraction": 0.4,
        "min_data_in_leaf": 5,
        **_QUIET,
    }
    data = lgb.Dataset(values, random.random(2_000) < 0.1, group=np.full(50, 40), free_raw_data=False)
    boosters = [lgb.train({**chosen, "seed": seed}, data, 30) for seed in range(3)]
    assert_same_scores(boosters, values)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    rows=st.integers(30, 400),
    leaves=st.integers(2, 40),
    missing=st.booleans(),
)
def test_scores_are_those_of_lightgbm_whatever_was_learned(
    seed: int, rows: int, leaves: int, missing: bool
) -> None:
    values = numbers(rows, seed)
    booster = grown(values, 5, seed, num_leaves=leaves, use_missing=missing)
    assert_same_scores([booster], odd(values, booster))


def test_a_row_scores_the_same_alone_and_among_others() -> None:
    values = numbers(600)
    forest = Forest.read([grown(values, num_leaves=31).model_to_string()])
    together = forest.score(np.asfortranarray(values))
    for few in (1, 2, 7, 256, 257):
        apart = [forest.score(values[start : start + few]) for start in range(0, 600, few)]
        np.testing.assert_array_equal(np.concatenate(apart), together)
    assert forest.score(values[:0]).shape == (0,)


def test_trees_without_a_split_are_worth_the_same_for_all() -> None:
    values = numbers(100)
    booster = grown(values, 3, min_data_in_leaf=100)
    assert_same_scores([booster], values)
    one_of_both = [grown(values, 3), booster]
    assert_same_scores(one_of_both, values)


def categories(values: np.ndarray) -> lgb.Booster:
    target = np.isin(values[:, 1], (0, 3, 5)).astype(float)
    data = lgb.Dataset(values, target, categorical_feature=[1])
    return lgb.train({"objective": "regression", "min_data_per_group": 5, **_QUIET}, data, 3)


UNSUPPORTED = {
    "categories": categories,
    "zeros that stand for what is missing": lambda values: grown(values, zero_as_missing=True),
    "linear leaves": lambda values: grown(values, linear_tree=True, use_missing=False),
    "a mean of trees": lambda values: grown(values, boosting="rf", bagging_fraction=0.5, bagging_freq=1),
    "too many leaves": lambda values: grown(values, num_leaves=65),
}


@pytest.mark.parametrize("kind", UNSUPPORTED)
def test_what_is_not_evaluated_here_is_refused_and_left_to_lightgbm(kind: str) -> None:
    values = numbers(900)
    booster = UNSUPPORTED[kind](values)
    text = booster.model_to_string()
    with pytest.raises(UnsupportedTrees):
        Forest.read([text])
    names = tuple(f"f{n}" for n in range(values.shape[1]))
    ranker = Ranker((np.frombuffer(text.encode(), np.uint8),), names, ())
    assert ranker.forest is None
    scores = ranker.score(Features(names, ("group",) * len(names), values))
    np.testing.assert_array_equal(scores, booster.predict(values, raw_score=True))
