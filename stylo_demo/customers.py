"""The demo shop's customers: who they are on paper, and how they shop, which nobody is told."""

import hashlib
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stylo_demo.audiences import AUDIENCES

# Whole numbers for positions and counts, floats for likings and prices.
Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Reals = NDArray[np.float64]
Marks = NDArray[np.bool_]

#: Dimensions of the space in which tastes and articles meet.
TRAITS = 8

# Who shops for whom, in the order of AUDIENCES, in percent of what a household buys.
_HOUSEHOLDS = {
    "woman": (76, 18, 1, 1, 1, 3, 0),
    "young woman": (44, 50, 2, 0, 0, 4, 0),
    "man": (14, 10, 66, 2, 2, 2, 4),
    "mother": (66, 10, 3, 9, 7, 5, 0),
    "couple": (70, 14, 10, 1, 1, 3, 1),
}
_SHARES = (0.40, 0.27, 0.05, 0.13, 0.15)
_AGES = ((42, 13), (23, 4), (36, 12), (37, 5), (40, 12))


@dataclass(frozen=True)
class Habits:
    """How each customer shops; row i of every array is customer i in the order of customers.csv.

    `household` is a position in `audience_shares`; `taste` a direction in the space of the articles' traits;
    `wallet` the log of the price that suits, `thrift` how much the price matters; `online` the share of
    visits in the web shop; `basket` the usual number of articles beyond the first;
    `loyalty` how readily a bought article is bought again, 1 on average.
    """

    household: NDArray[np.uint8]
    taste: Floats
    wallet: Floats
    thrift: Floats
    online: Floats
    basket: Floats
    loyalty: Floats


def make_customers(customers: int, seed: int) -> pl.DataFrame:
    """Kaggle's customers.csv, sorted by customer_id, and a column `household`. Empty fields are null."""
    rng = np.random.default_rng([seed, 2])
    household = rng.choice(len(_SHARES), customers, p=_SHARES)
    middle, spread = np.array(_AGES, dtype=float)[household].T
    age = np.clip(np.round(middle + spread * rng.standard_normal(customers)), 16, 84)
    news = rng.random(customers) < 0.35
    active = news & (rng.random(customers) < 0.96)
    club = rng.choice(["ACTIVE", "PRE-CREATE", "LEFT CLUB", ""], customers, p=[0.925, 0.065, 0.002, 0.008])
    frequency = np.where(news, "Regularly", "NONE")
    frequency = np.where(rng.random(customers) < 0.002, "Monthly", frequency)
    frequency = np.where(rng.random(customers) < 0.008, "", frequency)
    postal = rng.integers(0, max(customers * 3 // 4, 1), customers)
    return pl.DataFrame(
        {
            "customer_id": _customer_ids(customers, seed),
            "FN": np.where(news, 1.0, np.nan),
            "Active": np.where(active, 1.0, np.nan),
            "club_member_status": club,
            "fashion_news_frequency": frequency,
            "age": np.where(rng.random(customers) < 0.012, np.nan, age),
            "postal_code": pl.Series([_hash(f"postal code {number}") for number in postal]),
            "household": household.astype(np.uint8),
        }
    ).with_columns(
        pl.col("FN", "Active", "age").fill_nan(None),
        pl.col("club_member_status", "fashion_news_frequency").replace("", None),
    )


def draw_habits(household: NDArray[np.uint8], seed: int) -> Habits:
    """How customers of these households shop: about 60 bytes a customer."""
    rng = np.random.default_rng([seed, 3])
    count = len(household)
    return Habits(
        household=household,
        taste=0.9 * rng.standard_normal((count, TRAITS), dtype=np.float32),
        wallet=(np.log(13.0) + 0.4 * rng.standard_normal(count, dtype=np.float32)).astype(np.float32),
        thrift=rng.uniform(0.6, 1.9, count).astype(np.float32),
        loyalty=rng.gamma(0.4, 2.5, count).astype(np.float32),
        online=rng.beta(0.9, 0.6, count).astype(np.float32),
        basket=(2.63 * np.exp(0.65 * rng.standard_normal(count, dtype=np.float32) - 0.21)).astype(np.float32),
    )


def audience_shares() -> Reals:
    """What part of a household's purchases is made for whom: households by AUDIENCES, rows sum to 1."""
    shares = np.array(list(_HOUSEHOLDS.values()), dtype=np.float64)
    assert shares.shape[1] == len(AUDIENCES)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _customer_ids(customers: int, seed: int) -> pl.Series:
    return pl.Series([_hash(f"customer {seed} {number}") for number in range(customers)]).sort()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
