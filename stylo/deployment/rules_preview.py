"""A customer's list before and after rules: what moved, what came and what went, and which rule did it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from stylo.deployment.online_model import OnlineModel, RankedArticle, RequestContext
from stylo.rules.compiled import CompiledRules
from stylo.rules.touches import RuleTouch


@dataclass(frozen=True)
class RulesPreview:
    """before, after : the lists.   in_force : the rules that hold for this customer on this day.
    absent : of each article of the first list that is not in the second, the rules that keep it out; none where others
    merely pushed it down.
    """

    before: Sequence[RankedArticle]
    after: Sequence[RankedArticle]
    in_force: Sequence[RuleTouch]
    absent: Mapping[int, Sequence[RuleTouch]]

    def was(self, article: int) -> int | None:
        """The place, from 1, that an article had before; None if it was not listed."""
        return next((n for n, each in enumerate(self.before, 1) if each.article == article), None)


def preview(model: OnlineModel, rules: CompiledRules, context: RequestContext) -> RulesPreview:
    """rules : compiled for the model's assortment."""
    without, by_rules = replace(context, rules=None), replace(context, rules=rules)
    before, after = (model.recommend([each])[0] for each in (without, by_rules))
    plan = model.plan_of(by_rules)
    listed = [int(place) for place in model.places([each.article for each in after])]
    gone = [each.article for each in before if each.article not in {one.article for one in after}]
    absent = {
        article: plan.absent(int(place), listed)
        for article, place in zip(gone, model.places(gone), strict=True)
    }
    return RulesPreview(before, after, plan.in_force, absent)
