"""The features of a pool, each by arithmetic on one small shop; and what they must not depend on."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from boutique import END, with_another_future
from helpers import AS_OF, catalogue, members, transactions, vectors

from stylo.candidates.customers import Customers
from stylo.candidates.history import History
from stylo.candidates.lists import Candidates
from stylo.candidates.matrix_factorisation import MatrixFactorisation
from stylo.ranking.features import FEATURE_GROUPS, Features
from stylo.ranking.pool import Pool
from stylo.ranking.snapshot import Snapshot
from stylo.recommender import STRATEGIES

UNKNOWN = float("nan")
RED, BLUE, TROUSERS, UNSOLD = 1_001, 1_002, 2_001, 3_001
#: Article, department, product type, colour.
SHOP = catalogue((RED, 1, 10, 5), (BLUE, 1, 10, 6), (TROUSERS, 2, 20, 5), (UNSOLD, 1, 10, 5))
#: Customer, article, days ago, price, channel. The last two lie one year and four weeks back.
SALES = [
    (1, RED, 90, 0.1, 1),
    (1, RED, 30, 0.2, 2),
    (1, BLUE, 30, 0.3, 2),
    (1, TROUSERS, 7, 0.4, 2),
    (2, TROUSERS, 2, 0.5, 2),
    (2, BLUE, 20, 0.35, 1),
    (3, BLUE, 359, 0.3, 2),
    (3, BLUE, 359, 0.3, 2),
]
LOOK = vectors({RED: (1, 0), BLUE: (0, 2), TROUSERS: (3, 4), UNSOLD: (5, 0)})


def history() -> History:
    bought = transactions(
        *((str(AS_OF - timedelta(days=days)), who, what) for who, what, days, _, _ in SALES)
    )
    paid = {
        "price": pl.Series([sale[3] for sale in SALES], dtype=pl.Float32),
        "sales_channel_id": pl.Series([sale[4] for sale in SALES], dtype=pl.UInt8),
    }
    ages = members({1: 33, 2: None, 3: 50, 4: 20}).with_columns(
        club_member_status=pl.lit("ACTIVE"), fashion_news_frequency=pl.lit("NONE")
    )
    return History(bought.with_columns(**paid), SHOP, customers=ages, embeddings={"look": LOOK})


SNAPSHOT = Snapshot.take(history(), AS_OF, [MatrixFactorisation()])
#: Customer 1 … 4 at the positions 0 … 3, and every article of each; 4 has never bought.
SHOPPERS = Customers.read(history(), pl.Series([1, 2, 3, 4], dtype=pl.UInt32), AS_OF)


def crossed() -> Pool:
    """Everything proposed to everyone by "mine", and trousers to the first by "yours" at rank 7."""
    customer, article = (each.ravel() for each in np.indices((4, 4)))
    mine = Candidates(customer, article, article + 1, np.float32(1) / (article + 1))
    one = np.array([0])
    return Pool.of(SHOPPERS, {"mine": mine, "yours": Candidates(one, one + 2, one + 7, one + 0.25)})


FEATURES = SNAPSHOT.features(crossed())


def of(customer: int, article: int, name: str) -> float:
    row = 4 * (customer - 1) + (RED, BLUE, TROUSERS, UNSOLD).index(article)
    return float(FEATURES.values[row, FEATURES.names.index(name)])


def of_articles(name: str) -> list[float]:
    return [of(1, article, name) for article in (RED, BLUE, TROUSERS, UNSOLD)]


def nearly(expected: object) -> object:
    return pytest.approx(expected, rel=1e-6, nan_ok=True)


def test_ranks_of_the_strategies_and_how_many_agree() -> None:
    assert of_articles("rank: mine") == [1, 2, 3, 4]
    assert of_articles("rank: yours") == nearly([UNKNOWN, UNKNOWN, 7, UNKNOWN])
    assert of_articles("strategies") == [1, 1, 2, 1]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sales of 7 days", [0, 0, 2, 0]),
        ("sales of 14 days", [0, 0, 2, 0]),
        ("sales of 28 days", [0, 1, 2, 0]),
        ("sales of 91 days", [2, 2, 2, 0]),
        ("sales ever", [2, 4, 2, 0]),
        ("sales, decayed", [0.5**6, 0.5**6 + 0.5**4, 0.5 ** (7 / 5) + 0.5 ** (2 / 5), 0]),
        # What is older than 300 days counts nothing.
        ("sales, decayed slowly", [0.5**3 + 0.5, 0.5 + 0.5 ** (2 / 3), 0.5 ** (7 / 30) + 0.5 ** (1 / 15), 0]),
        ("sales of product", [0, 0, 2, 0]),
        # The usual of 28 days is a quarter of them.
        ("trend", [0, math.log(1 / 1.25), math.log(3 / 1.5), 0]),
        ("days since first sale", [90, 359, 7, 9999]),
        ("days since last sale", [30, 20, 2, 9999]),
        ("days since product's last sale", [20, 20, 2, 9999]),
        # Of the three sold in 28 days, one is BLUE and two are TROUSERS.
        ("newness", [0, 0, 1 / 3, 1]),
        # Two more of the kind of shirts in the four weeks to come a year ago than in the four before.
        ("season", [math.log(22 / 20), math.log(22 / 20), 0, math.log(22 / 20)]),
    ],
)
def test_how_an_article_sells(name: str, expected: list[float]) -> None:
    assert of_articles(name) == nearly(expected)


def test_the_sales_of_a_product_are_those_of_its_variants() -> None:
    slowly = of_articles("sales, decayed slowly")
    assert of_articles("sales of product, decayed slowly") == nearly([slowly[0] + slowly[1]] * 2 + slowly[2:])


def test_the_repeat_rate_is_drawn_to_that_of_the_kind_and_that_to_that_of_all() -> None:
    # Shirts: three buyers, of whom customer 1 bought on two days. Trousers: two buyers, none again.
    of_all = 1 / 5
    shirts, trousers = (1 + 20 * of_all) / (3 + 20), (0 + 20 * of_all) / (2 + 20)
    product = (1 + 20 * shirts) / (3 + 20)
    assert of_articles("repeat rate") == nearly([product, product, (0 + 20 * trousers) / (2 + 20), shirts])


@pytest.mark.parametrize(
    ("name", "of_one", "of_two", "of_four"),
    [
        ("purchases", 4, 2, 0),
        ("purchases of 28 days", 1, 2, 0),
        ("purchases of 91 days", 4, 2, 0),
        ("visits", 3, 2, 0),
        ("days since last visit", 7, 2, UNKNOWN),
        ("days since first visit", 90, 20, UNKNOWN),
        ("days between visits", (90 - 7) / 2, 18, UNKNOWN),
        ("due", 7 / ((90 - 7) / 2), 2 / 18, UNKNOWN),
        ("articles a visit", 4 / 3, 1, UNKNOWN),
        ("share bought online", 3 / 4, 1 / 2, UNKNOWN),
        ("age", 33, UNKNOWN, 20),
        ("club", 2, 2, 2),
        ("news", 0, 0, 0),
        ("usual price", (0.1 + 0.2 + 0.3 + 0.4) / 4, (0.5 + 0.35) / 2, UNKNOWN),
    ],
)
def test_how_a_customer_buys(name: str, of_one: float, of_two: float, of_four: float) -> None:
    for article in (RED, UNSOLD):
        assert [of(customer, article, name) for customer in (1, 2, 4)] == nearly([of_one, of_two, of_four])


def test_one_visit_has_no_gap_after_it() -> None:
    assert of(3, RED, "days between visits") == 0
    assert math.isnan(of(3, RED, "due"))


EVERYTHING = 0.5 ** (90 / 90) + 2 * 0.5 ** (30 / 90) + 0.5 ** (7 / 90)
RED_WEIGHT = 0.5 ** (90 / 90) + 0.5 ** (30 / 90)
SHIRTS_WEIGHT = RED_WEIGHT + 0.5 ** (30 / 90)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("article: bought", [2, 1, 1, 0]),
        ("article: days since", [30, 30, 7, UNKNOWN]),
        ("article: bought, decayed", [RED_WEIGHT, 0.5 ** (1 / 3), 0.5 ** (7 / 90), 0]),
        (
            "article: share",
            [RED_WEIGHT / EVERYTHING, 0.5 ** (1 / 3) / EVERYTHING, 0.5 ** (7 / 90) / EVERYTHING, 0],
        ),
        ("article: bought, decayed by 7 days", [0.5 ** (90 / 7) + 0.5 ** (30 / 7), 0.5 ** (30 / 7), 0.5, 0]),
        ("article: bought, decayed by 30 days", [0.5**3 + 0.5, 0.5, 0.5 ** (7 / 30), 0]),
        # Of the visits 90, 30 and 7 days ago one came after the shirts; two shirts were bought together.
        ("article: visits since", [1, 1, 0, UNKNOWN]),
        ("article: bought with it", [2, 2, 1, UNKNOWN]),
        ("product: bought", [3, 3, 1, 0]),
        ("product: days since", [30, 30, 7, UNKNOWN]),
        ("product: visits since", [1, 1, 0, UNKNOWN]),
        ("product: bought with it", [2, 2, 1, UNKNOWN]),
        ("product: bought, decayed by 30 days", [0.5**3 + 2 * 0.5, 0.5**3 + 2 * 0.5, 0.5 ** (7 / 30), 0]),
        ("department: bought", [3, 3, 1, 3]),
        ("department: days since", [30, 30, 7, 30]),
        ("department: bought, decayed", [SHIRTS_WEIGHT, SHIRTS_WEIGHT, 0.5 ** (7 / 90), SHIRTS_WEIGHT]),
        (
            "product type: share",
            [SHIRTS_WEIGHT / EVERYTHING] * 2 + [0.5 ** (7 / 90) / EVERYTHING, SHIRTS_WEIGHT / EVERYTHING],
        ),
        ("colour: bought", [3, 1, 3, 3]),
        ("colour: days since", [7, 30, 7, 7]),
        # The table does not tell sections.
        ("section: bought", [0, 0, 0, 0]),
        ("section: days since", [UNKNOWN] * 4),
        ("pattern: share", [0, 0, 0, 0]),
    ],
)
def test_what_the_customer_bought_of_the_articles_groups(name: str, expected: list[float]) -> None:
    assert of_articles(name) == nearly(expected)


def test_prices_are_those_of_the_last_four_weeks_of_sales() -> None:
    # RED sold 90 and 30 days ago: only the latter counts. BLUE 30 and 20 days ago, TROUSERS 7 and 2.
    price = [0.2, (0.3 + 0.35) / 2, (0.4 + 0.5) / 2, UNKNOWN]
    assert of_articles("price") == nearly(price)
    assert of_articles("price against usual") == nearly([each / 0.25 for each in price])
    first = [(0.1 + 0.2) / 2, (0.3 + 0.35 + 0.3 + 0.3) / 4, (0.4 + 0.5) / 2, UNKNOWN]
    assert of_articles("price against first") == nearly([a / b for a, b in zip(price, first, strict=True)])


def test_likeness_is_the_cosine_to_what_else_was_bought_of_late() -> None:
    # Trousers are at (0.6, 0.8), red at (1, 0) and blue at (0, 1); they weigh by 60 days.
    lately, earlier = 0.5 ** (7 / 60), 0.5 ** (30 / 60)
    assert of_articles("look: nearest") == nearly([0.6, 0.8, 0.8, 1.0])
    assert of_articles("look: mean") == nearly(
        [
            (0.6 * lately + 0 * earlier) / (lately + earlier),
            (0.8 * lately + 0 * earlier) / (lately + earlier),
            (0.6 + 0.8) / 2,
            (0.6 * lately + 1 * earlier + 0 * earlier) / (lately + 2 * earlier),
        ]
    )
    # Customer 3 bought nothing but BLUE, customer 4 nothing.
    assert math.isnan(of(3, BLUE, "look: nearest")) and math.isnan(of(3, BLUE, "look: mean"))
    assert of(3, TROUSERS, "look: nearest") == of(3, TROUSERS, "look: mean") == nearly(0.8)
    assert math.isnan(of(4, RED, "look: nearest")) and math.isnan(of(4, RED, "look: mean"))


def test_factors_are_the_score_of_the_matrix_factorisation() -> None:
    proposed = SNAPSHOT.strategies["matrix factorisation"].propose(SHOPPERS, 50)
    assert len(proposed.customer)
    ids = SNAPSHOT.articles[proposed.article]
    found = [of(int(who) + 1, int(what), "factors") for who, what in zip(proposed.customer, ids, strict=True)]
    assert found == nearly(proposed.score.tolist())
    assert [of(4, article, "factors") for article in (RED, UNSOLD)] == [0, 0]


def test_groups_of_features_can_be_left_out() -> None:
    rest = [set(SNAPSHOT.features(crossed(), frozenset([group])).names) for group in FEATURE_GROUPS]
    left_out = [set(FEATURES.names) - names for names in rest]
    assert all(left_out)
    assert sum(map(len, left_out)) == len(set().union(*left_out)) == len(FEATURES.names)


def features(history: History, snapshot: Snapshot, customers: list[int]) -> tuple[Pool, Features]:
    known = Customers.read(history, pl.Series(customers, dtype=pl.UInt32), snapshot.as_of)
    pool = snapshot.pool(known, 20)
    return pool, snapshot.features(pool)


MIDDLE = END - timedelta(days=20)
SOME = [1, 6, 7, 50, 51, 52, 200, 999]  # 1 and 999 have never bought


def test_the_future_changes_no_bit_of_a_feature(boutique: History) -> None:
    changed = with_another_future(boutique, MIDDLE)
    found = [features(each, Snapshot.take(each, MIDDLE, STRATEGIES), SOME)[1] for each in (boutique, changed)]
    assert found[0].names == found[1].names
    assert found[0].values.tobytes() == found[1].values.tobytes()


def test_a_row_is_the_same_alone_as_in_a_crowd(boutique: History) -> None:
    snapshot = Snapshot.take(boutique, MIDDLE, STRATEGIES)
    pool, crowd = features(boutique, snapshot, SOME)
    for position, customer in enumerate(SOME):
        _, alone = features(boutique, snapshot, [customer])
        assert alone.names == crowd.names
        assert alone.values.tobytes() == crowd.values[pool.customer == position].tobytes()


def test_a_row_is_the_same_with_fewer_articles_of_its_customer_but_for_the_last_bit_of_a_cosine(
    boutique: History,
) -> None:
    snapshot = Snapshot.take(boutique, MIDDLE, STRATEGIES)
    pool, whole = features(boutique, snapshot, SOME)
    some = np.arange(0, len(pool), 3)
    fewer = snapshot.features(pool.only(some))
    for number, name in enumerate(whole.names):
        error = 2**-22 if name.startswith(("text", "style", "look")) else 0
        np.testing.assert_allclose(
            fewer.values[:, number], whole.values[some, number], 0, error, err_msg=name
        )
