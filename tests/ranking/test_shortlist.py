"""The shortlist: what the small ranker puts first is ordered by the ranker, and all else follows in its own order."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from boutique import CUSTOMERS, END

from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.ranking.model import Model, put_together, take_apart
from stylo.ranking.pool import Pool
from stylo.ranking.ranker import SHORTLIST, Ranker
from stylo.recommender import Recommender

LENGTH = 10


@pytest.fixture(scope="module")
def whole(trained_boutique: Recommender, boutique: History) -> Model:
    """The model as it is trained. The boutique has fewer articles than a shortlist has places."""
    return trained_boutique.model(boutique, END)


@pytest.fixture(scope="module")
def model(whole: Model) -> Model:
    """The same with a shortlist of ten."""
    assert whole.ranker is not None and whole.ranker.shortlist == SHORTLIST
    return replace(whole, ranker=replace(whole.ranker, shortlist=LENGTH))


def customers(history: History, *numbers: int) -> Customers:
    return Customers.read(history, pl.Series(numbers, dtype=pl.UInt32), END)


@pytest.fixture(scope="module")
def everyone(boutique: History) -> Customers:
    """With and without purchases."""
    return customers(boutique, *range(1, CUSTOMERS + 1))


def score(model: Model, ranker: Ranker | None, pool: Pool) -> np.ndarray:
    """By all of one ranker's trees, for every row."""
    assert ranker is not None
    return ranker.score(model.snapshot.features(pool, ranker.without))


def test_the_shortlist_leads_in_the_rankers_order_and_the_others_follow_in_the_small_rankers(
    model: Model, boutique: History
) -> None:
    assert model.ranker is not None
    for number in (30, 31, 32, 99):
        pool = model.pool(customers(boutique, number))
        assert len(pool) > LENGTH
        rough, fine = score(model, model.ranker.first, pool), score(model, model.ranker, pool)
        order = pool.best(model.score(pool), len(pool)).article
        by_rough = pool.best(rough, len(pool)).article
        chosen = np.sort(by_rough[:LENGTH])
        assert (
            order[:LENGTH].tolist() == chosen[pool.only(chosen).best(fine[chosen], LENGTH).article].tolist()
        )
        assert order[LENGTH:].tolist() == by_rough[LENGTH:].tolist()
        np.testing.assert_array_equal(model.score(pool)[chosen], fine[chosen])


def test_the_two_rankers_do_not_agree(model: Model, whole: Model, everyone: Customers) -> None:
    """Else the tests here would show nothing."""
    assert not model.recommend(everyone, 20).equals(whole.recommend(everyone, 20))


def test_behind_the_shortlist_scores_go_on_where_it_ends(model: Model, everyone: Customers) -> None:
    assert model.ranker is not None
    known = everyone.with_purchases()
    pool = model.pool(known)
    order = pool.best(model.score(pool), 60)
    rough = score(model, model.ranker.first, pool)
    for number in range(len(known)):
        mine = order.customer == number
        scores, rows = order.score[mine].astype(float), order.article[mine]
        assert scores[LENGTH - 1] - scores[LENGTH] == pytest.approx(1e-3, abs=1e-5)
        behind = rough[rows[LENGTH:]]
        np.testing.assert_allclose(scores[LENGTH] - scores[LENGTH:], behind[0] - behind, atol=1e-5)


def test_who_is_proposed_no_more_than_the_shortlist_holds_gets_what_the_ranker_says(
    whole: Model, everyone: Customers
) -> None:
    assert whole.ranker is not None
    plain = replace(whole, ranker=replace(whole.ranker, first=None, shortlist=0))
    assert whole.recommend(everyone, 60).equals(plain.recommend(everyone, 60))


def test_a_list_is_the_same_alone_as_among_others(
    model: Model, everyone: Customers, boutique: History
) -> None:
    together = model.recommend(everyone, 20)
    for number in (1, 6, 30, 31, 200):
        alone = model.recommend(customers(boutique, number), 20)
        assert alone.equals(together.filter(pl.col("customer") == number))


def test_a_filter_leaves_what_is_behind_the_shortlist(model: Model, boutique: History) -> None:
    """As a service filters: what may not be shown leaves the pool, and what is left is ranked."""
    pool = model.pool(customers(boutique, 30))
    best = pool.best(model.score(pool), LENGTH).article
    left = pool.only(np.setdiff1d(np.arange(len(pool)), best))
    assert len(left.best(model.score(left), 60).article) == len(pool) - LENGTH


def test_explanations_go_on_behind_the_shortlist(model: Model, boutique: History) -> None:
    why = model.explain(customers(boutique, 30), 30)
    lists = model.recommend(customers(boutique, 30), 30)
    assert [each.article for each in why] == lists["article"].to_list()
    assert len(why) > LENGTH and all(len(each.features) == 5 for each in why)


def test_nobody_and_newcomers_alone(model: Model, boutique: History) -> None:
    assert model.recommend(customers(boutique), 12).is_empty()
    newcomers = model.recommend(customers(boutique, 1, 2), 12)
    assert newcomers.equals(replace(model, ranker=None).recommend(customers(boutique, 1, 2), 12))


def test_a_model_from_before_there_were_shortlists_ranks_everything(
    whole: Model, everyone: Customers
) -> None:
    assert whole.ranker is not None
    arrays: dict[str, np.ndarray] = {}
    before = replace(whole, ranker=replace(whole.ranker, first=None, shortlist=0))
    facts = json.loads(json.dumps(take_apart(before, arrays)))
    for field in ("first", "shortlist"):
        del facts["fields"]["ranker"]["fields"][field]
    opened = put_together(facts, arrays)
    assert opened.ranker.first is None
    assert opened.recommend(everyone, 12).equals(before.recommend(everyone, 12))
