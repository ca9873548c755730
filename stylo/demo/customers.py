"""The demo shop's customers: who they are on paper, and what they like, which nobody is told."""

import hashlib
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stylo.demo.audiences import AUDIENCES

PALETTES = ("dark", "light", "grey", "earth", "pastel", "bright", "blue")
STYLES = 6

Floats = NDArray[np.float32]

# Who shops for whom, in the order of AUDIENCES: a liking of 0 is the usual, -4 hardly ever.
_HOUSEHOLDS = {
    "woman": (0.0, -1.6, -4.0, -4.5, -4.5, -1.8, -5.0),
    "young woman": (-1.4, 0.4, -4.0, -5.0, -5.0, -1.8, -5.0),
    "man": (-4.0, -4.0, 0.6, -5.0, -4.5, -5.0, -1.0),
    "mother": (0.0, -2.0, -2.8, 0.2, 0.1, -2.2, -4.0),
    "couple": (0.0, -1.8, -0.3, -4.5, -4.5, -2.0, -2.0),
}
_SHARES = (0.36, 0.25, 0.12, 0.14, 0.13)
_AGES = ((42, 13), (23, 4), (36, 12), (37, 5), (40, 12))


@dataclass(frozen=True)
class Tastes:
    """What each customer likes; row i of every array is customer i in the order of customers.csv.

    `audience`, `kind`, `palette`, `appearance` hold utilities by name's position, `style` a point in style
    space, `wallet` the log of the price that suits, `thrift` how much the price matters, `loyalty` how
    much a bought article is worth again, `rate` visits a week, `joined` and `left` weeks.
    """

    audience: Floats
    kind: Floats
    palette: Floats
    appearance: Floats
    style: Floats
    wallet: Floats
    thrift: Floats
    loyalty: Floats
    online: Floats
    rate: Floats
    joined: NDArray[np.int64]
    left: NDArray[np.int64]


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
            "postal_code": [_hash(f"postal code {number}") for number in postal],
            "household": household,
        }
    ).with_columns(
        pl.col("FN", "Active", "age").fill_nan(None),
        pl.col("club_member_status", "fashion_news_frequency").replace("", None),
    )


def draw_tastes(household: NDArray[np.int64], weeks: int, kinds: int, appearances: int, seed: int) -> Tastes:
    """What customers of these households like in a shop that is open for so many weeks."""
    rng = np.random.default_rng([seed, 3])
    count = len(household)
    liking = np.array(list(_HOUSEHOLDS.values()))[household]
    recent = rng.random(count) < 0.07
    joined = np.where(rng.random(count) < 0.55, 0, rng.integers(0, weeks, count))
    joined = np.where(recent, rng.integers(max(weeks - 8, 0), weeks, count), joined)
    stays = rng.geometric(1 / 140, count)
    never = rng.random(count) < 0.03
    rate = rng.gamma(0.75, 0.2, count)
    return Tastes(
        audience=_floats(liking + 0.5 * rng.standard_normal((count, len(AUDIENCES)))),
        kind=_floats(0.6 * rng.standard_normal((count, kinds))),
        palette=_floats(0.6 * rng.standard_normal((count, len(PALETTES)))),
        appearance=_floats(0.5 * rng.standard_normal((count, appearances))),
        style=_floats(0.6 * rng.standard_normal((count, STYLES))),
        wallet=_floats(np.log(19.0) + 0.4 * rng.standard_normal(count)),
        thrift=_floats(rng.uniform(0.3, 1.6, count)),
        loyalty=_floats(rng.normal(0.45, 0.5, count)),
        online=_floats(rng.beta(1.2, 0.8, count)),
        rate=_floats(np.where(never, 0.0, rate)),
        joined=joined.astype(np.int64),
        left=(joined + stays).astype(np.int64),
    )


def _customer_ids(customers: int, seed: int) -> list[str]:
    return sorted(_hash(f"customer {seed} {number}") for number in range(customers))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _floats(values: NDArray[np.float64]) -> Floats:
    return values.astype(np.float32)
