"""Compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

COMPARE = "Compare articles"
COMPARE_HELP = "Add two to four articles to see them side by side."
ONE_TO_COMPARE = "Add at least one more article to compare."
TWICE = "{article} was given more than once; it is shown once."
TOO_MANY = "At most {most} articles fit side by side. Not shown: {articles}."
ADD_ARTICLE = "Add an article"
ADD_HINT = "Choose a similar article, or type an article number"
REMOVE_ARTICLE = "Remove"
REMOVE_FROM_COMPARISON = "Remove {name} from the comparison"
FACT, DIFFERS, DESCRIPTION, SOLD_EVER = "Fact", "differs", "Description", "Sold in all"
CURVES = "Sales and prices by week"
CURVES_CAPTION = "The dotted line is {as_of}: no recommendation has seen what comes after it."
NONE_SOLD = "None of these articles has been sold yet."
COMMON = "Shoppers in common"
COMMON_CAPTION = (
    "Each row: of the shoppers who ever bought the article on the left, how many bought the other one, too."
)
ALSO_BOUGHT = "… also bought {name}"
LOOKS = "How alike they look"
LOOKS_CAPTION = (
    "By their photos: overall look, from 0% for any two articles to 100% for the same photo; and colours."
)
PAIR = "{one} and {other}"
NO_VECTOR_OF = "Without a visual vector, because the photo is missing or unreadable: {articles}."
PIECES_A_WEEK = "Sold per week"


def name_of(row: Mapping[str, Any]) -> str:
    """An article's name; its number where it has none."""
    return str(row["prod_name"] or row["article_id"])


def suggestion(row: Mapping[str, Any]) -> str:
    """An article in a list to choose from."""
    return f"{short_suggestion(row)} · {row['product_type_name']} · {row['article_id']}"


def short_suggestion(row: Mapping[str, Any]) -> str:
    """An article by name and colour, for charts and tables."""
    return ", ".join(str(each) for each in (name_of(row), row["colour_group_name"]) if each)


def compared(names: Sequence[str]) -> str:
    """What the tab of a comparison is called."""
    return f"Compare {' / '.join(names)}"


def curves_alt(sold: Mapping[str, int]) -> str:
    """What the chart of several articles' sales shows, in words."""
    return "Sales and mean price by week. " + "; ".join(
        f"{name}: {count:,} sold" for name, count in sold.items()
    )


def buyers_of(count: int) -> str:
    """How many people bought an article."""
    return "1 shopper" if count == 1 else f"{count:,} shoppers"


def shared(both: int, of: int) -> str:
    """How many of an article's buyers bought another one, and their share."""
    if not of:
        return "–"
    share = 100 * both / of
    percent = "0%" if not both else "under 1%" if share < 1 else f"{share:.0f}%"
    return f"{both:,} ({percent})"
