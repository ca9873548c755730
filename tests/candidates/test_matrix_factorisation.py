"""Matrix factorisation: against the dense decomposition, and one customer alone as in a crowd."""

from __future__ import annotations

import tracemalloc
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from helpers import AS_OF, catalogue, transactions
from polars.testing import assert_frame_equal

from stylo.candidates import matrix_factorisation
from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.candidates.matrix_factorisation import Factors, MatrixFactorisation
from stylo.candidates.strategy import candidates


def numbers(*customers: int) -> pl.Series:
    return pl.Series(customers, dtype=pl.UInt32)


def proposed(strategy: MatrixFactorisation, history: History, customer: int) -> dict[int, float]:
    found = candidates(strategy, history, numbers(customer), AS_OF, 50)
    return dict(found.select("article", "score").iter_rows())


@pytest.fixture
def crowd() -> History:
    """2,000 purchases of 80 customers and 60 articles on 40 days, a third of the articles bought by a third of them."""
    random = np.random.default_rng(0)
    who, what = random.integers(0, 80, 2000), random.integers(0, 20, 2000)
    days = [date(2020, 7, 30) + timedelta(days=int(day)) for day in random.integers(0, 40, 2000)]
    rows = zip(days, who.tolist(), (what * 3 + who % 3).tolist(), strict=True)
    return History(
        transactions(*[(str(day), customer, article) for day, customer, article in rows]), catalogue()
    )


def test_the_scores_are_those_of_the_dense_decomposition(crowd: History) -> None:
    strategy = MatrixFactorisation(dimensions=3, half_life=30, shrinkage=5, sold_within=365)
    cells = np.zeros((80, 60))
    for day, customer, article in (
        crowd.before(AS_OF).select("t_dat", "customer", "article").collect().iter_rows()
    ):
        cells[customer, article] += 0.5 ** ((AS_OF - day).days / 30)
    buyers = (cells > 0).sum(axis=0)
    weighted = np.log1p(cells) * np.log1p((cells.sum(axis=1) > 0).sum() / buyers)
    weighted = weighted / np.linalg.norm(weighted, axis=1, keepdims=True) / np.sqrt(buyers + 5)
    directions = np.linalg.svd(weighted)[2][:3]
    expected = weighted @ directions.T @ directions
    for customer in (0, 1, 2):
        found = proposed(strategy, crowd, customer)
        best = np.argsort(-expected[customer])[:5]
        assert {article: found[article] for article in best} == pytest.approx(
            {article: expected[customer, article] for article in best}, rel=1e-3
        )


def test_a_taste_that_is_shared_brings_what_the_others_of_it_bought(small_history: History) -> None:
    # One direction for each of the two tastes: 12 was bought by customer 2 alone, 13 by customer 1 alone.
    strategy = MatrixFactorisation(dimensions=2)
    assert {*proposed(strategy, small_history, 1)} == {10, 11, 12, 13}
    assert {*proposed(strategy, small_history, 4)} == {20, 21, 22, 23}
    assert proposed(strategy, small_history, 9) == {}


def test_only_what_was_sold_of_late_is_proposed(small_history: History) -> None:
    # 10, 11 and 12 were last sold on 2020-08-15, 24 days before; 13 on 2020-09-02.
    assert {*proposed(MatrixFactorisation(dimensions=2, sold_within=24), small_history, 2)} == {
        10,
        11,
        12,
        13,
    }
    assert {*proposed(MatrixFactorisation(dimensions=2, sold_within=23), small_history, 2)} == {13}


def test_only_the_newest_days_are_fitted(small_history: History) -> None:
    # The last five rows: 20 and 21 of customer 4, then 13, 22, 23. Customer 2 bought none of them.
    strategy = MatrixFactorisation(rows=5)
    assert proposed(strategy, small_history, 2) == {}
    assert {*proposed(strategy, small_history, 4)} == {20, 21, 23}


def test_more_dimensions_than_articles_are_as_many_as_there_are(small_history: History) -> None:
    # Nothing is left out, so that a customer gets back what was put in.
    assert {*proposed(MatrixFactorisation(dimensions=500), small_history, 3)} == {20, 21, 22}


def test_a_customer_alone_gets_to_the_last_bit_what_the_crowd_gets(
    crowd: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    strategy = MatrixFactorisation(dimensions=16)
    everyone = numbers(*range(80))
    together = candidates(strategy, crowd, everyone, AS_OF, 12)
    assert together["customer"].n_unique() == 80
    alone = [candidates(strategy, crowd, numbers(customer), AS_OF, 12) for customer in range(80)]
    assert_frame_equal(pl.concat(alone), together, check_exact=True)
    monkeypatch.setattr(matrix_factorisation, "_SCORES_AT_A_TIME", 7 * 60)
    assert_frame_equal(candidates(strategy, crowd, everyone, AS_OF, 12), together, check_exact=True)


def test_newcomers_cost_next_to_nothing(crowd: History) -> None:
    """Everything ties for the last place of who has no taste: looked at exactly, a crowd of them took gigabytes."""
    factors = MatrixFactorisation().fit(crowd, AS_OF)
    nobody = Customers.nobody(np.arange(10_000, 40_000))
    factors.propose(Customers.nobody(np.arange(10_000, 10_001)), 5)
    tracemalloc.start()
    found = factors.propose(nobody, 5)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert not len(found.customer)
    # The folding in itself: float64 (customers, dimensions), a few times over.
    assert peak < 6 * 8 * len(nobody) * factors.factors.shape[1]


def test_articles_of_the_same_buyers_tie_and_come_in_order() -> None:
    rows = [("2020-09-01", customer, article) for customer in (1, 2, 3) for article in (8, 7, 9)]
    found = candidates(MatrixFactorisation(), History(transactions(*rows), catalogue()), numbers(2), AS_OF, 2)
    assert found["article"].to_list() == [7, 8]
    assert found["score"].n_unique() == 1


def test_it_is_fitted_once_for_all_chunks_of_customers(
    crowd: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits: list[date] = []
    fit = MatrixFactorisation.fit

    def noting(self: MatrixFactorisation, history: History, as_of: date) -> Factors:
        fits.append(as_of)
        return fit(self, history, as_of)

    monkeypatch.setattr(MatrixFactorisation, "fit", noting)
    for customer in range(5):
        proposed(MatrixFactorisation(), crowd, customer)
    assert fits == [AS_OF]


@pytest.mark.parametrize(("articles", "k"), [(1000, 7), (1000, 1), (139, 7), (7, 7), (3, 7)])
def test_the_bound_of_a_list_is_never_above_its_last_score_and_leaves_few_others(
    articles: int, k: int
) -> None:
    scores = np.random.default_rng(articles).normal(size=(20, articles)).astype(np.float32)
    bound = matrix_factorisation._no_more_than_the_last(scores, k)[:, 0]
    for row, least in zip(scores.tolist(), bound.tolist(), strict=True):
        kept = sum(score >= least for score in row)
        assert min(k, articles) <= kept <= (2 * k if articles > k else articles)
