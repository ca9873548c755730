"""What the customer bought before: the strongest single signal there is, since basics are bought again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from stylo.candidates.history import History
from stylo.candidates.proposals import Proposals, best
from stylo.candidates.shoppers import Shoppers


@dataclass(frozen=True)
class OwnPurchases:
    """The customer's own articles, the last bought first; on the same day the more often bought first.

    `days` limits how far back it looks; None is all the way.
    """

    days: int | None = None
    name: str = "own purchases"

    def fit(self, history: History, as_of: date) -> OwnPurchases:
        """There is nothing to learn."""
        return self

    def propose(self, shoppers: Shoppers, k: int) -> Proposals:
        own = shoppers.totals(None, half_life=1.0, within=self.days)
        # One number in the order wanted: the days since count in whole steps, the times bought within a step.
        return best(own.customer, own.group, 1 / (own.days + 1 / (1 + own.count)), len(shoppers), k)
