"""Recommendations as the API gives them: from ranked articles to JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stylo.deployment.online_model import (
    IN_BASKET,
    LOOKED_AT,
    PINNED,
    POPULAR,
    RankedArticle,
    RequestContext,
)
from stylo.deployment.release import Release
from stylo.ranking.explanation import Explanation
from stylo.rules.touches import said_of

_SENTENCES = {
    LOOKED_AT: "Goes with what you have just viewed.",
    IN_BASKET: "Goes with what is in your basket.",
    PINNED: "Placed here by the shop.",
    POPULAR: "Popular right now.",
}


def recommendations_response(
    customer_id: str | None,
    context: RequestContext,
    release: Release,
    variant: str,
    ranked: Sequence[RankedArticle],
    degraded: Sequence[str],
) -> dict[str, Any]:
    """A `RecommendationsResponse`.

    customer_id : as the customer was asked for.
    """
    name = release.assortment.ids.id
    return {
        "customer_id": customer_id,
        "as_of": context.as_of.isoformat(),
        "model_version": release.version,
        "variant": variant,
        "rules_version": context.rules.version if context.rules else None,
        "degraded": degraded,
        "recommendations": [
            {
                "rank": rank,
                "article_id": name(each.article),
                "score": each.score,
                "proposed_by": list(each.proposed_by),
                "why": _why(each, release) if context.explain else None,
                "rules": [touch._asdict() for touch in each.rules],
            }
            for rank, each in enumerate(ranked, 1)
        ],
    }


def _why(ranked: RankedArticle, release: Release) -> dict[str, Any]:
    """An `ExplanationResponse`."""
    why, rules = ranked.why, [said_of(touch) for touch in ranked.rules]
    if why is None:
        kind = ranked.proposed_by[0]
        sentence = _SENTENCES.get(kind, "Popular right now.")
        return {
            "kind": kind, "sentence": sentence, "because": None, "days": None, "strategies": [], "features": [],
            "rules": rules,
        }  # fmt: skip
    rows = release.assortment.rows([each for each in (why.article, why.because) if each is not None])
    names = {row["article"]: (row["prod_name"] or "", row["colour_group_name"] or "") for row in rows}
    return {
        "kind": why.kind,
        "sentence": why.sentence(names),
        "because": None if why.because is None else release.assortment.ids.id(why.because),
        "days": why.days,
        "strategies": [{"strategy": name, "rank": rank} for name, rank in why.proposed_by],
        "features": _features(why),
        "rules": rules,
    }


def _features(why: Explanation) -> list[dict[str, Any]]:
    # NaN, which JSON does not have, is a value that is not known.
    return [
        {"name": name, "value": None if value != value else value, "added": added}
        for name, value, added in why.features
    ]
