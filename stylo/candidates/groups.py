"""From what a customer bought to groups of articles, and from the groups to their articles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from stylo.candidates.catalogue import Catalogue
from stylo.candidates.proposals import Offers, Proposals, best_offers
from stylo.candidates.shoppers import Shoppers


@dataclass(frozen=True)
class GroupOffers:
    """Articles of groups, and how much each appeals.

    group : int32 (articles,), the group of each row of the catalogue, −1 for none.
    article, appeal : int32, float32 (m,): what is offered, each article in its own group.
    half_life : days in which a purchase in a group comes to count half as much.
    share : whether a customer's groups count by their share of the purchases, which takes no account of how
        much and how lately the customer bought.
    owned : whether what the customer has is offered again.
    """

    group: np.ndarray
    article: np.ndarray
    appeal: np.ndarray
    half_life: float
    share: bool
    owned: bool

    def propose(self, shoppers: Shoppers, k: int) -> Proposals:
        totals = shoppers.totals(self.group, self.half_life)
        weight = totals.weight
        if self.share:
            weight = weight / np.bincount(totals.customer, weight, len(shoppers))[totals.customer]
        own = None if self.owned else shoppers.owned.key
        return best_offers(totals.customer, totals.group, weight, self._offers, len(shoppers), k, without=own)

    @cached_property
    def _offers(self) -> Offers:
        """Of each group its articles."""
        groups = int(self.group.max(initial=-1)) + 1
        order = np.argsort(self.group[self.article], kind="stable")
        start = np.searchsorted(self.group[self.article][order], np.arange(groups + 1))
        return Offers(start, self.article[order], self.appeal[order])


def offers(
    scored: pl.DataFrame, catalogue: Catalogue, attribute: str, half_life: float, *, share: bool, owned: bool
) -> GroupOffers:
    """From (`article`, `score`), in the groups of an attribute of the catalogue."""
    scored = scored.sort("article")  # so that model.bin is the same each time
    row = catalogue.rows(scored["article"].to_numpy())
    group = catalogue.groups[attribute]
    here = (row >= 0) & (group[row] >= 0)
    appeal = scored["score"].to_numpy().astype(np.float32)
    return GroupOffers(group, row[here], appeal[here], half_life, share, owned)
