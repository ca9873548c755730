"""Shopper."""

from __future__ import annotations

from stylo.recommender import HYBRID

SHOPPER = "Shopper"
SHOPPER_TAB = "Shopper {customer} …"
SHOPPER_HELP = "Paste a customer’s id, or pick one at random."
CUSTOMER = "Customer"
CUSTOMER_HINT = "64 letters and digits, as in customers.csv, or the first eight"
UNKNOWN_CUSTOMER = "There is no customer “{customer}” here, or more than one id starts with these characters."
KINDS = {"anyone": "Anyone", "active": "Active", "dormant": "Dormant", "new": "New"}
KIND_HELP = {
    "anyone": "Anyone who bought in the last evaluated week",
    "active": "At least ten purchases, including one in the last four weeks",
    "dormant": "Last purchase more than 90 days before that week",
    "new": "First purchase in the four weeks before, or in that week itself",
}
NOBODY = "There is no such customer, or no model to find one with. Run python final.py to train the model."
PURCHASES, VISITS, LAST_VISIT, SPENT = "Purchases", "Days with a purchase", "Last purchase", "Spent"
AGE, CLUB, UNKNOWN = "Age", "Club", "unknown"
AS_OF_DAY = "Based on data before"
NOW = "Now"
RECOMMENDED = "Recommended"
RECOMMENDED_THEN = "Recommended as of {day}"
RECOMMENDED_NOW = "Recommended now, as of {day}"
BOUGHT_THEN = "Actually bought that week"
COMPARED = "What simpler models would have shown"
MODELS = {
    "popularity": "Last week’s bestsellers",
    "repurchase": "Own purchases, last 90 days",
    "repurchase_filled": "Own purchases, filled up with bestsellers",
    HYBRID: "Hybrid",
}
STRATEGIES = {
    "own purchases": "bought before",
    "variants": "variant of a purchase",
    "bought next": "bought after",
    "matrix factorisation": "similar shoppers",
    "visual twins": "looks similar",
    "favourites of department": "department’s favourite",
    "favourites of section": "section’s favourite",
    "favourites of product type": "type’s favourite",
    "popularity": "popular",
    "popularity by age": "popular at this age",
    "new arrivals": "new arrival",
}
HIT = "Bought"
RANK = "No. {rank} in the list"
NO_PURCHASES = "No purchases so far: the list shows bestsellers."
BEHIND_IT = "Why these articles"
PROPOSED, STRONGEST, ARTICLE = "Proposed by (rank)", "What mattered most", "Article"
TIME_LINE = "All purchases, newest first"
TIME_LINE_ALT = "{count:,} purchases from {first} to {last}, by day."
ONLY_THE_LAST = "The last {shown} of {count:,} purchases."
BOUGHT_A_DAY = "Bought that day"


def hits(found: int, wanted: int) -> str:
    """Say how many of the articles bought were in a list."""
    of = "the 1 article" if wanted == 1 else f"the {wanted} articles"
    return f"{found} of {of} bought that week."
