"""The page of an article."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylo.candidates.bought_together import BoughtTogether
from stylo.candidates.similar_articles import SameStyle, StyleNeighbours
from stylo.dashboard.text.strategies import MODELS, STRATEGIES
from stylo.recommender import HYBRID

if TYPE_CHECKING:
    from stylo.records.importing import ShopFacts

ALL_ARTICLES = "All articles"
BACK = "Back to results"
#: By the path of the page that an article was opened from; BACK for all others.
BACK_TO = {
    "map": "Back to the map",
    "shopper": "Back to the shopper",
    "evaluation": "Back to Evaluation",
    "compare": "Back to the comparison",
    "photo": "Back to the photo search",
    "boards": "Back to the board",
}
#: Links to other pages that show the article.
LINKS = "More about this article"
SEARCH_BY_PHOTO, ON_THE_MAP, COMPARE_WITH = "Search by this photo", "Show on the map", "Compare with …"
VARIANTS = "In another colour"
VARIANTS_CAPTION = "Other variants of the same product."
GOES_WITH = "Goes with it"
GOES_WITH_CAPTION = "Articles of other kinds that shoppers bought in the same basket, before {as_of}."
#: On a card: whose baskets it comes from, where they are not those of the article.
BASKETS = {
    "own": "",
    "variants": "bought with another colour of it",
    "alike": "bought with other {colour} {type}",
}
NOTHING_GOES_WITH = "Nobody has bought this article, or one like it, together with anything else."
OUTFIT = "Complete the outfit"
OUTFIT_CAPTION = (
    "For each slot what goes with it best, by what shoppers bought together, before {as_of}. Lock what you like: the "
    "rest is chosen to fit."
)
OUTFIT_PRICE = "The whole outfit costs at most"
OUTFIT_WITHOUT = "Without"
NO_OUTFIT = "No outfit has a place for this article: it is none of {slots}."
NOTHING_TO_WEAR = "Nothing in this shop can be worn with it."
SLOTS = {
    "top": "Top",
    "bottom": "Bottom",
    "dress": "Dress",
    "outerwear": "Outerwear",
    "shoes": "Shoes",
    "bag": "Bag",
    "accessory": "Accessory",
}
CHOSEN, LOCKED = "in the outfit", "locked"
LOCK = "Lock one for {slot}"
WHY_NO_SLOT = {
    "nothing fits": "{slot}: this shop has nothing that fits.",
    "too dear": "{slot}: left out, for nothing is cheap enough.",
}
OUTFIT_TOTAL = "All of it, with this article: **{price:,.2f}**."
OUTFIT_NO_TOTAL = "Not every price is known."
INSTEAD = "Instead of it"
INSTEAD_CAPTION = "Alternatives of the same kind, from other products. Based on data before {as_of}."
TWINS = "Looks like it"
TWINS_CAPTION = (
    "Articles with the most similar photos. Choose what counts: overall look, shape, colour or pattern."
)
BY_STRATEGY = "Strategy by strategy"
BY_STRATEGY_CAPTION = "What each strategy proposes by itself, and the hybrid that blends them."
STRATEGY = "Strategy"
#: In this order.
ARTICLE_STRATEGIES = {
    name: (MODELS | STRATEGIES)[name]
    for name in (HYBRID, BoughtTogether.name, StyleNeighbours.name, SameStyle.name)
}
NO_NEIGHBOURS = "Nothing to show here for this article."
NOTHING_NEAR = "Nothing else in this shop looks like this article. The closest are shown anyway."
NO_TWINS = "This article has no visual vector: its photo is missing, unreadable or was left out."
NONE_ALIKE_LEFT = "No article passes these filters."
WEIGHTS = {"look": "Look", "shape": "Shape", "colour": "Colour", "pattern": "Pattern"}
SAME_PRODUCT = "Include variants of this product"
#: What look-alikes may be, beside an article: any, the same, or another.
ALIKE_COLOUR, ALIKE_TYPE = "Colour of what is found", "Type of what is found"
COLOURS_ALIKE = {"any": "Any colour", "same": "Same colour", "other": "Other colours"}
TYPES_ALIKE = {"any": "Any type", "same": "Same type", "other": "Other types"}
FACTS = {
    "product_type_name": "Type",
    "product_group_name": "Group",
    "colour_group_name": "Colour",
    "graphical_appearance_name": "Pattern",
    "section_name": "Section",
    "department_name": "Department",
    "index_group_name": "Range",
    "season": "Sells best in",
    "article_id": "Article",
}
PRICE = "Price"
PRICE_VALUE = "{price:,.2f}"
PRICE_HELP = (
    "The last price paid. Kaggle scales its prices; times 590 they are whole cents of an unnamed currency."
)
PRICE_ENDS = ("From", "To")
ANY = "any"
NO_PRICE = "not sold yet"
SALES = "Sold last week"
SALES_HELP = "In the seven days before {as_of}."
FIRST_SOLD = "First sold, week of"
NEVER = "never"
NO_DESCRIPTION = "No description."
COLOURS_FOUND = "Colours in the photo"
IN_SHOPS, ONLINE, SOLD, SALES_A_WEEK = "In shops", "Online", "Sold", "Sold per week"
SALES_CHART_ALT = "Sales by week: {sales:,} in {weeks:,} {plural} with a sale."
BUYERS = "Who bought it"
BUYERS_CAPTION = "The last {count} shoppers to buy it, newest first."
ONE_BUYER_CAPTION = "The only shopper who bought it."
NO_BUYERS = "Nobody has bought it yet."
BUYERS_COLUMNS = ("Day", "Shopper", "Pieces", "Price each", "Where")


def match(similarity: float) -> str:
    """A similarity in whole percent; near 100 with as many decimals, three at most, as tell it from 100."""
    percent = 100 * similarity
    if 0 < percent < 0.5:
        return "under 1% match"
    shown = (f"{percent:.{decimals}f}" for decimals in range(4))
    return f"{next((each for each in shown if float(each) < 100), '100')}% match"


def sales_chart(sales: int, weeks: int) -> str:
    """What the chart of an article's sales shows, in words."""
    return SALES_CHART_ALT.format(sales=sales, weeks=weeks, plural="week" if weeks == 1 else "weeks")


def baskets(basis: str, row: dict[str, object]) -> str:
    """Whose baskets led to an article, in words for a card of another one's shelf."""
    colour, kind = (str(row[name] or "").lower() for name in ("colour_group_name", "product_type_name"))
    return " ".join(BASKETS[basis].format(colour=colour, type=kind).split())


def buyers(count: int) -> str:
    """What a list of buyers shows."""
    return ONE_BUYER_CAPTION if count == 1 else BUYERS_CAPTION.format(count=count)


def money(amount: float, facts: ShopFacts | None) -> str:
    """An amount, with the currency of an imported shop where it is known."""
    currency = facts.currency if facts else ""
    return f"{PRICE_VALUE.format(price=amount)} {currency}".rstrip()


def price_label(label: str, facts: ShopFacts | None) -> str:
    """The label of a field for prices, with the currency of an imported shop where it is known."""
    return f"{label} ({facts.currency})" if facts and facts.currency else label


def price_help(facts: ShopFacts | None) -> str:
    """What a price is; `facts` of an imported shop."""
    if facts is None:
        return PRICE_HELP
    money = f", in {facts.currency}" if facts.currency else ""
    return f"The last price paid{money}, as the shop's orders have it."
