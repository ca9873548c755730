"""Discover: search, filters and the list."""

from __future__ import annotations

DISCOVER = "Discover"
QUERY_TAB = "“{query}”"
SEARCH = "Find an article"
SEARCH_HINT = "Name, type, colour, words from the description, or article number"
LANDING = "Best sellers"
LANDING_CAPTION = "{count:,} articles, ordered by sales in the week before {as_of}."
CATALOGUE = "Catalogue"
CATALOGUE_CAPTION = "Choose an article to see its details."
NO_RESULTS = "Nothing found for “{query}”. Try another word, a colour, or part of an article number."
NOT_ALL_WORDS = "No article matches all of these words; those that match the most come first."
CORRECTED = "Showing results for “{query}”."
IGNORED = "Nothing matches “{words}”; showing results for the other words."
NOTHING_LEFT = "No articles left. Try fewer filters, a wider price range, or other words."
RESULTS_LABEL = "Articles"
NEW = "New"
SORT = "Sort by"
SORTS = {
    "relevance": "Best match",
    "sales": "Sales in the last week",
    "newest": "Newest first",
    "cheapest": "Price, low to high",
    "dearest": "Price, high to low",
}
FILTERS = "Filters"
CLEAR = "Clear all"
MORE = "{count} more"
#: Facet → its name in the address, and for people.
FACET_KEYS = {
    "section": "section",
    "product_type": "type",
    "colour": "colour",
    "pattern": "pattern",
    "season": "season",
    "new": "new",
    "photo": "photo",
}
FACETS = {
    "section": "Section",
    "product_type": "Type",
    "colour": "Colour",
    "pattern": "Pattern",
    "season": "Best-selling season",
    "new": "New arrivals",
    "photo": "Photo",
}
LABELS = {("new", "yes"): "First sold in the last four weeks", ("photo", "yes"): "Has a photo"}
UNKNOWN_ARTICLE = "There is no article {article} in this catalogue."
NOT_AN_ID = "“{article}” is not an article number: ten digits with a leading zero, such as 0706016001."
OPEN_ARTICLE = "Open {article}"
IS_IT = "“{article}” lacks its leading zero. Did you mean 0{article}?"


def found(count: int) -> str:
    """The number of articles, in words for people."""
    return "1 article" if count == 1 else f"{count:,} articles"


def unpriced(count: int) -> str:
    """How many articles a price leaves out because they have none."""
    return (
        "1 article without a price is left out."
        if count == 1
        else f"{count:,} articles without a price are left out."
    )


def meant(article: str) -> str | None:
    """The article number that a number without its leading zero stands for; None if it is no such number."""
    return f"0{article}" if _lacks_zero(article) else None


def _lacks_zero(article: str) -> bool:
    return len(article) == 9 and article.isascii() and article.isdecimal()


def not_an_id(article: str) -> str:
    """Explain what is wrong with an article number, and guess what was meant."""
    return (IS_IT if _lacks_zero(article) else NOT_AN_ID).format(article=article)
