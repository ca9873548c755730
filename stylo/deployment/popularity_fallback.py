"""What is recommended while there is no model to ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from stylo.assortment import Assortment
from stylo.deployment.online_model import POPULAR, RankedArticle, RequestContext, why_listed, without_hidden
from stylo.rules.audiences import UNKNOWN_CUSTOMER


class PopularityFallback:
    """What is recommended when the model cannot be used: what sells best, the same for everybody."""

    def __init__(self, assortment: Assortment, as_of: date) -> None:
        self._assortment, self.as_of = assortment, as_of
        self._articles = assortment.articles["article"].to_numpy()

    def warm_up(self) -> None:
        """Nobody would wait for anything."""

    def recommend(self, contexts: Sequence[RequestContext]) -> list[list[RankedArticle]]:
        """The first k that may be shown; what a customer bought is not known, nor who they are."""
        return [self._list(without_hidden(each, self._assortment)) for each in contexts]

    def _list(self, context: RequestContext) -> list[RankedArticle]:
        allowed = context.allowed
        if context.ruled is None:
            some = (self._articles if allowed is None else self._articles[allowed])[: context.k]
            return [RankedArticle(article, None, (POPULAR,)) for article in some.tolist()]
        plan = context.ruled.plan(UNKNOWN_CUSTOMER, context.as_of, context.diversity)
        candidates = np.arange(len(self._articles)) if allowed is None else allowed.nonzero()[0]

        def may_show(places: list[int]) -> list[int]:
            return places if allowed is None else [place for place in places if allowed[place]]

        listed = plan.arrange(candidates, context.k, may_show)
        return [
            RankedArticle(int(self._articles[each.place]), None, (why_listed(each.rules),), rules=each.rules)
            for each in listed
        ]
