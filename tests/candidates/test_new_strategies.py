"""New arrivals and what people of one's age buy, by arithmetic on shops of a few sales."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl
import pytest
from helpers import AS_OF, catalogue, members, transactions, vectors

from stylo.candidates.history import History
from stylo.candidates.popularity import NewArrivals, PopularityByAge, PopularityByChannel
from stylo.candidates.strategy import candidates
from stylo.vectors.embeddings import Embeddings


def ago(days: int) -> str:
    return str(AS_OF - timedelta(days=days))


def proposed(strategy: object, history: History, customer: int, as_of: date = AS_OF) -> dict[int, float]:
    """Article → score, the best first."""
    found = candidates(strategy, history, pl.Series([customer], dtype=pl.UInt32), as_of, 50)
    assert found["rank"].to_list() == list(range(1, found.height + 1))
    return dict(found.select("article", "score").iter_rows())


# Product codes 10, 20 and 30 sell; the median of their sales is 20.
OWNED, MIDDLE, HIGH = 10_001, 20_001, 30_001
OLD, JUST_NEW, NEW, FRESH, LOOKLESS = 19_999, 20_002, 40_001, 5_001, 41_001
SALES = [
    (ago(60), 1, OWNED),
    (ago(10), 2, OWNED),
    (ago(20), 2, MIDDLE),
    (ago(28), 2, HIGH),
    (ago(7), 3, FRESH),
]
SALES += [(ago(8), 2, HIGH)]
LOOK = vectors(
    {
        OWNED: (1, 0),
        MIDDLE: (1, 0),
        HIGH: (1, 0),
        OLD: (1, 0),
        JUST_NEW: (3, 4),
        NEW: (8, 6),
        FRESH: (0, 2),
    }
)


def shop(*rows: tuple[str, int, int], embeddings: Mapping[str, Embeddings] | None = None) -> History:
    known = (OWNED, MIDDLE, HIGH, OLD, JUST_NEW, NEW, FRESH, LOOKLESS)
    articles = catalogue(*((article, 1, 1, 1) for article in known))
    return History(
        transactions(*rows), articles, embeddings={"look": LOOK} if embeddings is None else embeddings
    )


def test_new_is_what_was_never_sold_with_a_high_code_and_what_was_first_sold_of_late() -> None:
    # Sold in four weeks: products 5, 10, 20, 30, 30, so that the median is 20. NEW is (0.8, 0.6), and so on.
    by = 0.5 ** (60 / 60)
    assert proposed(NewArrivals(), shop(*SALES), 1) == pytest.approx(
        {NEW: 0.8 * by, JUST_NEW: 0.6 * by, FRESH: 0.0}, abs=1e-6
    )


def test_an_article_that_was_first_sold_eight_days_ago_is_no_longer_new() -> None:
    later = AS_OF + timedelta(days=1)
    assert FRESH not in proposed(NewArrivals(), shop(*SALES), 1, later)
    assert FRESH in proposed(NewArrivals(days=8), shop(*SALES), 1, later)


def test_a_higher_share_asks_for_a_higher_code() -> None:
    assert set(proposed(NewArrivals(share=0.9), shop(*SALES), 1)) == {NEW, FRESH}
    assert set(proposed(NewArrivals(share=0.0), shop(*SALES), 1)) == {OLD, NEW, JUST_NEW, FRESH}


def test_of_what_was_never_sold_the_lowest_codes_count_if_there_are_too_many() -> None:
    # LOOKLESS is above NEW, JUST_NEW below.
    assert set(proposed(NewArrivals(most=1), shop(*SALES), 1)) == {JUST_NEW, FRESH}
    assert set(proposed(NewArrivals(most=2), shop(*SALES), 1)) == {JUST_NEW, NEW, FRESH}


def test_likeness_is_the_mean_of_the_cosines_of_all_vectors_and_purchases_add_up() -> None:
    words = vectors({OWNED: (1, 0), MIDDLE: (0, 1), NEW: (0, 7), JUST_NEW: (1, 0), FRESH: (1, 0)})
    history = shop(*SALES, (ago(120), 1, MIDDLE), embeddings={"look": LOOK, "text": words})
    found = proposed(NewArrivals(), history, 1)
    by_owned, by_middle = 0.5 ** (60 / 60), 0.5 ** (120 / 60)
    assert found == pytest.approx(
        {
            NEW: by_owned * (0.8 + 0) / 2 + by_middle * (0.8 + 1) / 2,
            JUST_NEW: by_owned * (0.6 + 1) / 2 + by_middle * (0.6 + 0) / 2,
            FRESH: by_owned * (0 + 1) / 2 + by_middle * 0,
        }
    )


@pytest.mark.parametrize("history", [shop(*SALES, embeddings={}), shop((ago(29), 1, OWNED)), shop()])
def test_nothing_is_new_without_vectors_or_sales_of_late(history: History) -> None:
    assert proposed(NewArrivals(), history, 1) == {}


def test_a_sale_to_come_makes_nothing_new() -> None:
    before = proposed(NewArrivals(), shop(*SALES), 1)
    assert proposed(NewArrivals(), shop(*SALES, (str(AS_OF), 2, OLD), (str(AS_OF), 2, NEW)), 1) == before


A, B, C, D = 1, 2, 3, 4
AGES = {1: 25, 2: 35, 3: 55, 4: None, 15: 15, 45: 45, 85: 85, 5: 5, 39: 39.9}
BY_AGE = [(ago(5), 1, A), (ago(10), 2, B), (ago(5), 3, C), (ago(1), 4, D), (ago(51), 1, D)]


def of_ages(*rows: tuple[str, int, int], ages: Mapping[int, float | None] = AGES) -> History:
    articles = catalogue(*((article, 1, 1, 1) for article in (A, B, C, D)))
    return History(transactions(*rows), articles, customers=members(ages))


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        # Twenties bought A (weight ½), thirties B (¼), fifties C (½); a neighbouring group lends the half of it.
        (1, {A: 1 / 2, B: 1 / 8}),
        (2, {A: 1 / 4, B: 1 / 4}),
        (39, {A: 1 / 4, B: 1 / 4}),
        (45, {C: 1 / 4, B: 1 / 8}),
        (3, {C: 1 / 2}),
        (15, {A: 1 / 4}),
        (5, {}),
        (85, {C: 1 / 2}),  # older than anyone who bought: what the oldest buy
        (4, {}),  # of unknown age
        (77, {}),  # a stranger
    ],
)
def test_what_sells_to_people_of_an_age_counts_by_half_lives_and_neighbours_lend(
    customer: int, expected: dict[int, float]
) -> None:
    found = proposed(PopularityByAge(), of_ages(*BY_AGE), customer)
    assert list(found.items()) == list(expected.items())  # halves are exact


def test_each_sale_counts_also_several_of_one_customer() -> None:
    found = proposed(PopularityByAge(), of_ages((ago(5), 1, A), (ago(5), 1, A), (ago(10), 1, A)), 1)
    assert found == pytest.approx({A: 1 / 2 + 1 / 2 + 1 / 4})


def test_nobody_of_known_age_who_bought_means_nothing_for_anybody() -> None:
    for history in (of_ages(*BY_AGE, ages={}), of_ages((ago(1), 4, D)), of_ages()):
        assert [proposed(PopularityByAge(), history, customer) for customer in (1, 4, 85)] == [{}, {}, {}]


def test_a_member_who_will_buy_later_changes_nothing() -> None:
    alone = of_ages(*BY_AGE)
    with_another = of_ages(*BY_AGE, (str(AS_OF), 95, D), ages={**AGES, 95: 95})
    for customer in (1, 2, 3, 85):
        mine = proposed(PopularityByAge(), alone, customer)
        assert proposed(PopularityByAge(), with_another, customer) == mine


SHOP, ONLINE = 1, 2


def through_channels(*rows: tuple[str, int, int, int]) -> History:
    sold = transactions(*(row[:3] for row in rows))
    channels = pl.Series([row[3] for row in rows], dtype=pl.UInt8)
    articles = catalogue(*((article, 1, 1, 1) for article in (A, B, C, D)))
    return History(sold.with_columns(sales_channel_id=channels), articles)


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        # In shops A was sold five days ago (weight ½) and B ten (¼); online C twice five days ago (1).
        (1, {A: 1 / 2, B: 1 / 4}),
        (2, {C: 1}),
        (3, {A: 1 / 2, B: 1 / 4}),  # one of each: no more than half online
        (77, {}),  # a stranger
    ],
)
def test_who_buys_in_shops_gets_what_sells_there_and_who_buys_online_what_sells_there(
    customer: int, expected: dict[int, float]
) -> None:
    sales = [(ago(5), 1, A, SHOP), (ago(10), 3, B, SHOP), (ago(5), 2, C, ONLINE), (ago(5), 3, C, ONLINE)]
    assert proposed(PopularityByChannel(), through_channels(*sales), customer) == pytest.approx(expected)
