"""The features of a customer and an article: one function for training, backtest, batch and the live service."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np

from stylo.candidates.catalogue import PRODUCT, Catalogue
from stylo.candidates.customers import Customers, Totals, pair_keys
from stylo.candidates.matrix_factorisation import Factors
from stylo.ranking.facts import WINDOWS, ArticleFacts
from stylo.ranking.pool import Pool

_HALF_LIFE_OF_LIKENESS = 60.0
_HALF_LIFE, _SHORT, _MIDDLE = 90.0, 7.0, 30.0
#: What a customer's purchases are counted by: the article itself, its product, and these attributes.
_GROUPS = {
    "article": "article",
    PRODUCT: "product",
    "department_no": "department",
    "product_type_no": "product type",
    "section_no": "section",
    "colour_group_code": "colour",
}
_LESSER_GROUPS = {
    "garment_group_no": "garment group",
    "index_group_no": "index group",
    "graphical_appearance_no": "pattern",
}
Columns = Mapping[str, np.ndarray]


def similarities(pool: Pool, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cosine to the nearest of the customer's recent purchases, and the mean weighted by how recent they are.

    Parameters
    ----------
    vectors : float32 (articles, dimensions), of length one; zeros where nothing is known.

    The article itself does not count. float32 (m,) each; NaN where nothing else was bought. A purchase counts half
    as much every 60 days. O(m × recent purchases × dimensions).
    """
    nearest, mean = np.full((2, len(pool)), np.nan, dtype=np.float32)
    customer, article, days = pool.customers.recent
    positions = np.arange(len(pool.customers) + 1)
    bought, rows = np.searchsorted(customer, positions), np.searchsorted(pool.customer, positions)
    weights = (0.5 ** (days / _HALF_LIFE_OF_LIKENESS)).astype(np.float32)
    for n in np.flatnonzero((np.diff(bought) > 0) & (np.diff(rows) > 0)):
        mine, some = slice(bought[n], bought[n + 1]), slice(rows[n], rows[n + 1])
        cosine = vectors[pool.article[some]] @ vectors[article[mine]].T
        other = pool.article[some, None] != article[mine]
        weight = weights[mine] * other
        total = weight.sum(axis=1)
        there = total > 0
        nearest[some] = np.where(there, np.where(other, cosine, -1).max(axis=1), np.nan)
        with np.errstate(invalid="ignore"):
            mean[some] = np.where(there, (cosine * weight).sum(axis=1) / total, np.nan)
    return nearest, mean


@dataclass(frozen=True)
class Features:
    """The rows of a pool as numbers.

    names, groups : of the columns, and the groups of FEATURE_GROUPS that they belong to.
    values : float32 (m, features), columns one after the other in memory.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    values: np.ndarray


@dataclass(frozen=True)
class FeatureSources:
    """What features are made from beside the pool, all of it as of one day.

    vectors : float32 (articles, dimensions) of length one or zero, by what they describe.
    factors : of the matrix factorisation, if there is one.
    """

    catalogue: Catalogue
    facts: ArticleFacts
    vectors: Mapping[str, np.ndarray]
    factors: Factors | None


def assemble(pool: Pool, known: FeatureSources, without: Collection[str] = ()) -> Features:
    """The features of each row of a pool. NaN is unknown, which LightGBM takes as it is.

    `without` names groups of FEATURE_GROUPS that are left out. A row's features depend on its customer's
    purchases and its article alone, not on who else is in the pool. O(rows × features).
    """
    columns = {
        (name, group): column
        for group, of in FEATURE_GROUPS.items()
        if group not in without
        for name, column in of(pool, known).items()
    }
    values = np.empty((len(columns), len(pool)), dtype=np.float32)
    for row, column in zip(values, columns.values(), strict=True):
        row[:] = column
    return Features(tuple(name for name, _ in columns), tuple(group for _, group in columns), values.T)


def _strategies(pool: Pool, known: FeatureSources) -> Columns:
    """Ranks by each strategy, and how many agree. Scores beside the ranks earn nothing: see docs/results.md."""
    ranks = {f"rank: {name}": pool.rank[:, n] for n, name in enumerate(pool.strategies)}
    return ranks | {"strategies": (~np.isnan(pool.rank)).sum(axis=1)}


def _sales(pool: Pool, known: FeatureSources) -> Columns:
    article, facts = pool.article, known.facts
    windows = {f"sales of {days} days": facts.sales[article, n] for n, days in enumerate(WINDOWS)}
    return windows | {
        "sales ever": facts.ever[article],
        "sales, decayed": facts.decayed[article],
        "sales, decayed slowly": facts.decayed_long[article],
        "sales of product, decayed slowly": facts.product_decayed[article],
        "sales of product": facts.product_sales[article],
        "days since first sale": facts.first_sale[article],
        "days since last sale": facts.last_sale[article],
        "days since product's last sale": facts.product_last_sale[article],
        "newness": facts.newness[article],
        "repeat rate": facts.repeats[article],
    }


def _season(pool: Pool, known: FeatureSources) -> Columns:
    return {"trend": known.facts.trend[pool.article], "season": known.facts.season[pool.article]}


def _last_visit(pool: Pool, known: FeatureSources) -> Columns:
    return {"days since last visit": _visit_days(pool.customers)[0][pool.customer]}


def _visit_days(customers: Customers) -> tuple[np.ndarray, np.ndarray]:
    """Days since each customer's last and first purchase; NaN without one."""
    last, first = np.full((2, len(customers)), np.nan)
    some = np.diff(customers.start) > 0
    last[some] = customers.days[customers.start[:-1][some]]
    first[some] = customers.days[customers.start[1:][some] - 1]
    return last, first


