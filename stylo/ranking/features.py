"""The features of a customer and an article: one function for training, backtest, batch and the live service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from stylo.candidates.catalogue import PRODUCT, Catalogue
from stylo.candidates.shoppers import Shoppers
from stylo.ranking.facts import WINDOWS, ArticleFacts
from stylo.ranking.pool import Pool

_HALF_LIFE = 60.0
_LONG_AGO = 1000
#: What a customer's purchases are counted by: the article itself, its product, and these attributes.
_GROUPS = {
    "article": "article",
    PRODUCT: "product",
    "department_no": "department",
    "product_type_no": "product type",
    "section_no": "section",
    "garment_group_no": "garment group",
    "index_group_no": "index group",
    "colour_group_code": "colour",
    "graphical_appearance_no": "pattern",
}


@dataclass(frozen=True)
class Features:
    """The rows of a pool as numbers.

    names : of the columns.   values : float32 (m, features), columns one after the other in memory.
    """

    names: tuple[str, ...]
    values: np.ndarray


def assemble(
    pool: Pool, catalogue: Catalogue, facts: ArticleFacts, without: frozenset[str] = frozenset()
) -> Features:
    """The features of each row of a pool. NaN is unknown, which LightGBM takes as it is.

    `without` names groups of FEATURE_GROUPS that are left out. A row's features depend on its customer's
    purchases and its article alone, not on who else is in the pool. O(rows × features).
    """
    columns: dict[str, np.ndarray] = {}
    for group, of in FEATURE_GROUPS.items():
        if group not in without:
            columns |= of(pool, catalogue, facts)
    values = np.empty((len(columns), len(pool)), dtype=np.float32)
    for row, column in zip(values, columns.values(), strict=True):
        row[:] = column
    return Features(tuple(columns), values.T)


Columns = Mapping[str, np.ndarray]


def _strategies(pool: Pool, catalogue: Catalogue, facts: ArticleFacts) -> Columns:
    """Ranks and scores by each strategy, and how many agree."""
    ranks = {f"rank: {name}": pool.rank[:, n] for n, name in enumerate(pool.strategies)}
    scores = {f"score: {name}": pool.score[:, n] for n, name in enumerate(pool.strategies)}
    proposed = ~np.isnan(pool.rank)
    return ranks | scores | {"strategies": proposed.sum(axis=1)}


def _sales(pool: Pool, catalogue: Catalogue, facts: ArticleFacts) -> Columns:
    article = pool.article
    windows = {f"sales of {days} days": facts.sales[article, n] for n, days in enumerate(WINDOWS)}
    return windows | {
        "sales, decayed": facts.decayed[article],
        "sales of product": facts.product_sales[article],
        "trend": facts.trend[article],
        "days since first sale": facts.first_sale[article],
        "days since last sale": facts.last_sale[article],
        "repeat rate": facts.repeats[article],
        "season": facts.season[article],
    }


def _customer(pool: Pool, catalogue: Catalogue, facts: ArticleFacts) -> Columns:
    return {name: values[pool.customer] for name, values in _of_customers(pool.shoppers).items()}


def _of_customers(shoppers: Shoppers) -> dict[str, np.ndarray]:
    count = len(shoppers)
    bought = np.diff(shoppers.start)
    whose, days = shoppers.whose, shoppers.days

    def counted(which: np.ndarray) -> np.ndarray:
        return np.bincount(whose[which], minlength=count)

    new_day = np.append(True, (np.diff(whose) > 0) | (np.diff(days) > 0))[: len(days)]
    visits = counted(new_day)
    some = bought > 0
    last, first = np.full((2, count), np.nan)
    last[some] = days[shoppers.start[:-1][some]]
    first[some] = days[shoppers.start[1:][some] - 1]
    gap = (first - last) / np.maximum(visits - 1, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "purchases": bought,
            "purchases of 28 days": counted(days <= 28),
            "purchases of 91 days": counted(days <= 91),
            "visits": visits,
            "days since last visit": last,
            "days since first visit": first,
            "days between visits": gap,
            "due": last / np.where(gap > 0, gap, np.nan),
            "articles a visit": bought / visits,
            "share bought online": counted(shoppers.channel == 2) / bought,
            "age": shoppers.members.age,
            "club": shoppers.members.club,
            "news": shoppers.members.news,
        }


def _affinity(pool: Pool, catalogue: Catalogue, facts: ArticleFacts) -> Columns:
    """What the customer bought of the article's groups: how many, how lately, and their share of it all."""
    columns: dict[str, np.ndarray] = {}
    shoppers, customer = pool.shoppers, pool.customer
    everything = np.bincount(shoppers.whose, 0.5 ** (shoppers.days / _HALF_LIFE), minlength=len(shoppers))[
        customer
    ]
    for attribute, name in _GROUPS.items():
        groups = np.arange(len(catalogue)) if attribute == "article" else catalogue.groups[attribute]
        totals = shoppers.totals(groups, _HALF_LIFE)
        group = groups[pool.article]
        row = totals.find(customer, np.maximum(group, 0))
        bought = (row >= 0) & (group >= 0)
        count, weight = np.zeros((2, len(pool)))
        since = np.full(len(pool), np.nan)
        count[bought], weight[bought] = totals.count[row[bought]], totals.weight[row[bought]]
        since[bought] = totals.days[row[bought]]
        columns[f"{name}: bought"] = count
        columns[f"{name}: days since"] = since
        columns[f"{name}: bought, decayed"] = weight
        if attribute != "article":
            with np.errstate(invalid="ignore", divide="ignore"):
                columns[f"{name}: share"] = weight / everything
    return columns


def _price(pool: Pool, catalogue: Catalogue, facts: ArticleFacts) -> Columns:
    shoppers = pool.shoppers
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = np.bincount(shoppers.whose, shoppers.price, len(shoppers)) / np.diff(shoppers.start)
        price = facts.price[pool.article]
        return {
            "price": price,
            "usual price": usual[pool.customer],
            "price against usual": price / usual[pool.customer],
        }


FEATURE_GROUPS: Mapping[str, Callable[[Pool, Catalogue, ArticleFacts], Columns]] = {
    "strategies": _strategies,
    "sales": _sales,
    "customer": _customer,
    "affinity": _affinity,
    "price": _price,
}
