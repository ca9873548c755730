"""What goes with an article: bought in the same baskets, and of another kind, so that it does not stand in for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from stylo.candidates.bought_together import BoughtTogether
from stylo.candidates.history import History
from stylo.candidates.lists import NeighbourLists
from stylo.candidates.strategy import fitted

_GROUP, _TYPE = "product_group_name", "product_type_name"
# Product groups of which people wear several types at once: a bikini top with its bottom, a hat with a scarf.
_WORN_TOGETHER = ("Accessories", "Nightwear", "Swimwear", "Underwear")
_UNKNOWN = "Unknown"


def kinds(articles: pl.DataFrame) -> np.ndarray:
    """int64 (n,), of rows of articles.parquet: equal for articles that stand in for each other; −1 where unknown.

    The kind is the product group, such as garments for the lower body. In groups of which several types are worn at
    once, and where the group is not known, it is the product type.
    """
    group, kind = (
        pl.col(name).replace(_UNKNOWN, None) if name in articles.columns else pl.lit(None, pl.String)
        for name in (_GROUP, _TYPE)
    )
    by_type = group.is_null() | group.is_in(_WORN_TOGETHER)
    named = articles.select(
        pl.when(by_type).then("type " + kind).otherwise("group " + group).alias("kind")
    ).to_series()
    return (named.rank("dense").cast(pl.Int64) - 1).fill_null(-1).to_numpy()


@dataclass(frozen=True)
class GoesWith:
    """Of the neighbours by baskets those of another kind, in their order and with their score.

    An article whose kind is not known goes with nothing.
    """

    together: BoughtTogether = field(default_factory=BoughtTogether)
    name: str = "goes with"

    def fit(self, history: History, as_of: date) -> NeighbourLists:
        near, catalogue = fitted(self.together, history, as_of), history.catalogue
        articles = history.articles.collect()
        kind = np.full(len(catalogue), -1)
        kind[catalogue.rows(articles["article"].to_numpy())] = kinds(articles)
        whose = np.repeat(np.arange(len(catalogue)), np.diff(near.start))
        mine, other = kind[whose], kind[near.neighbour]
        kept = (mine >= 0) & (other >= 0) & (mine != other)
        start = np.append(0, np.cumsum(np.bincount(whose[kept], minlength=len(catalogue))))
        return NeighbourLists(start, near.neighbour[kept], near.score[kept], near.half_life)
