"""Why an article is recommended: one purchase and one strategy at a time, so that the reason can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from boutique import END
from helpers import AS_OF, catalogue, transactions, twins

from stylo.candidates.bought_together import BoughtTogether
from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.candidates.lists import NeighbourLists
from stylo.candidates.personal import OwnPurchases, Variants
from stylo.candidates.popularity import Popularity
from stylo.candidates.similar_articles import VisualTwins
from stylo.candidates.strategy import Strategy
from stylo.ranking.explanation import REASONS, Explanation, Reason, ago, reasons
from stylo.ranking.model import Model
from stylo.ranking.pool import Pool
from stylo.ranking.snapshot import Snapshot
from stylo.recommender import CUSTOMER_WEIGHTS, STRATEGIES, Recommender

SHIRT, SHIRT_RED, BELT, HAT, CAP = 1_001, 1_002, 2_001, 3_001, 4_001
NAMES = {
    SHIRT: ("Oxford shirt", "White"),
    SHIRT_RED: ("Oxford shirt", "Red"),
    BELT: ("Belt", "Brown"),
    HAT: ("Hat", "Black"),
    CAP: ("Cap", "Black"),
}


def days_ago(days: int) -> str:
    return str(AS_OF - timedelta(days=days))


#: Customer 1 bought a shirt; customer 2 a shirt and a belt on one day. The hat looks like the belt.
SALES = [(days_ago(15), 1, SHIRT), (days_ago(40), 2, SHIRT), (days_ago(40), 2, BELT), (days_ago(1), 3, CAP)]
HISTORY = History(
    transactions(*SALES),
    catalogue(*((article, 1, 1, 1) for article in NAMES)),
    twins((BELT, HAT, 0.9), (SHIRT, CAP, 0.2), (SHIRT, HAT, 0.6)),
)


def explained(customer: int, *strategies: Strategy, history: History = HISTORY) -> dict[int, Explanation]:
    """Article → why, in the order of the recommendations; each strategy weighs the same."""
    model = Model(
        Snapshot.take(history, AS_OF, strategies), None, {each.name: 1.0 for each in strategies}, 3.0, 50
    )
    found = model.explain(Customers.read(history, pl.Series([customer], dtype=pl.UInt32), AS_OF), 12)
    return {each.article: each for each in found}


def test_what_the_customer_owns_is_recommended_again() -> None:
    why = explained(1, OwnPurchases())[SHIRT]
    assert (why.kind, why.because, why.days) == ("again", SHIRT, 15)
    assert why.sentence(NAMES) == "This shopper bought it 2 weeks ago."
    assert why.proposed_by == (("own purchases", 1),)
    assert why.features == ()


def test_what_was_bought_several_times_is_told_by_the_last_time() -> None:
    often = HISTORY.over(transactions(*SALES, (days_ago(3), 1, SHIRT), (days_ago(200), 1, SHIRT)))
    assert (
        explained(1, OwnPurchases(), history=often)[SHIRT].sentence(NAMES)
        == "This shopper bought it 3 days ago."
    )


def test_a_variant_names_the_colour_that_the_customer_has() -> None:
    why = explained(1, Variants())[SHIRT_RED]
    assert (why.kind, why.because, why.days) == ("variant", SHIRT, 15)
    assert why.sentence(NAMES) == "This shopper bought it in White 2 weeks ago."
    one_colour = NAMES | {SHIRT_RED: ("Oxford shirt", "White")}
    assert why.sentence(one_colour) == "This shopper bought this or one like it 2 weeks ago."
    assert why.sentence({}) == "This shopper bought this or one like it 2 weeks ago."


def test_what_is_bought_together_or_looks_alike_names_the_purchase_that_led_to_it() -> None:
    why = explained(1, BoughtTogether())[BELT]
    assert (why.kind, why.because, why.days) == ("bought together", SHIRT, 15)
    assert (
        why.sentence(NAMES)
        == "Often bought in the same basket as Oxford shirt, which this shopper bought 2 weeks ago."
    )
    assert (
        why.sentence({})
        == "Often bought in the same basket as another article, which this shopper bought 2 weeks ago."
    )
    assert explained(1, VisualTwins())[HAT].sentence(NAMES) == (
        "Looks like Oxford shirt, which this shopper bought 2 weeks ago."
    )


def test_of_several_purchases_the_one_that_speaks_most_is_named() -> None:
    # The hat is like the belt by 0.9 and like the shirt by 0.6; a purchase counts half after 30 days.
    def because(days_since_belt: int) -> int | None:
        rows = transactions((days_ago(1), 7, SHIRT), (days_ago(days_since_belt), 7, BELT))
        return explained(7, VisualTwins(), history=HISTORY.over(rows))[HAT].because

    assert because(10) == BELT
    assert because(31) == SHIRT


def test_what_sells_needs_no_purchase() -> None:
    why = explained(99, Popularity(), OwnPurchases())[CAP]
    assert (why.kind, why.because, why.days) == ("popularity", None, None)
    assert why.sentence(NAMES) == "One of the shop’s bestsellers."


def test_the_strategy_that_ranked_it_highest_gives_the_reason() -> None:
    # The cap is first by sales, and second to the hat as a twin of the shirt.
    found = explained(1, Popularity(), VisualTwins())
    assert found[CAP].proposed_by == (("popularity", 1), ("visual twins", 2))
    assert found[CAP].kind == "popularity"
    assert found[HAT].proposed_by == (("visual twins", 1),)
    assert found[HAT].kind == "visual twins"


def test_a_reason_that_was_written_down_says_the_same() -> None:
    for why in (*explained(1, Variants(), VisualTwins()).values(), *explained(99, Popularity()).values()):
        again = Reason(why.article, why.kind, why.because, why.days)
        assert again.sentence(NAMES) == why.sentence(NAMES)


def test_of_several_forms_of_a_product_the_last_bought_is_named() -> None:
    rows = transactions((days_ago(9), 7, SHIRT), (days_ago(4), 7, SHIRT_RED), (days_ago(30), 7, SHIRT_RED))
    third = 1_003
    history = History(rows, catalogue((SHIRT, 1, 1, 1), (SHIRT_RED, 1, 1, 2), (third, 1, 1, 3)))
    why = explained(7, Variants(), history=history)[third]
    assert (why.kind, why.because, why.days) == ("variant", SHIRT_RED, 4)


def test_a_strategy_without_a_sentence_still_says_something() -> None:
    why = Explanation(CAP, "style neighbours of the moon", None, None, (), ())
    assert why.sentence(NAMES) == "Recommended by the model."


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
def test_every_strategy_of_the_hybrid_has_a_sentence(strategy: Strategy) -> None:
    kind = {"own purchases": "again", "variants": "variant"}.get(strategy.name, strategy.name)
    said = Explanation(CAP, kind, SHIRT, 15, ((strategy.name, 1),), ()).sentence(NAMES)
    assert said != "Recommended by the model."
    assert said.endswith(".") and "{" not in said


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (1, "yesterday"),
        (2, "2 days ago"),
        (13, "13 days ago"),
        (14, "2 weeks ago"),
        (15, "2 weeks ago"),
        (59, "8 weeks ago"),
        (60, "2 months ago"),
        (364, "12 months ago"),
        (365, "over a year ago"),
        (400, "over a year ago"),
    ],
)
def test_how_long_ago_in_words(days: int, words: str) -> None:
    assert ago(days) == words
    past = "the day before" if days == 1 else words.replace("ago", "before")
    assert ago(days, past=True) == past


def test_of_a_list_of_the_past_days_count_back_from_its_own_day() -> None:
    why = explained(1, OwnPurchases())[SHIRT]
    assert why.sentence(NAMES, past=True) == "This shopper bought it 2 weeks before."


@pytest.fixture(scope="module")
def model(trained_boutique: Recommender, boutique: History) -> Model:
    return trained_boutique.model(boutique, END)


def explanations(model: Model, history: History, customers: Sequence[int], k: int) -> list[Explanation]:
    return model.explain(Customers.read(history, pl.Series(customers, dtype=pl.UInt32), END), k)


def test_the_five_features_that_count_most_come_with_their_values_the_strongest_first(
    model: Model, boutique: History
) -> None:
    customers = Customers.read(boutique, pl.Series([30], dtype=pl.UInt32), END)
    pool = model.pool(customers)
    features, articles = (
        model.snapshot.features(pool, model.ranker.without),
        model.snapshot.articles[pool.article].tolist(),
    )
    found = explanations(model, boutique, [30], 50)
    # Of what comes last, some count against it.
    assert any(share < 0 for _, _, share in found[-1].features)
    for why in found[::10]:
        row = articles.index(why.article)
        strengths = [abs(share) for _, _, share in why.features]
        assert len(strengths) == 5 and strengths == sorted(strengths, reverse=True)
        assert model.ranker is not None
        shares = model.ranker.contributions(features)[row]
        assert strengths == pytest.approx(sorted(np.abs(shares), reverse=True)[:5], rel=1e-6)
        for name, value, share in why.features:
            number = features.names.index(name)
            assert value == pytest.approx(features.values[row, number], abs=1e-6, nan_ok=True)
            assert share == pytest.approx(shares[number])


def test_explanations_come_in_the_order_of_the_lists_also_of_several_customers(
    model: Model, boutique: History
) -> None:
    asked = [1, 30, 31]
    lists = model.recommend(Customers.read(boutique, pl.Series(asked, dtype=pl.UInt32), END), 5)
    found = explanations(model, boutique, asked, 5)
    assert [each.article for each in found] == lists["article"].to_list()
    for each, names in zip(found, lists["proposed_by"].to_list(), strict=True):
        assert [name for name, _ in each.proposed_by] == names
        ranks = [rank for _, rank in each.proposed_by]
        assert ranks == sorted(ranks)
    alone = [each for customer in asked for each in explanations(model, boutique, [customer], 5)]
    assert [each.article for each in alone] == [each.article for each in found]


def test_nobody_gets_no_explanation(model: Model, boutique: History) -> None:
    assert explanations(model, boutique, [], 5) == []
    fusion = Model(model.snapshot, None, CUSTOMER_WEIGHTS, 3.0, 50)
    assert all(each.features == () for each in explanations(fusion, boutique, [30], 5))


def test_the_reasons_of_many_are_those_of_a_search_through_the_purchases_of_each(
    model: Model, boutique: History
) -> None:
    customers = Customers.read(boutique, pl.Series([1, 2, *range(30, 60)], dtype=pl.UInt32), END)
    pool = model.pool(customers)
    rows = np.random.default_rng(1).permutation(len(pool))
    found = reasons(model.snapshot, pool, rows)
    assert found.schema == REASONS
    assert found.rows() == [searched(model.snapshot, pool, row) for row in rows.tolist()]
    assert {"again", "variant", "bought together", "visual twins", "popularity"} <= set(found["reason"])


def searched(snapshot: Snapshot, pool: Pool, row: int) -> tuple[str, int | None, int | None]:
    """The reason of one row, one purchase and one strategy after the other."""
    ids, article, who = snapshot.articles, int(pool.article[row]), int(pool.customer[row])
    mine = slice(pool.customers.start[who], pool.customers.start[who + 1])
    purchases = list(
        zip(pool.customers.article[mine].tolist(), pool.customers.days[mine].tolist(), strict=True)
    )
    for kind, per_product in (("again", 1), ("variant", 1000)):
        for bought, days in purchases:
            if ids[bought] // per_product == ids[article] // per_product:
                return kind, int(ids[bought]), days
    recent: dict[int, int] = {}
    for bought, days in purchases:
        recent.setdefault(bought, days)
    recent = dict(list(recent.items())[:20])
    ranks = pool.rank[row].tolist()
    for name in (pool.strategies[n] for n in np.argsort(ranks, kind="stable") if ranks[n] == ranks[n]):
        strategy = snapshot.strategies[name]
        if not isinstance(strategy, NeighbourLists):
            return name, None, None
        votes = {
            bought: strategy.score[place] * 0.5 ** (days / strategy.half_life)
            for bought, days in recent.items()
            for place in range(strategy.start[bought], strategy.start[bought + 1])
            if strategy.neighbour[place] == article
        }
        if votes and max(votes.values()) > 0:
            most = max(votes, key=lambda bought: votes[bought])
            return name, int(ids[most]), recent[most]
    return "popularity", None, None
