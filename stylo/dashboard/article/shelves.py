"""What stands on an article's shelves: what goes with it, and what could be bought instead of it. No Streamlit here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from stylo.candidates.bought_together import BoughtTogether
from stylo.candidates.goes_with import GoesWith, kinds
from stylo.candidates.similar_articles import SameStyle, StyleNeighbours
from stylo.dashboard.once import once_a_shop
from stylo.dashboard.shop import PROPOSALS, Shop
from stylo.recommender import HYBRID
from stylo.tables.schemas import LIST_LENGTH

Row = dict[str, Any]

#: Whose baskets tell what goes with an article: its own, those of its variants, those of its type and colour.
OWN, VARIANTS, ALIKE = "own", "variants", "alike"
# So many best sellers of a type and colour speak for all of them.
_SPEAK = 50
_IN_BASKETS = (GoesWith.name, BoughtTogether.name)
_STAND_INS = (HYBRID, StyleNeighbours.name, SameStyle.name)


def goes_with(shop: Shop, row: Row) -> list[tuple[Row, str]]:
    """Articles of other kinds from the same baskets, and whose baskets those were; the strongest first.

    What an article's own baskets do not fill, those of its variants fill, then those of its type and colour. At most
    twelve. Files of an earlier version hold only some of an article's own.
    """
    chosen: dict[int, str] = {}
    for basis, others in _speakers(shop, row):
        near = proposed(shop, others, _IN_BASKETS).group_by("article", "neighbour").agg(pl.col("score").max())
        total = near.group_by("neighbour").agg(pl.col("score").sum())
        best = total.sort("score", "neighbour", descending=[True, False])["neighbour"]
        for neighbour in _of_kind(shop, row["article"], best, same=False):
            chosen.setdefault(neighbour, basis)
        if len(chosen) >= LIST_LENGTH:
            break
    first = list(chosen)[:LIST_LENGTH]
    return [(each, chosen[each["article"]]) for each in shop.rows(first)]


def instead_of(shop: Shop, row: Row) -> list[tuple[Row, list[str]]]:
    """Articles of the same kind but of other products, and who proposed each; those of the same type first.

    At most twelve, in the order of the hybrid, then of its strategies.
    """
    order = pl.DataFrame({"strategy": _STAND_INS, "place": range(len(_STAND_INS))})
    found = proposed(shop, [row["article"]], _STAND_INS).join(order, on="strategy").sort("place", "rank")
    strategies = pl.col("proposed_by").explode().unique(maintain_order=True)
    by = found.group_by("neighbour", maintain_order=True).agg(strategies)
    whose = dict(by.select("neighbour", "proposed_by").iter_rows())
    others = shop.rows(_of_kind(shop, row["article"], by["neighbour"], same=True))
    others.sort(key=lambda each: each["product_type_name"] != row["product_type_name"])
    return [(each, whose[each["article"]]) for each in others[:LIST_LENGTH]]


def proposed(shop: Shop, articles: Sequence[int], strategies: Sequence[str]) -> pl.DataFrame:
    """Rows of `article_reccs.parquet` of some articles, by some strategies; none where it is missing or no good."""
    if PROPOSALS in shop.problems:
        return pl.DataFrame(schema=_PROPOSED)
    asked = pl.col("article").is_in(articles), pl.col("strategy").is_in(strategies)
    return shop.folder.scan(PROPOSALS).filter(*asked).select(*_PROPOSED).cast(_PROPOSED).collect()


_PROPOSED = pl.Schema(
    {
        "article": pl.Int32(),
        "strategy": pl.String(),
        "neighbour": pl.Int32(),
        "rank": pl.UInt16(),
        "score": pl.Float32(),
        "proposed_by": pl.List(pl.String()),
    }
)


def _speakers(shop: Shop, row: Row) -> list[tuple[str, list[int]]]:
    """Whose baskets are asked, in this order."""
    alike = shop.articles.filter(
        pl.col("product_type_name") == row["product_type_name"],
        pl.col("colour_group_name") == row["colour_group_name"],
        pl.col("article") != row["article"],
    )
    return [
        (OWN, [row["article"]]),
        (VARIANTS, [each["article"] for each in shop.variants(row["article"])[:_SPEAK]]),
        (ALIKE, alike["article"].head(_SPEAK).to_list()),
    ]


def _of_kind(shop: Shop, article: int, others: pl.Series, *, same: bool) -> list[int]:
    """Those of the same kind as an article, or of another; never of its product, nor of a kind that is not known."""
    kind, places = _kinds(shop), shop.places(np.append(others.to_numpy(), article).astype(np.int64))
    place, mine = places[:-1], places[-1]
    fits = (place >= 0) & (shop.products[place] != shop.products[mine])
    fits &= (kind[place] >= 0) & (kind[mine] >= 0) & ((kind[place] == kind[mine]) == same)
    return others.to_numpy()[fits].tolist()


@once_a_shop
def _kinds(shop: Shop) -> np.ndarray:
    return kinds(shop.articles)
