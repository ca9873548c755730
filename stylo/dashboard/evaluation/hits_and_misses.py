"""Lists of the last week that was scored, beside what was bought in it: some right early, some not right at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from weakref import ref

import numpy as np
import polars as pl

from stylo.dashboard.once import once_a_shop
from stylo.dashboard.shop import Shop
from stylo.errors import StyloError
from stylo.recommender import HYBRID
from stylo.tables.ids import ArticleIds

PREDICTIONS = "predictions.parquet"
#: A list is right early if one of its first so many was bought.
EARLY = 3
# So many buyers who stand one after the other are looked at, out of which examples are drawn.
_LOOKED_AT = 300


@dataclass(frozen=True)
class Example:
    """A customer's list and what the customer bought in the week; both without repetition.

    customer_id : by which people know the customer.
    first_hit : the rank of the first article that was bought; None if none was.
    """

    customer_id: str
    articles: list[int]
    bought: list[int]
    first_hit: int | None

    @property
    def hits(self) -> int:
        return len(set(self.articles) & set(self.bought))


@dataclass(frozen=True)
class _Week:
    """`customer`, `article` of the week from the cutoff, each pair once, sorted; the customers, each once."""

    cutoff: date
    bought: pl.DataFrame
    buyers: np.ndarray


def examples(shop: Shop, draw: int, each: int) -> tuple[list[Example], list[Example]]:
    """Up to `each` lists of the hybrid that were right, early if there are such, and as many that missed everything.

    The same `draw` gives the same ones; another, others. Empty without a week that was scored. Raises what
    `DataFolder.scan` raises.
    """
    return _drawn(shop)(draw, each)


@once_a_shop
def _drawn(shop: Shop) -> Callable[[int, int], tuple[list[Example], list[Example]]]:
    return lru_cache(maxsize=32)(partial(_draw, ref(shop)))


def _draw(of: ref[Shop], draw: int, each: int) -> tuple[list[Example], list[Example]]:
    shop = of()
    assert shop is not None  # who asks has it
    week = _week(shop)
    if week is None or not len(week.buyers):
        return [], []
    random = np.random.default_rng(draw)
    start = int(random.integers(max(len(week.buyers) - _LOOKED_AT, 0) + 1))
    found = _lists(shop, week, week.buyers[start : start + _LOOKED_AT])
    found = [found[place] for place in random.permutation(len(found))]
    hits = [one for one in found if one.first_hit is not None]
    # Of those that are right early any will do; of the others the earliest.
    hits.sort(key=lambda one: max(one.first_hit or 0, EARLY))
    return hits[:each], [one for one in found if one.first_hit is None][:each]


def cutoff(shop: Shop) -> date | None:
    """The day from which the last week was scored."""
    week = _week(shop)
    return week.cutoff if week else None


@once_a_shop
def _week(shop: Shop) -> _Week | None:
    customers = shop.customers
    try:
        first = customers.cutoff
        if first is None:
            return None
        last = first + customers.window
        rows = shop.folder.scan("transactions.parquet")
    except StyloError:
        return None
    inside = pl.col("t_dat").is_between(first, last, closed="left")
    bought = rows.filter(inside).select("customer", "article").unique().sort("customer", "article").collect()
    return _Week(first, bought, bought["customer"].unique().sort().to_numpy())


def _lists(shop: Shop, week: _Week, buyers: np.ndarray) -> list[Example]:
    """Their lists, in the order of their ids."""
    within = pl.col("customer").is_between(int(buyers[0]), int(buyers[-1]))
    shown = pl.col(shop.customers.id_column).alias("shown")
    names = shop.folder.scan("customers.parquet").filter(within).select("customer", "customer_id", shown)
    bought = week.bought.filter(within).group_by("customer", maintain_order=True).agg("article")
    named = bought.join(names.collect(), on="customer").select("customer_id", "shown", "article")
    lists = (
        shop.folder.scan(PREDICTIONS)
        .filter(pl.col("cutoff") == week.cutoff, pl.col("model") == HYBRID)
        .select("customer_id", "article_id")
        .join(named.lazy(), on="customer_id")
        .sort("customer_id")
        .select("shown", "article_id", "article")
        .collect()
    )
    return [_example(shop.ids, *row) for row in lists.iter_rows()]


def _example(ids: ArticleIds, customer_id: str, written: list[str], bought: list[int]) -> Example:
    articles = list(dict.fromkeys(map(ids.number, written)))
    ranks = [rank for rank, article in enumerate(articles, start=1) if article in bought]
    return Example(customer_id, articles, bought, ranks[0] if ranks else None)
