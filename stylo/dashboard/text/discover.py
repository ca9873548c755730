"""Discover: search, filters and the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

DISCOVER = "Discover"
QUERY_TAB = "“{query}”"
SEARCH = "Find an article"
SEARCH_HINT = "Try “black midi dress under 30”, a colour, or an article number"
LANDING = "Bestsellers"
LANDING_CAPTION = "{count:,} articles, ordered by sales in the week before {as_of}."
CATALOGUE = "Catalogue"
CATALOGUE_CAPTION = "Choose an article to see its details."
NO_RESULTS = "Nothing found for “{query}”. Try another word, a colour, or part of an article number."
NOT_ALL_WORDS = "No article matches all of these words. The closest matches come first."
CORRECTED = "Showing results for “{query}”."
IGNORED = "Nothing matches “{words}”. Showing results for the other words."
BY_MEANING = "Few or no articles match all of these words. Articles close in meaning are shown, too."
NO_MEANING = "Only words were searched: search by meaning needs WordLlama (pip install wordllama)."
NOTHING_LEFT = "No articles left. Try fewer filters, a wider price range or other words."
RESULTS_LABEL = "Articles"
NEW = "New"
SORT = "Sort by"
SORTS = {
    "relevance": "Best match",
    "sales": "Bestsellers last week",
    "sold": "All-time bestsellers",
    "slowest": "Slowest sellers",
    "newest": "Newest",
    "cheapest": "Price: low to high",
    "dearest": "Price: high to low",
}
FILTERS = "Filters"
APPLIED = "Applied filters"
REMOVE = "Remove {title}: "
SHOW = "Show {found}"
SKIP = "Skip to results"
CLEAR = "Clear all"
MORE = "{count} more"
SEARCH_FILTER = "Search {title}"
NO_FILTER = "No match"
NEVER_SOLD = "Never sold"
UNITS_SOLD = "Units sold"
SOLD_BELOW = "Sold fewer than"
PRICE_READ = "Price {price}, from “{words}” in your search."
SALES_READ = "{sales}, from “{words}” in your search."
PRICE_OVERRULED = "The price filter overrides “{words}” in your search."
SALES_OVERRULED = "The filter for units sold overrides “{words}” in your search."
AS_TYPED = "Search for exactly “{query}”"
TYPED_ONLY = "Searching for exactly these words, without synonyms, corrections or filters."
UNDERSTAND = "Search as usual"
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
NO_SUCH_SKU = (
    "There is no article “{article}” in this catalogue. Its articles go by their SKU, such as “{example}”; upper and "
    "lower case differ."
)
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


def filters(count: int) -> str:
    """The button that opens the filters, with how many are chosen."""
    return f"Filters ({count})" if count else "Filters"


def price_filter(low: float | None, high: float | None) -> str:
    """What is asked of prices, in words for a button."""
    return "Any price" if low is None and high is None else f"Price {price_range(low, high)}"


def price_range(low: float | None, high: float | None) -> str:
    """A price with an end that may be open, in words."""
    if low is None:
        return "up to any" if high is None else f"up to {_money(high)}"
    return f"from {_money(low)}" if high is None else f"{_money(low)} to {_money(high)}"


def _money(amount: float) -> str:
    return f"{amount:,.2f}".removesuffix(".00")


def sold_below(count: int) -> str:
    """How rarely an article sold, in words."""
    return NEVER_SOLD if count == 1 else f"Sold fewer than {count:,} times"


def gone(unknown: Mapping[str, Sequence[str]]) -> str:
    """What is asked for in the address and no longer there, each with the title of its filter."""
    labels = [f"{FACETS[facet]} “{label}”" for facet, labels in unknown.items() for label in labels]
    named = ", ".join(labels)
    return (
        f"This filter matches nothing in this catalogue and is ignored: {named}."
        if len(labels) == 1
        else f"These filters match nothing in this catalogue and are ignored: {named}."
    )


def _lacks_zero(article: str) -> bool:
    return len(article) == 9 and article.isascii() and article.isdecimal()


def not_an_id(article: str) -> str:
    """Explain what is wrong with an article number, and guess what was meant."""
    return (IS_IT if _lacks_zero(article) else NOT_AN_ID).format(article=article)


def by_own_ids(words: str, own: bool) -> str:
    """Words about article numbers; of SKUs in a shop that has these."""
    return words.replace("an article number", "a SKU").replace("article number", "SKU") if own else words


def no_such_sku(article: str, example: str) -> str:
    """Say that no article has an id, in a shop with SKUs."""
    return NO_SUCH_SKU.format(article=article, example=example)
