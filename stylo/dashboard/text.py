"""Every word that the dashboard shows, in one place, and text from the data made safe for Markdown."""

from __future__ import annotations

import re

from stylo.candidates.bought_together import BoughtTogether
from stylo.candidates.same_style import SameStyle
from stylo.candidates.style_neighbours import StyleNeighbours
from stylo.candidates.visual_twins import VisualTwins
from stylo.recommender import HYBRID

TITLE = "StyloAI"
DISCOVER = "Discover"

# Notices
OPENING = "Opening the shop …"
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
CHANGED = "Files of this shop were replaced. What you see is as it was before."
RELOAD = "Show the new"
PART_MISSING = "This part is empty until its script has run:"
NO_PHOTOS = "No photos: {reason}"
THUMBNAILS_ONLY = "The photos are not there; the small pictures kept of them are shown instead. {reason}"
NO_PHOTO = "No photo"
UNTRAINED = (
    "Untrained network (random weights): twins agree in colour and texture rather than in kind, and all "
    "matches lie close to 100 %."
)

# Discover
SEARCH = "Find an article"
SEARCH_HINT = "Name, type, colour, words of the description, or article number"
LANDING = "Selling best"
LANDING_CAPTION = "{count:,} articles, those first that sold most in the week before {as_of}."
CATALOGUE = "The catalogue"
CATALOGUE_CAPTION = "Choose an article to see its details."
NO_RESULTS = "Nothing found for “{query}”. Try another word, a colour, or part of an article number."
NOT_ALL_WORDS = "No article has all of these words; those with most of them come first."
CORRECTED = "Showing results for “{query}”."
IGNORED = "Nothing is called “{words}”; the other words count."
NOTHING_LEFT = "Nothing left. Choose fewer filters, a wider price, or other words."
RESULTS_LABEL = "Articles"
NEW = "New"
SORT = "Sorted by"
SORTS = {
    "relevance": "Best match",
    "sales": "Sales of the week",
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
    "season": "Season it sells best",
    "new": "New arrivals",
    "photo": "Photo",
}
LABELS = {("new", "yes"): "First sold in the last four weeks", ("photo", "yes"): "Has a photo"}

# Cards
SCROLL_BACK = "Scroll back"
SCROLL_ON = "Scroll on"

# An article
UNKNOWN_ARTICLE = "There is no article {article} in this catalogue."
NOT_AN_ID = "“{article}” is not an article number: that is ten digits with a leading zero, like 0706016001."
IS_IT = "“{article}” lacks its leading zero: is 0{article} meant?"
BACK = "All articles"
VARIANTS = "Other variants of this product"
NO_NEIGHBOURS = "Nothing to show here for this article."
NO_TWINS = "No vector of this article: its photo is missing, cannot be read, or was left out."
SHELVES = {
    HYBRID: (
        "Recommended with it",
        "What is near in style, bought together and looks alike, in one list. As known before {as_of}.",
    ),
    BoughtTogether.name: ("Bought together", "Articles that lie in the same baskets."),
    StyleNeighbours.name: (
        "Style neighbours",
        "Described alike and of like attributes, among what is sold of late.",
    ),
    SameStyle.name: ("Same style", "Same department, product type or colour; what sells best first."),
    VisualTwins.name: (
        "Visual twins",
        "Photos most alike. Say what counts: the look as a whole, the shape, the colours or the pattern.",
    ),
}
PROPOSED_BY = {
    BoughtTogether.name: "bought together",
    SameStyle.name: "same style",
    StyleNeighbours.name: "near in style",
    VisualTwins.name: "looks alike",
}
WEIGHTS = {"look": "Look", "shape": "Shape", "colour": "Colour", "pattern": "Pattern"}
SAME_PRODUCT = "Same product too"
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
PRICE_HELP = "Last price paid. Kaggle scales prices; times 590 they are whole cents of an unnamed currency."
NO_PRICE = "not sold yet"
SALES = "Sold in a week"
SALES_HELP = "In the seven days before {as_of}."
FIRST_SOLD = "First sold, week of"
NEVER = "never"
NO_DESCRIPTION = "No description."
COLOURS_FOUND = "Colours found on the photo"
IN_SHOPS, ONLINE, SALES_A_WEEK = "In shops", "Online", "Sold a week"
SALES_CHART_ALT = "Sales week by week: {sales:,} in {weeks:,} weeks with a sale."

