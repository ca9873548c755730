"""What a shopper is recommended now: the model's list, arranged by the merchandising rules that are live."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from stylo.dashboard.rules.live import online_model, rules_of, today
from stylo.dashboard.shop import Shop
from stylo.deployment.online_model import PINNED, RankedArticle, RequestContext
from stylo.ranking.explanation import Explanation
from stylo.rules.touches import said_of


def recommended_now(
    shop: Shop, customer: int, without: Collection[int] = ()
) -> tuple[Sequence[Explanation], Mapping[int, str]]:
    """Reasons, one for each article in its order; and what rules had to do with an article, by its number.

    without : what the customer has, where that is passed over.
    """
    rules = rules_of(shop)
    if rules is None or rules.idle or shop.customers.model is None:
        return shop.customers.explain(customer, without), {}
    model = online_model(shop)
    day = max(model.as_of, today(shop))
    context = RequestContext(customer, day, exclude_purchased=bool(without), explain=True, rules=rules)
    (ranked,) = model.recommend([context])
    said = {each.article: " ".join(map(said_of, each.rules)) for each in ranked if each.rules}
    return [_explanation(each) for each in ranked], said


def _explanation(ranked: RankedArticle) -> Explanation:
    if ranked.why is not None:
        return ranked.why
    kind = PINNED if PINNED in ranked.proposed_by else "popularity"
    return Explanation(ranked.article, kind, None, None, (), ())
