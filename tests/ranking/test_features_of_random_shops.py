"""Every feature of a pool in a random shop, against loops over a customer's purchases."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from helpers import AS_OF, transactions, vectors

from stylo.candidates.customers import RECENT, Customers
from stylo.candidates.history import History
from stylo.candidates.lists import Candidates
from stylo.candidates.matrix_factorisation import MatrixFactorisation
from stylo.ranking import features
from stylo.ranking.facts import ArticleFacts
from stylo.ranking.features import Features, assemble
from stylo.ranking.pool import Pool
from stylo.ranking.snapshot import Snapshot

ARTICLES, CUSTOMERS = 60, 14
UNKNOWN = math.nan
NAMES = {
    "department_no": "department",
    "product_type_no": "product type",
    "section_no": "section",
    "colour_group_code": "colour",
    "garment_group_no": "garment group",
    "index_group_no": "index group",
    "graphical_appearance_no": "pattern",
}
FACTS = {
    "ever": "sales ever",
    "decayed": "sales, decayed",
    "decayed_long": "sales, decayed slowly",
    "product_decayed": "sales of product, decayed slowly",
    "product_sales": "sales of product",
    "first_sale": "days since first sale",
    "last_sale": "days since last sale",
    "product_last_sale": "days since product's last sale",
    "newness": "newness",
    "repeats": "repeat rate",
    "trend": "trend",
    "season": "season",
    "price": "price",
}


@dataclass(frozen=True)
class Purchase:
    article: int
    days: int
    price: float
    channel: int


@dataclass(frozen=True)
class Shop:
    snapshot: Snapshot
    customers: Customers
    pool: Pool

    def purchases(self, customer: int) -> list[Purchase]:
        all_of_them = self.customers
        mine = slice(all_of_them.start[customer], all_of_them.start[customer + 1])
        columns = (all_of_them.article, all_of_them.days, all_of_them.price, all_of_them.channel)
        return [Purchase(*row) for row in zip(*(column[mine].tolist() for column in columns), strict=True)]


def shop(seed: int) -> Shop:
    """Few products of many variants, groups that some articles lack, vectors of some; a customer in four is new."""
    random = np.random.default_rng(seed)
    ids = np.sort(random.choice(90_000, ARTICLES, replace=False)).astype(np.int32)

    def some(count: int, missing: float) -> pl.Series:
        drawn = random.integers(0, count, ARTICLES).tolist()
        return pl.Series([None if random.random() < missing else number for number in drawn], dtype=pl.Int32)

    groups = {name: some(5, 0.1) for name in NAMES if name != "section_no"}
    articles = pl.DataFrame({"article": ids, "product_code": some(12, 0.2), **groups})
    count = 260
    bought = transactions(
        *(
            (str(AS_OF - timedelta(days=int(days))), int(who), int(what))
            for days, who, what in zip(
                random.choice([1, 2, 7, 28, 29, 91, 300, 900], count),
                random.choice([n for n in range(CUSTOMERS) if n % 4 != 1], count),
                random.choice(ids, count),
                strict=True,
            )
        )
    ).with_columns(
        price=pl.Series(random.random(count), dtype=pl.Float32),
        sales_channel_id=pl.Series(random.integers(1, 3, count), dtype=pl.UInt8),
    )
    members = pl.DataFrame(
        {
            "customer": pl.Series(range(CUSTOMERS), dtype=pl.UInt32),
            "age": [None if n % 5 == 0 else 20.0 + n for n in range(CUSTOMERS)],
            "club_member_status": ["ACTIVE"] * CUSTOMERS,
        }
    )
    looks = {int(each): random.normal(size=6) for each in ids[::2]}
    words = {int(each): random.normal(size=4) for each in ids[1:]}
    history = History(
        bought, articles, customers=members, embeddings={"look": vectors(looks), "text": vectors(words)}
    )
    snapshot = Snapshot.take(history, AS_OF, [MatrixFactorisation(dimensions=5)])
    everyone = Customers.read(history, pl.Series(range(CUSTOMERS), dtype=pl.UInt32), AS_OF)
    return Shop(snapshot, everyone, Pool.of(everyone, proposals(random)))


def proposals(random: np.random.Generator) -> Mapping[str, Candidates]:
    """Of two strategies, to everybody but the last customer."""
    found = {}
    for name in ("yours", "mine"):
        lists = [random.choice(ARTICLES, random.integers(1, 30), replace=False) for _ in range(CUSTOMERS - 1)]
        customer = np.repeat(np.arange(CUSTOMERS - 1), [len(each) for each in lists])
        rank = np.concatenate([np.arange(1, len(each) + 1) for each in lists])
        found[name] = Candidates(customer, np.concatenate(lists), rank, np.ones(len(rank), dtype=np.float32))
    return found


def decayed(days: Sequence[int], half_life: float) -> float:
    return sum(0.5 ** (each / half_life) for each in days)


def ratio(one: float, other: float) -> float:
    return one / other if other else UNKNOWN if one == 0 or math.isnan(one) else math.inf


def of_group(bought: Sequence[Purchase], mine: Sequence[Purchase], closely: bool) -> dict[str, float]:
    days = [each.days for each in mine]
    found = {
        "bought": float(len(mine)),
        "days since": float(min(days)) if mine else UNKNOWN,
        "bought, decayed": decayed(days, 90),
        "share": ratio(decayed(days, 90), decayed([each.days for each in bought], 90)),
    }
    if closely:
        visits = Counter(each.days for each in bought)
        found |= {f"bought, decayed by {half_life} days": decayed(days, half_life) for half_life in (7, 30)}
        found["visits since"] = sum(visit < min(days) for visit in visits) if mine else UNKNOWN
        found["bought with it"] = visits[min(days)] if mine else UNKNOWN
    return found


def of_customer(shop: Shop, customer: int) -> dict[str, float]:
    bought = shop.purchases(customer)
    days = [each.days for each in bought]
    visits, last, first = len(set(days)), min(days, default=UNKNOWN), max(days, default=UNKNOWN)
    gap = (first - last) / max(visits - 1, 1)
    members = shop.customers.members
    return {
        "purchases": len(days),
        "purchases of 28 days": sum(each <= 28 for each in days),
        "purchases of 91 days": sum(each <= 91 for each in days),
        "visits": visits,
        "days since last visit": last,
        "days since first visit": first,
        "days between visits": gap,
        "due": last / gap if gap > 0 else UNKNOWN,
        "articles a visit": ratio(len(days), visits),
        "share bought online": ratio(sum(each.channel == 2 for each in bought), len(days)),
        "age": members.age[customer],
        "club": members.club[customer],
        "news": members.news[customer],
        "usual price": ratio(sum(each.price for each in bought), len(days)),
    }


def of_likeness(shop: Shop, customer: int, article: int) -> dict[str, float]:
    last: dict[int, int] = {}
    for each in shop.purchases(customer):
        last.setdefault(each.article, each.days)
    recent = sorted((days, what) for what, days in last.items())[:RECENT]
    found = {}
    for name, of in shop.snapshot.known.vectors.items():
        others = [
            (float(of[what] @ of[article]), 0.5 ** (days / 60)) for days, what in recent if what != article
        ]
        weight = sum(each for _, each in others)
        found[f"{name}: nearest"] = max(cosine for cosine, _ in others) if others else UNKNOWN
        found[f"{name}: mean"] = ratio(sum(cosine * each for cosine, each in others), weight)
    factors = shop.snapshot.known.factors
    assert factors is not None
    found["factors"] = float(factors.affinity(shop.customers, np.array([customer]), np.array([article]))[0])
    return found


def by_hand(shop: Shop, row: int) -> dict[str, float]:
    pool, known = shop.pool, shop.snapshot.known
    customer, article = int(pool.customer[row]), int(pool.article[row])
    bought, groups = shop.purchases(customer), known.catalogue.groups
    found = {f"rank: {name}": rank for name, rank in zip(pool.strategies, pool.rank[row], strict=True)}
    found["strategies"] = sum(not math.isnan(rank) for rank in pool.rank[row])
    found |= {
        f"sales of {days} days": known.facts.sales[article, n] for n, days in enumerate((7, 14, 28, 91))
    }
    found |= {name: getattr(known.facts, field)[article] for field, name in FACTS.items()}
    found |= of_customer(shop, customer)

    def like_it(code: np.ndarray) -> list[Purchase]:
        return [each for each in bought if code[each.article] == code[article] >= 0]

    named = {"article": np.arange(ARTICLES), "product": groups["product_code"]}
    named |= {name: groups[attribute] for attribute, name in NAMES.items()}
    for name, code in named.items():
        for what, value in of_group(bought, like_it(code), name in ("article", "product")).items():
            found[f"{name}: {what}"] = value
    found["price against usual"] = found["price"] / found["usual price"]
    found["price against first"] = found["price"] / known.facts.first_price[article]
    return found | of_likeness(shop, customer, article)


def assert_by_hand(shop: Shop, made: Features, rows: Sequence[int]) -> None:
    """To 2 in ten million, cosines to 5; whole numbers exactly."""
    assert made.values.dtype == np.float32 and made.values.T.flags.c_contiguous
    assert len(made.values) == len(rows)
    for values, row in zip(made.values.tolist(), rows, strict=True):
        expected = by_hand(shop, row)
        assert set(made.names) == set(expected)
        for name, value in zip(made.names, values, strict=True):
            like = name.startswith(("look", "text"))
            if float(expected[name]).is_integer() and not like:
                assert value == expected[name], (row, name)
            else:
                close = pytest.approx(expected[name], rel=2e-7, abs=5e-7 if like else 1e-37, nan_ok=True)
                assert value == close, (row, name)


@pytest.mark.parametrize("seed", range(3))
def test_features_are_those_of_loops_over_the_purchases(seed: int) -> None:
    made = shop(seed)
    assert_by_hand(made, made.snapshot.features(made.pool), range(len(made.pool)))


@pytest.mark.parametrize("step", [2, 150])
def test_of_some_rows_of_a_pool_too(step: int) -> None:
    made = shop(3)
    rows = np.arange(1, len(made.pool), step)
    assert_by_hand(made, made.snapshot.features(made.pool.only(rows)), rows.tolist())


def test_they_are_the_same_in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    made = shop(4)
    whole = made.snapshot.features(made.pool)
    for name, few in (("_PLACES", 70), ("_ROWS", 7), ("_BY_ONE_THREAD", 50)):
        monkeypatch.setattr(features, name, few)
    # Customers remember what was computed of them.
    again = replace(made.customers, _results={})
    pool = Pool(again, made.pool.strategies, made.pool.customer, made.pool.article, made.pool.rank)
    pieces = made.snapshot.features(pool)
    for number, name in enumerate(whole.names):
        error = 5e-7 if name.startswith(("look", "text")) else 0
        np.testing.assert_allclose(pieces.values[:, number], whole.values[:, number], 0, error, err_msg=name)


def test_an_empty_pool_has_features_without_rows() -> None:
    made = shop(5)
    nothing = assemble(made.pool.only(np.arange(0)), made.snapshot.known)
    assert nothing.values.shape == (0, len(nothing.names))
    assert nothing.names == made.snapshot.features(made.pool).names


def test_every_fact_of_an_article_is_looked_up() -> None:
    known = {each.name for each in fields(ArticleFacts)}
    assert known == {*FACTS, "sales", "first_price"}
