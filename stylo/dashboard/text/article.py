"""The page of an article."""

from __future__ import annotations

from stylo.candidates.bought_together import BoughtTogether
from stylo.candidates.similar_articles import SameStyle, StyleNeighbours, VisualTwins
from stylo.recommender import HYBRID

ALL_ARTICLES = "All articles"
BACK = "Back to results"
#: By the path of the page that an article was opened from; BACK for all others.
BACK_TO = {
    "map": "Back to the map",
    "shopper": "Back to the shopper",
    "evaluation": "Back to Evaluation",
    "boards": "Back to the board",
}
VARIANTS = "Other variants of this product"
NO_NEIGHBOURS = "Nothing to show here for this article."
NOTHING_NEAR = "Nothing else in this shop looks like this article. The nearest are shown all the same."
NO_TWINS = "This article has no vector: its photo is missing, unreadable, or was left out."
SHELVES = {
    HYBRID: (
        "Recommended with it",
        "Articles similar in style, bought together or similar in look, in one list, based on data before {as_of}.",
    ),
    BoughtTogether.name: ("Bought together", "Articles found in the same baskets."),
    StyleNeighbours.name: (
        "Style neighbours",
        "Articles with similar descriptions and attributes, among those sold recently.",
    ),
    SameStyle.name: ("Same style", "Same department, product type or colour; best sellers first."),
    VisualTwins.name: (
        "Visual twins",
        "Articles with the most similar photos. Choose what matters: overall look, shape, colours or pattern.",
    ),
}
PROPOSED_BY = {
    BoughtTogether.name: "bought together",
    SameStyle.name: "same style",
    StyleNeighbours.name: "similar in style",
    VisualTwins.name: "looks similar",
}
STRENGTH = "{share:.0%} as strong as the first"
WEIGHTS = {"look": "Look", "shape": "Shape", "colour": "Colour", "pattern": "Pattern"}
SAME_PRODUCT = "Include the same product"
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
PRICE_HELP = "Last price paid. Kaggle scales its prices; multiplied by 590 they are whole cents of an unnamed currency."
PRICE_ENDS = ("From", "To")
ANY = "any"
NO_PRICE = "not sold yet"
SALES = "Sold last week"
SALES_HELP = "In the seven days before {as_of}."
FIRST_SOLD = "First sold, week of"
NEVER = "never"
NO_DESCRIPTION = "No description."
COLOURS_FOUND = "Colours in the photo"
IN_SHOPS, ONLINE, SALES_A_WEEK = "In shops", "Online", "Sold per week"
SALES_CHART_ALT = "Sales by week: {sales:,} in {weeks:,} {plural} with a sale."


def match(similarity: float) -> str:
    """A similarity in whole percent; near 100 with as many decimals, three at most, as tell it from 100."""
    percent = 100 * similarity
    shown = (f"{percent:.{decimals}f}" for decimals in range(4))
    return f"{next((each for each in shown if float(each) < 100), '100')} % match"


def sales_chart(sales: int, weeks: int) -> str:
    """What the chart of an article's sales shows, in words."""
    return SALES_CHART_ALT.format(sales=sales, weeks=weeks, plural="week" if weeks == 1 else "weeks")
