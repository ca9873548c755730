"""A made-up shop of three tastes, large enough for a ranker to learn from and small enough to train in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from stylo.candidates.catalogue import ATTRIBUTES
from stylo.candidates.history import History
from stylo.vectors.embeddings import Embeddings

FIRST_DAY = date(2020, 6, 1)
DAYS = 91
#: The day after the last purchase.
END = FIRST_DAY + timedelta(days=DAYS)
CUSTOMERS = 240
_PRODUCTS, _VARIANTS, _TASTES = 20, 3, 3


def boutique() -> History:
    """240 customers who mostly buy of one taste of three, and again what they have; some ages are unknown.

    60 articles: 20 products in 3 colours. A new product comes out every week. One article has no vectors, and the
    last two products were never sold. Customers 1 … 5 never bought.
    """
    random = np.random.default_rng(7)
    products = 1000 + np.arange(_PRODUCTS)
    articles = (products[:, None] * 1000 + np.arange(1, _VARIANTS + 1)).ravel().astype(np.int32)
    taste = np.repeat(np.arange(_PRODUCTS) % _TASTES, _VARIANTS)
    table = pl.DataFrame({"article": articles, "product_code": articles // 1000}).with_columns(
        [
            pl.Series(name, taste + 10 * (n % 3) * (np.arange(len(articles)) % 2))
            for n, name in enumerate(ATTRIBUTES)
        ]
    )
    spread = random.normal(size=(len(articles), 8)) + 3 * np.eye(8)[taste]
    embeddings = {
        name: Embeddings(articles[:-1], (spread + random.normal(size=spread.shape))[:-1].astype(np.float32))
        for name in ("text", "style", "look")
    }
    return History(
        _purchases(articles, taste, random), table, _twins(articles), _customers(random), embeddings
    )


def _purchases(articles: np.ndarray, taste: np.ndarray, random: np.random.Generator) -> pl.DataFrame:
    rows: list[tuple[date, int, int, float, int]] = []
    out_on = np.repeat(np.maximum(np.arange(_PRODUCTS) - 8, 0) * 7, _VARIANTS)
    for customer in range(6, CUSTOMERS + 1):
        wardrobe: list[int] = []
        for day in np.flatnonzero(random.random(DAYS) < 0.07):
            there = (out_on <= day) & (np.arange(len(articles)) < len(articles) - 2 * _VARIANTS)
            liked = np.flatnonzero(
                there & ((taste == customer % _TASTES) | (random.random(len(taste)) < 0.1))
            )
            for _ in range(random.integers(1, 4)):
                again = wardrobe and random.random() < 0.4
                row = int(random.choice(wardrobe if again else liked))
                wardrobe.append(row)
                price = 0.01 * (1 + row % 7) * random.choice([1.0, 0.8])
                rows.append(
                    (FIRST_DAY + timedelta(days=int(day)), customer, int(articles[row]), price, 1 + row % 2)
                )
    schema = {
        "t_dat": pl.Date,
        "customer": pl.UInt32,
        "article": pl.Int32,
        "price": pl.Float32,
        "sales_channel_id": pl.UInt8,
    }
    return pl.DataFrame(rows, schema, orient="row").sample(fraction=1, shuffle=True, seed=1)


def _twins(articles: np.ndarray) -> pl.DataFrame:
    """Of each article the next two."""
    rows = [
        (int(article), int(articles[(n + rank) % len(articles)]), rank, 1 - rank / 10)
        for n, article in enumerate(articles)
        for rank in (1, 2)
    ]
    schema = {"article": pl.Int32, "neighbour": pl.Int32, "rank": pl.UInt8, "similarity": pl.Float32}
    return pl.DataFrame(rows, schema, orient="row")


def _customers(random: np.random.Generator) -> pl.DataFrame:
    age = random.integers(16, 80, CUSTOMERS).astype(np.float32)
    return pl.DataFrame(
        {
            "customer": pl.Series(range(1, CUSTOMERS + 1), dtype=pl.UInt32),
            "age": pl.Series(age).set(pl.Series(random.random(CUSTOMERS) < 0.1), None),
            "club_member_status": random.choice(["ACTIVE", "PRE-CREATE", None], CUSTOMERS).tolist(),
            "fashion_news_frequency": random.choice(["NONE", "Regularly"], CUSTOMERS).tolist(),
        }
    )


@contextmanager
def few_trees() -> Iterator[None]:
    """Rankers that learn in the block grow 2 × 20 trees in place of 5 × 110: in a tenth of the time.

    For what does not depend on how well they rank.
    """
    from stylo.ranking import ranker  # loads LightGBM

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranker, "_FOR_LITTLE", replace(ranker._FOR_LITTLE, rounds=20, boosters=2))
        yield


def with_another_future(history: History, as_of: date) -> History:
    """The same before a day; from it on others buy other articles, at other prices, twice and more often."""
    rows = history.before(date.max).collect()
    future = rows.filter(pl.col("t_dat") >= as_of)
    changed = future.with_columns(
        customer=future["customer"].reverse(),
        article=pl.lit(rows["article"].max(), pl.Int32),
        price=pl.lit(9.0, pl.Float32),
        sales_channel_id=pl.lit(1, pl.UInt8),
    )
    return history.over(pl.concat([rows.filter(pl.col("t_dat") < as_of), changed, changed]))
