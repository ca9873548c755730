"""Strategies and models: the same words for them on every page."""

from __future__ import annotations

from stylo.recommender import HYBRID

#: What proposed an article, as it stands on a card.
STRATEGIES = {
    "own purchases": "Bought before",
    "variants": "Variant of a purchase",
    "bought together": "Bought in the same basket",
    "bought next": "Bought next",
    "matrix factorisation": "Similar shoppers",
    "visual twins": "Looks similar",
    "same style": "Same style",
    "style neighbours": "Similar description",
    "favourites of department": "Bestseller in department",
    "favourites of section": "Bestseller in section",
    "favourites of product type": "Bestseller of its type",
    "popularity": "Bestsellers",
    # As the baselines call it.
    "bestsellers": "Bestsellers",
    "popularity by age": "Bestseller at this age",
    "new arrivals": "New arrival",
}
MODELS = {
    "popularity": "Bestsellers of the week before",
    "repurchase": "Own purchases of the last 90 days",
    "repurchase_filled": "Own purchases of the last 90 days, then bestsellers",
    HYBRID: "Hybrid",
}
