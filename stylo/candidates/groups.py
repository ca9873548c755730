"""From what a customer bought to groups of articles, and from the groups to their articles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import scipy.sparse as sp

from stylo.candidates.catalogue import Catalogue
from stylo.candidates.proposals import Proposals, best_of_product
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
        groups = int(self.group.max(initial=-1)) + 1
        totals = shoppers.totals(self.group, self.half_life)
        start = np.searchsorted(totals.customer, np.arange(len(shoppers) + 1))
        mine = sp.csr_array((totals.weight, totals.group, start), shape=(len(shoppers), groups))
        if self.share:
            everything = np.bincount(totals.customer, totals.weight, len(shoppers))
            mine.data = totals.weight / everything[totals.customer]
        order = np.argsort(self.group[self.article], kind="stable")
        row = np.searchsorted(self.group[self.article][order], np.arange(groups + 1))
        offers = sp.csr_array((self.appeal[order], self.article[order], row), shape=(groups, len(self.group)))
        own = None if self.owned else shoppers.totals(np.arange(len(self.group)), self.half_life).key
        return best_of_product(mine, offers, k, without=own)


def offers(
    scored: pl.DataFrame, catalogue: Catalogue, attribute: str, half_life: float, *, share: bool, owned: bool
) -> GroupOffers:
    """From (`article`, `score`), in the groups of an attribute of the catalogue."""
    row = catalogue.rows(scored["article"].to_numpy())
    group = catalogue.groups[attribute]
    here = (row >= 0) & (group[row] >= 0)
    appeal = scored["score"].to_numpy().astype(np.float32)
    return GroupOffers(group, row[here], appeal[here], half_life, share, owned)
