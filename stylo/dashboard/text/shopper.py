"""Shopper."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stylo.records.importing import ShopFacts

_WHOLE, _FIRST = 64, 8
SHOPPER = "Shopper"
SHOPPERS = "Shoppers"
SHOPPER_TAB = "Shopper {customer} …"
SHOPPER_TITLE = "Shopper {customer}"
CUSTOMER = "Customer ID"
CUSTOMER_HINT = "64 letters and digits, or the first eight"
OWN_CUSTOMER_HINT = "The shop’s own customer ID, whole"
UNKNOWN_CUSTOMER = (
    "There is no customer “{customer}” here, or more than one ID starts like this. Check the ID, or choose a shopper "
    "below."
)
RANDOM_SHOPPER = "Random shopper"
RANDOM_HELP = "Opens any shopper who bought something in the last evaluated week."
ALL_SHOPPERS = "All shoppers"
COUNTING = "Counting everyone’s purchases…"

EXAMPLE_SHOPPERS = "Example shoppers"
EXAMPLES_SAY = (
    "Each of them bought something in the week from {day:%-d %b %Y}, so you can compare it with what was recommended."
    " Kinds and figures are from before that week."
)
EXAMPLES_WITHOUT_WEEK = "A few of each kind, as of {day:%-d %b %Y}."
NO_EXAMPLES = "Nobody has bought anything yet."
OTHER_EXAMPLES = "Show others"
YEARS_OLD, AGE_UNKNOWN = "{age} years old", "Age unknown"
SPENT_IN_ALL = "{price:,.2f} spent"
FIRST_TIME = "First purchase in that week"
NOTHING_BOUGHT = "Nothing bought before"

ALL_CUSTOMERS = "All customers"
CUSTOMERS_LISTED = "{count:,} of {all:,} customers, as of {day:%-d %b %Y}. Click a row to see the shopper."
NO_CUSTOMERS_LEFT = "No customer matches all of these filters. Try fewer."
CUSTOMER_KINDS = {
    "active": "Active",
    "new": "New",
    "occasional": "Occasional",
    "dormant": "Dormant",
    "never": "No purchases",
}
KIND, KIND_COUNT, ANY_KIND = "Kind", "{kind} ({count:,})", "All kinds"
KINDS_HELP = """
- **Active**: at least {regular} purchases, the last in the past {active} days.
- **New**: first purchase in the past {new} days.
- **Dormant**: last purchase more than {dormant} days ago.
- **Occasional**: everyone else who has bought something.
- **No purchases**: registered, but never bought anything.
"""
AGE, ANY_AGE = "Age", "Any age"
AGE_GROUPS = {
    "-19": "Under 20",
    "20-29": "20–29",
    "30-39": "30–39",
    "40-49": "40–49",
    "50-59": "50–59",
    "60-": "60 and over",
}
LAST_PURCHASE, ANY_TIME = "Last purchase", "Any time"
RECENCIES = {
    "28": "Within 4 weeks",
    "90": "29 to 90 days ago",
    "365": "91 to 365 days ago",
    "over": "Over a year ago",
}
SPENT, ANY_AMOUNT = "Spent", "Any amount"
SPENDERS = {
    "top-1": "Top 1% of buyers",
    "top-10": "Top 10% of buyers",
    "top-half": "Top half of buyers",
    "bottom-half": "Bottom half of buyers",
}
PURCHASES, VISITS, CLUB, UNKNOWN = "Purchases", "Days with a purchase", "Club", "unknown"
CUSTOMERS_HELP = """
As of the day after the last sale. **Purchases** counts every piece bought, in shops and online; **Spent** is the sum
of the prices paid. Click a column’s name to sort by it, and again to turn the order round.
"""
SPENDERS_HELP = "Buyers in the order of what they spent in all; customers without a purchase are left out."
RECENCY_HELP = "Counted back from the day after the last sale. Customers without a purchase are left out."
AGES_HELP = "Age given when registering. Customers who gave none are left out by any choice."
CUSTOMER_COLUMNS = {
    "customer": "Customer",
    "kind": KIND,
    "age": AGE,
    "purchases": PURCHASES,
    "spent": SPENT,
    "last": LAST_PURCHASE,
}
FACT_HELP = {
    PURCHASES: "Articles bought in all, each piece counted, in shops and online.",
    VISITS: "Days on which the shopper bought at least one article, in shops or online.",
    LAST_PURCHASE: "Day of the latest purchase. The longer ago, the less it tells about the taste of today.",
    SPENT: (
        "Sum of the prices paid. Kaggle scales its prices; multiplied by 590 they are whole cents of an unnamed "
        "currency."
    ),
    AGE: "Age given when registering. It decides which bestsellers of an age group are proposed.",
    CLUB: "State of the loyalty-club membership, as in customers.csv.",
}
AS_OF_DAY = "Recommendations as of"
AS_OF_HELP = (
    "The model sees only purchases before this day. For a past day, the page shows what was bought in the week that "
    "followed; “Now” uses all the data, so there is nothing to compare with yet."
)
NOW = "Now"
HIDE_BOUGHT = "Hide already bought"
HIDE_HELP = (
    "Leaves out articles that the shopper had bought before this day. Other colours of the same product stay."
)
RECOMMENDED = "Recommended"
RECOMMENDED_THEN = "Recommended as of {day:%-d %b %Y}"
RECOMMENDED_NOW = "Recommended now, as of {day:%-d %b %Y}"
RECOMMENDED_HELP = (
    "The number on a photo is the rank: No. 1 is what the model expects most. “Bought” marks a hit. Below stand the "
    "reason and the strategies that proposed the article, the best rank first."
)
BOUGHT_THEN = "Bought that week"
BOUGHT_HELP = (
    "Every article bought in the evaluated week, once each. “No. 3 in the list” marks what was recommended."
)
COMPARED = "What simpler models would have shown"
COMPARED_HELP = (
    "Baselines for the same shopper and day. The hybrid is worth its cost only if it finds more than these over many "
    "shoppers, which Evaluation tells."
)
HIT = "Bought"
RANK = "No. {rank} in the list"
NO_PURCHASES = "No purchases so far: the list shows bestsellers."
NOTHING_THAT_WEEK = "Nothing was bought that week."
BEHIND_IT = "Why these articles"
BEHIND_HELP = (
    "The number after a strategy is the rank it gave the article. The number after a feature is how much it moved the"
    " model’s relative score up (+) or down (−)."
)
PROPOSED, STRONGEST, ARTICLE = "Proposed by (rank)", "Effect on the relative score", "Article"
TIME_LINE = "All purchases, newest first"
TIME_LINE_HELP = (
    "Each bar is a day and how many pieces were bought on it. The dotted line is the day of the recommendations: what"
    " lies to its right, the model had not seen."
)
TIME_LINE_ALT = "{count:,} purchases from {first} to {last}, by day."
ONLY_THE_LAST = "The latest {shown} of {count:,} purchases."
BOUGHT_A_DAY = "Bought that day"


def short_id(customer_id: str) -> str:
    """A customer's id where there is little room: the first eight of 64 characters; a shop's own is whole."""
    return customer_id[:_FIRST] if len(customer_id) == _WHOLE else customer_id


def hits(found: int, wanted: int) -> str:
    """Say how many of the articles bought were in a list."""
    if wanted == 0:
        return NOTHING_THAT_WEEK
    if wanted == 1:
        return f"The only article bought that week was {'' if found else 'not '}recommended."
    if found == 1:
        return f"1 of {wanted} articles bought that week was recommended."
    return f"{found} of {wanted} articles bought that week were recommended."


def purchases_made(count: int) -> str:
    """How many purchases, in words."""
    return "1 purchase" if count == 1 else f"{count:,} purchases"


def last_purchase(days: int) -> str:
    """How many days before the day of the figures the last purchase lies."""
    return "Last purchase the day before" if days == 1 else f"Last purchase {days:,} days before"


def last_purchase_on(day: date, days: int) -> str:
    """The day of the last purchase, and how many days ago it was."""
    return f"{day:%-d %b %Y}, 1 day ago" if days == 1 else f"{day:%-d %b %Y}, {days:,} days ago"


def hidden_bought(count: int, refilled: bool) -> str:
    """How many articles were left out of a list because the shopper has them."""
    if count == 0:
        return "None of these twelve had been bought before."
    one = count == 1
    hidden = "1 article is hidden: it" if one else f"{count} articles are hidden: they"
    place = "its place" if one else "their place"
    then = f"The next best {'takes' if one else 'take'} {place}."
    stored = f"This list was stored with twelve articles, so nothing takes {place}."
    return f"{hidden} had already been bought. {then if refilled else stored}"


def fact_help(label: str, facts: ShopFacts | None) -> str:
    """What a figure of a shopper is; `facts` of an imported shop."""
    if facts is None or label != SPENT:
        return FACT_HELP[label]
    money = f", in {facts.currency}" if facts.currency else ""
    return f"Sum of the prices paid{money}, as the shop's orders have them."