# Search by photo
PHOTO_SEARCH = "Search by photo"
PHOTO_HELP = "Choose a picture, paste one, or take one: what looks like it comes here."
UPLOAD = "A picture"
CAMERA = "Use the camera"
PASTE_WORDS = {
    "paste": "Paste a picture",
    "unreadable": "That is no picture that can be read.",
    "nothing": "There is no picture in the clipboard.",
    "keys": "The browser does not let the page look: press Ctrl+V (⌘V) instead.",
}
CROP_WORDS = {
    "picture": "Your picture",
    "frame": "The part that is searched for. Arrow keys move it, with Shift they resize it.",
    "all": "Take the whole picture",
}
LOADING_NETWORK = "Loading the network …"
NO_PICTURE = "This is no picture that can be read: {reason}"
NO_VECTORS = "No photo was looked at yet. Run python visual_features.py, then python visual_reccs.py."
NO_ENCODER = "A photo from outside cannot be searched for here."

# A shopper
SHOPPER = "Shopper"
SHOPPER_HELP = "Paste a customer’s id, or draw somebody at random."
CUSTOMER = "Customer"
CUSTOMER_HINT = "64 letters and digits of customers.csv, or the first eight"
UNKNOWN_CUSTOMER = "There is no customer “{customer}” here, or more than one id begins so."
KINDS = {"anyone": "Anyone", "active": "Active", "dormant": "Dormant", "new": "New"}
KIND_HELP = {
    "anyone": "Anyone who bought in the last week that was scored",
    "active": "At least ten purchases, one of them in the last four weeks",
    "dormant": "Nothing bought for more than 90 days before the week",
    "new": "Bought for the first time within four weeks, or in the week itself",
}
NOBODY = "There is nobody of that kind, or no model to find them with: python final.py makes it."
PURCHASES, VISITS, LAST_VISIT, SPENT = "Purchases", "Days with a purchase", "Last purchase", "Spent"
AGE, CLUB, UNKNOWN = "Age", "Club", "unknown"
AS_OF_DAY = "As known before"
NOW = "Now"
RECOMMENDED = "Recommended"
RECOMMENDED_THEN = "Recommended as of {day}"
RECOMMENDED_NOW = "Recommended now, as of {day}"
BOUGHT_THEN = "Really bought in that week"
COMPARED = "What simpler models would have shown"
MODELS = {
    "popularity": "Last week’s bestsellers",
    "repurchase": "Own purchases of 90 days",
    "repurchase_filled": "Own purchases, filled up with bestsellers",
    HYBRID: "Hybrid",
}
STRATEGIES = {
    "own purchases": "bought before",
    "variants": "variant of a purchase",
    "bought next": "bought after",
    "matrix factorisation": "people who buy alike",
    "visual twins": "looks alike",
    "favourites of department": "department’s favourite",
    "favourites of section": "section’s favourite",
    "favourites of product type": "type’s favourite",
    "popularity": "popular",
    "popularity by age": "popular at this age",
    "new arrivals": "new arrival",
}
HIT = "Bought"
RANK = "No. {rank} of the list"
NO_PURCHASES = "Nothing bought so far: the list is what sells."
BEHIND_IT = "What the model saw"
PROPOSED, STRONGEST, ARTICLE = "Proposed by (rank)", "What counted most", "Article"
TIME_LINE = "All purchases, the newest first"
TIME_LINE_ALT = "{count:,} purchases from {first} to {last}, by day."
ONLY_THE_LAST = "The last {shown} of {count:,} purchases."
BOUGHT_A_DAY = "Bought on the day"

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")


def match(similarity: float) -> str:
    """A similarity in percent, with more digits where one would round to 100."""
    percent = 100 * similarity
    return f"{percent:.1f} % match" if percent < 99.5 else f"{percent:.3f} % match"


def plain(text: str) -> str:
    """Text from the data as Markdown that shows it letter by letter: nothing in it is markup."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def found(count: int) -> str:
    """How many articles there are."""
    return "1 article" if count == 1 else f"{count:,} articles"


def not_an_id(article: str) -> str:
    """What is wrong with an article number, and a guess at what was meant."""
    lacks_zero = len(article) == 9 and article.isascii() and article.isdecimal()
    return (IS_IT if lacks_zero else NOT_AN_ID).format(article=article)


def hits(found: int, wanted: int) -> str:
    """How many of the articles bought were in a list."""
    of = "the 1 article" if wanted == 1 else f"the {wanted} articles"
    return f"{found} of {of} bought in the week."