def _customer(pool: Pool, known: FeatureSources) -> Columns:
    return {name: values[pool.customer] for name, values in _of_customers(pool.customers).items()}


def _of_customers(customers: Customers) -> dict[str, np.ndarray]:
    count = len(customers)
    bought = np.diff(customers.start)
    whose, days = customers.whose, customers.days

    def counted(which: np.ndarray) -> np.ndarray:
        return np.bincount(whose[which], minlength=count)

    visits = np.bincount(customers.visits[0] >> 32, minlength=count)
    last, first = _visit_days(customers)
    gap = (first - last) / np.maximum(visits - 1, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "purchases": bought,
            "purchases of 28 days": counted(days <= 28),
            "purchases of 91 days": counted(days <= 91),
            "visits": visits,
            "days since first visit": first,
            "days between visits": gap,
            "due": last / np.where(gap > 0, gap, np.nan),
            "articles a visit": bought / visits,
            "share bought online": counted(customers.channel == 2) / bought,
            "age": customers.members.age,
            "club": customers.members.club,
            "news": customers.members.news,
        }


def _affinity(pool: Pool, known: FeatureSources) -> Columns:
    return _bought(pool, known, _GROUPS)


def _lesser_affinity(pool: Pool, known: FeatureSources) -> Columns:
    return _bought(pool, known, _LESSER_GROUPS)


def _bought(pool: Pool, known: FeatureSources, attributes: Mapping[str, str]) -> Columns:
    """What the customer bought of the article's groups: how many, how lately, and their share of it all."""
    columns: dict[str, np.ndarray] = {}
    customers, customer = pool.customers, pool.customer
    everything = np.bincount(customers.whose, 0.5 ** (customers.days / _HALF_LIFE), len(customers))[customer]
    for attribute, name in attributes.items():
        groups = None if attribute == "article" else known.catalogue.groups[attribute]
        group = pool.article if groups is None else groups[pool.article]
        totals = customers.totals(groups, _HALF_LIFE)
        row = totals.find(customer, np.maximum(group, 0))
        row[group < 0] = -1
        weight = _looked_up(totals.weight, row, 0)
        columns[f"{name}: bought"] = _looked_up(totals.count, row, 0)
        columns[f"{name}: days since"] = _looked_up(totals.days, row, np.nan)
        columns[f"{name}: bought, decayed"] = weight
        with np.errstate(invalid="ignore", divide="ignore"):
            columns[f"{name}: share"] = weight / everything
        if attribute in ("article", PRODUCT):
            for half_life in (_SHORT, _MIDDLE):
                lately = customers.totals(groups, half_life).weight
                columns[f"{name}: bought, decayed by {half_life:.0f} days"] = _looked_up(lately, row, 0)
            since, size = _visits(customers, totals)
            columns[f"{name}: visits since"] = _looked_up(since, row, np.nan)
            columns[f"{name}: bought with it"] = _looked_up(size, row, np.nan)
    return columns


def _looked_up(values: np.ndarray, row: np.ndarray, otherwise: float) -> np.ndarray:
    found = np.full(len(row), otherwise, dtype=np.float32)
    there = row >= 0
    found[there] = values[row[there]]
    return found


def _visits(customers: Customers, totals: Totals) -> tuple[np.ndarray, np.ndarray]:
    """Of each row of totals: on how many later days the customer came, and how much was bought on its last day."""
    visits, purchases = customers.visits
    last = pair_keys(totals.customer, totals.days)
    place = np.searchsorted(visits, last)
    return place - np.searchsorted(visits, pair_keys(totals.customer, 0)), purchases[place]


def _price(pool: Pool, known: FeatureSources) -> Columns:
    customers, facts = pool.customers, known.facts
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = np.bincount(customers.whose, customers.price, len(customers)) / np.diff(customers.start)
        price = facts.price[pool.article]
        return {
            "price": price,
            "usual price": usual[pool.customer],
            "price against usual": price / usual[pool.customer],
            "price against first": price / facts.first_price[pool.article],
        }


def _similarity(pool: Pool, known: FeatureSources) -> Columns:
    """How near the article is to what the customer bought of late."""
    columns: dict[str, np.ndarray] = {}
    for name, vectors in known.vectors.items():
        nearest, mean = similarities(pool, vectors)
        columns |= {f"{name}: nearest": nearest, f"{name}: mean": mean}
    if known.factors is not None:
        columns["factors"] = known.factors.affinity(pool.customers, pool.customer, pool.article)
    return columns


FEATURE_GROUPS: Mapping[str, Callable[[Pool, FeatureSources], Columns]] = {
    "strategies": _strategies,
    "sales": _sales,
    "season": _season,
    "last visit": _last_visit,
    "customer": _customer,
    "affinity": _affinity,
    "lesser affinity": _lesser_affinity,
    "price": _price,
    "similarity": _similarity,
}
