"""Every word that the dashboard shows, in one place, and text from the data made safe for Markdown."""

from __future__ import annotations

import re

from stylo.candidates.bought_together import BoughtTogether
from stylo.candidates.same_style import SameStyle
from stylo.candidates.style_neighbours import StyleNeighbours
from stylo.candidates.visual_twins import VisualTwins
from stylo.recommender import HYBRID

TITLE = "StyloAI"
SEARCH = "Find an article"
SEARCH_HINT = "Part of a name, type, colour or article number"
LANDING = "Selling best"
LANDING_CAPTION = "The last week before {as_of}. Choose one to see what goes with it and what looks like it."
CATALOGUE = "From the catalogue"
CATALOGUE_CAPTION = "Choose one to see its details."
RESULTS = "{count:,} found"
RESULTS_CUT = "{count:,} found, the {shown} that sell best are shown"
NO_RESULTS = "Nothing found for “{query}”. Try a shorter word, a colour, or part of an article number."
UNKNOWN_ARTICLE = "There is no article {article} in this catalogue."
NOT_AN_ID = "“{article}” is not an article number: that is ten digits with a leading zero, like 0706016001."
BACK = "All articles"

NOTHING_YET = "Nothing to show yet"
NOTHING_YET_HELP = """
This data folder holds no tables. Either make the demo shop (garments that are drawn, shoppers that are made up):

```
make demo
```

or put Kaggle's three CSV files into the folder and turn them into tables:

```
python data_optim.py --data {data}
```
"""
SHELF_MISSING = "This shelf is empty until its script has run:"
NO_NEIGHBOURS = "Nothing to show here for this article."
NO_TWINS = "No vector of this article: its photo is missing, cannot be read, or was left out."
NO_PHOTOS = "No photos: {reason}"
THUMBNAILS_ONLY = "The photos are not there; the small pictures kept of them are shown instead. {reason}"
NO_PHOTO = "No photo"
UNTRAINED = (
    "Untrained network (random weights): twins agree in colour and texture rather than in kind, and all "
    "matches lie close to 100 %."
)

SHELVES = {
    HYBRID: (
        "Recommended with it",
        "What is near in style, bought together and looks alike, fused into one list.",
    ),
    BoughtTogether.name: ("Bought together", "Articles that lie in the same baskets."),
    StyleNeighbours.name: (
        "Style neighbours",
        "Described alike and of like attributes, among what is sold of late.",
    ),
    SameStyle.name: ("Same style", "Same department, product type or colour; what sells best first."),
    VisualTwins.name: (
        "Visual twins",
        "Photos most alike, by the cosine similarity of their vectors.",
    ),
}
PROPOSED_BY = {
    BoughtTogether.name: "bought together",
    SameStyle.name: "same style",
    StyleNeighbours.name: "near in style",
    VisualTwins.name: "looks alike",
}

FACTS = {
    "product_type_name": "Type",
    "product_group_name": "Group",
    "colour_group_name": "Colour",
    "graphical_appearance_name": "Pattern",
    "section_name": "Section",
    "department_name": "Department",
    "index_group_name": "Range",
    "article_id": "Article",
}
PRICE = "Price"
PRICE_VALUE = "{price:,.2f}"
PRICE_HELP = "Last price paid. Kaggle scales prices; times 590 they are whole cents of an unnamed currency."
NO_PRICE = "not sold yet"
NO_DESCRIPTION = "No description."
AS_OF = "As known before {as_of}"

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")


def match(similarity: float) -> str:
    """A similarity in percent, with more digits where one would round to 100."""
    percent = 100 * similarity
    return f"{percent:.1f} % match" if percent < 99.5 else f"{percent:.3f} % match"


def plain(text: str) -> str:
    """Text from the data as Markdown that shows it letter by letter: nothing in it is markup."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
