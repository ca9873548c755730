"""More like a board: what is close to its articles in look or in style, in one list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from stylo.candidates.similar_articles import StyleNeighbours, VisualTwins
from stylo.dashboard.shop import Shop

#: As in the fusion of the recommender's lists: the first of a list counts little more than the second.
_CONSTANT = 60
#: A board's newest articles alone are looked at.
_MOST = 100


def more_like(shop: Shop, articles: Sequence[int], k: int) -> list[dict[str, Any]]:
    """The rows of at most k articles that are none of these, by the reciprocal ranks that they have among the visual
    twins and the style neighbours of each, added up; the best first. O(articles × list length).
    """
    of = list(articles)[-_MOST:]
    lists = [shop.shelves(of, strategy) for strategy in (VisualTwins.name, StyleNeighbours.name)]
    votes = (
        pl.concat(lists)
        .filter(~pl.col("article").is_in(list(articles)))
        .group_by("article")
        .agg(score=(1 / (_CONSTANT + pl.col("rank").cast(pl.Float64))).sum())
        .sort("score", "article", descending=[True, False])
    )
    return shop.rows(votes["article"].to_list())[:k]
