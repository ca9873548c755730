"""MAP@12, recall@12 and NDCG@12 against an independent reference, list by list."""

from __future__ import annotations

import os
import subprocess
import sys

import polars as pl
import pytest
from helpers import reference
from hypothesis import given, settings
from hypothesis import strategies as st

from stylo.evaluation.metrics import METRICS, score_customers

ids = st.integers(1, 15)
shops = st.dictionaries(
    st.integers(0, 4),
    st.tuples(st.lists(ids, max_size=20), st.lists(ids, min_size=1, max_size=30)),
    min_size=1,
)


def frames(lists: dict[int, tuple[list[int], list[int]]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Predictions and truth as tables, from customer → (predicted in order, bought)."""
    predictions = [(who, what, rank) for who, (p, _) in lists.items() for rank, what in enumerate(p, start=1)]
    truth = [(who, what) for who, (_, bought) in lists.items() for what in bought]
    schema = {"customer": pl.UInt32, "article": pl.Int32, "rank": pl.UInt16}
    return (
        pl.DataFrame(predictions, schema=schema, orient="row"),
        pl.DataFrame(truth, schema={"customer": pl.UInt32, "article": pl.Int32}, orient="row"),
    )


@settings(max_examples=60, deadline=None)
@given(shops)
def test_every_customer_scores_as_the_reference_says(lists: dict[int, tuple[list[int], list[int]]]) -> None:
    scores = score_customers(*frames(lists))
    assert scores["customer"].to_list() == sorted(lists)
    for who, *values in scores.select("customer", *METRICS).iter_rows():
        assert values == pytest.approx(reference(*lists[who]))


def test_a_hit_at_rank_two_of_three_bought_scores_a_sixth() -> None:
    scores = score_customers(*frames({1: ([7, 8], [8, 9, 10])}))
    assert scores["map@12"].item() == pytest.approx((1 / 2) / 3)
    assert scores["recall@12"].item() == pytest.approx(1 / 3)


def test_thirteen_bought_and_twelve_found_is_perfect() -> None:
    everything = list(range(1, 14))
    scores = score_customers(*frames({1: (everything[:12], everything)}))
    assert scores["map@12"].item() == pytest.approx(1)
    assert scores["recall@12"].item() == pytest.approx(12 / 13)


def test_only_buyers_count_and_a_buyer_without_a_list_scores_nothing() -> None:
    predictions, truth = frames({1: ([5], [5]), 2: ([], [6])})
    predictions = pl.concat(
        [predictions, pl.DataFrame({"customer": [3], "article": [5], "rank": [1]}, predictions.schema)]
    )
    assert score_customers(predictions, truth).select("customer", "map@12").rows() == [(1, 1.0), (2, 0.0)]


def test_scores_are_the_same_to_the_last_bit_whatever_thread_comes_first() -> None:
    # Polars reads the number of its threads once, when it is imported.
    done = subprocess.run(
        [sys.executable, "-c", _SHUFFLED],
        env={**os.environ, "POLARS_MAX_THREADS": "16"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "1\n"


_SHUFFLED = """
import numpy as np
import polars as pl
from stylo.evaluation.metrics import score_customers

random, customers = np.random.default_rng(0), 70
articles = np.concatenate([random.permutation(40)[:12] for _ in range(customers)])
each = pl.Series("customer", np.repeat(np.arange(customers), 12))
predictions = pl.DataFrame({"customer": each, "article": articles, "rank": np.tile(np.arange(1, 13), customers)})
truth = pl.DataFrame({"customer": each, "article": random.integers(0, 40, len(each))})
shuffled = lambda table, seed: table.sample(fraction=1, shuffle=True, seed=seed)
scores = {score_customers(shuffled(predictions, n), shuffled(truth, n)).write_json() for n in range(40)}
print(len(scores))
"""
